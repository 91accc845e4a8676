"""What a curve is, in a few numbers, and what is wrong with it, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schedulers.declare import Curve
from words import rate, say


@dataclass(frozen=True)
class Facts:
    """A curve in numbers: rates, their sum, and the updates and shares at which things happen."""

    first: float
    peak: float
    last: float
    area: float
    at_half_or_above: int
    warmup_share: float
    lowest_momentum: float | None
    highest_momentum: float | None


@dataclass(frozen=True)
class Lint:
    """One thing that is likely wrong: a sentence and the update at which it shows."""

    sentence: str
    update: int


def facts(rates: ArrayLike, momentum: ArrayLike | None = None) -> Facts:
    """Return a curve's facts; `rates` and `momentum` have the shape (T,). In O(T).

    `area` is the sum of the rates; `at_half_or_above` counts the updates at half the peak or more; `warmup_share` is
    the share of the run before the peak is first reached.
    """
    eta = np.asarray(rates, dtype=np.float64)
    peak = float(eta.max())
    first_at_peak = int(np.argmax(eta >= peak * (1 - 1e-9)))
    low, high = (None, None) if momentum is None else (float(np.min(momentum)), float(np.max(momentum)))
    return Facts(
        first=float(eta[0]),
        peak=peak,
        last=float(eta[-1]),
        area=float(eta.sum()),
        at_half_or_above=int((eta >= peak / 2).sum()),
        warmup_share=first_at_peak / len(eta),
        lowest_momentum=low,
        highest_momentum=high,
    )


def lints(
    rates: ArrayLike,
    momentum: ArrayLike | None = None,
    *,
    peak: float | None = None,
    library: str | None = None,
    name: str | None = None,
    kwargs: Mapping[str, object] | None = None,
    optimizer_momentum: float | None = None,
) -> list[Lint]:
    """Return what is likely wrong with a curve, in the order of the updates; a well-formed one gives none. In O(T).

    `rates` and `momentum` have the shape (T,). `peak` is the rate that the curve was meant to reach. `library`, `name`
    and `kwargs` say which scheduler gave it, `optimizer_momentum` what the optimizer was given as momentum or beta1.
    """
    eta = np.asarray(rates, dtype=np.float64)
    top = float(eta.max())
    if top <= 0:
        return [Lint(say("The learning rate is 0 throughout: nothing is learnt."), 0)]
    found = [*_first(eta), *_jumps(eta, top), *_end(eta, top)]
    if peak is not None and top < 0.95 * peak:
        sentence = "The peak of {peak} is never reached: the highest rate is {top}, at update {update}."
        update = int(eta.argmax())
        found.append(Lint(say(sentence, peak=rate(peak), top=rate(top), update=update), update))
    if momentum is not None:
        beta = np.asarray(momentum, dtype=np.float64)
        found += _together(eta, beta, top) + _overwritten(beta, library, name, kwargs or {}, optimizer_momentum)
    return sorted(found, key=lambda lint: lint.update)


def _first(eta: Curve) -> list[Lint]:
    if eta[0] > 0:
        return []
    return [Lint(say("Update 0 has the learning rate 0: its batch is read and nothing is learnt from it."), 0)]


def _jumps(eta: Curve, top: float) -> list[Lint]:
    """Find leaps between pieces that should meet; steps between flat parts and restarts are meant."""
    change = np.diff(eta)
    if len(change) < 3:
        return []
    before, leap, after = change[:-2], change[1:-1], change[2:]
    flat = 0.5 * top / len(eta)  # half the slope of a line from the peak to 0
    sudden = np.abs(leap) > np.maximum(0.05 * top, 5 * np.maximum(np.abs(before), np.abs(after)))
    step = (np.abs(before) <= flat) & (np.abs(after) <= flat)
    restart = (leap > 0) & (before <= flat) & (after <= flat)
    where = np.flatnonzero(sudden & ~step & ~restart) + 2
    sentence = "The learning rate jumps from {before} to {after} at update {update}: two parts do not meet."
    return [Lint(say(sentence, before=rate(eta[t - 1]), after=rate(eta[t]), update=int(t)), int(t)) for t in where[:3]]


def _end(eta: Curve, top: float) -> list[Lint]:
    """Judge how the run ends: cut, rising again, never annealed, or too high. The first of these is enough."""
    T, last = len(eta), float(eta[-1])
    change = np.diff(eta)
    moves = np.flatnonzero(np.abs(change) > 1e-9 * top)
    signs = np.sign(change[moves])
    turns = np.flatnonzero(np.diff(signs)) + 1  # among the moves: where the direction changes
    falls_before_a_rise = [int(moves[turn]) for turn in turns if signs[turn] > 0]
    if len(moves) and signs[-1] > 0 and falls_before_a_rise:
        low = falls_before_a_rise[-1]
        smooth = change[low] < 0.5 * (eta[: low + 1].max() - eta[low])  # and no restart
        if smooth and len(falls_before_a_rise) == 1:
            sentence = (
                "The learning rate rises again from update {update} to the end: its decay was over before the run."
            )
            return [Lint(say(sentence, update=low), low)]
        return [Lint(say("The last cycle is cut in the middle: the run ends while the learning rate rises."), T - 1)]
    if falls_before_a_rise and len(eta) > 20:
        # The depth that the cycle before reached, and how far the last one came.
        low = falls_before_a_rise[-1]
        height, depth = float(eta[low + 1 :].max()), float(eta[low])
        cycle = T - 1 - low
        if cycle > 2 and last > depth + 0.2 * (height - depth):
            sentence = "The last cycle is cut in the middle: it ends at {last}, the one before reached {depth}."
            return [Lint(say(sentence, last=rate(last), depth=rate(depth)), T - 1)]
    if T > 1 and last >= 0.99 * top:
        return [Lint(say("The learning rate is never annealed: it ends at its peak of {top}.", top=rate(top)), T - 1)]
    if T >= 20 and last > 0.1 * top:
        sentence = "The run ends at {last}, above a tenth of its peak of {top}."
        return [Lint(say(sentence, last=rate(last), top=rate(top)), T - 1)]
    return []


def _together(eta: Curve, beta: NDArray[np.float64], top: float) -> list[Lint]:
    both = (np.diff(eta) > 1e-6 * top) & (np.diff(beta) > 1e-6)
    if both.sum() < max(2, 0.02 * len(eta)):
        return []
    update = int(np.argmax(both)) + 1
    sentence = "Momentum and learning rate rise together at update {update}; they are meant to go opposite ways."
    return [Lint(say(sentence, update=update), update)]


def _overwritten(
    beta: NDArray[np.float64],
    library: str | None,
    name: str | None,
    kwargs: Mapping[str, object],
    optimizer_momentum: float | None,
) -> list[Lint]:
    low, high = f"{beta.min():.3g}", f"{beta.max():.3g}"
    if optimizer_momentum is not None and not np.allclose(beta, optimizer_momentum):
        sentence = "The schedule overwrites the optimizer's momentum or beta1 of {own} with {low} to {high}."
        return [Lint(say(sentence, own=f"{optimizer_momentum:.3g}", low=low, high=high), 0)]
    if library == "torch" and name in ("OneCycleLR", "CyclicLR") and "cycle_momentum" not in kwargs:
        sentence = "{name} silently overwrites the optimizer's momentum or beta1 with {low} to {high}."
        return [Lint(say(sentence, name=name, low=low, high=high), 0)]
    return []
