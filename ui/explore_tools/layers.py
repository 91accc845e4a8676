"""Layer rates: one schedule as several, a rate for each group of layers, and both phases of fastai's fine_tune."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from figures.schedule import Curve, schedule
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Seen
from ui.explore_curve import key as parameters_key
from ui.explore_tools.choose import choice, choose
from ui.explore_tools.layers_rates import FineTune, Slice, as_csv, group_curves, labels, lines
from ui.picture import MOST_CURVES, Picture
from words import Refusal, rate, say

KEY = "explore.layers"
FORESEEN_POINTS = 400
BOUNDS = {
    "spread": (1.0, 1e6), "base": (1e-8, 10.0), "frozen": (0.0, 100.0), "warmup": (0.0, 100.0), "div": (1.0, 1e6),
}  # fmt: skip
BEGIN = {"spread": 100.0, "base": 2e-3, "warmup": 30.0, "div": 5.0}
MODES = {"spread": "Spread over groups", "tenth": "A tenth but for the last", "fine_tune": "fine_tune (fastai)"}


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
        curves = group_curves(asked)
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
            {"mode": mode, "momentum": curves[-1].momentum is not None, "labels": labels(), "lines": lines()},
        ),
    )  # fmt: skip
    st.download_button(
        say("CSV"), partial(as_csv, asked, picture.epochs), "layer_rates.csv", "text/csv", key=f"{KEY}.csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


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
            curves = group_curves(other, FORESEEN_POINTS)
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
