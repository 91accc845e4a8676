"""Find: run the range test on the data, live, and see where each suggestion rule lands."""

from typing import Any

import streamlit as st

from data.task import Task
from jobs import requests
from training.options import MODELS
from ui import current, live_chart, proof, range_families
from ui.elsewhere import elsewhere
from ui.find_result import draw
from ui.refused import refused
from ui.session import recall, remember, seed, submit
from ui.setup import data_line, further, model_and_optimizer
from ui.watch import watch
from words import Refusal, rate, say

RATES = [float(f"{digit}e{power}") for power in range(-9, 2) for digit in (1, 3)] + [100.0]


def render() -> None:
    """Draw the page."""
    st.title(say("Find a learning rate"))
    chosen = current.choice()
    try:
        task = current.task(chosen)
    except Refusal as refusal:
        refused(refusal)
        st.page_link("ui/pages/data.py", label=say("Choose other data"), icon=":material/table:")
        return
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        request = controls(chosen, task)
    with right:
        identifier = st.query_params.get("run") or recall("find").get("run")
        if not identifier:
            welcome()
        elif not elsewhere(identifier, chosen):
            watch(identifier, draw)
        proof.sections(request, task)
    live_chart.prepare()


def controls(chosen: dict[str, Any], task: Task) -> dict[str, Any]:
    """Draw what the range test needs, and the button that runs it; return the request."""
    data_line(chosen, task)
    pressed = st.button(say("Find the learning rate"), type="primary", icon=":material/play_arrow:", width="stretch")
    request = {"kind": "find", "data": chosen, **model_and_optimizer("find", task)}
    with st.expander(say("Range, iterations and more")):
        first, second = st.columns(2)
        start = first.selectbox(
            say("From rate"),
            RATES[:-1],
            format_func=rate,
            key=seed("find", "start", 1e-7, RATES),
            help=say("The rate of the first update."),
        )
        end = second.selectbox(
            say("To rate"),
            RATES[1:],
            format_func=rate,
            key=seed("find", "end", 10.0, RATES),
            help=say("The rate rises to this one, by the same factor at every update."),
        )
        iterations = st.slider(
            say("Iterations"),
            20,
            1000,
            step=10,
            key=seed("find", "iterations", 100),
            help=say("Updates of the test; more of them give a smoother curve and take longer."),
        )
        stops = st.toggle(
            say("Stop when the loss explodes"),
            key=seed("find", "stop", True),
            help=say("Ends a seed when its smoothed loss exceeds four times its best."),
        )
        request |= {"start": start, "end": end, "num_it": iterations, "stop": stops}
        request |= further("find", request["optimizer"])
        request |= range_families.vary()
    remember("find", start=start, end=end, iterations=iterations, stop=stops)
    if pressed:
        try:
            name = say("{data} · {model}", data=current.describe(chosen), model=MODELS[request["model"]].title)
            identifier = submit(requests.check(request), name=name[:80])
        except Refusal as refusal:
            refused(refusal)
            return request
        remember("find", run=identifier)
        st.query_params["run"] = identifier
    return request


def welcome() -> None:
    """Say what a newcomer sees after the first press."""
    st.markdown(
        say(
            "The **range test** trains your model for a moment while the learning rate rises from tiny to huge, and "
            "draws the loss on the way. Where the loss falls fastest the rate is good; where it explodes the rate is "
            "too high. "
            "Four rules then read the curve, each in its own way."
        )
    )
    if current.describe(current.choice()) == current.DIGITS["builtin"]:
        st.caption(say("The digits are chosen already: press the button. It takes a few seconds."))


if __name__ in {"__main__", "__page__"}:
    render()
