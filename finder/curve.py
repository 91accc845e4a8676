"""What a range test over several seeds shows: its curves, their median, and where every rule lands. NumPy only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder import suggest, sweep

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What a rule says over the seeds, and where that lands on the median curve.

    `lr` is the geometric mean of the seeds' rates, `low` and `high` the least and the greatest; `loss` is the median's
    loss at `lr`, None where `lr` lies outside the curve; `working` shows how the rule reads the median (see
    `suggest.Suggestion`), so that with a single seed rate and working are one picture.
    """

    lr: float
    low: float
    high: float
    loss: float | None
    working: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A range test as it is read.

    `lrs` is (T,); `smoothed` one list a seed and `median` over them, each as long as it ran; `answers` by rule; `band`
    the rates where the median falls about as steeply as at its steepest; `doubts` why it supports no suggestion.
    """

    lrs: Floats
    smoothed: tuple[NDArray[np.float32], ...]
    median: NDArray[np.float32]
    answers: dict[str, Answer]
    band: tuple[float, float] | None
    doubts: tuple[str, ...]


def read(raw_losses: ArrayLike, *, start: float, end: float, num_it: int, ended: bool = True) -> Found:
    """Read the raw losses (S, k), k <= num_it, of a range test; NaN after the update at which a seed stopped.

    While the test runs (`ended` false) there are curves only. Time grows with seeds x updates x log(updates).
    """
    lrs = sweep.rates(start, end, num_it)
    raw = np.asarray(raw_losses, dtype=np.float64)
    smoothed = tuple(sweep.smooth(row[: _length(row)]) for row in raw)
    median = _median(smoothed)
    if not ended or not median.size:
        return Found(lrs, smoothed, median, {}, None, ())
    over = suggest.over_seeds([(lrs[: one.size], one, num_it) for one in smoothed if one.size])
    own = suggest.suggest(lrs[: median.size], median, num_it)
    answers = {
        rule: Answer(entry["lr"], entry["low"], entry["high"], _loss_at(entry["lr"], lrs, median), _working(own[rule]))
        for rule, entry in over.items()
    }
    seen = sweep.cut(lrs[: median.size], median, num_it)
    return Found(lrs, smoothed, median, answers, suggest.reasonable(*seen), tuple(suggest.doubts(*seen)))


def _length(row: Floats) -> int:
    present = np.flatnonzero(~np.isnan(row))
    return int(present[-1]) + 1 if present.size else 0


def _median(curves: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
    """Return the median over seeds, for as long as at least half of them run."""
    lengths = sorted((curve.size for curve in curves), reverse=True)
    if not lengths:
        return np.empty(0, np.float32)
    longest = lengths[(len(lengths) - 1) // 2]
    table = np.full((len(curves), longest), np.nan, np.float32)
    for row, curve in zip(table, curves, strict=True):
        row[: curve.size] = curve[:longest]
    return np.asarray(np.nanmedian(table, axis=0) if longest else table[0], dtype=np.float32)


def _loss_at(lr: float, lrs: Floats, median: NDArray[np.float32]) -> float | None:
    if not lrs[0] <= lr <= lrs[median.size - 1]:
        return None
    return float(np.interp(np.log(lr), np.log(lrs[: median.size]), median))


def _working(own: suggest.Suggestion | None) -> dict[str, Any]:
    return own.working if own else {}
