"""Experiments: famous findings that a visitor repeats with one press, live."""

from typing import Any

import numpy as np
import streamlit as st

from data.task import Task
from figures.training import height, training
from jobs import requests
from jobs.store import Job
from ui import cross_validation, fine_tuning, live_chart, train_result
from ui.current import DIGITS
from ui.fine_tuning import MARGIN
from ui.refused import refused
from ui.session import owner, recall, remember, seed, store, submit
from ui.watch import POLL_SECONDS, STATES, arrays
from words import Refusal, rate, say, share

TITLES = {
    "super_convergence": "Super-convergence",
    "fine_tune": "Fine-tuning",
    "cross_validate": "Cross-validation",
}
LENGTHS = (100, 200, 400, 800)
TIMES = 4
PEAKS = (0.1, 0.2, 0.3, 0.5, 1.0)
USUAL = 0.1  # the rate at which step decay does best here
SHARED: dict[str, Any] = {"kind": "train", "data": DIGITS, "seeds": [0, 1, 2], "momentum": 0.9}


def render(request: dict[str, Any], task: Task) -> None:
    """Draw the experiments, folded away until somebody asks for them or one is under way.

    `request` is the training as it is set up on the page, on the data of `task`.
    """
    known = recall("experiments").get("super_convergence")
    asked = [
        known or [],
        *([one] for name in ("fine_tune", "cross_validate") if (one := recall("experiments").get(name))),
    ]
    jobs = [store().job(identifier, owner=owner()) for identifiers in asked for identifier in identifiers]
    with st.expander(
        say("Experiments"), icon=":material/science:", expanded=any(job and not job.ended for job in jobs)
    ):
        which = st.pills(
            say("Experiment"),
            list(TITLES),
            format_func=lambda name: say(TITLES[name]),
            key=seed("experiments", "which", "super_convergence", TITLES),
            required=True,
            label_visibility="collapsed",
        )
        remember("experiments", which=which)
        if which == "fine_tune":
            fine_tuning.controls(request, task)
        elif which == "cross_validate":
            cross_validation.controls(request)
        else:
            super_convergence(known)


def super_convergence(known: list[str] | None) -> None:
    """Draw one-cycle at a high rate against step decay with four times the updates (arXiv 1708.07120), on digits."""
    st.markdown(
        say(
            "**Super-convergence** (Smith and Topin 2017): one cycle up to a very high rate against step decay with "
            "{times} times the updates, on the digits. "
            "Look whether the blue curve, a quarter as long, ends as high as the other.",
            times=TIMES,
        )
    )
    left, middle, right = st.columns([1.4, 1.4, 1], vertical_alignment="bottom")
    updates = left.segmented_control(
        say("Updates of the short run"), LENGTHS, default=400, required=True, key="experiments.updates"
    )
    peak = middle.segmented_control(
        say("Highest rate of one cycle"), PEAKS, default=0.3, required=True, key="experiments.peak", format_func=rate
    )
    if right.button(say("Run both"), icon=":material/play_arrow:", width="stretch", key="experiments.run"):
        try:
            checked = [
                (requests.check(request), name)
                for request, name in both(int(updates or LENGTHS[0]), float(peak or USUAL))
            ]
        except Refusal as refusal:
            refused(refusal)
            return
        remember("experiments", super_convergence=[submit(request, name=name) for request, name in checked])
        st.rerun()
    if known:
        ended = all(job is None or job.ended for job in _jobs(known))
        st.fragment(_view, run_every=None if ended else POLL_SECONDS)(known, ended)


def both(updates: int, peak: float) -> list[tuple[dict[str, Any], str]]:
    """Return the two trainings as (request, name): one cycle over so many updates, step decay over four times them.

    The steps are a tenth each, after a half and three quarters of the run, from the rate at which they do best here.
    """
    cycle = {
        "schedule": "one_cycle",
        "parameters": {"peak": peak},
        "label": say("one cycle, {count} updates", count=updates),
    }
    long = TIMES * updates
    step = {
        "schedule": "multistep",
        "parameters": {"peak": USUAL},
        "label": say("step decay, {count} updates", count=long),
    }
    return [
        ({**SHARED, "updates": updates, "schedules": [cycle]}, say("Super-convergence · one cycle")),
        ({**SHARED, "updates": long, "schedules": [step]}, say("Super-convergence · step decay")),
    ]


def figure(jobs: list[Job]) -> tuple[dict[str, Any], int]:
    """Return both trainings over one x-axis of updates as far as they have come, and the figure's height."""
    groups = [group for job in jobs for group in train_result.groups(job, arrays(job.id))]
    total = max(job.request["updates"] for job in jobs)
    metric = train_result.facts(jobs[0]).metric
    return training(groups, metric_title=metric, total_updates=total), height(groups)


def outcome(jobs: list[Job]) -> str:
    """Say in one sentence what came out: the test accuracy of the short run against the long one's."""
    means = [_accuracy(job) for job in jobs]
    if any(mean is None for mean in means):
        return say("One of the two has no result.")
    short, long = (mean or 0.0 for mean in means)
    counts = [job.request["updates"] for job in jobs]
    verdict = (
        say("With a quarter of the updates the short run is as good, to half a percentage point: super-convergence.")
        if short >= long - MARGIN
        else say("The short run stays behind: no super-convergence at this length and rate.")
    )
    return say(
        "Test accuracy **{short}** after {few:,} updates of one cycle, **{long}** after {many:,} of step decay. "
        "{verdict}",
        short=share(short), long=share(long), few=counts[0], many=counts[1], verdict=verdict,
    )  # fmt: skip


def _accuracy(job: Job) -> float | None:
    rows = [row["test_metric"] for row in (job.result or {"rows": []})["rows"]]
    return float(np.mean(rows)) if rows and all(value is not None for value in rows) else None


def _jobs(known: list[str]) -> list[Job | None]:
    return [store().job(identifier, owner=owner()) for identifier in known]


def _view(known: list[str], were_over: bool) -> None:
    jobs = [job for job in _jobs(known) if job is not None]
    if len(jobs) < len(known):
        st.caption(say("A run of this experiment was deleted."))
        return
    if not were_over and all(job.ended for job in jobs):
        st.rerun()
    for job in jobs:
        label = job.request["schedules"][0]["label"]
        if not job.ended:
            st.progress(min(job.progress, 1.0), text=say("{label}: {state}", label=label, state=say(STATES[job.state])))
        elif job.state == "failed":
            st.error(job.message or say("The run failed."), icon=":material/error:")
    drawn, tall = figure(jobs)
    label = say("Learning rate, momentum, losses and accuracy of both trainings over the same updates")
    key = "experiments." + ".".join(job.id[:8] for job in jobs)
    live_chart.show(drawn, key=key, height=tall, label=label, playback=were_over)
    if were_over:
        st.markdown(outcome(jobs))
