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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.task import Task
from finder import regret, verdict
from finder.range_test import range_test
from training.options import Model, check_model, check_number
from words import Refusal, say
from words import rate as written

if TYPE_CHECKING:
    from training.engine import Progress

TITLE = "Recommend"
RANGE_TEST = 100  # updates of the range test, one rate each
SEEDS = (0, 1, 2)
TRAININGS = 8  # the budget: as many range tests and trainings
CANDIDATES = 7  # that the budget is to hold at least
STEP = math.log(10)  # between the first candidates, in log rate
FINEST = STEP / 8  # no narrower gap is halved
LITTLE = 0.05  # the regret that the interval allows
SHARP = 0.01  # the regret at which a rate weighs 1/e of the best in the middle that is recommended
MIDDLE = 1e-2  # where to look when the range test has no answer
LOWEST, HIGHEST = 1e-8, 1e3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One candidate: its rate and, of each half of the rows, the loss on it after training on the other half.

    The losses are shares of the loss before training, at most 3; one that diverged counts as 3.
    """

    lr: float
    losses: tuple[float, float]

    @property
    def loss(self) -> float:
        """The mean of the two halves, at most 1: how much worse than untrained a bad rate is tells nothing."""
        return min(sum(self.losses) / 2, 1.0)


@dataclass(frozen=True)
class Stage:
    """How far a recommendation is: `done` of at most `of` updates, and the trials that have ended."""

    done: int
    of: int
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Recommendation:
    """One rate `lr`, and the interval `low` to `high` around it within which every rate is about as good.

    About as good: a regret of at most 5 % on the curve through the trials, the mean of both halves. `confidence` is
    "high" where the rate is that good on each half by itself, "low" where nothing was learned or the budget ended while
    the best was still the last on its side, else "medium". `sentence` says so in words. `cost` is the number of
    updates done, each of a single model; `trials` are the evidence, by rising rate; `valley` is where the search began.
    """

    lr: float
    low: float
    high: float
    sentence: str
    confidence: Literal["high", "medium", "low"]
    cost: int
    valley: float | None
    trials: tuple[Trial, ...]


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
    most = TRAININGS * (RANGE_TEST + updates) if budget is None else budget
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
        place = _next(trials)
        wanted = [place] if place is not None and spent + 2 * length <= most else []
    if on_progress:
        on_progress(Stage(most, most, tuple(trials)))
    return conclude(trials, valley, spent)


def conclude(trials: Sequence[Trial], valley: float | None = None, cost: int = 0) -> Recommendation:
    """Return the recommendation that trials (rising rates, at least two) support. Pure."""
    places = np.log([trial.lr for trial in trials])
    lines = np.linspace(places[0], places[-1], 64 * len(trials))
    both = _curve(lines, places, [trial.loss for trial in trials])
    gain = 1 - both.min()
    lowest = int(both.argmin())
    if not gain > 0:
        lr = float(np.exp(lines[lowest]))
        sentence = say(
            "No learning rate from {low} to {high} learned anything in {cost} updates: {lr} is no more than a guess.",
            low=written(trials[0].lr), high=written(trials[-1].lr), cost=f"{cost:,}", lr=written(lr),
        )  # fmt: skip
        return Recommendation(lr, lr, lr, sentence, "low", cost, valley, tuple(trials))
    worse = (both - both.min()) / gain
    weight = np.exp(-worse / SHARP)
    middle = float((weight * lines).sum() / weight.sum())
    low, high = _around(worse <= LITTLE, lowest)
    lr = math.exp(min(max(middle, lines[low]), lines[high]))
    apart = []
    for half in (0, 1):
        own = _curve(lines, places, [min(trial.losses[half], 1.0) for trial in trials])
        apart.append(regret.regret(float(np.interp(math.log(lr), lines, own)), float(own.min()), 1.0))
    best = min(range(len(trials)), key=lambda index: trials[index].loss)
    at_end = best in (0, len(trials) - 1)
    confidence: Literal["high", "medium", "low"] = "low" if at_end else "high" if max(apart) <= LITTLE else "medium"
    words = {
        "high": "Both halves of the rows agree.",
        "medium": "The two halves of the rows differ: on one of them the best rate is another, so take it with care.",
        "low": "The best rate tried is the last on its side, so a better one may lie beyond.",
    }
    sentence = say(
        "Use {lr}: from {low} to {high} the loss stays within 5 % of the best, judged by {trials} learning rates tried "
        "in {cost} updates. ",
        lr=written(lr), low=written(math.exp(lines[low])), high=written(math.exp(lines[high])), trials=len(trials),
        cost=f"{cost:,}",
    ) + say(words[confidence])  # fmt: skip
    return Recommendation(
        lr, math.exp(lines[low]), math.exp(lines[high]), sentence, confidence, cost, valley, tuple(trials)
    )


def _next(trials: Sequence[Trial]) -> float | None:
    """Return the log rate to try next: the middle of the wider gap beside the best, or a decade beyond the ends."""
    places = [math.log(trial.lr) for trial in trials]
    best = min(range(len(trials)), key=lambda index: trials[index].loss)
    if best == 0:
        return max(places[0] - STEP, math.log(LOWEST)) if places[0] > math.log(LOWEST) else None
    if best == len(trials) - 1:
        return min(places[-1] + STEP, math.log(HIGHEST)) if places[-1] < math.log(HIGHEST) else None
    left, right = places[best] - places[best - 1], places[best + 1] - places[best]
    if max(left, right) <= FINEST:
        return None
    # Of two equal gaps the one towards the better neighbour.
    even = math.isclose(left, right, rel_tol=1e-6)
    towards_left = trials[best - 1].loss < trials[best + 1].loss if even else left > right
    return places[best] - left / 2 if towards_left else places[best] + right / 2


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


def _around(good: NDArray[np.bool_], place: int) -> tuple[int, int]:
    """Return the first and last index of the run of true values that holds `place`."""
    bad = np.flatnonzero(~good)
    left, right = bad[bad < place], bad[bad > place]
    return int(left[-1]) + 1 if left.size else 0, int(right[0]) - 1 if right.size else good.size - 1


def _curve(lines: Floats, places: Floats, losses: Sequence[float]) -> Floats:
    """Return the losses at log rates `lines`: straight between the candidates, a parabola through the best three."""
    values = np.asarray(losses)
    curve: Floats = np.interp(lines, places, values)
    best = int(values.argmin())
    if 0 < best < values.size - 1:
        three = slice(best - 1, best + 2)
        near = (lines >= places[best - 1]) & (lines <= places[best + 1])
        parabola = np.polynomial.Polynomial.fit(places[three], values[three], 2)
        curve[near] = parabola(lines[near])
    return curve
