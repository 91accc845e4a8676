"""The critical rate beside a range test: the button that measures it, its mark, and what it says."""

from typing import Any

import streamlit as st

from finder.curve import Answer
from jobs import requests
from jobs.store import Job
from ui.refused import refused
from ui.session import owner, recall, remember, store, submit
from words import Refusal, rate, say, seeds

SHARED = ("data", "model", "optimizer", "batch_size", "momentum", "weight_decay", "seeds", "device")


def answers(job: Job) -> dict[str, Answer]:
    """Return the critical rate of a range test's set-up as an answer to mark, by its name; none where not measured."""
    measured = _measured(job)
    result = measured.result if measured and measured.state == "done" else None
    each = [lr for lr in (result or {}).get("each", []) if lr is not None]
    if not result or result["lr"] is None or not each:
        return {}
    answer = Answer(result["lr"], min(each), max(each), tuple(result["each"]), None, {})
    return {say("critical rate"): answer}


def draw(job: Job) -> None:
    """Draw the button that measures the critical rate of this set-up, or what came out."""
    measured = _measured(job)
    if measured is None or measured.state in ("failed", "cancelled"):
        if measured is not None:
            st.error(measured.message or say("The run failed."), icon=":material/error:")
        explained = say(
            "The smallest first step that raises the loss, for each seed's fresh model: found by bracketing and "
            "bisection, with forward passes only."
        )
        if st.button(say("Measure the critical rate"), icon=":material/straighten:", help=explained):
            start(job)
    elif not measured.ended:
        _wait(measured.id)
    else:
        st.markdown(sentence(measured))


def start(job: Job) -> None:
    """Queue the measurement for the set-up of a range test."""
    request = {"kind": "critical", **{name: job.request[name] for name in SHARED}}
    try:
        new = submit(requests.check(request), name=say("{name} · critical rate", name=job.name)[:80])
    except Refusal as refusal:
        refused(refusal)
        return
    remember(f"critical.{job.id}", run=new)
    st.rerun()


def sentence(job: Job) -> str:
    """Say what came out and what it cost."""
    result: dict[str, Any] = job.result or {}
    count = len(job.request["seeds"])
    cost = say("{passes} forward passes of one batch over {seeds}", passes=result.get("passes", 0), seeds=seeds(count))
    if result.get("lr") is None:
        return say(
            "**Critical rate**: the first update has none: no step raises the loss, or every one. ({cost})", cost=cost
        )
    each = [lr for lr in result["each"] if lr is not None]
    between = (
        "" if min(each) == max(each) else say(" ({low} – {high})", low=rate(min(each), 2), high=rate(max(each), 2))
    )
    return say(
        "**Critical rate {rate}**{between}: a first step larger than this raises the loss; training itself may bear "
        "more later or less. It took {cost}.",
        rate=rate(result["lr"]),
        between=between,
        cost=cost,
    )


def _measured(job: Job) -> Job | None:
    identifier = recall(f"critical.{job.id}").get("run")
    return store().job(identifier, owner=owner()) if identifier else None


def _wait(identifier: str) -> None:
    """Wait beside the chart until the measurement ends, then draw the page anew."""

    def look() -> None:
        job = store().job(identifier, owner=owner())
        if job is None or job.ended:
            st.rerun()
        st.caption(say("Measuring the critical rate…"))

    st.fragment(look, run_every=0.5)()
