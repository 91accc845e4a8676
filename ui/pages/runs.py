"""Runs: everything that was run, to open, compare, rename, hand in, run again or delete."""

from datetime import datetime
from typing import cast

import pandas as pd
import streamlit as st

from figures.training import training
from jobs import requests
from jobs.store import Job
from training.options import MODELS, OPTIMIZERS
from ui import (
    downloads,
    find_result,
    live_chart,
    proof_kept,
    range_families,
    toolbox_kept,
    train_result,
    verdict_result,
)
from ui.controls import plain
from ui.current import describe
from ui.refused import refused
from ui.session import owner, remember, store, submit
from ui.watch import STATES, arrays, duration, watch
from words import Refusal, rate, say, seeds

# What belongs to another run (a critical rate, an export, predictions) is shown with it and not listed here.
TITLES = {"find": "Range test", "train": "Training", **proof_kept.TITLES, **toolbox_kept.TITLES}
DRAW = {"find": find_result.draw, "train": train_result.draw, **proof_kept.DRAW, **toolbox_kept.DRAW}
# The page on which a run of each kind is at home, what remembers it there, and under which name.
HOMES = {
    "find": ("find", "find", "run"),
    "train": ("train", "train", "run"),
    **{kind: ("find", "find", kind) for kind in proof_kept.DRAW},
    **{kind: ("train", "experiments", kind) for kind in toolbox_kept.DRAW},
}


def render() -> None:
    """Draw the page."""
    st.title(say("Runs"))
    jobs = [job for job in store().jobs(owner=owner()) if job.kind in TITLES]
    if not jobs:
        st.info(say("Nothing was run yet. What you run on Find and Train is kept here, over a restart too."))
        st.page_link("ui/pages/find.py", label=say("Find a learning rate"), icon=":material/search:")
        return
    chosen = select(jobs)
    if not chosen:
        st.caption(say("Select a run to open it, or several trainings to lay them over each other."))
    elif len(chosen) == 1:
        one(chosen[0])
    else:
        several(chosen)


def select(jobs: list[Job]) -> list[Job]:
    """Draw the table of runs and return those that are selected: the newest ones first."""
    linked = st.query_params.get("run")
    at = next((place for place, job in enumerate(jobs) if job.id == linked), None)
    table = pd.DataFrame(
        {
            say("Run"): [job.name for job in jobs],
            say("What"): [what(job) for job in jobs],
            say("State"): [say(STATES[job.state]) for job in jobs],
            say("Answer"): [answer(job) for job in jobs],
            say("Started"): [datetime.fromtimestamp(job.created).strftime("%Y-%m-%d %H:%M") for job in jobs],
            say("Took"): [duration(job.finished - job.started) if job.finished and job.started else "" for job in jobs],
        }
    )
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        height=min(38 + 35 * len(jobs), 290),
        selection_default=None if at is None else {"selection": {"rows": [at]}},
        key=f"runs.table.{len(jobs)}",
    )
    places = event["selection"]["rows"]
    if len(places) == 1:
        st.query_params["run"] = jobs[places[0]].id
    return [jobs[place] for place in places if place < len(jobs)]


def what(job: Job) -> str:
    """Return what kind of run it is."""
    if range_families.is_family(job):
        return say("Range tests over {name}", name=range_families.title(job))
    return say(TITLES[job.kind])


def answer(job: Job) -> str:
    """Return what came out, in a few words."""
    if job.state != "done" or not job.result:
        return ""
    if job.kind in downloads.KEPT:
        return cast(str, downloads.KEPT[job.kind].answer(job))
    if range_families.is_family(job):
        return range_families.answer(job)
    if job.kind == "find":
        valley = None if job.result["doubts"] else job.result["suggestions"].get("valley")
        return say("valley {rate}", rate=rate(valley["lr"])) if valley else say("no answer")
    best = train_result.summary(job).iloc[0].tolist()
    return say("{label}: {value}", label=best[0], value=best[1])


def one(job: Job) -> None:
    """Draw a run with all that can be done with it."""
    settings(job)
    actions(job)
    watch(job.id, DRAW[job.kind])


def settings(job: Job) -> None:
    """Say in one line how it was run."""
    request = job.request
    parts = [
        describe(request["data"]),
        say(MODELS[request["model"]].title),
        say(OPTIMIZERS[request["optimizer"]].title),
    ]
    family = range_families.is_family(job)
    if not family or request["vary"]["name"] != "batch_size":
        parts.append(say("batch size {size}", size=request["batch_size"]))
    if family:
        compared = {"name": range_families.title(job), "values": ", ".join(range_families.values(job))}
        parts.append(say("{name} {values}", **compared))
    if job.kind == "find":
        parts.append(
            say(
                "{start} to {end} in {count} updates",
                start=rate(request["start"]),
                end=rate(request["end"]),
                count=request["num_it"],
            )
        )
    elif job.kind in downloads.KEPT:
        parts += downloads.KEPT[job.kind].settings(job)
    else:
        parts += [
            say("{count:,} updates", count=request["updates"]),
            ", ".join(one["label"] for one in request["schedules"]),
        ]
    parts.append(seeds(len(request["seeds"])))
    st.caption(" · ".join(parts))


def actions(job: Job) -> None:
    """Draw the buttons of one run."""
    again, rename, report, csv, json, code, delete = st.columns(7)
    if again.button(say("Run again"), icon=":material/replay:", width="stretch"):
        try:
            new = submit(requests.check(job.request), name=job.name)
        except Refusal as refusal:
            refused(refusal)
        else:
            page, place, field = HOMES[job.kind]
            remember(place, **{field: new})
            st.switch_page(f"ui/pages/{page}.py")
    with rename.popover(say("Rename"), icon=":material/edit:", width="stretch"):
        name = st.text_input(say("Name"), job.name, max_chars=80, key=f"runs.name.{job.id}")
        if st.button(say("Rename"), key=f"runs.rename.{job.id}"):
            try:
                store().rename(job.id, name, owner=owner())
                st.rerun()
            except Refusal as refusal:
                refused(refusal)
    file = f"ratescope-{job.kind}-{job.id[:8]}"
    report.download_button(
        say("Report"),
        lambda: downloads.report(job, arrays(job.id)),
        f"{file}.html",
        "text/html",
        width="stretch",
        icon=":material/description:",
        on_click="ignore",
        help=say("One HTML file with settings, figures and table, to hand in."),
    )
    csv.download_button(
        say("CSV"),
        lambda: downloads.metrics(job, arrays(job.id)),
        f"{file}.csv",
        "text/csv",
        width="stretch",
        icon=":material/download:",
        on_click="ignore",
        help=say("Rates, losses and metrics, a line an update and seed."),
    )
    json.download_button(
        say("JSON"),
        lambda: downloads.settings(job),
        f"{file}.json",
        "application/json",
        width="stretch",
        icon=":material/download:",
        on_click="ignore",
        help=say("All settings and the result."),
    )
    with code.popover(say("Code"), icon=":material/code:", width="stretch"):
        take_code(job)
    with delete.popover(say("Delete"), icon=":material/delete:", width="stretch"):
        st.markdown(say("Delete this run and its curves for good?"))
        if st.button(say("Delete"), type="primary", key=f"runs.delete.{job.id}"):
            delete_whole(job)
            st.query_params.pop("run", None)
            st.rerun()


def take_code(job: Job) -> None:
    """Draw the script and the button for its data, or why there is none."""
    try:
        script = downloads.code(job)
    except Refusal as refusal:
        st.caption(plain(str(refusal)))
        return
    st.caption(say("The same set-up in plain PyTorch. Put the data file beside it."))
    st.download_button(
        say("Data file"),
        lambda: downloads.arrays(job),
        "ratescope_data.npz",
        "application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        key=f"runs.data.{job.id}",
    )
    st.code(script, language="python", height=420)


def several(jobs: list[Job]) -> None:
    """Lay several runs over each other: trainings in one figure, range tests and verdicts in others."""
    trainings = [job for job in jobs if job.kind == "train"]
    tests = [job for job in jobs if job.kind == "find"]
    judged = [job for job in jobs if job.kind == "verdict"]
    if trainings:
        groups = [
            group
            for number, job in enumerate(trainings, 1)
            for group in train_result.groups(job, arrays(job.id), prefix=f"{number} · ")
        ]
        figure = training(
            groups,
            metric_title=train_result.facts(trainings[0]).metric,
            total_updates=max(job.request["updates"] for job in trainings),
        )
        for number, job in enumerate(trainings, 1):
            st.caption(f"{number} · {job.name}")
        key = "runs.overlay." + ".".join(job.id[:8] for job in trainings)
        live_chart.show(figure, key=key, height=760, label=say("Several trainings over each other"), playback=True)
    if tests:
        figure = find_result.overlay(tests, [arrays(job.id) for job in tests])
        key = "runs.tests." + ".".join(job.id[:8] for job in tests)
        live_chart.show(figure, key=key, height=480, label=say("Several range tests over each other"), playback=True)
    if judged:
        figure = verdict_result.overlay(judged, [arrays(job.id) for job in judged])
        key = "runs.verdicts." + ".".join(job.id[:8] for job in judged)
        live_chart.show(figure, key=key, height=480, label=say("Several verdicts over each other"))
    if st.button(say("Delete these {count} runs", count=len(jobs)), icon=":material/delete:"):
        for job in jobs:
            delete_whole(job)
        st.rerun()


def delete_whole(job: Job) -> None:
    """Delete a run with what was made of its model."""
    for other in store().jobs(owner=owner()):
        if other.request.get("model_of", {}).get("run") == job.id:
            store().delete(other.id, owner=owner())
    store().delete(job.id, owner=owner())


if __name__ in {"__main__", "__page__"}:
    render()
