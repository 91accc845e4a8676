"""Draw: a curve of one's own, by dragging its points or typing where they are."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from figures import style
from schedulers.drawn import MOST_POINTS, drawn, read_points, write_points
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Seen
from ui.explore_tools.own import own
from ui.picture import MOST_CURVES, Drawn, Picture
from words import Refusal, say

KEY = "explore.draw"
NEW, COPY = f"{KEY}.new", f"{KEY}.copy"
COPIED = 13  # points with which another curve's shape begins

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "ratescope_drawn",
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8") + live_chart.script("drawn.js"),
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
)


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the drawing board of the picture's drawn curve, or the ways to begin one."""
    st.caption(say("Your own curve: drag its points. It is one of the picture's curves, with all that they can do."))
    place = own(picture, "drawn", f"{KEY}.place")
    if place is None:
        _begin(picture, shown)
        return
    one = picture.curves[place]
    values = drawn.check(None, **one.parameters)
    text = str(values["points"])
    number = session.board().ids[place]
    key = f"{KEY}.{number}.board"
    _mount(
        key=key,
        data={
            "points": read_points(text).tolist(),
            "between": values["between"],
            "colour": style.colour(one.shade(place)),
            "most": MOST_POINTS,
            "chart": session.CHART,
            "curve": str(place),
            "words": _words(),
        },
        on_points_change=lambda: _take((st.session_state.get(key) or {}).get("points"), number),
    )
    if refusal := st.session_state.get(f"{KEY}.refusal"):
        st.error(plain(refusal), icon=":material/block:")


def _begin(picture: Picture, shown: list[Seen]) -> None:
    full = len(session.board().ids) >= MOST_CURVES
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(say("Start a drawn curve"), key=NEW, on_click=session.add, args=(Drawn("drawn"),),
                  disabled=full, icon=":material/draw:")  # fmt: skip
        for one in shown[:1]:
            st.button(
                say("Start from {name}", name=plain(one.label)),
                key=COPY,
                on_click=session.add,
                args=(copied(one),),
                disabled=full,
            )


def copied(one: Seen) -> Drawn:
    """Return a drawn curve through points of another one, its peak among them."""
    T, rates = one.curve.length, one.curve.rates
    updates = np.arange(len(rates)) if one.curve.updates is None else one.curve.updates
    spaced = [int(np.searchsorted(updates, at)) for at in np.linspace(0, updates[-1], COPIED)]
    kept = sorted({*spaced, int(np.argmax(rates))})
    points = [(updates[at] / T if at < len(rates) - 1 else 1.0, rates[at] / one.facts.peak) for at in kept]
    return Drawn("drawn", {"peak": one.facts.peak, "points": write_points(points)})


def _take(points: Any, number: int) -> None:
    """Put the points into the curve of that number, or keep the sentence that refuses them."""
    st.session_state.pop(f"{KEY}.refusal", None)
    ids = session.board().ids
    if points is None or number not in ids:
        return
    try:
        session.change(ids.index(number), {"points": points})
    except Refusal as refusal:
        st.session_state[f"{KEY}.refusal"] = str(refusal)


def _words() -> dict[str, str]:
    return {
        "board": say("Drawing board: share of the run against share of the peak"),
        "point": say("Point {number} of {count}", number="{number}", count="{count}"),
        "place": say("{share} % of the run, {height} % of the peak", share="{share}", height="{height}"),
        "add": say("Add a point"),
        "remove": say("Remove the point"),
        "share": say("Run, %"),
        "height": say("Peak, %"),
        "hint": say("Drag a point, or move it with the arrow keys. Double-click adds one."),
        "run": say("share of the run"),
        "peak": say("share of the peak"),
    }
