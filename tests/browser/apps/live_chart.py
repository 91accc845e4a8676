"""A tiny app around the live chart: one curve that grows with every fragment run, and one with playback."""

import numpy as np
import streamlit as st

from ui import live_chart


def rising(points: int) -> dict[str, object]:
    updates = np.arange(points, dtype=np.float32)
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "rate",
                "x": updates,
                "y": updates**2,
                "line": {"color": "#0f8a5f"},
            },
            {"type": "scatter", "mode": "lines", "name": "other", "x": updates, "y": updates * 5},
        ],
        "layout": {"xaxis": {"title": {"text": "update"}}, "yaxis": {"title": {"text": "rate"}}},
    }


@st.fragment
def growing() -> None:
    points = 50 + 10 * st.session_state.setdefault("presses", 0)
    if st.button("Grow"):
        st.session_state["presses"] += 1
        points += 10
    st.text(f"points {points}")
    if st.checkbox("Up", True):
        live_chart.show(rising(points), key="growing", label="A growing curve", height=320)


def played() -> None:
    updates = np.arange(0, 400, 4)
    figure = {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "steady",
                "x": updates,
                "y": updates / 4,
                "meta": {"updates": [0, 4]},
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "listed",
                "x": updates,
                "y": -updates,
                "meta": {"updates": updates},
            },
            {"type": "scatter", "mode": "markers", "name": "mark", "x": [200], "y": [50], "meta": {"at_end": True}},
        ],
        "layout": {"xaxis": {"title": {"text": "update"}}},
    }
    live_chart.show(figure, key="played", label="A run to play", height=320, playback=True)


growing()
played()
st.text("end")
