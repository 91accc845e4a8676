"""Layer rates: one schedule as several, a rate for each group of layers, and both phases of fastai's fine_tune."""

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import streamlit as st

import schedulers
from figures.schedule import Curve, schedule
from figures.thin import thin
from schedulers import groups
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Parameters, Seen
from ui.explore_curve import key as parameters_key
from ui.explore_tools.choose import choose
from ui.picture import MOST_CURVES, Picture, comma_separated
from words import Refusal, rate, say

KEY = "explore.layers"
KEPT = 32
MODES = {"spread": "Spread over groups", "tenth": "A tenth but for the last", "fine_tune": "fine_tune (fastai)"}


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


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the controls, one curve a group, what they are in a sentence, and the curves as CSV."""
    st.caption(say("Layers near the input often need smaller steps than the head: one schedule, a rate a group."))
    mode = st.pills(
        say("How the rates are spread"), list(MODES), default="spread", required=True, key=f"{KEY}.mode",
        format_func=lambda mode: say(MODES[mode]), label_visibility="collapsed",
    )  # fmt: skip
    fields = st.columns(3)
    count = fields[0].number_input(
        say("Groups"), 1, MOST_CURVES, 3, key=f"{KEY}.groups", help=say("From the input, 1, to the head, the last.")
    )
    spread = None
    if mode != "tenth":
        spread = fields[1].number_input(
            say("Spread"), 1.0, 1e6, 100.0, step=10.0, format="%.4g", key=f"{KEY}.spread",
            help=say("The last group's rate divided by the first's; those between are spaced evenly by ratio."),
        )  # fmt: skip
    asked: Slice | FineTune | None
    if mode == "fine_tune":
        asked = _fine_tune(picture, fields[2], count, spread or 1.0)
    else:
        asked = _slice(picture, shown, count, spread)
    if asked is None:
        return
    try:
        curves = _curves(asked)
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    st.caption(plain(_sentence(asked, curves)))
    log = st.toggle(say("Logarithmic rates"), mode != "fine_tune", key=f"{KEY}.log.{mode == 'fine_tune'}")
    live_chart.show(
        schedule(list(curves), log=log), key=f"{KEY}.chart", height=360,
        label=say("The learning rate of each group of layers, from the input to the head"),
    )  # fmt: skip
    st.download_button(
        say("CSV"), partial(_csv, asked, picture.epochs), "layer_rates.csv", "text/csv", key=f"{KEY}.csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


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


def _slice(picture: Picture, shown: list[Seen], count: int, spread: float | None) -> Slice | None:
    one = choose(shown, f"{KEY}.curve")
    if one is None:
        return None
    return Slice(one.drawn.name, parameters_key(one.drawn.parameters), picture.updates, count, spread)


def _fine_tune(picture: Picture, field: st.delta_generator.DeltaGenerator, count: int, spread: float) -> FineTune:
    base = field.number_input(
        say("Base rate"), 1e-8, 10.0, 2e-3, step=1e-3, format="%.3g", key=f"{KEY}.base",
        help=say("The head's peak while the others are frozen; then all are trained with half of it."),
    )  # fmt: skip
    left, middle, right = st.columns(3)
    share = left.number_input(
        say("Frozen, % of the run"), 0.0, 100.0, 100 / picture.epochs, step=5.0, format="%.3g", key=f"{KEY}.frozen",
        help=say("fastai trains the head alone for one epoch, unless it is told otherwise."),
    )  # fmt: skip
    warmup = middle.number_input(
        say("Warm-up, % of the rest"), 0.0, 100.0, 30.0, step=5.0, format="%.3g", key=f"{KEY}.warmup"
    )
    div = right.number_input(say("First divisor"), 1.0, 1e6, 5.0, format="%.4g", key=f"{KEY}.div")
    frozen = min(max(round(picture.updates * share / 100), 1), picture.updates - 1)
    return FineTune(frozen, picture.updates - frozen, count, base, spread, warmup / 100, div)


def _sentence(asked: Slice | FineTune, curves: tuple[Curve, ...]) -> str:
    tops = [float(np.max(curve.rates)) for curve in curves]
    if isinstance(asked, FineTune):
        return say(
            "{frozen} updates of the head alone up to {base}, then {rest} of all: slice({low}, {high}).",
            frozen=f"{asked.frozen:,}", base=rate(asked.base_lr), rest=f"{asked.updates:,}",
            low=rate(asked.base_lr / 2 / asked.lr_mult), high=rate(asked.base_lr / 2),
        )  # fmt: skip
    as_slice = rate(tops[-1]) if asked.spread is None else f"{rate(tops[0])}, {rate(tops[-1])}"
    peaks = ", ".join(rate(top) for top in tops)
    return say("fastai's slice({slice}). Highest rates from input to head: {peaks}.", slice=as_slice, peaks=peaks)


def _label(group: int, count: int) -> str:
    if group == count - 1:
        return say("group {number} (head)", number=group + 1)
    return say("group {number} (input)", number=1) if group == 0 else say("group {number}", number=group + 1)


@lru_cache(KEPT)
def _curves(asked: Slice | FineTune) -> tuple[Curve, ...]:
    """Return a thinned curve a group; kept for the last KEPT of all visitors, 16 kB a group each."""
    rates, momentum = table(asked)
    curves = []
    for group, column in enumerate(rates.T):
        own = momentum if group == asked.count - 1 else None  # all share one momentum
        kept = thin(column) if own is None else np.union1d(thin(column, 1000), thin(own, 1000))
        label = _label(group, asked.count)
        curves.append(Curve(label, column[kept], None if own is None else own[kept], group, kept, len(column)))
    return tuple(curves)


def _csv(asked: Slice | FineTune, epochs: int) -> bytes:
    rates, momentum = table(asked)
    columns = {
        say("{label}: learning rate", label=_label(group, asked.count)): column for group, column in enumerate(rates.T)
    }
    if momentum is not None:
        columns[say("momentum")] = momentum
    return comma_separated(columns, len(rates), epochs)
