"""What a range test over several seeds shows: its curves, their median, and where every rule lands. NumPy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder import suggest, sweep

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """A rule's rate over the seeds: their geometric mean, the least and the greatest."""

    lr: float
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """A range test as it is read.

    `lrs` is (T,); `smoothed` one list a seed and `median` over them, each as long as it ran; `answers` and `marks` by
    rule, where a mark stands on the median at the answer's rate and its working is the median's; `band` the rates where
    the median falls about as steeply as at its steepest; `doubts` why the curve supports no suggestion.
    """

    lrs: Floats
    smoothed: tuple[NDArray[np.float32], ...]
    median: NDArray[np.float32]
    answers: dict[str, Answer]
    marks: dict[str, suggest.Suggestion]
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
        return Found(lrs, smoothed, median, {}, {}, None, ())
    over = suggest.over_seeds([(lrs[: one.size], one, num_it) for one in smoothed if one.size])
    answers = {rule: Answer(entry["lr"], entry["low"], entry["high"]) for rule, entry in over.items()}
    own = suggest.suggest(lrs[: median.size], median, num_it)
    marks = {rule: _mark(answer.lr, own[rule], lrs, median) for rule, answer in answers.items()}
    seen = sweep.cut(lrs[: median.size], median, num_it)
    return Found(lrs, smoothed, median, answers, marks, suggest.reasonable(*seen), tuple(suggest.doubts(*seen)))


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


def _mark(lr: float, own: suggest.Suggestion | None, lrs: Floats, median: NDArray[np.float32]) -> suggest.Suggestion:
    """Put a rule's mark on the median curve at the rate over the seeds, beside the median's own working."""
    # Minimum marks the lowest loss but suggests a tenth of its rate: the mark keeps its distance to the rate.
    marked = lr * (own.mark[0] / own.lr if own else 1.0)
    loss = float(np.interp(np.log(marked), np.log(lrs[: median.size]), median))
    return suggest.Suggestion(lr, (marked, loss), own.working if own else {})
