"""What a training may use beside its schedule: MixUp, augmentation at test time, an ensemble of restarts, a start."""

from datetime import datetime
from typing import Any

import streamlit as st

from data.task import Task
from jobs.requests.train import WIDEST_SPREAD
from jobs.store import Job
from schedulers import CATALOGUE
from schedulers.cycles import cycle_ends
from ui.augmentation import augmentation
from ui.controls import plain
from ui.session import owner, recall, remember, seed, store
from ui.uploads import kept
from words import say

FRESH, FILE = "fresh", "file"


def toolbox(task: Task, schedules: list[dict[str, Any]], updates: int) -> dict[str, Any]:
    """Draw the controls; return their part of a training's request, what is not used left out."""
    request: dict[str, Any] = {}
    mixup = st.number_input(
        say("MixUp (alpha)"),
        0.0,
        10.0,
        step=0.1,
        format="%.3g",
        key=seed("train", "mixup", 0.0),
        help=say(
            "Blends every row with another of its batch; 0 is none, 0.4 is usual. The share is drawn from "
            "Beta(alpha, alpha), the larger part kept (arXiv 1710.09412)."
        ),
    )
    if mixup:
        request["mixup"] = mixup
    if task.image and (tta := augmentation("train", task.transforms)):
        request["tta"] = tta
    restarting = any(len(ends(entry, updates)) > 1 for entry in schedules)
    together = st.toggle(
        say("Ensemble of the restarts"),
        key=seed("train", "ensemble", False),
        disabled=not restarting,
        help=say(
            "Keeps the weights at the end of each cycle and lets them answer together (arXiv 1704.00109). "
            "For schedules with restarts, such as SGDR."
        ),
    )
    if together and restarting:
        request["ensemble"] = True
    spread = st.number_input(
        say("Layer rates: spread"),
        1.0,
        WIDEST_SPREAD,
        step=10.0,
        format="%.4g",
        key=seed("train", "layer_spread", 1.0),
        help=say(
            "The last layer's rate divided by the first's, those between evenly by ratio, as fastai's slice does; "
            "1 is one rate for all. The curve shown is the last layer's."
        ),
    )
    if spread > 1:
        request["layer_spread"] = spread
    remember("train", mixup=mixup, ensemble=together, layer_spread=spread)
    return request | _start()


def ends(entry: dict[str, Any], updates: int) -> list[int]:
    """Return where the cycles of a request's schedule end; none where its parameters do not fit."""
    try:
        return cycle_ends(CATALOGUE[entry["schedule"]].rates(updates, **entry["parameters"]))
    except ValueError:
        return []


def models(jobs: list[Job]) -> list[tuple[Job, dict[str, Any]]]:
    """Return the trainings that left a model, with each of these."""
    done = [job for job in jobs if job.kind == "train" and job.state == "done" and job.result]
    return [(job, one) for job in done for one in (job.result or {}).get("models", [])]


def titled(job: Job, schedule: int) -> str:
    """Return what tells a run's model from all others: when it was begun, the run's name and, in a race, whose it is.

    The browser sends back an option's title, so that equal ones could not be told apart.
    """
    names = [datetime.fromtimestamp(job.created).strftime("%m-%d %H:%M:%S"), job.name]
    if len(job.request["schedules"]) > 1:
        names.append(job.request["schedules"][schedule]["label"])
    return " · ".join(names)


def _start() -> dict[str, Any]:
    """Draw where the weights come from: fresh, a finished run's, or a saved file's."""
    known = {
        f"{job.id} {one['schedule']}": titled(job, one["schedule"]) for job, one in models(store().jobs(owner=owner()))
    }
    wanted = recall("train").get("start", FRESH)
    titles = {FRESH: say("fresh weights"), FILE: say("a saved file"), **known}
    chosen = st.selectbox(
        say("Begin with"),
        list(titles),
        format_func=titles.__getitem__,
        key=seed("train", "start", wanted if wanted in titles else FRESH, titles),
        help=say("A trained model goes on from its weights and the optimizer's memory, on data of the same kind."),
    )
    remember("train", start=chosen)
    if chosen == FRESH:
        return {}
    if chosen != FILE:
        run, schedule = chosen.split()
        return {"start": {"run": run, "schedule": int(schedule)}}
    file = st.file_uploader(say("Saved model"), key="train.start.file")
    if file is not None:
        remember("train", start_file=kept(file))
    given = recall("train").get("start_file")
    if not given:
        st.caption(say("Upload a model that was saved here; until then the weights are fresh."))
        return {}
    st.caption(say("Begins with {name}.", name=plain(str(given.get("filename")))))
    return {"start": given}
