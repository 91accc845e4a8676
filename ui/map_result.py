"""What a map shows: the loss over learning rate and one other thing, row by row as it comes, and its best cell."""

from typing import Any

import numpy as np
import streamlit as st

from figures.heat_map import best_cell, heat_map, height
from finder.verdict import Verdict
from jobs import measured
from jobs.store import Job
from ui import live_chart
from ui.verdict_result import grid, holds, nothing, outcome, rows, take_course
from ui.watch import Arrays
from words import rate, say

ALONG = {"schedule": "schedule", "batch_size": "batch size", "weight_decay": "weight decay"}


def draw(job: Job, arrays: Arrays) -> None:
    """Draw a map as far as it has come, and when it is done the way to Train from its best cell."""
    label = say("Validation loss over learning rate and {other}, the best cell marked", other=say(along(job)))
    live_chart.show(figure(job, arrays), key=f"map.{job.id}", height=height(len(job.request["values"])), label=label)
    st.caption(holds(job, arrays))
    if job.state != "done":
        return
    cell, said = best(job, arrays), conclusion(job, arrays, mark="**")
    if cell is None:
        st.warning(said, icon=":material/help:")
        return
    course, lr, _ = cell
    words, button = st.columns([3, 1], vertical_alignment="center")
    words.markdown(said)
    if button.button(say("Take to Train"), key=f"take.cell.{job.id}", icon=":material/arrow_forward:", width="stretch"):
        take_course(at_row(job, course), lr)


def conclusion(job: Job, arrays: Arrays, mark: str = "") -> str:
    """Return in a sentence which cell is best, or why none is; its rate and row stand between two of `mark`."""
    cell = best(job, arrays)
    if cell is None:
        row = _best_row(job, arrays)
        return outcome(row if row is not None else nothing(job))
    course, lr, loss = cell
    return say(
        "Best is {rate} with {other} {label}: a validation loss of {loss:.4g}.",
        rate=f"{mark}{rate(lr)}{mark}", other=say(along(job)), label=f"{mark}{course['label']}{mark}", loss=loss,
    )  # fmt: skip


def along(job: Job) -> str:
    """Return what the rows of a map differ by, in words."""
    return ALONG[job.request["along"]]


def losses(job: Job, arrays: Arrays) -> np.ndarray:
    """Return the mean losses (rows, rates) so far, NaN where a row has not begun."""
    none = np.full(job.request["rates"], np.nan)
    return np.stack([none if found is None else found.loss for found in rows(job, arrays)])


def figure(job: Job, arrays: Arrays) -> dict[str, Any]:
    """Return the figure of a map."""
    begun = [found for found in rows(job, arrays) if found is not None]
    row = _best_row(job, arrays)
    return heat_map(
        grid(job),
        [course["label"] for course in measured.courses(job.request)],
        losses(job, arrays),
        title=say(along(job)),
        at_rest=float(np.mean([found.at_rest.mean() for found in begun])) if begun else 1.0,
        marked=row is not None and row.proven is not None,
    )


def best(job: Job, arrays: Arrays) -> tuple[dict[str, Any], float, float] | None:
    """Return (course, rate, loss) of the best cell so far; None where none is known to be better than the others."""
    table, found = losses(job, arrays), _best_row(job, arrays)
    cell = best_cell(table)
    if cell is None or found is None or found.proven is None:
        return None
    row, column = cell
    return measured.courses(job.request)[row], float(grid(job)[column]), float(table[cell])


def _best_row(job: Job, arrays: Arrays) -> Verdict | None:
    """Return what is known of the row that has the best cell."""
    cell = best_cell(losses(job, arrays))
    return None if cell is None else rows(job, arrays)[cell[0]]


def at_row(job: Job, course: dict[str, Any]) -> dict[str, Any]:
    """Return the request with what is the row's own in place of what is the map's."""
    schedule = {"schedule": course["schedule"], "parameters": course["parameters"], "label": course["label"]}
    own = {name: course[name] for name in ("batch_size", "weight_decay")}
    return {
        **job.request,
        **own,
        "schedule": schedule if job.request["along"] == "schedule" else job.request["schedule"],
    }
