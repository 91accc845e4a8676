"""Combine: schedules one after another, each for its share of the run, or multiplied; drawn as one curve."""

from functools import partial

import streamlit as st

from schedulers.combined import combined
from ui import explore_session as session
from ui import segments
from ui.explore_curve import Seen
from ui.explore_tools.own import own
from ui.picture import MOST_CURVES, Drawn, Picture
from words import say

KEY = "explore.combine"


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the parts of the picture's combination, or the way to begin one."""
    st.caption(say("Schedules one after another or multiplied. The combination is one of the picture's curves."))
    place = own(picture, "combined", f"{KEY}.place")
    if place is None:
        st.button(
            say("Start a combination"), key=f"{KEY}.new", on_click=session.add, args=(Drawn("combined"),),
            disabled=len(session.board().ids) >= MOST_CURVES, icon=":material/add:",
        )  # fmt: skip
        return
    number = session.board().ids[place]
    values = combined.check(None, **picture.curves[place].parameters)
    segments.edit(str(values["segments"]), key=f"{KEY}.{number}", keep=partial(_keep, number))


def _keep(number: int, text: str) -> None:
    """Put the combination into the curve of that number, unless it was removed meanwhile."""
    ids = session.board().ids
    if number in ids:
        session.change(ids.index(number), {"segments": text})
