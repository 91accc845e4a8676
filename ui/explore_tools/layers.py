"""Layer rates: one schedule as several, a rate for each group of layers, and both phases of fastai's fine_tune."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import streamlit as st

import schedulers
from figures import style
from figures.schedule import Curve, schedule
from figures.thin import LIMIT, thin
from schedulers import groups
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Parameters, Seen
from ui.explore_curve import key as parameters_key
from ui.explore_tools.choose import choice, choose
from ui.picture import MOST_CURVES, Picture, comma_separated
from words import Refusal, rate, say

KEY = "explore.layers"
KEPT = 32
FORESEEN_POINTS = 400
BOUNDS = {
    "spread": (1.0, 1e6), "base": (1e-8, 10.0), "frozen": (0.0, 100.0), "warmup": (0.0, 100.0), "div": (1.0, 1e6),
}  # fmt: skip
BEGIN = {"spread": 100.0, "base": 2e-3, "warmup": 30.0, "div": 5.0}
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
    share: float  # of the run, in percent, as it was asked for: `frozen` is that in whole updates


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
            say("Spread"), *BOUNDS["spread"], BEGIN["spread"], step=10.0, format="%.4g", key=f"{KEY}.spread",
            help=say("The last group's rate divided by the first's; those between are spaced evenly by ratio."),
        )  # fmt: skip
    one = None if mode == "fine_tune" else choose(shown, f"{KEY}.curve")
    asked: Slice | FineTune
    if mode == "fine_tune":
        asked = _fine_tune(picture, fields[2], count, spread or 1.0)
    elif one is not None:
        asked = _slice(picture, one, count, spread)
    else:
        return
    try:
        curves = _curves(asked)
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    st.caption(plain(_sentence(asked, curves)))
    log_key = f"{KEY}.log.{mode == 'fine_tune'}"
    log = st.toggle(say("Logarithmic rates"), mode != "fine_tune", key=log_key)
    live_chart.show(
        schedule(list(curves), log=log), key=f"{KEY}.chart", height=360,
        label=say("The learning rate of each group of layers, from the input to the head"),
        foreseen=[
            live_chart.Foreseen(log_key, schedule(list(curves), log=not log)),
            *_other_modes(picture, shown, asked, log),
        ],
        sketch=live_chart.Sketch(
            "layers", session.CHART, tuple(_fields(asked, shown, one)),
            {"mode": mode, "momentum": curves[-1].momentum is not None, "labels": _labels(), "lines": _lines()},
        ),
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


def _fields(asked: Slice | FineTune, shown: list[Seen], one: Seen | None) -> Iterator[live_chart.Field]:
    """Yield the fields of the tool with what they hold, for its chart."""
    yield live_chart.Field(f"{KEY}.groups", "count", asked.count, 1, MOST_CURVES)
    if isinstance(asked, FineTune):
        held = {"spread": asked.lr_mult, "base": asked.base_lr, "frozen": asked.share, "warmup": asked.warmup * 100}
        for name, value in {**held, "div": asked.div}.items():
            yield live_chart.Field(f"{KEY}.{name}", name, value, *BOUNDS[name])
        return
    if asked.spread is not None:
        yield live_chart.Field(f"{KEY}.spread", "spread", asked.spread, *BOUNDS["spread"])
    if one is not None:
        yield choice(shown, f"{KEY}.curve", one)


def _other_modes(
    picture: Picture, shown: list[Seen], asked: Slice | FineTune, log: bool
) -> Iterator[live_chart.Foreseen]:
    """Yield what the chart becomes by the other ways to spread the rates, in fewer points, since it soon has all."""
    both = isinstance(asked, FineTune)
    spread = (asked.lr_mult if isinstance(asked, FineTune) else asked.spread) or BEGIN["spread"]
    others: dict[str, Slice | FineTune] = {}
    if not isinstance(asked, FineTune):
        others["fine_tune"] = _fine_tuned(picture, asked.count, spread)
        others["spread" if asked.spread is None else "tenth"] = replace(asked, spread=None if asked.spread else spread)
    elif shown:
        others["spread"] = _slice(picture, shown[0], asked.count, spread)
        others["tenth"] = _slice(picture, shown[0], asked.count, None)
    for mode, other in others.items():
        own_log = log if both == (mode == "fine_tune") else mode != "fine_tune"
        try:
            curves = _curves(other, FORESEEN_POINTS)
        except Refusal:
            continue
        yield live_chart.Foreseen(f"{KEY}.mode", schedule(list(curves), log=own_log), say(MODES[mode]))


def _slice(picture: Picture, one: Seen, count: int, spread: float | None) -> Slice:
    return Slice(one.drawn.name, parameters_key(one.drawn.parameters), picture.updates, count, spread)


def _fine_tune(picture: Picture, field: st.delta_generator.DeltaGenerator, count: int, spread: float) -> FineTune:
    base = field.number_input(
        say("Base rate"), *BOUNDS["base"], BEGIN["base"], step=1e-3, format="%.3g", key=f"{KEY}.base",
        help=say("The head's peak while the others are frozen; then all are trained with half of it."),
    )  # fmt: skip
    left, middle, right = st.columns(3)
    share = left.number_input(
        say("Frozen, % of the run"), *BOUNDS["frozen"], 100 / picture.epochs, step=5.0, format="%.3g",
        key=f"{KEY}.frozen", help=say("fastai trains the head alone for one epoch, unless it is told otherwise."),
    )  # fmt: skip
    warmup = middle.number_input(
        say("Warm-up, % of the rest"), *BOUNDS["warmup"], BEGIN["warmup"], step=5.0, format="%.3g", key=f"{KEY}.warmup"
    )
    div = right.number_input(
        say("First divisor"), *BOUNDS["div"], BEGIN["div"], format="%.4g", key=f"{KEY}.div"
    )  # fmt: skip
    return _fine_tuned(picture, count, spread, base=base, share=share, warmup=warmup, div=div)


def _fine_tuned(
    picture: Picture,
    count: int,
    spread: float,
    *,
    base: float = BEGIN["base"],
    share: float | None = None,
    warmup: float = BEGIN["warmup"],
    div: float = BEGIN["div"],
) -> FineTune:
    share = 100 / picture.epochs if share is None else share
    frozen = min(max(round(picture.updates * share / 100), 1), picture.updates - 1)
    return FineTune(frozen, picture.updates - frozen, count, base, spread, warmup / 100, div, share)


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


def _labels() -> dict[str, str]:
    """Return what groups are called, without their number."""
    return {
        "first": say("group {number} (input)", number="{number}"),
        "other": say("group {number}", number="{number}"),
        "last": say("group {number} (head)", number="{number}"),
    }


def _label(group: int, count: int) -> str:
    place = "last" if group == count - 1 else "first" if group == 0 else "other"
    return _labels()[place].replace("{number}", str(group + 1))


def _lines() -> list[dict[str, Any]]:
    """Return the line of each group, as the chart has them."""
    return [style.solid(group) | {"dash": style.dash(group)} for group in range(MOST_CURVES)]


@lru_cache(KEPT)
def _curves(asked: Slice | FineTune, points: int = LIMIT) -> tuple[Curve, ...]:
    """Return a curve a group, thinned to so many points; kept for the last KEPT of all visitors, 16 kB a group each."""
    rates, momentum = table(asked)
    curves = []
    for group, column in enumerate(rates.T):
        own = momentum if group == asked.count - 1 else None  # all share one momentum
        half = points // 2
        kept = thin(column, points) if own is None else np.union1d(thin(column, half), thin(own, half))
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
