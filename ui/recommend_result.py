"""What a recommendation shows: the candidates as they are tried, then one rate and how sure it is."""

from typing import Any

import numpy as np
import streamlit as st

from figures.verdict import trials
from jobs.store import Job
from ui import live_chart
from ui.controls import plain
from ui.verdict_result import take_course
from ui.watch import Arrays
from words import rate, say

CONFIDENCE = {"high": "Sure", "medium": "Fairly sure", "low": "Not sure"}


def draw(job: Job, arrays: Arrays) -> None:
    """Draw what has been tried so far, and when it is done the answer with the way to Train."""
    if job.result:
        answer, button = st.columns([3, 1], vertical_alignment="center")
        answer.markdown(f"### {rate(job.result['lr'])}")
        answer.markdown(f"**{say(CONFIDENCE[job.result['confidence']])}.** {plain(job.result['sentence'])}")
        if button.button(
            say("Take to Train"), key=f"take.recommended.{job.id}", icon=":material/arrow_forward:", width="stretch"
        ):
            take_course(job.request, job.result["lr"])
    label = say("Loss against learning rate of each candidate, judged on each part of the rows")
    live_chart.show(figure(job, arrays), key=f"recommend.{job.id}", height=320, label=label)


def figure(job: Job, arrays: Arrays) -> dict[str, Any]:
    """Return the figure of the candidates."""
    result = job.result
    return trials(
        arrays.get("rate", np.zeros(0)).tolist(),
        arrays.get("parts", np.zeros((3, 0))),
        answer=(result["lr"], result["low"], result["high"]) if result else None,
        running=not job.ended,
    )
