"""A tiny app around sliders that a live chart follows: `?curves=8&updates=2000`."""

import streamlit as st

from figures.schedule import Curve, schedule
from schedulers import CATALOGUE
from schedulers.symbols import FIXED, javascript
from ui import live_chart
from ui.controls import Target, controls

NAMES = ("one_cycle", "cosine_restarts", "torch_one_cycle", "polynomial", "cyclic", "wsd", "step", "cosine_warmup")


@st.fragment
def body() -> None:
    updates = int(st.query_params.get("updates", "2000"))
    log = st.toggle("Logarithmic")
    drawn, live = [], {}
    for place, name in enumerate(NAMES[: int(st.query_params.get("curves", "1"))]):
        declared = CATALOGUE[name]
        with st.expander(name, expanded=place == 0):
            values = controls(
                declared, key=f"card.{name}", values={"peak": 0.1}, updates=updates, target=Target("chart", str(place))
            )
        rates, momentum = declared.rates(updates, **values), declared.momentum(updates, **values)
        drawn.append(Curve(declared.title, rates, momentum, place))
        numbers = {param.name: values[param.name] for param in declared.params if param.kind not in FIXED}
        live[str(place)] = {**(javascript(declared, values) or {}), "given": numbers}
    live_chart.show(
        schedule(drawn, log=log),
        key="chart",
        label="Rates",
        live={"updates": updates, "per_unit": 1, "curves": live},
    )
    st.text(" ".join(f"{key}={value}" for key, value in controls_of(NAMES[0]).items()))


def controls_of(name: str) -> dict[str, object]:
    return dict(st.session_state[f"card.{name}"])


body()
