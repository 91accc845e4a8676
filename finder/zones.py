"""The zones of a range test's curve: where nothing happens yet, where it learns, the edge, and where it diverges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder.doubts import EARLY, LEAST_FALL
from words import Refusal, rate, say

Floats = NDArray[np.float64]

BEGUN = 0.1  # share of the fall after which the loss counts as falling
NAMES = ("flat", "learning", "edge", "diverged")

_SENTENCES = {
    "flat": "Up to {high} the loss stays where it was: too low to learn in the time of the test.",
    "learning": "From {low} to {high} the loss falls: the model learns.",
    "edge": "From {low} to {high} the loss no longer falls: the edge, where steps begin to overshoot.",
    "diverged": "From {low} on the loss is above where it started: the steps are too large.",
}


@dataclass(frozen=True)
class Zone:
    """A stretch of rates, `low` to `high`, named flat, learning, edge or diverged, with a sentence that says so."""

    name: str
    low: float
    high: float
    sentence: str


def zones(lrs: ArrayLike, losses: ArrayLike) -> list[Zone]:
    """Divide a whole smoothed curve, rising rates and losses of shape (n,), into its zones, in the order of NAMES.

    They cover the rates without a gap, each beginning where the last ended; a zone that the curve does not have is left
    out. The first tenth of the points, which smoothing has not steadied yet, is never looked at. The start of the curve
    is the median of the next fifth: the loss is flat until it has fallen by a tenth of its whole fall, learns until it
    is lowest, is at the edge until it is back at its start, and has diverged from there or from its first value that is
    not finite. A curve that falls by no more than 1 % of its start, or is lowest at its very beginning, learns nowhere:
    it is flat until it stays above its start. All of this is read off a moving average over a twentieth of the curve.
    Empty for an empty curve. O(n).
    """
    rates, values = np.asarray(lrs, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if rates.ndim != 1 or rates.shape != values.shape:
        raise Refusal(
            "{title}: rates and losses must be two lists of one length, got shapes {lrs} and {losses}.",
            title="Zones",
            lrs=rates.shape,
            losses=values.shape,
        )
    if not rates.size:
        return []
    lost = np.flatnonzero(~np.isfinite(values))
    known = int(lost[0]) if lost.size else values.size
    skipped = known // 10
    bounds = _bounds(values[skipped:known]) if known else (0, 0, 0)
    last = rates.size - 1
    places = [0, *(skipped + place for place in bounds), last]
    found: list[Zone] = []
    for name, first, end in zip(NAMES, places[:-1], places[1:], strict=True):
        low, high = float(rates[min(first, last)]), float(rates[min(end, last)])
        if low < high or (rates.size == 1 and not found):
            found.append(Zone(name, low, high, say(_SENTENCES[name], low=rate(low), high=rate(high))))
    return found


def _bounds(values: Floats) -> tuple[int, int, int]:
    """Places at which the loss begins to fall, is lowest, and is back at its start."""
    width = max(values.size // 20, 1) | 1
    averaged = np.convolve(np.pad(values, width // 2, mode="edge"), np.full(width, 1 / width), "valid")
    start = float(np.median(values[: max(values.size // 5, 1)]))
    lowest = int(averaged.argmin())
    fall, least = start - float(averaged[lowest]), LEAST_FALL * abs(start)
    if fall <= least or lowest < EARLY * values.size:
        inside = np.flatnonzero(averaged <= start + least)
        back = int(inside[-1]) + 1 if inside.size else 0
        return back, back, back
    halfway = int(np.flatnonzero(averaged <= start - fall / 2)[0])
    begun = np.flatnonzero(averaged[:halfway] > start - BEGUN * fall)
    over = np.flatnonzero(averaged[lowest:] > start)
    return int(begun[-1]) if begun.size else 0, lowest, lowest + int(over[0]) if over.size else values.size
