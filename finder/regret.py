"""How much worse a rate is than the best one: 0 is the best, 1 no better than hardly training at all. NumPy only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

AT_REST = 1e-5  # the rate at which hardly anything is learned
WORST = 3.0  # a loss counts as at most this many times the loss at rest
FEWEST_ERRORS = 3.0
LITTLE = 0.05  # a rate is as good as the best up to this mean regret


@dataclass(frozen=True)
class Best:
    """The rate whose mean loss is lowest, and the region around it, `low` to `high`, that is as good.

    As good means a mean regret of at most 5 %, or no further from the best than the seeds' own noise: one standard
    error of the mean difference between the two rates, seed by seed.
    """

    lr: float
    low: float
    high: float


def capped(losses: ArrayLike, at_rest: ArrayLike) -> Floats:
    """Return the losses, no higher than three times the loss at rest; NaN and infinity count as that.

    Shapes broadcast: losses (R, S) and at_rest (S,), for example.
    """
    values = np.asarray(losses, dtype=np.float64)
    most = WORST * np.asarray(at_rest, dtype=np.float64)
    return np.where(np.isfinite(values), np.minimum(values, most), most)


def regret(loss: float | None, best: float, at_rest: float) -> float:
    """Return (min(loss, 3 at_rest) - best) / (at_rest - best), for the loss that a suggestion's training ended with.

    `best` is the least loss of any rate, `at_rest` the loss at a rate of 1e-5. A loss of NaN counts as 3 at_rest; None,
    a rule without an answer, as at_rest, hence 1. Below 0 where the suggestion does better than every rate of the grid.
    NaN where no rate learns anything, best >= at_rest.
    """
    if not best < at_rest:
        return math.nan
    reached = at_rest if loss is None else float(capped(loss, at_rest))
    return (reached - best) / (at_rest - best)


def tells(best: ArrayLike, at_rest: ArrayLike) -> bool:
    """Whether a task tells good rates from bad: at_rest - best, each (S,) over seeds, is 3 standard errors or more.

    The standard error is that of the mean difference of the seeds' pairs; at least two seeds, or the answer is yes
    wherever best is lower.
    """
    gain = np.asarray(at_rest, dtype=np.float64) - np.asarray(best, dtype=np.float64)
    error = float(gain.std(ddof=1)) / math.sqrt(gain.size) if gain.size > 1 else 0.0
    return float(gain.mean()) > 0 and float(gain.mean()) >= FEWEST_ERRORS * error


def at(rates: ArrayLike, losses: ArrayLike, lr: float) -> float:
    """Return the loss at `lr`, on a straight line in log rate between the neighbours in rates (R,), rising.

    Beyond the first and the last rate it is theirs.
    """
    return float(np.interp(math.log(lr), np.log(np.asarray(rates, dtype=np.float64)), np.asarray(losses)))


def regrets(
    rates: ArrayLike, losses: ArrayLike, at_rest: float, suggestions: Mapping[str, float | None]
) -> dict[str, float]:
    """Return the regret of each rule's rate, read between the points of a measured curve.

    rates (R,) rising, losses (R,) already `capped`; a rule whose rate is None has no answer. Grows with rules x log R.
    """
    best = float(np.min(np.asarray(losses)))
    return {
        rule: regret(None if lr is None else at(rates, losses, lr), best, at_rest) for rule, lr in suggestions.items()
    }


def region(rates: Floats, counted: Floats, at_rest: float) -> Best | None:
    """Return the best of rates (R,) by their losses (R, S), and its region; None where none learns anything."""
    mean = counted.mean(axis=1)
    middle = int(mean.argmin())
    if not mean[middle] < at_rest:
        return None
    apart = counted - counted[middle]
    seeds = counted.shape[1]
    noise = apart.std(axis=1, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.zeros_like(mean)
    worse = apart.mean(axis=1)
    as_good = (worse <= LITTLE * (at_rest - mean[middle])) | (worse <= noise)
    low = high = middle
    while low > 0 and as_good[low - 1]:
        low -= 1
    while high < rates.size - 1 and as_good[high + 1]:
        high += 1
    return Best(float(rates[middle]), float(rates[low]), float(rates[high]))
