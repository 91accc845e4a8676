"""The verdict: what each learning rate really achieves, measured by training with it.

Importing this needs no torch; `measure` imports the engine when it is called.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from finder import regret
from finder.course import HIGHEST, LOWEST, RATES, SEEDS, TITLE, UPDATES, Floats, grid, rows, shape
from training.options import Model, check_model, check_number
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress

# What a verdict is asked with is said here too, so that its callers know one name.
__all__ = ["HIGHEST", "LOWEST", "RATES", "SEEDS", "TITLE", "UPDATES", "Floats", "Verdict", "as_json", "grid"]
__all__ += ["measure", "read", "rows", "shape"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """What R rates achieve with S seeds each.

    `rates` (R,) rising; `validation` and `test` (R, S) are the losses after the last update, as they are: not finite
    where `diverged` (R, S). `at_rest` (S,) is the validation loss at a rate of 1e-5, `test_at_rest` that on the test
    rows. `loss`, `median`, `low` and `high` (R,) are mean, median, least and greatest of the validation losses over
    seeds, each counted as at most three times the mean of `at_rest`. `best` is None where no rate learns anything.
    Grows with R x S.
    """

    rates: Floats
    seeds: tuple[int, ...]
    updates: int
    schedule: str
    validation: Floats
    test: Floats
    diverged: NDArray[np.bool_]
    at_rest: Floats
    test_at_rest: Floats
    loss: Floats
    median: Floats
    low: Floats
    high: Floats
    best: regret.Best | None
    device: str = "cpu"

    @property
    def clear(self) -> bool:
        """Whether the best rate learned three standard errors or more over the seeds, as `regret.tells` has it."""
        if not np.isfinite(self.at_rest).all():
            return True
        return regret.tells(regret.capped(self.validation, self.at_rest.mean())[int(self.loss.argmin())], self.at_rest)

    @property
    def proven(self) -> regret.Best | None:
        """The best rate where it learned what `clear` asks for; None where none is known to be better than others."""
        return self.best if self.clear else None

    def regrets(self, suggestions: Mapping[str, float | None]) -> dict[str, float]:
        """Return the regret of each rule's rate (None: no answer) on the mean curve of the validation losses."""
        return regret.regrets(self.rates, self.loss, float(self.at_rest.mean()), suggestions)


def measure(
    task: Task,
    model: Model | str,
    rates: ArrayLike | None = None,
    *,
    schedule: str = "one_cycle",
    parameters: Mapping[str, object] | None = None,
    updates: int = UPDATES,
    seeds: Sequence[int] = SEEDS,
    optimizer: str = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    batch_size: int = 64,
    device: str = "auto",
    evaluate_every: int | None = None,
    report_every: int | None = None,
    on_progress: "Callable[[Progress], object] | None" = None,
    resume: bytes | None = None,
) -> Verdict:
    """Train at every rate with every seed, each a whole schedule whose highest rate it is: one call of the engine.

    rates (R,) rise, all above 0; None for `grid()`. `schedule` is a name in schedulers.CATALOGUE, `parameters` are its
    own; a schedule that cycles the momentum decides it. `seeds` are S distinct whole numbers. A rate of 1e-5 is trained
    beside the rates where it is not among them, as the loss at rest: row m of what `on_progress` reports is rate m // S
    of `rows(rates)` with seed m % S. `report_every`, `evaluate_every`, `on_progress` and `resume` are the engine's.
    Refusal for what is not allowed. Time grows with R x S x updates.
    """
    if isinstance(model, str):
        model = check_model(model, title=TITLE)
    if len(seeds) == 0 or len(set(seeds)) < len(seeds):
        raise Refusal("{title}: seeds must be one or more, all different, got {value}.", title=TITLE, value=list(seeds))
    check_number("updates", updates, TITLE)
    asked = grid() if rates is None else np.asarray(rates, dtype=np.float64)
    trained_rates = rows(asked)
    curve, cycled = shape(schedule, updates, parameters)
    from training.engine import train

    models = len(trained_rates) * len(seeds)
    trained = train(
        task,
        model,
        np.repeat(trained_rates[:, None] * curve, len(seeds), axis=0),
        seeds=np.tile(np.asarray(seeds), len(trained_rates)),
        momentum=momentum if cycled is None else np.broadcast_to(cycled, (models, updates)),
        weight_decay=weight_decay,
        optimizer=optimizer,
        batch_size=batch_size,
        device=device,
        evaluate_every=updates if evaluate_every is None else evaluate_every,
        report_every=report_every,
        on_progress=on_progress,
        resume=resume,
    )
    table = (len(trained_rates), len(seeds))
    lost = np.array([reason == "diverged" for reason in trained.reason])
    return read(
        asked,
        np.where(lost, np.nan, trained.validation_loss[:, -1]).reshape(table),
        np.where(lost, np.nan, trained.test_loss).reshape(table),
        seeds=seeds,
        updates=updates,
        schedule=schedule,
        device=trained.device,
    )


def read(
    rates: ArrayLike,
    validation: ArrayLike,
    test: ArrayLike | None = None,
    *,
    seeds: Sequence[int] = SEEDS,
    updates: int = UPDATES,
    schedule: str = "one_cycle",
    device: str = "cpu",
) -> Verdict:
    """Read the losses (len(rows(rates)), S) of a verdict, finished or under way. Needs no torch.

    `test` None stands for a verdict under way: its test losses are NaN.
    """
    asked = np.asarray(rates, dtype=np.float64)
    trained = rows(asked)
    losses = np.asarray(validation, dtype=np.float64)
    on_test = np.full_like(losses, np.nan) if test is None else np.asarray(test, dtype=np.float64)
    if losses.ndim != 2 or losses.shape[0] != trained.size or on_test.shape != losses.shape:
        raise Refusal(
            "{title}: losses must have one row for each of {rates} rates and one column a seed, got shape {shape}.",
            title=TITLE, rates=trained.size, shape=losses.shape,
        )  # fmt: skip
    rest = int(np.argmin(np.abs(np.log(trained / regret.AT_REST))))
    at_rest, extra = losses[rest], trained.size - asked.size
    own = losses[extra:]
    counted = regret.capped(own, at_rest.mean())
    return Verdict(
        rates=asked,
        seeds=tuple(int(seed) for seed in seeds),
        updates=updates,
        schedule=schedule,
        validation=own,
        test=on_test[extra:],
        diverged=~np.isfinite(own),
        at_rest=at_rest,
        test_at_rest=on_test[rest],
        loss=counted.mean(axis=1),
        median=np.median(counted, axis=1),
        low=counted.min(axis=1),
        high=counted.max(axis=1),
        best=regret.region(asked, counted, float(at_rest.mean())),
        device=device,
    )


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the curve and its best region in plain numbers; `best` is None where no rate learns anything."""
    found = verdict.best
    return {
        "rates": verdict.rates.tolist(),
        "loss": verdict.loss.tolist(),
        "low": verdict.low.tolist(),
        "high": verdict.high.tolist(),
        "best": None if found is None else {"lr": found.lr, "low": found.low, "high": found.high},
    }
