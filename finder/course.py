"""What a verdict trains: a grid of rates, and a schedule as shares of its highest. Needs no torch."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder import regret
from schedulers import CATALOGUE
from training.options import LIMITS
from words import Refusal
from words import rate as written

TITLE = "Verdict"
LOWEST, HIGHEST = 1e-5, 10.0
RATES, SEEDS, UPDATES = 24, (0, 1, 2), 600

Floats = NDArray[np.float64]


def grid(count: int = RATES, low: float = LOWEST, high: float = HIGHEST) -> Floats:
    """Return `count` rates from low to high, both among them, evenly spaced on a logarithmic axis."""
    if not 2 <= count <= LIMITS["models"].high:
        raise Refusal(
            "{title}: number of rates must be 2 to {high}, got {value}.",
            title=TITLE, high=int(LIMITS["models"].high), value=count,
        )  # fmt: skip
    if not 0 < low < high:
        raise Refusal(
            "{title}: rates must rise from above 0, got {low} to {high}.",
            title=TITLE, low=written(low), high=written(high),
        )  # fmt: skip
    return np.geomspace(low, high, count)


def shape(schedule: str, updates: int, parameters: Mapping[str, object] | None = None) -> tuple[Floats, Floats | None]:
    """Return a schedule's rates (T,) as shares of its highest, and its momentum (T,), None where it leaves it alone."""
    if schedule not in CATALOGUE:
        raise Refusal(
            "{title}: schedule must be one of {allowed}, got {value}.",
            title=TITLE, allowed=", ".join(CATALOGUE), value=schedule,
        )  # fmt: skip
    declared, given = CATALOGUE[schedule], dict(parameters or {})
    rates = declared.rates(updates, **given)
    if not rates.max() > 0:
        raise Refusal("{title}: schedule {name} never rises above 0.", title=TITLE, name=declared.title)
    return rates / rates.max(), declared.momentum(updates, **given)


def rows(rates: ArrayLike) -> Floats:
    """Return the rates that `measure` trains for rates (R,), one after another for each seed: 1e-5 first if missing.

    Row m of the engine's (M,) is rate m // S with seed m % S; the figure that follows a verdict live reads it so too.
    """
    asked = np.asarray(rates, dtype=np.float64)
    if asked.ndim != 1 or not asked.size or not (np.isfinite(asked) & (asked > 0)).all() or (np.diff(asked) <= 0).any():
        raise Refusal("{title}: rates must be above 0 and rise, one after another.", title=TITLE)
    there = np.isclose(asked, regret.AT_REST, rtol=1e-9).any()
    return asked if there else np.concatenate([[regret.AT_REST], asked])
