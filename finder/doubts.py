"""Whether a range test's curve supports a suggestion at all, and the band of rates that it supports. NumPy only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from words import say, seeds, share

Floats = NDArray[np.float64]

FEWEST_POINTS = 16  # under that the slide rule has no answer either
LEAST_FALL = 0.01  # as a share of the loss at the start
EARLY = 0.15  # a lowest point within this share of the curve is no valley
LARGEST_RISE = 0.5  # on the way down, as a share of the fall
LEAST_FALL_IN_NOISE = 6.0  # fall in standard deviations of a point's own noise


def doubts(lrs: ArrayLike, losses: ArrayLike, *, left_out: tuple[int, int] = (0, 0)) -> list[str]:
    """Why this curve supports no suggestion: sentences on a short, flat, rising or noisy one; none for a sound curve.

    `lrs` and `losses` have shape (n,): what `sweep.cut` gives; `left_out` says how many points of the curve it left out
    at the start and at the end, which only the sentence on a short curve names. The start is the median of the first
    fifth; the lowest point is that of a moving average over a twentieth of the curve. Losses that are not finite are
    left out. O(n).
    """
    values = np.asarray(losses, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size < FEWEST_POINTS:
        return [_short(values.size, left_out)]
    start = float(np.median(values[: max(values.size // 5, 1)]))
    scale = max(abs(start), np.finfo(np.float64).tiny)
    if np.ptp(values) < LEAST_FALL * scale:
        return [say("The curve is flat: the loss hardly changes over all these learning rates.")]
    averaged = _averaged(values, values.size // 20)
    lowest = int(averaged.argmin())
    fall = start - float(averaged[lowest])
    found = []
    if lowest < EARLY * values.size:
        found.append(say("The loss is lowest at the start and only rises: even the lowest learning rates do not help."))
    elif fall < LEAST_FALL * scale:
        found.append(
            say("The loss falls by only {fall}: too little to read a rate from.", fall=share(max(fall, 0) / scale))
        )
    way_down = averaged[: lowest + 1]
    largest_rise = float((way_down - np.minimum.accumulate(way_down)).max())
    if fall > 0 and (largest_rise > LARGEST_RISE * fall or fall < LEAST_FALL_IN_NOISE * _noise(values)):
        found.append(say("The curve is noisy: it rises and falls about as much by chance as along the learning rates."))
    return found


def median_curve(curves: Sequence[tuple[ArrayLike, ArrayLike]]) -> tuple[Floats, Floats]:
    """The median over seeds of (rates, losses), for as far as at least half of them go: what speaks for all together.

    The curves begin at the same rate and share their rates; they may differ in length. Grows with seeds x points.
    """
    lengths = sorted((np.asarray(losses).shape[0] for _, losses in curves), reverse=True)
    reached = lengths[(len(lengths) - 1) // 2] if lengths else 0
    if not reached:
        return np.empty(0), np.empty(0)
    longest = max((np.asarray(lrs, dtype=np.float64) for lrs, _ in curves), key=len)
    table = np.full((len(curves), reached), np.nan)
    for row, (_, losses) in zip(table, curves, strict=True):
        known = np.asarray(losses, dtype=np.float64)[:reached]
        row[: known.shape[0]] = known
    return longest[:reached], table[0] if len(curves) == 1 else np.nanmedian(table, axis=0)


def reasonable(lrs: ArrayLike, losses: ArrayLike) -> tuple[float, float] | None:
    """The band of rates around the steepest descent where the loss falls at least half as fast, per log rate.

    `lrs` rising and `losses`, shape (n,), as for `doubts`; slopes are those of a moving average over a tenth of the
    curve. None where the curve has under 4 finite points or falls nowhere. O(n).
    """
    rates, values = np.asarray(lrs, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    usable = np.isfinite(values) & (rates > 0)
    rates, values = rates[usable], values[usable]
    if values.size < 4 or np.any(np.diff(rates) <= 0):
        return None
    slopes = np.gradient(_averaged(values, values.size // 10), np.log(rates))
    steepest = int(slopes.argmin())
    span = np.log(rates[-1] / rates[0])
    if -slopes[steepest] * span <= 1e-9 * np.abs(values).max():  # rounding of the averages is no fall
        return None
    slow = slopes > slopes[steepest] / 2
    left = np.flatnonzero(slow[:steepest])
    right = np.flatnonzero(slow[steepest:])
    low = int(left[-1]) + 1 if left.size else 0
    high = steepest + int(right[0]) - 1 if right.size else values.size - 1
    return float(rates[low]), float(rates[high])


def not_finite(without: int, count: int) -> str:
    """Say that `without` of `count` seeds have no loss at all, as the first was not finite already."""
    if without == count:
        return say("The loss was not finite from the first update on, so that no rate can be read from it.")
    return say(
        "With {without} of {seeds} the loss was not finite from the first update on, so that no rate can be read.",
        without=without,
        seeds=seeds(count),
    )


def _short(points: int, left_out: tuple[int, int]) -> str:
    """Say how many points the rules see, and of how many where some were left out."""
    if any(left_out):
        return say(
            "The rules see {points} of {whole} points ({start} at the start and {end} at the end are left out); "
            "{needed} are needed.",
            points=points, whole=points + sum(left_out), start=left_out[0], end=left_out[1], needed=FEWEST_POINTS,
        )  # fmt: skip
    if points == 1:
        return say("The curve has 1 point; {needed} are needed.", needed=FEWEST_POINTS)
    return say("The curve has {points} points; {needed} are needed.", points=points, needed=FEWEST_POINTS)


def _averaged(values: Floats, width: int) -> Floats:
    """Moving average over an odd `width`, its ends repeated; the same shape."""
    width = max(width, 1) | 1
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid")


def _noise(values: Floats) -> float:
    """Standard deviation of a point's own noise: the median second difference, for normal noise."""
    return float(1.4826 * np.median(np.abs(np.diff(values, 2))) / np.sqrt(6))
