"""Steps: how many updates a run has, and how much of its schedule it will really go through."""

import streamlit as st

import schedulers
from figures.schedule import against
from schedulers.declare import MOST_UPDATES
from schedulers.steps import Steps, Traversal, count, taken_rates, traversal
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Seen
from ui.explore_tools.choose import choose
from ui.picture import LEAST_UPDATES, MOST_BATCH, MOST_EPOCHS, Picture
from words import Refusal, say

KEY = "explore.steps"


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the calculator, its result, and what a wrong total does to the curve."""
    st.caption(say("How many updates does my run have, and is that what I told the scheduler?"))
    first = st.columns(3)
    rows = first[0].number_input(say("Training rows"), 1, 10**9, 50_000, step=1000, key=f"{KEY}.rows")
    size = first[1].number_input(say("Batch size"), 1, MOST_BATCH, 64, key=f"{KEY}.size", help=say("On one device."))
    epochs = first[2].number_input(say("Epochs"), 1, MOST_EPOCHS, 10, key=f"{KEY}.epochs")
    second = st.columns(3, vertical_alignment="bottom")
    accumulation = second[0].number_input(
        say("Accumulation"),
        1,
        10_000,
        1,
        key=f"{KEY}.accumulation",
        help=say("Batches whose gradients make one update."),
    )
    devices = second[1].number_input(say("Devices"), 1, 10_000, 1, key=f"{KEY}.devices")
    drop_last = second[2].toggle(
        say("Drop last"), True, key=f"{KEY}.drop_last", help=say("Leave out a last batch that is not full.")
    )
    try:
        steps = count(rows, size, accumulation=accumulation, devices=devices, epochs=epochs, drop_last=drop_last)
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
        st.button(
            say("Use for the picture"), key=f"{KEY}.use", on_click=session.settle,
            args=(steps.updates, epochs, min(steps.rows_per_update, MOST_BATCH)),
            disabled=not LEAST_UPDATES <= steps.updates <= MOST_UPDATES,
        )  # fmt: skip
    _total(picture, shown, steps, (accumulation, devices))


def _total(picture: Picture, shown: list[Seen], steps: Steps, sharing: tuple[int, int]) -> None:
    """Draw the question what the scheduler was told, and the answer."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    declared = left.number_input(
        say("Total given to the scheduler"), 1, 10**9, picture.updates, key=f"{KEY}.declared",
        help=say("total_steps, T_max, num_training_steps: what you passed."),
    )  # fmt: skip
    stepped = right.segmented_control(
        say("scheduler.step() is called"), ["update", "epoch"], default="update", required=True, key=f"{KEY}.stepped",
        format_func=lambda each: {"update": say("after each update"), "epoch": say("after each epoch")}[each],
    )  # fmt: skip
    went = traversal(
        declared, steps, accumulation=sharing[0], devices=sharing[1], each_epoch=stepped == "epoch"
    )  # fmt: skip
    if went.taken == went.declared:
        st.success(plain(went.sentence), icon=":material/check:")
        return
    st.warning(f"**{plain(went.sentence)}**  \n{plain(went.cause)}", icon=":material/footprint:")
    if max(declared, steps.updates) <= MOST_UPDATES:
        _picture(shown, steps, went)


def _picture(shown: list[Seen], steps: Steps, went: Traversal) -> None:
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
    )  # fmt: skip
