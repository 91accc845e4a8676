"""What happens to a schedule when a run is stopped and goes on: as intended, and in the ways it usually goes wrong."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from schedulers.declare import MOST_UPDATES, Curve, Schedule, exact, is_whole, written
from words import Refusal, rate, say

Case = Literal["continued", "restarted", "rebased", "extended"]
CASES: tuple[Case, ...] = ("continued", "restarted", "rebased", "extended")


@dataclass(frozen=True)
class Resumed:
    """The rates that were meant and those that come, both of shape (n,), NaN where there is none, and one sentence.

    `good` says that the two agree.
    """

    intended: Curve
    actual: Curve
    sentence: str
    good: bool


def resumed(
    schedule: Schedule, parameters: Mapping[str, object], T: int, stop: int, case: Case, *, longer: int | None = None
) -> Resumed:
    """Return what a schedule of T updates does when the run is stopped before update `stop` and resumed, in O(T).

    continued: model, optimizer and scheduler are loaded. restarted: the scheduler's state is not, so it begins at
    update 0 again. rebased: in PyTorch, a new scheduler with last_epoch=-1 takes the rate that the loaded optimizer has
    for its base rate, and begins anew from there. extended: the run goes on to `longer` updates, with the schedule
    rebuilt for them (intended) or the old one continued past its end (actual); NaN from where its formula has no rate.

    Refusal when `stop` is not 1 to T - 1, when `longer` is not above T, or for what the schedule refuses.
    """
    rates = schedule.rates(T, **parameters)
    if not (is_whole(stop) and 1 <= stop < T):
        raise Refusal("Resume: stop (update) must be 1 to {high}, got {value}.", high=f"{T - 1:,}", value=written(stop))
    after = T - stop
    if case == "continued":
        sentence = say("The learning rate goes on where it stopped, at {rate}.", rate=rate(float(rates[stop])))
        return Resumed(rates, rates.copy(), sentence, True)
    if case == "restarted":
        actual = np.concatenate([rates[:stop], rates[:after]])
        sentence = say(
            "The scheduler's state was not loaded: it begins at update 0 again, at {first} instead of {meant}, and the"
            " run ends at {last} instead of {end}.",
            first=rate(float(rates[0])), meant=rate(float(rates[stop])),
            last=rate(float(actual[-1])), end=rate(float(rates[-1])),
        )  # fmt: skip
        return Resumed(rates, actual, sentence, bool(np.allclose(actual, rates)))
    if case == "rebased":
        base, reached = float(rates.max()), float(rates[stop - 1])
        actual = np.concatenate([rates[:stop], rates[:after] * (reached / base if base else 0.0)])
        sentence = say(
            "With last_epoch=-1 the scheduler takes the rate it finds, {reached}, for its base rate instead of {base}"
            " and begins anew: everything after is {factor} of what it says.",
            reached=rate(reached), base=rate(base), factor=f"{reached / base if base else 0:.3g} ×",
        )  # fmt: skip
        return Resumed(rates, actual, sentence, bool(np.allclose(actual, rates)))
    return _extended(schedule, parameters, rates, stop, 2 * T if longer is None else longer)


def _extended(schedule: Schedule, parameters: Mapping[str, object], rates: Curve, stop: int, longer: int) -> Resumed:
    T = len(rates)
    if not (is_whole(longer) and T < longer <= MOST_UPDATES):
        raise Refusal(
            "Resume: the longer run (updates) must be {low} to {high}, got {value}.",
            low=f"{T + 1:,}", high=f"{MOST_UPDATES:,}", value=written(longer),
        )  # fmt: skip
    rebuilt = schedule.rates(longer, **parameters)
    intended = np.concatenate([rates[:stop], rebuilt[stop:]])
    past = _past(schedule, parameters, rates, longer)
    none = np.isnan(past)
    actual = np.concatenate([rates, past])
    before, after = float(rates[stop - 1]), float(intended[stop])
    template = "Rebuilt for {longer} updates it goes on from {before} with {after} at update {stop}."
    jump = say(template, longer=f"{longer:,}", before=rate(before), after=rate(after), stop=f"{stop:,}")
    if none.any():
        old = say("Continued, its formula has no learning rate from update {t}.", t=f"{T + int(np.argmax(none)):,}")
    elif past.max() > rates[-1] + 0.01 * rates.max():
        old = say(
            "Continued past its end, the old one rises again from {last} to {high}.",
            last=rate(float(rates[-1])), high=rate(float(past.max())),
        )  # fmt: skip
    else:
        old = say("Continued past its end, the old one stays at {last} or below.", last=rate(float(rates[-1])))
    return Resumed(intended, actual, f"{jump} {old}", bool(np.allclose(intended, actual, equal_nan=True)))


def _past(schedule: Schedule, parameters: Mapping[str, object], rates: Curve, longer: int) -> Curve:
    """Return what the schedule gives past its end, up to `longer` updates; NaN from where its formula has no rate.

    In O(longer), or where a formula of one's own is refused somewhere, O(longer log longer): it does not say where.
    """
    T = len(rates)
    values = exact(schedule.check(T, **parameters))

    def found(count: int) -> Curve | None:
        t = np.arange(T, T + count, dtype=np.float64)
        try:
            with np.errstate(all="ignore"):
                past = np.asarray(schedule.rate_function(np, t, T, **values), dtype=np.float64)
        except Refusal:
            return None
        return np.array(np.broadcast_to(past, t.shape))

    past = found(longer - T)
    if past is None:
        known = bisect_left(range(1, longer - T + 1), True, key=lambda count: found(count) is None)
        past = np.full(longer - T, np.nan)
        past[:known] = found(known) if known else []
    none = np.logical_or.accumulate(~(np.isfinite(past) & (past >= -1e-12 * rates.max())))
    return np.where(none, np.nan, np.maximum(past, 0))
