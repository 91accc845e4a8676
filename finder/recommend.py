"""One learning rate, with an interval and a plain sentence of how sure it is, at a stated cost in updates.

A range test over a few seeds says where to look: the geometric mean of its valleys. Then a short bake-off. The rows
that are not for testing are parted into thirds; a candidate rate trains on two of them with the user's own schedule and
is judged on the third, three times, so that every such row judges once: one validation split alone would decide by its
few odd rows. Two thirds are nearly as many rows as the training proper has; its updates are too many for the budget, so
a trial has fewer, at rates that are higher in proportion: the sum of the rates over the run, which is how far gradient
descent gets, stays the same. The first three candidates lie around the valley; each next one halves the wider gap
beside the best, or goes a step on where the best is the last on its side. The answer is the middle of the rates that
do well. The rows for testing are never seen.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.folds import folds
from data.task import Task
from finder import regret, verdict
from finder.bake_off import STEP, Recommendation, Trial, conclude, next_place
from finder.finished import Finished, fingerprint
from finder.range_test import range_test
from training.options import Model, check_model, check_number
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress

TITLE = "Recommend"
RANGE_TEST = 100  # updates of the range test, one rate each
SEEDS = (0, 1, 2)
TRAININGS = 8  # the budget: as many range tests and trainings
PARTS = 3  # of the rows that are not for testing
CANDIDATES = 6  # that the budget is to hold at least
SHORTEST = 1 / 4  # of the updates of the training proper: no trial is shorter
MIDDLE = 1e-2  # where to look when the range test has no answer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """How far a recommendation is: `done` of at most `of` updates, and the trials that have ended.

    `checkpoint` is what `resume` takes to go on from the last part that has ended: a range test, or a candidate on a
    third of the rows.
    """

    done: int
    of: int
    trials: tuple[Trial, ...]
    checkpoint: bytes


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
    resume: bytes | None = None,
) -> Recommendation:
    """Recommend a rate for a training of `updates` updates on this task with this schedule, whose highest rate it is.

    `budget` is the most updates of single models to spend, 8 x (100 + updates) unless given; a Refusal where six
    candidates would get under a quarter of their updates. `seeds` (distinct whole numbers) are those of the range test;
    the first also parts the rows, and each third has one of them. The rest is as in `verdict.measure`. `on_progress` is
    called as the engine reports; `resume` is a `Stage.checkpoint` of the same settings: what had ended is not done
    again, and the answer is the same to the bit. Time grows with the budget.
    """
    if isinstance(model, str):
        model = check_model(model, title=TITLE)
    check_number("updates", updates, TITLE)
    curve, cycled = verdict.shape(schedule, updates, parameters)
    first = RANGE_TEST * len(seeds)
    most = budget_of(updates) if budget is None else budget
    length = min(updates, (most - first) // (PARTS * CANDIDATES))
    shortest = math.ceil(SHORTEST * updates)
    if length < shortest:
        raise Refusal(
            "{title}: budget must be at least {low:,} updates, got {value:,}.",
            title=TITLE, low=first + PARTS * CANDIDATES * shortest, value=most,
        )  # fmt: skip
    settings: dict[str, Any] = {
        "optimizer": optimizer, "weight_decay": weight_decay, "batch_size": batch_size, "device": device,
    }  # fmt: skip
    hidden = replace(task, test=task.test[:0])
    asked = (model, updates, most, schedule, sorted((parameters or {}).items()), tuple(seeds), momentum, settings)
    finished = Finished(fingerprint(hidden, *asked), resume, TITLE)
    trials: list[Trial] = []
    spent = 0

    def report(models: int) -> "Callable[[Progress], object] | None":
        if on_progress is None:
            return None
        kept = finished.pack()
        return lambda progress: on_progress(Stage(min(spent + models * progress.end, most), most, tuple(trials), kept))

    def seek() -> tuple[float | None, int]:
        seen = range_test(
            hidden, model, num_it=RANGE_TEST, seeds=seeds, momentum=momentum, on_progress=report(len(seeds)), **settings
        )  # fmt: skip
        valley = seen.suggestions["valley"]["lr"] if "valley" in seen.suggestions else None
        return valley, int(np.isfinite(seen.raw).sum())

    valley, done = finished.once(seek)
    spent += done
    parts = folds(hidden, PARTS, seeds[0])
    # The sum of the rates stays that of the training proper; the first candidate is tried at the valley itself.
    higher = updates / length
    wanted = [math.log((valley or MIDDLE) / higher) + shift for shift in (-STEP, 0.0, STEP)]
    while wanted:
        rates = np.exp(wanted)[:, None] * higher * _shorter(curve, length)
        found: list[list[float]] = []
        for number, part in enumerate(parts):
            work = partial(
                _train,
                part,
                model,
                rates,
                momentum=momentum if cycled is None else _shorter(cycled, length),
                seed=seeds[number % len(seeds)],
                on_progress=report(len(wanted)),
                settings=settings,
            )
            losses, done = finished.once(work)
            found.append(losses)
            spent += done
        trials += [Trial(math.exp(place), own) for place, own in zip(wanted, zip(*found, strict=True), strict=True)]
        trials.sort(key=lambda trial: trial.lr)
        place = next_place(trials)
        wanted = [place] if place is not None and spent + PARTS * length <= most else []
    if on_progress:
        on_progress(Stage(most, most, tuple(trials), finished.pack()))
    return conclude(trials, valley, spent, length if length < updates else None)


def _train(
    part: Task,
    model: Model,
    rates: Floats,
    *,
    momentum: float | Floats,
    seed: int,
    on_progress: "Callable[[Progress], object] | None",
    settings: Mapping[str, Any],
) -> tuple[list[float], int]:
    """Return the losses after training at rates (M, T), as shares of the loss before it, and the updates done."""
    from training.engine import train

    models, updates = rates.shape
    trained = train(
        part,
        model,
        rates,
        seeds=[seed] * models,
        momentum=np.broadcast_to(momentum, rates.shape),
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
