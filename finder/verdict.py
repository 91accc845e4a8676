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
from schedulers import CATALOGUE
from training.options import LIMITS, Model, check_model, check_number
from words import Refusal
from words import rate as written

if TYPE_CHECKING:
    from training.engine import Progress

TITLE = "Verdict"
LOWEST, HIGHEST = 1e-5, 10.0
RATES, SEEDS, UPDATES = 24, (0, 1, 2), 600
LITTLE_REGRET = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Best:
    """The rate whose mean loss is lowest, and the region around it, `low` to `high`, that is as good.

    As good means a mean regret of at most 5 %, or no further from the best than the seeds' own noise: one standard
    error of the mean difference between the two rates, seed by seed.
    """

    lr: float
    low: float
    high: float


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
    best: Best | None
    device: str = "cpu"

    def regrets(self, suggestions: Mapping[str, float | None]) -> dict[str, float]:
        """Return the regret of each rule's rate (None: no answer) on the mean curve of the validation losses."""
        return regret.regrets(self.rates, self.loss, float(self.at_rest.mean()), suggestions)


def grid(count: int = RATES, low: float = LOWEST, high: float = HIGHEST) -> Floats:
    """Return `count` rates from low to high, both among them, evenly spaced on a logarithmic axis."""
    if not 2 <= count <= LIMITS["models"].high:
        raise Refusal(
            "{title}: number of rates must be 2 to {high}, got {value}.",
            title=TITLE, high=int(LIMITS["models"].high), value=count,
        )  # fmt: skip
    if not 0 < low < high:
        raise Refusal(
            "{title}: rates must rise from above 0, got {low} to {high}.",
            title=TITLE, low=written(low), high=written(high),
        )  # fmt: skip
    return np.geomspace(low, high, count)


def shape(schedule: str, updates: int, parameters: Mapping[str, object] | None = None) -> tuple[Floats, Floats | None]:
    """Return a schedule's rates (T,) as shares of its highest, and its momentum (T,), None where it leaves it alone."""
    if schedule not in CATALOGUE:
        raise Refusal(
            "{title}: schedule must be one of {allowed}, got {value}.",
            title=TITLE, allowed=", ".join(CATALOGUE), value=schedule,
        )  # fmt: skip
    declared, given = CATALOGUE[schedule], dict(parameters or {})
    rates = declared.rates(updates, **given)
    if not rates.max() > 0:
        raise Refusal("{title}: schedule {name} never rises above 0.", title=TITLE, name=declared.title)
    return rates / rates.max(), declared.momentum(updates, **given)


def rows(rates: ArrayLike) -> Floats:
    """Return the rates that `measure` trains for rates (R,), one after another for each seed: 1e-5 first if missing.

    Row m of the engine's (M,) is rate m // S with seed m % S; the figure that follows a verdict live reads it so too.
    """
    asked = np.asarray(rates, dtype=np.float64)
    if asked.ndim != 1 or not asked.size or not (np.isfinite(asked) & (asked > 0)).all() or (np.diff(asked) <= 0).any():
        raise Refusal("{title}: rates must be above 0 and rise, one after another.", title=TITLE)
    there = np.isclose(asked, regret.AT_REST, rtol=1e-9).any()
    return asked if there else np.concatenate([[regret.AT_REST], asked])


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
        best=best(asked, counted, float(at_rest.mean())),
        device=device,
    )


def best(rates: Floats, counted: Floats, at_rest: float) -> Best | None:
    """Return the best of rates (R,) by their losses (R, S), and its region; None where none learns anything."""
    mean = counted.mean(axis=1)
    middle = int(mean.argmin())
    if not mean[middle] < at_rest:
        return None
    apart = counted - counted[middle]
    seeds = counted.shape[1]
    noise = apart.std(axis=1, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.zeros_like(mean)
    worse = apart.mean(axis=1)
    as_good = (worse <= LITTLE_REGRET * (at_rest - mean[middle])) | (worse <= noise)
    low = high = middle
    while low > 0 and as_good[low - 1]:
        low -= 1
    while high < rates.size - 1 and as_good[high + 1]:
        high += 1
    return Best(float(rates[middle]), float(rates[low]), float(rates[high]))


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
