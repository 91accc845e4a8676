"""The bake-off's judgement: which rate to try next, and what the trials support. NumPy only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from finder import regret
from words import rate as written
from words import say

Floats = NDArray[np.float64]

STEP = math.log(6)  # between the first candidates, in log rate
FINEST = STEP / 8  # no narrower gap is halved
LITTLE = 0.05  # the regret that the interval allows
SHARP = 0.01  # the regret at which a rate weighs 1/e of the best in the middle that is recommended
LOWEST, HIGHEST = 1e-8, 1e3


@dataclass(frozen=True)
class Trial:
    """One candidate: its rate and, of each part of the rows, the loss on it after training on the others.

    The losses are shares of the loss before training, at most 3; one that diverged counts as 3.
    """

    lr: float
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The mean of the parts, at most 1: how much worse than untrained a bad rate is tells nothing."""
        return min(sum(self.losses) / len(self.losses), 1.0)


@dataclass(frozen=True)
class Recommendation:
    """One rate `lr`, and the interval `low` to `high` around it within which every rate is about as good.

    About as good: a regret of at most 5 % on the curve through the trials, the mean of the parts. `confidence` is
    "high" where the rate is that good on each part by itself, "low" where nothing was learned that exceeds three
    standard errors of the parts or the budget ended while the best was still the last on its side, else "medium".
    `sentence` says so in words. `cost` is the number of updates done, each of a single model; `trials` are the
    evidence, by rising rate; `valley` is where the search began.
    """

    lr: float
    low: float
    high: float
    sentence: str
    confidence: Literal["high", "medium", "low"]
    cost: int
    valley: float | None
    trials: tuple[Trial, ...]


def conclude(
    trials: Sequence[Trial], valley: float | None = None, cost: int = 0, length: int | None = None
) -> Recommendation:
    """Return the recommendation that trials (rising rates, at least two) support. Pure.

    `length` is how many updates each trial had, None where as many as the training itself is to have.
    """
    places = np.log([trial.lr for trial in trials])
    lines = np.linspace(places[0], places[-1], 64 * len(trials))
    mean = _curve(lines, places, [trial.loss for trial in trials])
    gain = 1 - mean.min()
    lowest = int(mean.argmin())
    if not gain > 0:
        lr = float(np.exp(lines[lowest]))
        sentence = say(
            "No learning rate from {low} to {high} learned anything in {cost} updates: {lr} is no more than a guess.",
            low=written(trials[0].lr), high=written(trials[-1].lr), cost=f"{cost:,}", lr=written(lr),
        )  # fmt: skip
        return Recommendation(lr, lr, lr, sentence, "low", cost, valley, tuple(trials))
    worse = (mean - mean.min()) / gain
    weight = np.exp(-worse / SHARP)
    middle = float((weight * lines).sum() / weight.sum())
    low, high = _around(worse <= LITTLE, lowest)
    lr = math.exp(min(max(middle, lines[low]), lines[high]))
    apart = []
    for part in range(len(trials[0].losses)):
        own = _curve(lines, places, [min(trial.losses[part], 1.0) for trial in trials])
        apart.append(regret.regret(float(np.interp(math.log(lr), lines, own)), float(own.min()), 1.0))
    best = min(range(len(trials)), key=lambda index: trials[index].loss)
    at_end = best in (0, len(trials) - 1)
    learned = regret.tells(np.minimum(trials[best].losses, 1.0), np.ones(len(apart)))
    confidence: Literal["high", "medium", "low"] = (
        "low" if at_end or not learned else "high" if max(apart) <= LITTLE else "medium"
    )
    words = {
        "high": "All parts of the rows agree.",
        "medium": "The parts of the rows differ: on one of them the best rate is another, so take it with care.",
        "low": "The best rate tried is the last on its side, so a better one may lie beyond."
        if learned
        else "What it gains is no more than the parts of the rows differ by, so it is little more than a guess.",
    }
    sentence = say(
        "Use {lr}: from {low} to {high} training gains at least 95 % of what it gains at the best rate, judged by "
        "{trials} learning rates; {cost} updates in all, range test included. ",
        lr=written(lr), low=written(math.exp(lines[low])), high=written(math.exp(lines[high])), trials=len(trials),
        cost=f"{cost:,}",
    )  # fmt: skip
    if length is not None:
        sentence += say(
            "A trial had {length} updates, at rates so much higher that their sum is that of your training. ",
            length=f"{length:,}",
        )
    sentence += say(words[confidence])
    return Recommendation(
        lr, math.exp(lines[low]), math.exp(lines[high]), sentence, confidence, cost, valley, tuple(trials)
    )


def next_place(trials: Sequence[Trial]) -> float | None:
    """Return the log rate to try next: the middle of the wider gap beside the best, or a step beyond the ends."""
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


def _around(good: NDArray[np.bool_], place: int) -> tuple[int, int]:
    """Return the first and last index of the run of true values that holds `place`."""
    bad = np.flatnonzero(~good)
    left, right = bad[bad < place], bad[bad > place]
    return int(left[-1]) + 1 if left.size else 0, int(right[0]) - 1 if right.size else good.size - 1


def _curve(lines: Floats, places: Floats, losses: Sequence[float]) -> Floats:
    """Return the losses at log rates `lines`: straight between the candidates, a parabola through the best three.

    The parabola goes no lower than the best of them, so that a plateau stays one.
    """
    values = np.asarray(losses)
    curve: Floats = np.interp(lines, places, values)
    best = int(values.argmin())
    if 0 < best < values.size - 1:
        three = slice(best - 1, best + 2)
        near = (lines >= places[best - 1]) & (lines <= places[best + 1])
        parabola = np.polynomial.Polynomial.fit(places[three], values[three], 2)
        curve[near] = np.maximum(parabola(lines[near]), values[best])
    return curve
