"""Resume: stop a run, go on, and see what the schedule then does."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import schedulers
from figures.schedule import against, meant_and_actual
from schedulers.declare import MOST_UPDATES
from schedulers.resume import CASES, Case, resumed
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_card import seed
from ui.explore_curve import Seen
from ui.explore_tools.choose import choice, choose, lines
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
    stop = _number(left, say("Stopped before update"), "stop", T // 2, (1, T - 1))
    longer = None
    if case == "extended":
        if T >= MOST_UPDATES:
            st.caption(say("The run is as long as a picture can be."))
            return
        longer = _number(right, say("Made longer, to updates"), "longer", _longest(T), (T + 1, MOST_UPDATES))
    try:
        result = resumed(schedulers.CATALOGUE[one.drawn.name], one.drawn.parameters, T, stop, case, longer=longer)
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    if result.good:
        st.success(plain(result.sentence), icon=":material/check:")
    else:
        st.warning(plain(result.sentence), icon=":material/replay:")
    names = _names()
    live_chart.show(
        against(
            result.intended, result.actual, stop=stop, names=names["extended" if case == "extended" else "other"],
            colour=one.curve.colour,
        ),
        key=f"{KEY}.chart", height=320,
        label=say("The learning rate as intended, and as it will be, before and after the stop"),
        sketch=live_chart.Sketch(
            "resume", session.CHART,
            (
                choice(shown, f"{KEY}.curve", one),
                live_chart.Field(f"{KEY}.case", "how", case, options={say(TITLES[each]): each for each in CASES}),
                live_chart.Field(f"{KEY}.stop", "stop", stop, 1, T - 1),
                live_chart.Field(f"{KEY}.longer", "longer", longer or _longest(T), T + 1, MOST_UPDATES),
            ),
            {"names": names, "lines": lines(shown)},
        ),
    )  # fmt: skip


def _names() -> dict[str, tuple[str, str]]:
    """Return what the chart calls what was meant and what comes, of a run that is made longer and of any other."""
    return {
        "extended": (say("rebuilt for the longer run"), say("old one continued")),
        "other": meant_and_actual(),
    }


def _longest(T: int) -> int:
    """Return how long a run of T updates is made unless one says."""
    return max(min(2 * T, MOST_UPDATES), T + 1)


def _number(column: DeltaGenerator, label: str, name: str, begin: int, bounds: tuple[int, int]) -> int:
    """Draw a field, which begins anew where what it held is out of its bounds now."""
    key, (low, high) = f"{KEY}.{name}", bounds
    if not low <= st.session_state.get(key, begin) <= high:
        st.session_state[key] = begin  # told, so that the browser shows it too
    seed(key, begin)
    return int(column.number_input(label, low, high, key=key))
