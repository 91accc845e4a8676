"""Checks: what is likely wrong with a curve, in sentences; the places are marked in the chart."""

import streamlit as st

from ui.controls import plain
from ui.explore_curve import Seen
from ui.picture import Picture
from words import say


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw each curve's lints, and say which curves have none."""
    for one in shown:
        for lint in one.lints:
            st.warning(f"**{plain(one.label)}**  \n{plain(lint.sentence)}", icon=":material/change_history:")
    well = [one.label for one in shown if not one.lints]
    if well:
        st.markdown(
            say(
                ":material/check: Nothing to say against {names}.",
                names=", ".join(f"**{plain(name)}**" for name in well),
            )
        )
    if len(well) < len(shown):
        st.caption(say("Triangles in the chart mark the places."))
