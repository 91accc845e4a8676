"""Which of the picture's curves of one kind a tool edits."""

import streamlit as st

from ui.picture import Picture, labels
from words import say


def own(picture: Picture, name: str, key: str) -> int | None:
    """Return the place of the curve with that schedule, which the visitor chooses among several; None without one."""
    called, places = labels(picture.curves), _places(picture, name)
    if len(places) < 2:
        return chosen(picture, name, key)
    if st.session_state.get(key) not in places:
        st.session_state[key] = places[0]
    place: int = st.selectbox(say("Curve"), places, format_func=lambda place: called[place], key=key)
    return place


def chosen(picture: Picture, name: str, key: str) -> int | None:
    """Return what `own` returns, without its choice on the page: the place last chosen there, or the first."""
    places = _places(picture, name)
    last = st.session_state.get(key)
    return last if last in places else next(iter(places), None)


def _places(picture: Picture, name: str) -> list[int]:
    return [place for place, drawn in enumerate(picture.curves) if drawn.name == name]
