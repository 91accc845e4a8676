"""The controls on Find that prove a suggestion by training: the verdict, the recommendation, the maps."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.task import Task
from finder import recommend, suggest
from jobs import requests
from schedulers import CATALOGUE
from training.options import LIMITS, MODELS
from ui import current, map_result, reading, recommend_result, verdict_result
from ui.controls import MOST_CHECKED, controls, plain
from ui.elsewhere import elsewhere
from ui.find_result import read_job
from ui.refused import refused
from ui.session import owner, recall, remember, seed, store, submit
from ui.watch import LIVE_SECONDS, Draw, arrays, watch
from words import Refusal, rate, say

SETTINGS = ("data", "model", "optimizer", "batch_size", "momentum", "weight_decay")
# What the rows of a map can be, which of them at first, and how they are written.
OFFERED: dict[str, tuple[list[Any], list[Any], Callable[[Any], str]]] = {
    "schedule": (
        list(CATALOGUE),
        ["one_cycle", "cosine", "constant", "step"],
        lambda name: say(CATALOGUE[name].title),
    ),
    "batch_size": ([8, 16, 32, 64, 128, 256, 512], [16, 64, 256], str),
    "weight_decay": ([0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1], [0.0, 1e-5, 1e-4, 1e-3, 1e-2], rate),
}


def sections(request: dict[str, Any], task: Task) -> None:
    """Draw the three sections below a range test; `request` holds what the page's controls say of data and model."""
    shared = {name: request[name] for name in (*SETTINGS, "device")}
    st.subheader(say("Which of them was right?"), anchor=False)
    st.caption(
        say("A range test only guesses. The verdict trains your model at every rate and shows where each guess stands.")
    )
    course, grid = length_and_grid(request, task)
    verdict({**shared, **course, **grid})
    st.subheader(say("Recommend a rate"), anchor=False)
    recommendation({**shared, **course, "seeds": request["seeds"]})
    with st.expander(say("Maps: rate and one thing more"), expanded=bool(recall("find").get("map"))):
        maps({**shared, **course, **grid})


def length_and_grid(request: dict[str, Any], task: Task) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the controls of how long, with which schedule, and at which rates to train; return both parts."""
    first, second, third, fourth = st.columns([1, 1.6, 1, 1])
    limit = LIMITS["updates"]
    updates = first.number_input(
        say("Updates of a training"),
        10,
        int(limit.high),
        step=100,
        key=seed("find", "verdict.updates", recall("train").get("updates", 600)),
        help=say("As many as you are going to train for: the best rate depends on it."),
    )
    schedule = second.selectbox(
        say("Schedule"),
        list(CATALOGUE),
        format_func=lambda name: say(CATALOGUE[name].title),
        key=seed("find", "verdict.schedule", "one_cycle", CATALOGUE),
        help=say("Each rate is the highest of a whole schedule."),
    )
    count = third.number_input(
        say("Rates"),
        2,
        requests.MOST_RATES,
        key=seed("find", "verdict.rates", 24),
        help=say("How many, evenly from 1e-5 to 10."),
    )
    seeds = fourth.number_input(
        say("Seeds for each rate"),
        1,
        int(LIMITS["seeds"].high),
        key=seed("find", "verdict.seeds", 3),
        help=say("How often each rate is trained, each time with other initial weights and other batches."),
    )
    own = dict(recall("find").get("verdict.parameters") or {})
    with st.expander(say("The schedule's own parameters")):
        st.caption(say("Only its shape counts: the peak is each rate in turn, and all its other rates go along."))
        own[schedule] = controls(
            CATALOGUE[schedule],
            key=f"find.verdict.{schedule}.shape",
            values=own.get(schedule),
            updates=min(int(updates), MOST_CHECKED),
        )
    kept = {"updates": updates, "schedule": schedule, "parameters": own, "rates": count, "seeds": seeds}
    remember("find", **{f"verdict.{name}": value for name, value in kept.items()})
    batches = max(len(task.train) // min(request["batch_size"], len(task.train)), 1)
    st.caption(
        say(
            "{updates:,} updates are {epochs} epochs. {models:,} models train at once, {all:,} updates in all.",
            updates=int(updates),
            epochs=verdict_result.in_epochs(updates / batches),
            models=int(count * seeds),
            all=int(count * seeds * updates),
        )
    )
    course = {"updates": int(updates), "schedule": {"schedule": schedule, "parameters": own[schedule]}}
    return course, {"rates": int(count), "seeds": list(range(int(seeds)))}


def verdict(request: dict[str, Any]) -> None:
    """Draw the button of the verdict, and the latest one."""
    said, doubts = suggestions(request)
    if doubts:
        st.caption(
            say("The range test supports no suggestion; the verdict shows where its rules stand all the same.")
            + " "
            + plain(" ".join(doubts))
        )
    title = say("Verdict: train at every rate")
    if st.button(title, icon=":material/balance:", **_once("verdict", request)):
        start({"kind": "verdict", **request, "suggestions": said})
    shown("verdict", request["data"], verdict_result.draw)


def recommendation(request: dict[str, Any]) -> None:
    """Draw the button of the recommendation, and the latest one."""
    st.caption(
        say(
            "A range test over the seeds and a short bake-off around its answer: at most {cost:,} updates in all.",
            cost=recommend.TRAININGS * (recommend.RANGE_TEST + request["updates"]),
        )
    )
    if st.button(say("Recommend a rate"), icon=":material/recommend:", **_once("recommend", request)):
        start({"kind": "recommend", **request})
    shown("recommend", request["data"], recommend_result.draw)


def maps(request: dict[str, Any]) -> None:
    """Draw the controls of the maps, and the latest one."""
    along = (
        st.segmented_control(
            say("Learning rate and"),
            list(map_result.ALONG),
            format_func=lambda name: say(map_result.ALONG[name]),
            required=True,
            key=seed("find", "map.along", "schedule", map_result.ALONG),
        )
        or "schedule"
    )
    offered, first, write = OFFERED[along]
    values = st.multiselect(
        say("Rows"),
        offered,
        format_func=write,
        max_selections=requests.MOST_ROWS,
        key=seed("find", f"map.{along}", list(first)),
        help=say("Each row trains at every rate; rows are trained one after another."),
    )
    remember("find", **{"map.along": along, f"map.{along}": values})
    if st.button(say("Draw the map"), icon=":material/grid_on:", **_once("map", request)):
        entries = [{"schedule": name} for name in values] if along == "schedule" else values
        start({"kind": "map", **request, "along": along, "values": entries})
    shown("map", request["data"], map_result.draw)


def _once(kind: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return what disables a button while its run on this data is under way, since the page shows and stops one."""
    identifier = recall("find").get(kind)
    job = store().job(identifier, owner=owner()) if identifier else None
    if job is None or job.ended or job.request["data"] != request["data"]:
        return {}
    return {"disabled": True, "help": say("One is under way. Stop it first.")}


def start(request: dict[str, Any]) -> None:
    """Queue a run of one of the three kinds, or say why not."""
    kind = request["kind"]
    try:
        checked = requests.check(request)
        what = say(
            "{data} · {model} · {schedule}, {updates} updates",
            data=current.describe(checked["data"]),
            model=MODELS[checked["model"]].title,
            schedule=say("{count} schedules", count=len(checked["values"]))
            if checked.get("along") == "schedule"
            else checked["schedule"]["label"],
            updates=f"{checked['updates']:,}",
        )
        remember("find", **{kind: submit(checked, name=what[:80])})
    except Refusal as refusal:
        refused(refusal)


def shown(kind: str, chosen: dict[str, Any], draw: Draw) -> None:
    """Show the latest run of a kind, if there is one and it is on the chosen data."""
    identifier = recall("find").get(kind)
    if identifier and not elsewhere(identifier, chosen):
        watch(identifier, draw, LIVE_SECONDS)


def suggestions(request: dict[str, Any]) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Return what every rule says of the newest range test with the same data, model and settings, and its doubts.

    It is read as the page reads it. (None, ()) where there is no such test.
    """
    rules, parts = tuple(suggest.RULES), ("lr", "low", "high")
    try:
        wanted = requests.check({**requests.defaults("find"), **{name: request[name] for name in SETTINGS}})
    except Refusal:
        return None, ()
    for job in store().jobs(owner=owner()):
        if job.kind != "find" or job.state != "done" or "vary" in job.request:
            continue
        if all(job.request[name] == wanted[name] for name in SETTINGS):
            read = read_job(job, arrays(job.id), reading.kept(job), rules=rules)
            said = read.suggestions
            known = {rule: {part: said[rule][part] for part in parts} if rule in said else None for rule in rules}
            return known, read.doubts
    return None, ()
