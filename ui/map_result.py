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
        leading = _leading(job, rows(job, arrays))
        return outcome(nothing(job) if leading is None else leading[0])
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
    return _table(job, rows(job, arrays))


def _table(job: Job, known: list[Verdict | None]) -> np.ndarray:
    none = np.full(job.request["rates"], np.nan)
    return np.stack([none if found is None else found.loss for found in known])


def figure(job: Job, arrays: Arrays) -> dict[str, Any]:
    """Return the figure of a map."""
    known = rows(job, arrays)
    begun = [found for found in known if found is not None]
    leading = _leading(job, known)
    return heat_map(
        grid(job),
        [course["label"] for course in measured.courses(job.request)],
        _table(job, known),
        title=say(along(job)),
        at_rest=float(np.mean([found.at_rest.mean() for found in begun])) if begun else 1.0,
        marked=leading is not None and leading[0].proven is not None,
    )


def best(job: Job, arrays: Arrays) -> tuple[dict[str, Any], float, float] | None:
    """Return (course, rate, loss) of the best cell so far; None where none is known to be better than the others."""
    leading = _leading(job, rows(job, arrays))
    if leading is None or leading[0].proven is None:
        return None
    found, row, column = leading
    return measured.courses(job.request)[row], float(found.rates[column]), float(found.loss[column])


def _leading(job: Job, known: list[Verdict | None]) -> tuple[Verdict, int, int] | None:
    """Return what is known of the row of the best cell, its number, and the cell's column; None before any is known."""
    cell = best_cell(_table(job, known))
    found = None if cell is None else known[cell[0]]
    return None if cell is None or found is None else (found, *cell)


def at_row(job: Job, course: dict[str, Any]) -> dict[str, Any]:
    """Return the request with what is the row's own in place of what is the map's."""
    schedule = {"schedule": course["schedule"], "parameters": course["parameters"], "label": course["label"]}
    own = {name: course[name] for name in ("batch_size", "weight_decay")}
    return {
        **job.request,
        **own,
        "schedule": schedule if job.request["along"] == "schedule" else job.request["schedule"],
    }
