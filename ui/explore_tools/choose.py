"""Which of the shown curves a tool is about."""

from typing import Any

import streamlit as st

from figures import style
from ui.explore_curve import Seen
from ui.live_chart import Field
from words import say


def choose(shown: list[Seen], key: str) -> Seen | None:
    """Draw the choice among the curves, where there are several; return the chosen one, None where none is shown."""
    if not shown:
        st.caption(say("No curve is shown. Add one, or show one that is hidden."))
        return None
    if len(shown) == 1:
        return shown[0]
    places = {one.place: one for one in shown}
    if st.session_state.get(key) not in places:
        st.session_state[key] = shown[0].place
    place = st.selectbox(say("Curve"), list(places), format_func=lambda place: places[place].label, key=key)
    return places[place]


def choice(shown: list[Seen], key: str, one: Seen) -> Field:
    """Return the choice that `choose` draws, with the curve that is chosen, as a field of the tool's chart."""
    return Field(key, "curve", str(one.place), options={other.label: str(other.place) for other in shown})


def lines(shown: list[Seen]) -> dict[str, Any]:
    """Return the line that each of the curves has in a tool's chart, by its place in the picture."""
    return {str(one.place): style.solid(one.curve.colour) for one in shown}
