"""Which of the shown curves a tool is about."""

import streamlit as st

from ui.explore_curve import Seen
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
