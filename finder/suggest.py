"""The rules that read a rate off a range test, each exactly as its original answers.

Every rule takes what `sweep.cut` gives: rates and smoothed losses of shape (n,). They are read as float32, because
fastai hands its rules float32 tensors and equal slopes are told apart by their rounding. None stands for an original
that raises.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder import sweep
from finder.doubts import doubts, median_curve, reasonable
from words import Refusal

__all__ = [
    "HOW",
    "RULES",
    "TITLES",
    "Rule",
    "Suggestion",
    "doubts",
    "falling_lengths",
    "median_curve",
    "minimum",
    "over_seeds",
    "reasonable",
    "slide",
    "steep",
    "suggest",
    "valley",
]

Singles = NDArray[np.float32]
Point = list[float | None]


@dataclass(frozen=True)
class Suggestion:
    """A rule's answer: the rate, the (rate, loss) point to mark, and what to draw to show how it got there."""

    lr: float
    mark: tuple[float, float]
    working: dict[str, Any]


Rule = Callable[[ArrayLike, ArrayLike], Suggestion | None]


def minimum(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """A tenth of the rate at the lowest loss; the mark is at the lowest loss. O(n). Source: fastai 2.8.12, minimum."""
    rates, values = _curve(lrs, losses)
    if not rates.size:
        return None
    lowest = int(values.argmin())
    lr = float(rates[lowest])
    mark = (lr, float(values[_first_at(rates, lowest)]))
    return Suggestion(
        lr / 10, mark, {"minimum": _point(*mark), "tenth": _point(lr / 10, _between(rates, values, lr / 10))}
    )


def steep(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The rate where the loss falls fastest per log rate. O(n). Source: fastai 2.8.12, steep."""
    rates, values = _curve(lrs, losses)
    if rates.size < 2:
        return None
    slopes = _slopes(rates, values)
    steepest = int(slopes.argmin())
    lr, loss = float(rates[steepest]), float(values[_first_at(rates, steepest)])
    reach = math.log(2)
    rise = float(slopes[steepest]) * reach
    return Suggestion(lr, (lr, loss), {"tangent": [_point(lr / 2, loss - rise), _point(lr * 2, loss + rise)]})


def valley(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The rate halfway down the longest valley: two steps of a third and a sixth of the longest falling subsequence.

    Source: fastai 2.8.12, valley, whose search is O(n^2); this one is O(n log n). As there, the valley is taken to
    begin as many points before its end as it has points, which may be one before the first: then the last one answers.
    """
    rates, values = _curve(lrs, losses)
    if not rates.size:
        return None
    lengths = falling_lengths(values)
    end = int(lengths.argmax())
    start = end - int(lengths[end]) if lengths[end] > 1 else 0
    third = (end - start) / 3
    index = start + int(third) + int(third / 2)
    mark = (float(rates[index]), float(values[index]))
    first = max(start, 0)
    return Suggestion(mark[0], mark, {"extent": [_point(rates[first], values[first]), _point(rates[end], values[end])]})


def falling_lengths(values: ArrayLike) -> NDArray[np.int64]:
    """Length of the longest strictly falling subsequence that ends at each point; shape (n,) as `values`. O(n log n).

    By patience: the k-th entry of `piles` is the highest value on which a falling subsequence of k + 1 points can end.
    NaN is neither above nor below anything, so it stands alone.
    """
    series = np.asarray(values)
    lengths = np.ones(series.shape[0], dtype=np.int64)
    piles: list[float] = []  # negated, hence rising
    for i, value in enumerate((-series.astype(np.float64)).tolist()):
        if math.isnan(value):
            continue
        place = bisect_left(piles, value)
        piles[place : place + 1] = [value]
        lengths[i] = place + 1
    return lengths


def slide(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The left end of a window of 15 points, slid from the right while the slopes at its ends differ by over 0.005.

    O(n). None under 16 points, where the original raises. Source: fastai 2.8.12, slide (lr_diff 15, thresh .005,
    adjust_value 1).
    """
    width, threshold = 15, 0.005
    rates, values = _curve(lrs, losses)
    if rates.size <= width:
        return None
    with np.errstate(all="ignore"):
        slopes = np.gradient(values)
        left = rates.size - 1 - width
        answer = left
        while left >= 0 and abs(slopes[left + width] - slopes[left]) > threshold:
            answer = left
            left -= 1
        lr = float(rates[answer])
        loss = float(np.interp(np.log10(lr), np.log10(rates), values))
    right = answer + width
    return Suggestion(lr, (lr, loss), {"window": [_point(lr, loss), _point(rates[right], values[right])]})


RULES: dict[str, Rule] = {"minimum": minimum, "steep": steep, "valley": valley, "slide": slide}

TITLES = {"minimum": "Minimum / 10", "steep": "Steepest", "valley": "Valley", "slide": "Slide"}

HOW = {
    "minimum": "A tenth of the learning rate at which the loss is lowest.",
    "steep": "The learning rate at which the loss falls fastest, on a logarithmic axis of rates.",
    "valley": "A point halfway down the longest run over which the loss keeps falling.",
    "slide": "A window slides left from the end of the curve until the loss slopes alike at both its ends.",
}


def suggest(lrs: ArrayLike, smoothed: ArrayLike, num_it: int) -> dict[str, Suggestion | None]:
    """Every rule's answer to one uncut curve of a test that was asked to run `num_it` updates."""
    seen = sweep.cut(lrs, smoothed, num_it)
    return {name: rule(*seen) for name, rule in RULES.items()}


def over_seeds(curves: Sequence[tuple[ArrayLike, ArrayLike, int]]) -> dict[str, dict[str, Any]]:
    """What the rules say over several seeds: `{rule: {"lr", "low", "high", "each"}}`.

    `curves` holds (rates, smoothed losses, num_it) of each seed, uncut. `each` is one rate a seed, None where the rule
    has no answer; `lr` is the geometric mean of the answers, `low` and `high` the least and the greatest. A rule
    without any answer is left out. Time grows with seeds x points x log(points).
    """
    answers = [suggest(*curve) for curve in curves]
    summary: dict[str, dict[str, Any]] = {}
    for name in RULES:
        each = [None if answer[name] is None else answer[name].lr for answer in answers]  # type: ignore[union-attr]
        given = [lr for lr in each if lr is not None]
        if given:
            middle = float(np.exp(np.mean(np.log(given))))
            low, high = min(given), max(given)
            summary[name] = {"lr": min(max(middle, low), high), "low": low, "high": high, "each": each}
    return summary


def _curve(lrs: ArrayLike, losses: ArrayLike) -> tuple[Singles, Singles]:
    rates, values = np.asarray(lrs, dtype=np.float32), np.asarray(losses, dtype=np.float32)
    if rates.ndim != 1 or rates.shape != values.shape:
        raise Refusal(
            "{title}: rates and losses must be two lists of one length, got shapes {lrs} and {losses}.",
            title="Suggestion",
            lrs=rates.shape,
            losses=values.shape,
        )
    return rates, values


def _slopes(rates: Singles, values: Singles) -> Singles:
    """Loss per log rate between neighbours, shape (n - 1,); the logarithm is the float32 nearest to the true one."""
    with np.errstate(all="ignore"):
        logs = np.log(rates.astype(np.float64)).astype(np.float32)
        return np.asarray((values[1:] - values[:-1]) / (logs[1:] - logs[:-1]), dtype=np.float32)


def _first_at(rates: Singles, index: int) -> int:
    """The first point with the rate of point `index`: that is where fastai reads the mark's loss."""
    same = np.flatnonzero(rates == rates[index])
    return int(same[0]) if same.size else 0


def _between(rates: Singles, values: Singles, lr: float) -> float | None:
    """The loss at `lr`, on a straight line in log rate between its neighbours, or None outside the curve."""
    if not rates[0] <= lr <= rates[-1]:
        return None
    with np.errstate(all="ignore"):
        return float(np.interp(np.log(lr), np.log(rates.astype(np.float64)), values))


def _point(lr: float | np.float32, loss: float | np.float32 | None) -> Point:
    """A point for a figure: plain numbers, None where a number is not finite."""
    return [None if value is None or not np.isfinite(value) else float(value) for value in (lr, loss)]
