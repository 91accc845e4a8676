"""How many updates a run has, and how much of its schedule it will then go through."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schedulers.declare import Curve, Schedule, is_whole, written
from words import Refusal, say, share

MOST_ROWS = 10**12


@dataclass(frozen=True)
class Steps:
    """A run in numbers: rows an update sees, batches of one device and updates in an epoch, updates in all.

    `unused` rows an epoch are dropped because they fill no batch.
    """

    rows_per_update: int
    batches_per_epoch: int
    updates_per_epoch: int
    updates: int
    epochs: int
    unused: int


def count(
    rows: int, batch_size: int, *, accumulation: int = 1, devices: int = 1, epochs: int = 1, drop_last: bool = True
) -> Steps:
    """Return the updates of a run over `rows` training rows.

    `batch_size` is one device's; the rows are dealt to the devices evenly, as PyTorch 2.13's DistributedSampler does
    (what is short is repeated, or dropped with `drop_last`); gradients of `accumulation` batches make one update, and
    the batches left at the end of an epoch make one too, as in Transformers 5.23 and Lightning. With `drop_last` a last
    batch that is not full is left out. Refusal for what is no whole number of at least 1, or when no batch fills.
    """
    for name, value in {
        "rows": rows, "batch size": batch_size, "accumulation": accumulation, "devices": devices, "epochs": epochs,
    }.items():  # fmt: skip
        if not is_whole(value) or not 1 <= value <= MOST_ROWS:
            raise Refusal(
                "Steps: {name} must be a whole number of at least 1, got {value}.", name=name, value=written(value)
            )
    own_rows = rows // devices if drop_last else math.ceil(rows / devices)
    batches = own_rows // batch_size if drop_last else math.ceil(own_rows / batch_size)
    if batches == 0:
        raise Refusal(
            "Steps: rows must fill one batch on each device, at least {least}, got {rows}.",
            least=f"{batch_size * devices:,}",
            rows=f"{rows:,}",
        )
    updates = math.ceil(batches / accumulation)
    return Steps(
        rows_per_update=batch_size * accumulation * devices,
        batches_per_epoch=batches,
        updates_per_epoch=updates,
        updates=updates * epochs,
        epochs=epochs,
        unused=max(rows - batches * batch_size * devices, 0),
    )


@dataclass(frozen=True)
class Traversal:
    """How a schedule that was told `declared` steps is really gone through in `taken` steps."""

    declared: int
    taken: int
    sentence: str
    cause: str = ""

    @property
    def part(self) -> float:
        """The share of the schedule that is gone through; above 1 where the run goes on past its end."""
        return self.taken / self.declared


def traversal(
    declared: int,
    steps: Steps,
    *,
    accumulation: int = 1,
    devices: int = 1,
    each_epoch: bool = False,
) -> Traversal:
    """Say how much of a schedule is gone through that was told `declared` steps, and what the likely mistake is.

    The run takes `steps.updates` steps of the scheduler, or with `each_epoch` one an epoch. Refusal when `declared` is
    not at least 1.
    """
    if not is_whole(declared) or declared < 1:
        raise Refusal(
            "Steps: the declared total must be a whole number of at least 1, got {value}.", value=written(declared)
        )
    taken = steps.epochs if each_epoch else steps.updates
    if taken == declared:
        return Traversal(declared, taken, say("You will run this schedule exactly once, from its start to its end."))
    if taken < declared:
        told = say(
            "You will run {part} of this schedule: it was told {declared} steps and is taken {taken}.",
            part=share(taken / declared), declared=f"{declared:,}", taken=f"{taken:,}",
        )  # fmt: skip
    else:
        told = say(
            "The schedule is over after {part} of the run: it was told {declared} steps and is taken {taken}.",
            part=share(declared / taken), declared=f"{declared:,}", taken=f"{taken:,}",
        )  # fmt: skip
    return Traversal(
        declared, taken, told, _cause(declared, taken, steps, (accumulation, devices), each_epoch=each_epoch)
    )


def _cause(declared: int, taken: int, steps: Steps, sharing: tuple[int, int], *, each_epoch: bool) -> str:
    accumulation, devices = sharing
    if each_epoch and declared >= steps.updates > taken:
        return say("It is stepped once an epoch, but its total counts updates: step it after every update.")
    if not each_epoch and declared == steps.epochs:
        return say("Its total counts epochs, but it is stepped at every update: give it the number of updates.")
    if each_epoch:
        return say("It is stepped once an epoch: its total should be the {epochs} epochs.", epochs=f"{steps.epochs:,}")
    for factor, sentence in (
        (accumulation, "Its total counts batches, but {factor} of them make one update: divide it by {factor}."),
        (devices, "Its total counts all batches, but {factor} devices share them: divide it by {factor}."),
        (accumulation * devices, "Its total forgets accumulation and devices: {factor} batches make one update."),
    ):  # fmt: skip
        # Rounding up in each epoch may make the total a little more than the share.
        if factor > 1 and abs(declared / factor - taken) <= max(steps.epochs, 0.02 * taken):
            return say(sentence, factor=factor)
    return say("Give the schedule the run's {updates} updates as its total.", updates=f"{steps.updates:,}")


def taken_rates(
    schedule: Schedule, parameters: Mapping[str, object], steps: Steps, went: Traversal
) -> tuple[Curve, Curve]:
    """Return the rates that were meant for the run's updates and those that come, both of shape (steps.updates,).

    What comes is the schedule of `went.declared` steps, one step an update, or one an epoch where that is what was
    taken; past its end the last rate stays. In O(updates). Refusal for what the schedule refuses.
    """
    each_epoch = went.taken == steps.epochs != steps.updates
    told = schedule.rates(went.declared, **parameters)
    update = np.arange(steps.updates)
    step = update // steps.updates_per_epoch if each_epoch else update
    return schedule.rates(steps.updates, **parameters), told[np.minimum(step, went.declared - 1)]
