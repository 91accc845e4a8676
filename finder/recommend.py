"""One learning rate, with an interval and a plain sentence of how sure it is, at a stated cost in updates.

A range test over a few seeds says where to look: the geometric mean of its valleys. Then a short bake-off. The training
and validation rows are divided into two halves at random; a candidate rate trains on one half with the user's own
schedule and is judged on the other, and the other way round, so that every row that is not for testing judges once: one
validation split alone would decide by its few odd rows. A trial takes as many passes over its half as the training
proper over its rows, or a little fewer where the budget would hold under seven candidates. The first three lie a decade
below, at and above the valley; each next one halves the wider gap beside the best, or goes a decade on where the best
is the last on its side. The answer is the middle of the rates that do well. The rows for testing are never seen.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.task import Task
from finder import regret, verdict
from finder.bake_off import STEP, Recommendation, Trial, conclude, next_place
from finder.range_test import range_test
from training.options import Model, check_model, check_number
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress

TITLE = "Recommend"
RANGE_TEST = 100  # updates of the range test, one rate each
SEEDS = (0, 1, 2)
TRAININGS = 8  # the budget: as many range tests and trainings
CANDIDATES = 7  # that the budget is to hold at least
MIDDLE = 1e-2  # where to look when the range test has no answer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """How far a recommendation is: `done` of at most `of` updates, and the trials that have ended."""

    done: int
    of: int
    trials: tuple[Trial, ...]


def budget_of(updates: int) -> int:
    """Return the budget, in updates of a single model, for a training of this many: that of eight, tested and done."""
    return TRAININGS * (RANGE_TEST + updates)


def recommend(
    task: Task,
    model: Model | str,
    *,
    updates: int = verdict.UPDATES,
    budget: int | None = None,
    schedule: str = "one_cycle",
    parameters: Mapping[str, object] | None = None,
    seeds: Sequence[int] = SEEDS,
    optimizer: str = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    batch_size: int = 64,
    device: str = "auto",
    on_progress: Callable[[Stage], object] | None = None,
) -> Recommendation:
    """Recommend a rate for a training of `updates` updates on this task with this schedule, whose highest rate it is.

    `budget` is the most updates of single models to spend, 8 x (100 + updates) unless given; a Refusal where seven
    candidates would get under half of their passes. `seeds` (distinct whole numbers) are those of the range test; the
    first also divides the rows, the first two train the halves. The rest is as in `verdict.measure`. `on_progress` is
    called as the engine reports. Time grows with the budget.
    """
    if isinstance(model, str):
        model = check_model(model, title=TITLE)
    check_number("updates", updates, TITLE)
    curve, cycled = verdict.shape(schedule, updates, parameters)
    halves = _halves(task, seeds[0] if len(seeds) else 0)
    first = RANGE_TEST * len(seeds)
    most = budget_of(updates) if budget is None else budget
    passes = max(1, round(updates * halves[0].train.size / task.train.size))
    length = min(passes, (most - first) // (2 * CANDIDATES))
    if 2 * length < passes:
        raise Refusal(
            "{title}: budget must be at least {low:,} updates, got {value:,}.",
            title=TITLE, low=first + CANDIDATES * passes, value=most,
        )  # fmt: skip
    settings: dict[str, Any] = {
        "optimizer": optimizer, "weight_decay": weight_decay, "batch_size": batch_size, "device": device,
    }  # fmt: skip
    trials: list[Trial] = []
    spent = 0

    def report(models: int) -> "Callable[[Progress], object] | None":
        if on_progress is None:
            return None
        return lambda progress: on_progress(Stage(min(spent + models * progress.end, most), most, tuple(trials)))

    no_test = replace(task, test=task.test[:0])
    seen = range_test(
        no_test, model, num_it=RANGE_TEST, seeds=seeds, momentum=momentum, on_progress=report(len(seeds)), **settings
    )  # fmt: skip
    spent += int(np.isfinite(seen.raw).sum())
    valley = seen.suggestions["valley"]["lr"] if "valley" in seen.suggestions else None
    wanted = [math.log(valley or MIDDLE) + shift for shift in (-STEP, 0.0, STEP)]
    while wanted:
        found: list[list[float]] = []
        for number, half in enumerate(halves):
            losses, done = _train(
                half,
                model,
                wanted,
                curve=_shorter(curve, length),
                momentum=momentum if cycled is None else _shorter(cycled, length),
                seed=seeds[number % len(seeds)],
                on_progress=report(len(wanted)),
                settings=settings,
            )
            found.append(losses)
            spent += done
        trials += [
            Trial(math.exp(place), (one, other)) for place, one, other in zip(wanted, found[0], found[1], strict=True)
        ]
        trials.sort(key=lambda trial: trial.lr)
        place = next_place(trials)
        wanted = [place] if place is not None and spent + 2 * length <= most else []
    if on_progress:
        on_progress(Stage(most, most, tuple(trials)))
    return conclude(trials, valley, spent)


def _halves(task: Task, seed: int) -> tuple[Task, Task]:
    """Return two tasks: each trains on one half of the rows that are not for testing and validates on the other."""
    rows = np.random.default_rng(seed).permutation(np.concatenate([task.train, task.validation]))
    one, other = np.sort(rows[: rows.size // 2]), np.sort(rows[rows.size // 2 :])
    nothing = task.test[:0]
    return (
        replace(task, train=one, validation=other, test=nothing),
        replace(task, train=other, validation=one, test=nothing),
    )


def _train(
    half: Task,
    model: Model,
    places: Sequence[float],
    *,
    curve: Floats,
    momentum: float | Floats,
    seed: int,
    on_progress: "Callable[[Progress], object] | None",
    settings: Mapping[str, Any],
) -> tuple[list[float], int]:
    """Return the candidates' losses on one half as shares of the loss before training, and the updates done."""
    from training.engine import train

    models, updates = len(places), curve.size
    trained = train(
        half,
        model,
        np.exp(places)[:, None] * curve,
        seeds=[seed] * models,
        momentum=np.broadcast_to(momentum, (models, updates)),
        evaluate_every=updates,
        on_progress=on_progress,
        **settings,
    )
    before = trained.validation_loss[:, 0]
    lost = np.array([reason == "diverged" for reason in trained.reason])
    after = np.where(lost, np.nan, trained.validation_loss[:, -1])
    return [float(loss) for loss in regret.capped(after / before, 1.0)], int(trained.stopped.sum())


def _shorter(curve: Floats, updates: int) -> Floats:
    """Return the curve (T,) at `updates` updates evenly over the run: the same course in fewer steps."""
    return curve[(np.arange(updates) * curve.size) // updates]
