"""A schedule as a real PyTorch scheduler, for one's own training loop. Imports torch where it is used."""

from functools import cache
from typing import Any

from schedulers.declare import Curve, Schedule
from schedulers.join import Joined
from words import Refusal


def as_torch(schedule: Schedule | Joined, optimizer: Any, T: int, /, **parameters: object) -> Any:
    """Return a torch.optim.lr_scheduler.LRScheduler that gives update t the rate `schedule.rates(T, **parameters)[t]`.

    Call its `step()` once after each optimizer.step(), T times in all: it counts updates, not epochs. From update T on
    the rate stays at the last one. Where the schedule cycles the momentum, it sets `momentum` (SGD) or the first of
    `betas` (Adam, AdamW) too. With several parameter groups, the group of the highest initial rate takes the schedule's
    rates, the others keep the proportion that their initial rates have to it.

    `state_dict()` is plain numbers and text, so torch.load(weights_only=True) reads it, and resumes to the same rates;
    it is refused by another schedule, another T or other parameters. The scheduler keeps T numbers (2 T with momentum).
    Refusal for what the schedule does not allow, for an optimizer whose rates are all 0, and where the schedule
    cycles a momentum that the optimizer does not have.
    """
    rates, momentum, plan = _planned(schedule, T, parameters)
    initial = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
    if not max(initial) > 0:
        raise Refusal("as_torch: a parameter group must have a learning rate above 0, got {all}.", all=initial)
    if momentum is not None and not all({"momentum", "betas"} & group.keys() for group in optimizer.param_groups):
        raise Refusal(
            "as_torch: {title} cycles the momentum; the optimizer must have a momentum or betas, got {name}.",
            title=plan["schedule"],
            name=type(optimizer).__name__,
        )
    return _scheduler_class()(optimizer, rates, momentum, [one / max(initial) for one in initial], plan)


def __getattr__(name: str) -> Any:
    """Give the scheduler's class by its name, which is how pickle finds it; it exists once torch has been imported."""
    if name == "ScheduleLR":
        return _scheduler_class()
    raise AttributeError(name)


def _planned(
    schedule: Schedule | Joined, T: int, parameters: dict[str, object]
) -> tuple[Curve, Curve | None, dict[str, Any]]:
    """Return the rates, the momentum, and in plain data what they are of."""
    if isinstance(schedule, Schedule):
        plan = {"schedule": schedule.title, "updates": T, "parameters": dict(schedule.check(T, **parameters))}
        return schedule.rates(T, **parameters), schedule.momentum(T, **parameters), plan
    if parameters:
        raise Refusal("Joined schedules: there is no parameter {name}; allowed: none.", name=next(iter(parameters)))
    segments = [[share, one.name, dict(values)] for share, one, values in schedule.segments]
    plan = {"schedule": "Joined schedules", "updates": T, "segments": segments}
    return schedule.rates(T), schedule.momentum(T), plan


@cache
def _scheduler_class() -> Any:
    from torch.optim.lr_scheduler import LRScheduler

    class ScheduleLR(LRScheduler):
        """The rates of a schedule, update by update; made by `as_torch`."""

        def __init__(self, optimizer: Any, rates: Any, momentum: Any, multipliers: list[float], plan: dict[str, Any]):
            self.rates, self.momentum, self.multipliers, self.plan = rates, momentum, multipliers, plan
            super().__init__(optimizer)

        def get_lr(self) -> list[Any]:
            rate = float(self.rates[self._update])
            return [rate * multiplier for multiplier in self.multipliers]

        def step(self, epoch: int | None = None) -> None:
            super().step(epoch)
            self._set_momentum()

        def state_dict(self) -> dict[str, Any]:
            """Return where the schedule stands and which it is, as plain numbers and text."""
            last = [float(rate) for rate in self._last_lr]
            return {**self.plan, "last_epoch": self.last_epoch, "_step_count": self._step_count, "_last_lr": last}

        def load_state_dict(self, state_dict: dict[str, Any]) -> None:
            """Go on from a `state_dict()` and set the optimizer's rates accordingly; Refusal for another schedule's."""
            for name, mine in self.plan.items():
                if state_dict.get(name) != mine:
                    raise Refusal(
                        "{title}: this state belongs to another schedule; its {name} must be {mine}, got {value}.",
                        title=self.plan["schedule"],
                        name=name,
                        mine=mine,
                        value=state_dict.get(name),
                    )
            self._step_count = state_dict["_step_count"]
            self.last_epoch = state_dict["last_epoch"] - 1
            self._update_lr()
            self._set_momentum()

        @property
        def _update(self) -> int:
            return min(max(self.last_epoch, 0), len(self.rates) - 1)

        def _set_momentum(self) -> None:
            if self.momentum is None:
                return
            value = float(self.momentum[self._update])
            for group in self.optimizer.param_groups:
                if "betas" in group:
                    group["betas"] = (value, *group["betas"][1:])
                else:
                    group["momentum"] = value

    ScheduleLR.__qualname__ = "ScheduleLR"
    return ScheduleLR
