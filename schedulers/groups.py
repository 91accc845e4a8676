"""Several rates from one schedule: one for each parameter group, from input to output."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schedulers.declare import Curve, is_real, is_whole, written
from schedulers.one_cycle import one_cycle
from words import Refusal

TITLE = "Parameter groups"
MOST_GROUPS = 1000
Table = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FineTune:
    """Both phases of fastai's fine_tune in turn: rates (T, G) and momentum (T,); the first is `frozen` updates long."""

    rates: Table
    momentum: Curve
    frozen: int


def multipliers(groups: int, low: float | None = None, high: float = 1.0) -> Curve:
    """Return what each of G groups multiplies the schedule's rate by, shape (G,); the last group's is 1.

    As fastai (2.8.12) spreads slice(low, high) over parameter groups: geometrically from low / high to 1. Without
    `low`, its slice(high): a tenth for all but the last. Refusal for rates that are not above 0, or no group.
    """
    if not (is_whole(groups) and 1 <= groups <= MOST_GROUPS):
        raise Refusal(
            "{title}: groups must be a whole number, 1 to {high:,}, got {value}.",
            title=TITLE,
            high=MOST_GROUPS,
            value=written(groups),
        )
    for name, value in (("low", low), ("high", high)):
        if not (value is None and name == "low") and not (is_real(value) and 0 < float(value or 0) < np.inf):
            raise Refusal(
                "{title}: {name} (learning rate) must be above 0, got {value}.",
                title=TITLE,
                name=name,
                value=written(value),
            )
    if low is None:
        return np.where(np.arange(groups) == groups - 1, 1.0, 0.1)
    # Counted from the output, so that the last is exactly 1.
    places = np.arange(groups - 1, -1, -1) / max(groups - 1, 1)
    return np.asarray((low / high) ** places, dtype=np.float64)


def group_rates(rates: ArrayLike, multipliers: ArrayLike) -> Table:
    """Return the rates of each group: (T, G) from (T,) and (G,), or the engine's (M, T, G) from (M, T) and (G,)."""
    return np.asarray(np.asarray(rates, dtype=np.float64)[..., None] * np.asarray(multipliers, dtype=np.float64))


def fine_tune(
    frozen: int,
    updates: int,
    *,
    groups: int,
    base_lr: float = 2e-3,
    lr_mult: float = 100.0,
    warmup: float = 0.3,
    div: float = 5.0,
) -> FineTune:
    """Return the rates of fastai's Learner.fine_tune (2.8.12): `frozen` updates of the last group alone, then of all.

    First one cycle with a warm-up of 0.99 at base_lr, the other groups at 0; then one cycle at half of base_lr for all,
    spread from 1 / lr_mult of it to it. fastai's frozen layers see no gradient; at rate 0 they keep their weights too,
    while the optimizer's running averages already fill. Refusal for what one cycle does not allow.
    """
    spread = multipliers(groups, 1.0, lr_mult)
    head = (np.arange(groups) == groups - 1).astype(np.float64)
    first = {"peak": base_lr, "warmup": 0.99}
    second = {"peak": base_lr / 2, "warmup": warmup, "div": div}
    rates = [
        group_rates(one_cycle.rates(frozen, **first), head),
        group_rates(one_cycle.rates(updates, **second), spread),
    ]
    momenta = [one_cycle.momentum(frozen, **first), one_cycle.momentum(updates, **second)]
    return FineTune(np.concatenate(rates), np.concatenate([each for each in momenta if each is not None]), frozen)
