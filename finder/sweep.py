"""The range test's own numbers: rates that rise, losses made smooth, when to stop, what the rules see. NumPy only."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from words import Refusal, rate

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

MOST_UPDATES = 100_000
BETA = 0.98
STOP_FACTOR = 4.0
ENDS_LEFT_OUT = 5  # fastai leaves out the last five points: the curve has usually burst there


def rates(start: float, end: float, num_it: int) -> Floats:
    """Rates of a range test, shape (num_it,): `start * (end / start) ** (i / num_it)`, so `end` is never reached.

    Source: fastai 2.8.12, LRFinder with SchedExp. Raises Refusal unless 0 < start < end and 1 <= num_it <= 100000.
    """
    title = "Range test"
    if not (math.isfinite(start) and start > 0):
        raise Refusal(
            "{title}: start (learning rate) must be above 0, got {value}.", title=title, value=_written(start)
        )
    if not (math.isfinite(end) and end > start):
        raise Refusal(
            "{title}: end (learning rate) must be above start, {low}, got {value}.",
            title=title,
            low=_written(start),
            value=_written(end),
        )
    if num_it != int(num_it) or not 1 <= num_it <= MOST_UPDATES:
        raise Refusal(
            "{title}: iterations must be 1 to {high}, got {value}.", title=title, high=MOST_UPDATES, value=num_it
        )
    share = np.arange(int(num_it), dtype=np.float64) / int(num_it)
    return np.asarray(start * (end / start) ** share, dtype=np.float64)


def _written(value: float) -> str:
    """Write a rate to enough digits to tell it from its bound."""
    return rate(value, 12) if math.isfinite(value) else str(value)


class Smoothing:
    """Exponential average of losses with its bias corrected, one update at a time, for any number of rows at once.

    Bit for bit fastai 2.8.12's AvgSmoothLoss: float32, `torch.lerp(loss, average, beta)` as one fused multiply-add,
    divided by `1 - beta ** count`. A NaN stays in the average for good, as there. Memory grows with the
    rows, not with time.
    """

    def __init__(self, beta: float = BETA) -> None:
        if not 0 <= beta < 1:
            raise Refusal("{title}: beta must be 0 to under 1, got {value}.", title="Smoothing", value=beta)
        self.beta, self.count = beta, 0
        self._average: Singles | np.float32 = np.float32(0)
        self._rest = float(np.float32(1) - np.float32(beta))

    def step(self, losses: ArrayLike) -> Singles:
        """Take the next losses, any shape, and return their smoothed values, float32 of that shape."""
        new = np.asarray(losses, dtype=np.float32)
        with np.errstate(all="ignore"):
            if self.beta < 0.5:  # lerp goes from the nearer end
                step = np.asarray(self._average - new, dtype=np.float32).astype(np.float64)
                value = np.asarray(new + float(np.float32(self.beta)) * step).astype(np.float32)
            else:
                step = np.asarray(self._average - new, dtype=np.float32).astype(np.float64)
                value = np.asarray(self._average - step * self._rest).astype(np.float32)
            self.count += 1
            self._average = value
            return np.asarray(value / np.float32(1 - self.beta**self.count), dtype=np.float32)


def smooth(raw_losses: ArrayLike, beta: float = BETA) -> Singles:
    """Smooth losses of shape (T,) or (S, T) along time; the result is float32 of the same shape. See `Smoothing`."""
    raw = np.asarray(raw_losses, dtype=np.float32)
    if raw.ndim not in (1, 2):
        raise Refusal("{title}: losses must have 1 or 2 dimensions, got {value}.", title="Smoothing", value=raw.ndim)
    running = Smoothing(beta)
    smoothed = np.empty_like(raw)
    for t in range(raw.shape[-1]):
        smoothed[..., t] = running.step(raw[..., t])
    return smoothed


def checked_factor(factor: float) -> np.float32:
    """Return the stop rule's factor as the float32 that losses are compared with, or raise Refusal."""
    if not factor > 0:
        raise Refusal("{title}: factor must be above 0, got {value}.", title="Stop rule", value=factor)
    return np.float32(factor)


class StopRule:
    """Says row by row whether a range test ends: when the smoothed loss exceeds `factor` times its best so far.

    Source: fastai 2.8.12, LRFinder.after_batch. A NaN neither improves the best nor stops the test, as there.
    """

    def __init__(self, factor: float = STOP_FACTOR) -> None:
        self.factor = checked_factor(factor)
        self._best: Singles | np.float32 = np.float32(np.inf)

    def step(self, smoothed: ArrayLike) -> NDArray[np.bool_]:
        """Take the next smoothed losses, any shape, and return which of them end their test."""
        now = np.asarray(smoothed, dtype=np.float32)
        with np.errstate(all="ignore"):
            self._best = np.where(now < self._best, now, self._best).astype(np.float32)
            return np.asarray(now > self.factor * self._best)


def stop(smoothed: ArrayLike, factor: float = STOP_FACTOR) -> int | None:
    """Index of the update that ends the test, or None when it runs to its end. `smoothed` has shape (T,)."""
    now = np.asarray(smoothed, dtype=np.float32)
    if now.ndim != 1:
        raise Refusal("{title}: losses must have 1 dimension, got {value}.", title="Stop rule", value=now.ndim)
    with np.errstate(all="ignore"):
        best = np.fmin.accumulate(np.concatenate(([np.float32(np.inf)], now)))[1:]
        over = np.flatnonzero(now > checked_factor(factor) * best)
    return int(over[0]) if over.size else None


def cut(
    lrs: ArrayLike,
    smoothed: ArrayLike,
    num_it: int,
    *,
    skip_start: int | None = None,
    skip_end: int = ENDS_LEFT_OUT,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What the rules see: without the first and the last points, and up to the first NaN.

    `lrs` and `smoothed` have shape (T,), T <= num_it where the test stopped early; `num_it` is what was asked for.
    `skip_start` points are left out at the start, None for a tenth of `num_it`, and `skip_end` at the end of the curve.
    Source: fastai 2.8.12, Learner.lr_find.
    """
    first = int(num_it) // 10 if skip_start is None else skip_start
    for name, count in (("start", first), ("end", skip_end)):
        if count != int(count) or count < 0:
            raise Refusal(
                "Range test: points skipped at the {name} must be 0 or more, got {value}.", name=name, value=count
            )
    losses = np.asarray(smoothed)
    seen = slice(int(first), max(losses.shape[0] - int(skip_end), 0))
    rates, losses = np.asarray(lrs)[: losses.shape[0]][seen], losses[seen]
    missing = np.flatnonzero(np.isnan(losses))
    if missing.size:
        rates, losses = rates[: missing[0]], losses[: missing[0]]
    return rates, losses
