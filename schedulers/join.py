"""Schedules one after another, each for its share of the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from schedulers.declare import MOST_UPDATES, Curve, Function, Schedule, Value, is_real, is_whole, written
from words import Refusal


@dataclass(frozen=True)
class Joined:
    """Segments of a run in order: share of the run, schedule and its checked parameters; made by `then`."""

    segments: tuple[tuple[float, Schedule, Mapping[str, Value]], ...]

    def rates(self, T: int) -> Curve:
        """Return the learning rate of each of the T updates, shape (T,), in O(T)."""
        return self.rates_at(_updates(T), T)

    def momentum(self, T: int) -> Curve | None:
        """Return the momentum of each update, or None when no segment cycles it.

        A segment that leaves the momentum alone keeps what the segment before it ended with, and before the first one
        that cycles it, what that one begins with.
        """
        return self.momentum_at(_updates(T), T)

    def rates_at(self, t: Curve, T: float) -> Curve:
        """Return the learning rates at the updates t, shape (n,), of a run of T."""
        return self._over(t, T, [schedule.rate_function for _, schedule, _ in self.segments])

    def momentum_at(self, t: Curve, T: float) -> Curve | None:
        """Return the momentum at the rising updates t, shape (n,), of a run of T, or None as `momentum` does."""
        functions = [schedule.momentum_function for _, schedule, _ in self.segments]
        if not any(functions):
            return None
        curve = self._over(t, T, [function or _untouched for function in functions])
        known = np.flatnonzero(~np.isnan(curve))
        if not len(known):
            return None
        latest = np.searchsorted(known, np.arange(len(t)), side="right") - 1
        return np.asarray(curve[known[np.maximum(latest, 0)]])

    def _over(self, t: Curve, T: float, functions: list[Function]) -> Curve:
        bounds = np.concatenate([[0.0], np.cumsum([share for share, _, _ in self.segments])])
        # The last segment at which the update has arrived; the small amount keeps rounding from arriving late.
        segment = np.searchsorted(bounds[1:-1], t / T + 1e-12, side="right")
        curve = np.empty(len(t))
        for index, ((share, _, values), function) in enumerate(zip(self.segments, functions, strict=True)):
            mine = segment == index
            if mine.any():
                given = {name: np.float64(value) if type(value) is float else value for name, value in values.items()}
                with np.errstate(all="ignore"):
                    found = function(np, np.maximum(t[mine] - bounds[index] * T, 0), share * T, **given)
                curve[mine] = np.nan if found is None else found
        return curve


def then(*segments: tuple[float, Schedule, Mapping[str, object]]) -> Joined:
    """Join schedules: `then((0.3, one, {}), (0.7, other, {"peak": 0.1}))`.

    Each segment is (share of the run, schedule, its parameters) and runs on its own clock from 0 to its share of T. At
    a boundary the later segment holds, as in fastai's combine_scheds. Refusal when a share is not 0 to 1, when the
    shares do not sum to 1, or when a parameter is not allowed.
    """
    for share, _, _ in segments:
        if not (is_real(share) and 0 <= share <= 1):
            raise Refusal("Joined schedules: each share must be 0 to 1, got {value}.", value=written(share))
    total = sum(share for share, _, _ in segments)
    if abs(total - 1) > 1e-9:
        raise Refusal("Joined schedules: the shares must sum to 1, got {total}.", total=written(total))
    return Joined(
        tuple((float(share), schedule, schedule.check(None, **parameters)) for share, schedule, parameters in segments)
    )


def _updates(T: int) -> Curve:
    if not (is_whole(T) and 1 <= T <= MOST_UPDATES):
        raise Refusal(
            "Joined schedules: T (updates) must be a whole number, 1 to {high}, got {value}.",
            high=f"{MOST_UPDATES:,}",
            value=written(T),
        )
    return np.arange(T, dtype=np.float64)


def _untouched(xp: Any, t: Any, T: Any, **parameters: Any) -> Any:
    return np.nan
