"""fastai's four suggestion rules, each exactly as its original answers (fastai 2.8.12, fastai/callback/schedule.py).

Every rule takes what `sweep.cut` gives: rates and smoothed losses of shape (n,). They are read as float32, because
fastai hands its rules float32 tensors and equal slopes are told apart by their rounding. None stands for an original
that raises.
"""

import math
from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder.suggestion import Singles, Suggestion, curve

Point = list[float | None]


def minimum(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """A tenth of the rate at the lowest loss; the mark is at the lowest loss. O(n). Source: fastai 2.8.12, minimum."""
    rates, values = curve(lrs, losses)
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
    rates, values = curve(lrs, losses)
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
    rates, values = curve(lrs, losses)
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
    rates, values = curve(lrs, losses)
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
