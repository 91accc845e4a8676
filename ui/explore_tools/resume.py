"""Resume: stop a run, go on, and see what the schedule then does."""

import streamlit as st

import schedulers
from figures.schedule import against
from schedulers.declare import MOST_UPDATES
from schedulers.resume import CASES, Case, resumed
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Seen
from ui.explore_tools.choose import choose
from ui.picture import Picture
from words import Refusal, say

KEY = "explore.resume"
TITLES: dict[Case, str] = {
    "continued": "Everything loaded",
    "restarted": "Scheduler not loaded",
    "rebased": "last_epoch=-1",
    "extended": "Run made longer",
}


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the case, where the run stops, and intended against actual with one sentence."""
    st.caption(say("A run is stopped and goes on from its checkpoint. What does the learning rate do?"))
    one = choose(shown, f"{KEY}.curve")
    if one is None:
        return
    case = st.pills(
        say("How it is resumed"), CASES, default="restarted", required=True, key=f"{KEY}.case",
        format_func=lambda case: say(TITLES[case]),
    )  # fmt: skip
    left, right = st.columns(2)
    T = picture.updates
    if T < 2:
        return
    stop = left.number_input(
        say("Stopped before update"), 1, T - 1, _within(f"{KEY}.stop", T // 2, T - 1), key=f"{KEY}.stop"
    )
    longer = None
    if case == "extended":
        if T >= MOST_UPDATES:
            st.caption(say("The run is as long as a picture can be."))
            return
        least = T + 1
        longer = right.number_input(
            say("Made longer, to updates"), least, MOST_UPDATES,
            max(_within(f"{KEY}.longer", min(2 * T, MOST_UPDATES), MOST_UPDATES), least), key=f"{KEY}.longer",
        )  # fmt: skip
    try:
        result = resumed(schedulers.CATALOGUE[one.drawn.name], one.drawn.parameters, T, stop, case, longer=longer)
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    if result.good:
        st.success(plain(result.sentence), icon=":material/check:")
    else:
        st.warning(plain(result.sentence), icon=":material/replay:")
    names = (say("rebuilt for the longer run"), say("old one continued")) if case == "extended" else None
    live_chart.show(
        against(result.intended, result.actual, stop=stop, names=names, colour=one.curve.colour),
        key=f"{KEY}.chart", height=320,
        label=say("The learning rate as intended, and as it will be, before and after the stop"),
    )  # fmt: skip


def _within(key: str, default: int, high: int) -> int:
    """Return the default of a field, and drop what it held where that is too much now."""
    if int(st.session_state.get(key, default)) > high:
        del st.session_state[key]
    return min(default, high)
