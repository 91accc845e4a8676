"""Combine: schedules one after another, each for its share of the run, or multiplied; drawn as one curve."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from schedulers.combined import combined
from ui import explore_session as session
from ui import segments
from ui.controls import Target
from ui.explore_curve import Seen
from ui.explore_tools.own import chosen, own
from ui.picture import MOST_CURVES, Drawn, Picture
from words import say

KEY = "explore.combine"
NEW = f"{KEY}.new"


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the parts of the picture's combination, or the way to begin one."""
    st.caption(say("Schedules one after another or multiplied. The combination is one of the picture's curves."))
    place = own(picture, "combined", f"{KEY}.place")
    if place is None:
        st.button(
            say("Start a combination"), key=NEW, on_click=session.add, args=(Drawn("combined"),),
            disabled=len(session.board().ids) >= MOST_CURVES, icon=":material/add:",
        )  # fmt: skip
        return
    number = session.board().ids[place]
    segments.edit(
        partial(_kept, number), key=f"{KEY}.{number}", keep=partial(_keep, number),
        target=Target(session.CHART, str(place)),
    )  # fmt: skip


def live(picture: Picture, ids: Sequence[int]) -> dict[str, Any]:
    """Return what the editor's widgets make of the combination that it edits, as `live_chart.show` has them.

    `ids` are the curves' own numbers. Nothing where the tool or its combination is not on the page.
    """
    place = chosen(picture, "combined", f"{KEY}.place")
    if st.session_state.get("explore.tool") != "Combine" or place is None:
        return {}
    text, key = _text(picture.curves[place]), f"{KEY}.{ids[place]}"
    outcomes: dict[str, dict[str, str]] = {}
    for widget, option, changed in segments.outcomes(text, key):
        outcomes.setdefault(widget, {})[option] = changed
    fields = {
        widget: {"curve": str(place), "part": part, "name": name} for widget, part, name in segments.texts(text, key)
    }
    return {
        "texts": fields,
        "outcomes": {widget: {"curve": str(place), "texts": texts} for widget, texts in outcomes.items()},
        "shares": {widget: {"curve": str(place), "part": part} for widget, part in segments.shares(text, key).items()},
    }


def _kept(number: int) -> str:
    """Return what the combination of that number is now; the default one where it was removed meanwhile."""
    board = session.board()
    return _text(board.picture.curves[board.ids.index(number)] if number in board.ids else Drawn("combined"))


def _text(drawn: Drawn) -> str:
    return str(combined.check(None, **drawn.parameters)["segments"])


def _keep(number: int, text: str) -> None:
    """Put the combination into the curve of that number, unless it was removed meanwhile."""
    ids = session.board().ids
    if number in ids:
        session.change(ids.index(number), {"segments": text})
