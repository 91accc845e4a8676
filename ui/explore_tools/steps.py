"""Steps: how many updates a run has, and how much of its schedule it will really go through."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import schedulers
from figures.schedule import against, meant_and_actual
from schedulers.declare import MOST_UPDATES
from schedulers.steps import Steps, Traversal, count, taken_rates, traversal
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Seen
from ui.explore_tools.choose import choice, choose, lines
from ui.picture import LEAST_UPDATES, MOST_BATCH, MOST_EPOCHS, Picture
from words import Refusal, say

KEY = "explore.steps"
USE = f"{KEY}.use"
MOST = {"rows": 10**9, "size": MOST_BATCH, "epochs": MOST_EPOCHS, "accumulation": 10_000, "devices": 10_000}
MOST_DECLARED = 10**9
STEPPED = {"update": "after each update", "epoch": "after each epoch"}
BEGIN = {"rows": 50_000, "size": 64, "epochs": 10, "accumulation": 1, "devices": 1, "drop_last": True}


def settled(picture: Picture) -> Picture | None:
    """Return the picture over the run that the calculator has now; None where there is no such run, or none so long."""
    try:
        steps = _count()
    except Refusal:
        return None
    if not LEAST_UPDATES <= steps.updates <= MOST_UPDATES:
        return None
    return replace(picture, updates=steps.updates, epochs=steps.epochs, batch=min(steps.rows_per_update, MOST_BATCH))


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the calculator, its result, and what a wrong total does to the curve."""
    st.caption(say("How many updates does my run have, and is that what I told the scheduler?"))
    first, second = st.columns(3), st.columns(3, vertical_alignment="bottom")
    _number(first[0], "rows", say("Training rows"), step=1000)
    _number(first[1], "size", say("Batch size"), help=say("On one device."))
    _number(first[2], "epochs", say("Epochs"))
    gathered = say("Batches whose gradients make one update.")
    accumulation = _number(second[0], "accumulation", say("Accumulation"), help=gathered)
    devices = _number(second[1], "devices", say("Devices"))
    second[2].toggle(
        say("Drop last"), bool(BEGIN["drop_last"]), key=f"{KEY}.drop_last",
        help=say("Leave out a last batch that is not full."),
    )  # fmt: skip
    try:
        steps = _count()
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            say(
                "**{each} updates** an epoch of {rows} rows each, **{all} updates** in all.",
                each=f"{steps.updates_per_epoch:,}", rows=f"{steps.rows_per_update:,}", all=f"{steps.updates:,}",
            ),
            width="content",
        )  # fmt: skip
        st.button(say("Use for the picture"), key=USE, on_click=_use, disabled=settled(picture) is None)
    _total(picture, shown, steps, (accumulation, devices))


def _use() -> None:
    """Give the picture the run that the fields make now, which may be newer than the button."""
    if other := settled(session.board().picture):
        session.settle(other.updates, other.epochs, other.batch)


def _number(column: DeltaGenerator, name: str, label: str, **options: Any) -> int:
    return int(column.number_input(label, 1, MOST[name], int(BEGIN[name]), key=f"{KEY}.{name}", **options))


def _count() -> Steps:
    """Return the run that the fields make, as they are or will begin. Refusal where they make none."""
    now = {name: st.session_state.get(f"{KEY}.{name}", begin) for name, begin in BEGIN.items()}
    return count(now.pop("rows"), now.pop("size"), **now)


def _total(picture: Picture, shown: list[Seen], steps: Steps, sharing: tuple[int, int]) -> None:
    """Draw the question what the scheduler was told, and the answer."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    declared = left.number_input(
        say("Total given to the scheduler"), 1, MOST_DECLARED, picture.updates, key=f"{KEY}.declared",
        help=say("total_steps, T_max, num_training_steps: what you passed."),
    )  # fmt: skip
    stepped = right.segmented_control(
        say("scheduler.step() is called"), list(STEPPED), default="update", required=True, key=f"{KEY}.stepped",
        format_func=lambda each: say(STEPPED[each]),
    )  # fmt: skip
    went = traversal(
        declared, steps, accumulation=sharing[0], devices=sharing[1], each_epoch=stepped == "epoch"
    )  # fmt: skip
    if went.taken == went.declared:
        st.success(plain(went.sentence), icon=":material/check:")
        return
    st.warning(f"**{plain(went.sentence)}**  \n{plain(went.cause)}", icon=":material/footprint:")
    if max(declared, steps.updates) <= MOST_UPDATES:
        _picture(shown, steps, went, (declared, stepped or "update"))


def _picture(shown: list[Seen], steps: Steps, went: Traversal, told: tuple[int, str]) -> None:
    """Draw the rates as intended and as they will be; `told` is the scheduler's total, and when it is stepped."""
    one = choose(shown, f"{KEY}.curve")
    if one is None:
        return
    try:
        intended, actual = taken_rates(
            schedulers.CATALOGUE[one.drawn.name], one.drawn.parameters, steps, went
        )  # fmt: skip
    except Refusal as refusal:
        st.caption(plain(str(refusal)))
        return
    live_chart.show(
        against(intended, actual, colour=one.curve.colour), key=f"{KEY}.chart", height=280,
        label=say("The learning rate as intended, and as it will be, over the updates of the run"),
        sketch=live_chart.Sketch(
            "steps", session.CHART, (choice(shown, f"{KEY}.curve", one), *_fields(told)),
            {"names": meant_and_actual(), "lines": lines(shown), "most": MOST_UPDATES},
        ),
    )  # fmt: skip


def _fields(told: tuple[int, str]) -> Iterator[live_chart.Field]:
    """Yield the fields of the tool with what they hold, for its chart."""
    for name, begin in BEGIN.items():
        value = st.session_state.get(f"{KEY}.{name}", begin)
        yield live_chart.Field(f"{KEY}.{name}", name, value, *(() if name == "drop_last" else (1, MOST[name])))
    declared, stepped = told
    yield live_chart.Field(f"{KEY}.declared", "declared", declared, 1, MOST_DECLARED)
    yield live_chart.Field(
        f"{KEY}.stepped", "stepped", stepped, options={say(text): each for each, text in STEPPED.items()}
    )
