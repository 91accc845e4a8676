"""Train: one or several schedules side by side, live, on the same data, initial weights and batches."""

from typing import Any

import streamlit as st

from data.task import Task
from jobs import requests
from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from training.options import LIMITS
from ui import current, experiments
from ui.controls import controls, forget
from ui.refused import refused
from ui.session import recall, remember, seed, submit
from ui.setup import data_line, further, model_and_optimizer
from ui.toolbox import toolbox
from ui.train_result import draw
from ui.watch import watch
from words import Refusal, rate, say

MOST_SCHEDULES = 8
BY_RULE = {name: ("constant", {"name": name, "parameters": {}}) for name in RULES}
FIRST = ({"number": 0, "schedule": "one_cycle", "parameters": {"peak": 0.1}},)


def render() -> None:
    """Draw the page."""
    st.title(say("Train"))
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
        if identifier:
            watch(identifier, draw)
        else:
            st.markdown(
                say(
                    "Choose one schedule or several and press **Train**: they run side by side on the same data, with "
                    "the same initial weights and the same batches, and you see which one learns."
                )
            )
    experiments.render(request, task)


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


def take_rate() -> None:
    """Give a rate that was taken on Find to every schedule, once."""
    taken = recall("train").get("taken")
    if taken is None:
        return
    if recall("train").get("applied") != taken:
        entries = recall("train").get("schedules") or list(FIRST)
        for entry in entries:
            forget(f"train.schedule.{entry['number']}")
        entries = [{**entry, "parameters": at_peak(entry, taken)} for entry in entries]
        remember("train", schedules=entries, applied=taken)
    st.success(say("Peak learning rate {rate}, taken from Find.", rate=rate(taken)), icon=":material/check:")


def at_peak(entry: dict[str, Any], peak: float) -> dict[str, Any]:
    """Return an entry's parameters with this peak; the other rates, which it bounds, begin anew in proportion to it."""
    params = CATALOGUE[entry["schedule"]].params
    if all(param.name != "peak" for param in params):
        return dict(entry["parameters"])
    rates = {param.name for param in params if param.kind == "rate"}
    return {**{name: value for name, value in entry["parameters"].items() if name not in rates}, "peak": peak}


def schedule_list(updates: int) -> list[dict[str, Any]]:
    """Draw the schedules of the race with their parameters; return their part of a request."""
    entries = recall("train").get("schedules") or list(FIRST)
    kept = []
    for entry in entries:
        schedule, key = CATALOGUE[entry["schedule"]], f"train.schedule.{entry['number']}"
        with st.expander(requests.titled(entry["schedule"], entry.get("rule")), expanded=len(entries) == 1):
            values = controls(schedule, key=key, values=entry["parameters"], updates=updates)
            rule = rule_of(entry, key)
            removed = len(entries) > 1 and st.button(
                say("Remove"), key=f"train.remove.{entry['number']}", icon=":material/delete:"
            )
        if not removed:
            kept.append({**entry, "parameters": values, **({"rule": rule} if rule else {})})
    number = max((entry["number"] for entry in kept), default=-1) + 1
    added = st.selectbox(
        say("Add a schedule to compare"),
        [*CATALOGUE, *BY_RULE],
        index=None,
        key=f"train.add.{number}.{len(kept)}",
        format_func=lambda name: requests.titled(*BY_RULE.get(name, (name, None))),
        help=say(
            "The last ones change the rate by the validation loss, so their curve is known only while they train."
        ),
        disabled=len(kept) >= MOST_SCHEDULES,
    )
    if added:
        schedule_name, rule = BY_RULE.get(added, (added, None))
        entry = {"number": number, "schedule": schedule_name, "parameters": {}, **({"rule": rule} if rule else {})}
        peak = kept[0]["parameters"].get("peak") if kept else None
        kept.append({**entry, "parameters": at_peak(entry, peak)} if peak else entry)
    remember("train", schedules=kept)
    if len(kept) != len(entries):
        st.rerun()
    return [
        {**{name: entry[name] for name in ("schedule", "parameters", "rule") if name in entry}, "label": label}
        for entry, label in zip(kept, labels(kept), strict=True)
    ]


def rule_of(entry: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Draw the controls of the entry's loss-driven rule, if it has one; return the rule with its parameters."""
    if "rule" not in entry:
        return None
    rule = RULES[entry["rule"]["name"]]
    st.caption(say("{about} There are about 40 evaluations in a run.", about=say(rule.about)))
    return {"name": rule.name, "parameters": controls(rule, key=f"{key}.rule", values=entry["rule"]["parameters"])}


def labels(entries: list[dict[str, Any]]) -> list[str]:
    """Return a name for each schedule, numbered where the same one runs twice."""
    titles = [requests.titled(entry["schedule"], entry.get("rule")) for entry in entries]
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})"
        for place, title in enumerate(titles)
    ]


if __name__ in {"__main__", "__page__"}:
    render()
