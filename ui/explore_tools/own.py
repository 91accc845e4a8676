"""Which of the picture's curves of one kind a tool edits."""

import streamlit as st

from ui.picture import Picture, labels
from words import say


def own(picture: Picture, name: str, key: str) -> int | None:
    """Return the place of the curve with that schedule, which the visitor chooses among several; None without one."""
    called = labels(picture.curves)
    places = [place for place, drawn in enumerate(picture.curves) if drawn.name == name]
    if len(places) < 2:
        return places[0] if places else None
    if st.session_state.get(key) not in places:
        st.session_state[key] = places[0]
    chosen: int = st.selectbox(say("Curve"), places, format_func=lambda place: called[place], key=key)
    return chosen
