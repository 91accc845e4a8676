"""What a range test over several seeds shows: its curves, their median, and where every rule lands. NumPy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder import suggest, sweep
from finder.doubts import doubts, median_curve, not_finite, reasonable
from words import Refusal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What a rule says over the seeds, and where that lands on the median curve.

    `lr` is the geometric mean of the seeds' rates, `low` and `high` the least and the greatest, `each` one a seed, None
    where the rule has no answer; `loss` is the median's loss at `lr`, None where `lr` lies outside the curve; `working`
    shows how the rule reads the median (see `suggest.Suggestion`), so that with a single seed rate and working are one
    picture.
    """

    lr: float
    low: float
    high: float
    each: tuple[float | None, ...]
    loss: float | None
    working: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Found:
    """A range test of S seeds over T rates, as it is read.

    `lrs` is (T,), `raw` (S, T) with NaN after a seed's end; `smoothed` one list a seed, each as long as it ran: to the
    update that stopped it, its index in `stopped` (None for a seed that ran on), or to its first NaN. `median` goes
    over them for as far as half of them do. `answers` by rule; `band` the rates where the median falls about as
    steeply as at its steepest; `doubts` why it supports no suggestion. `device` is where it ran. Grows with S x T.
    """

    lrs: Floats
    raw: Floats
    smoothed: tuple[NDArray[np.float32], ...]
    stopped: tuple[int | None, ...]
    median: Floats
    answers: dict[str, Answer]
    band: tuple[float, float] | None
    doubts: tuple[str, ...]
    device: str = "cpu"

    @property
    def suggestions(self) -> dict[str, dict[str, Any]]:
        """The answers as plain numbers: {rule: {"lr", "low", "high", "each"}}."""
        return {
            rule: {"lr": one.lr, "low": one.low, "high": one.high, "each": list(one.each)}
            for rule, one in self.answers.items()
        }


def read(
    raw_losses: ArrayLike,
    *,
    start: float,
    end: float,
    num_it: int,
    ended: bool = True,
    beta: float = sweep.BETA,
    stop_factor: float | None = sweep.STOP_FACTOR,
    skip_start: int | None = None,
    skip_end: int = sweep.ENDS_LEFT_OUT,
    rules: Sequence[str] = suggest.DEFAULT_RULES,
    ran_factor: float | None = sweep.STOP_FACTOR,
    ran_beta: float = sweep.BETA,
    device: str = "cpu",
) -> Found:
    """Read the raw losses (S, k), k <= num_it, of a range test: nothing runs anew, so that all of it can be moved.

    `beta` smooths, `stop_factor` ends each seed (None: nowhere), `skip_start` and `skip_end` are points that fastai's
    rules do not see (see `sweep.cut`); the defaults are fastai's. `ran_factor` and `ran_beta` are the stop factor
    (None: none) and the smoothing that the test ran with: they tell a seed that was stopped, whose later losses nobody
    knows, from one that met a NaN and as in fastai goes on in NaN. While the test runs (`ended` false) there are curves
    only; where it ended without a finite loss, with a doubt. Time grows with seeds x updates x log(updates).
    """
    lrs = sweep.rates(start, end, num_it)
    raw = np.asarray(raw_losses, dtype=np.float64)
    if raw.ndim != 2 or raw.shape[1] > lrs.size:
        raise Refusal(
            "Range test: losses must have one row a seed and at most {most} columns, one a rate, got shape {shape}.",
            most=lrs.size,
            shape=raw.shape,
        )
    ran = raw.shape[1] > 0
    raw = np.pad(raw, ((0, 0), (0, lrs.size - raw.shape[1])), constant_values=np.nan)
    as_run = sweep.smooth(raw, ran_beta)
    smoothed = as_run if beta == ran_beta else sweep.smooth(raw, beta)
    whole: list[NDArray[np.float32]] = []
    stopped: list[int | None] = []
    for row, run in zip(smoothed, as_run, strict=True):
        known = row[: _end(sweep.stop(run, ran_factor) if ran_factor is not None else None)]
        last = sweep.stop(known, stop_factor) if stop_factor is not None else None
        stopped.append(last)
        whole.append(known[: _end(last)])
    curves = tuple(row[: _length(row)] for row in whole)
    median = median_curve([(lrs[: one.size], one) for one in curves])[1]
    if not ended or not np.isfinite(median).any():
        without = sum(not np.isfinite(one).any() for one in curves)
        why: tuple[str, ...] = (not_finite(without, len(curves)),) if ended and without and ran else ()
        return Found(lrs, raw, curves, tuple(stopped), median, {}, None, why, device)
    cuts: dict[str, Any] = {"skip_start": skip_start, "skip_end": skip_end}
    over = suggest.over_seeds([suggest.suggest(lrs[: one.size], one, num_it, rules=rules, **cuts) for one in whole])
    seen = median_curve([sweep.cut(lrs, one, num_it, **cuts) for one in whole])
    first = min(num_it // 10 if skip_start is None else skip_start, median.size)
    left_out = first, median.size - first - seen[0].size
    answers = {}
    for rule, entry in over.items():
        own = suggest.RULES[rule](*((lrs[: median.size], median) if rule in suggest.TAKES_WHOLE else seen))
        parts = entry["lr"], entry["low"], entry["high"], tuple(entry["each"])
        answers[rule] = Answer(*parts, _loss_at(entry["lr"], lrs, median), own.working if own else {})
    why = tuple(doubts(*seen, left_out=left_out))
    return Found(lrs, raw, curves, tuple(stopped), median, answers, reasonable(*seen), why, device)


def _end(last: int | None) -> int | None:
    return None if last is None else last + 1


def _length(row: NDArray[np.float32]) -> int:
    lost = np.flatnonzero(np.isnan(row))
    return int(lost[0]) if lost.size else row.size


def _loss_at(lr: float, lrs: Floats, median: Floats) -> float | None:
    if not lrs[0] <= lr <= lrs[median.size - 1]:
        return None
    return float(np.interp(np.log(lr), np.log(lrs[: median.size]), median))
