"""The rates of groups of layers, as the tool that spreads them shows them: what was asked, its curves, its table."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

import schedulers
from figures import style
from figures.schedule import Curve
from figures.thin import LIMIT, thin_together
from schedulers import groups
from ui.explore_curve import Parameters
from ui.picture import MOST_CURVES, comma_separated
from words import say

KEPT = 32


@dataclass(frozen=True)
class Slice:
    """One curve spread over groups; `spread` is the last group's rate over the first's, None for tenths."""

    name: str
    parameters: Parameters
    updates: int
    count: int
    spread: float | None


@dataclass(frozen=True)
class FineTune:
    """fastai's fine_tune: `frozen` updates of the last group alone, then `updates` of all."""

    frozen: int
    updates: int
    count: int
    base_lr: float
    lr_mult: float
    warmup: float
    div: float
    share: float  # of the run, in percent, as it was asked for: `frozen` is that in whole updates


def table(asked: Slice | FineTune) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the rates (T, G) and the momentum (T,), or None where it is left alone. Raises Refusal; O(T x G)."""
    if isinstance(asked, FineTune):
        both = groups.fine_tune(
            asked.frozen, asked.updates, groups=asked.count, base_lr=asked.base_lr, lr_mult=asked.lr_mult,
            warmup=asked.warmup, div=asked.div,
        )  # fmt: skip
        return both.rates, both.momentum
    one, given = schedulers.CATALOGUE[asked.name], dict(asked.parameters)
    spread = groups.multipliers(asked.count, None if asked.spread is None else 1.0, asked.spread or 1.0)
    return groups.group_rates(one.rates(asked.updates, **given), spread), one.momentum(asked.updates, **given)


def labels() -> dict[str, str]:
    """Return what groups are called, without their number."""
    return {
        "first": say("group {number} (input)", number="{number}"),
        "other": say("group {number}", number="{number}"),
        "last": say("group {number} (head)", number="{number}"),
    }


def _label(group: int, count: int) -> str:
    place = "last" if group == count - 1 else "first" if group == 0 else "other"
    return labels()[place].replace("{number}", str(group + 1))


def lines() -> list[dict[str, Any]]:
    """Return the line of each group, as the chart has them."""
    return [style.solid(group) | {"dash": style.dash(group)} for group in range(MOST_CURVES)]


@lru_cache(KEPT)
def group_curves(asked: Slice | FineTune, points: int = LIMIT) -> tuple[Curve, ...]:
    """Return a curve a group, thinned to so many points; kept for the last KEPT of all visitors, 16 kB a group each."""
    rates, momentum = table(asked)
    curves = []
    for group, column in enumerate(rates.T):
        own = momentum if group == asked.count - 1 else None  # all share one momentum
        kept = thin_together(column, own, points)
        label = _label(group, asked.count)
        curves.append(Curve(label, column[kept], None if own is None else own[kept], group, kept, len(column)))
    return tuple(curves)


def as_csv(asked: Slice | FineTune, epochs: int) -> bytes:
    """Return the rates of each group, and the momentum, at every update of a run of so many epochs."""
    rates, momentum = table(asked)
    columns = {
        say("{label}: learning rate", label=_label(group, asked.count)): column for group, column in enumerate(rates.T)
    }
    if momentum is not None:
        columns[say("momentum")] = momentum
    return comma_separated(columns, len(rates), epochs)
