"""Train: one or several schedules side by side, live, on the same data, initial weights and batches."""

from typing import Any

import streamlit as st

from data.task import Task
from jobs import requests
from training.options import LIMITS
from ui import current, experiments, live_chart
from ui.elsewhere import elsewhere
from ui.new_rows import uploaded_model
from ui.refused import refused
from ui.session import recall, remember, seed, submit
from ui.setup import data_line, further, model_and_optimizer
from ui.toolbox import toolbox
from ui.train_kept import mend
from ui.train_result import draw
from ui.train_schedules import schedule_list, take_rate
from ui.watch import watch
from words import Refusal, say


def render() -> None:
    """Draw the page."""
    st.title(say("Train"))
    mend()
    chosen = current.choice()
    try:
        task = current.task(chosen)
    except Refusal as refusal:
        refused(refusal)
        st.page_link("ui/pages/data.py", label=say("Choose other data"), icon=":material/table:")
        return
    left, right = st.columns([1, 2], gap="large")
    with left:
        request = controls_of_run(chosen, task)
    with right:
        identifier = st.query_params.get("run") or recall("train").get("run")
        if not identifier:
            st.markdown(
                say(
                    "Choose one schedule or several and press **Train**: they run side by side on the same data, with "
                    "the same initial weights and the same batches, and you see which one learns."
                )
            )
        elif not elsewhere(identifier, chosen):
            watch(identifier, draw)
    experiments.render(request, task)
    uploaded_model(chosen)
    live_chart.prepare()


def controls_of_run(chosen: dict[str, Any], task: Task) -> dict[str, Any]:
    """Draw what a training needs, and the button that starts it; return the request as it is set up."""
    data_line(chosen, task)
    pressed = st.button(say("Train"), type="primary", icon=":material/play_arrow:", width="stretch")
    take_rate()
    request = {"kind": "train", "data": chosen, **model_and_optimizer("train", task)}
    limit = LIMITS["updates"]
    updates = st.number_input(
        say("Updates"),
        10,
        int(limit.high),
        step=100,
        key=seed("train", "updates", 600),
        help=say("How many steps the optimizer takes; every schedule spans exactly this many."),
    )
    batches = max(len(task.train) // min(request["batch_size"], len(task.train)), 1)
    st.caption(
        say(
            "{epochs:.3g} epochs of {batches} updates. A rate found for one model, batch size and optimizer does not "
            "carry over to another.",
            epochs=updates / batches,
            batches=batches,
        )
    )
    schedules = schedule_list(int(updates))
    with st.expander(say("Momentum, device and more")):
        request |= further("train", request["optimizer"])
    with st.expander(say("MixUp, ensemble, saved models")):
        request |= toolbox(task, schedules, int(updates))
    remember("train", updates=updates)
    request |= {"updates": int(updates), "schedules": schedules}
    if pressed:
        start(request)
    return request


def start(request: dict[str, Any]) -> None:
    """Queue the training, or say why it cannot be."""
    try:
        checked = requests.check(request)
        names = ", ".join(one["label"] for one in checked["schedules"])
        data = current.describe(request["data"])
        identifier = submit(checked, name=say("{data} · {names}", data=data, names=names)[:80])
    except Refusal as refusal:
        refused(refusal)
        return
    remember("train", run=identifier)
    st.query_params["run"] = identifier


if __name__ in {"__main__", "__page__"}:
    render()
