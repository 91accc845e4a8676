"""A running job on the page: its curves as they grow, its progress, and the button that stops it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from jobs.store import Job
from ui.controls import plain
from ui.session import owner, store
from words import say

POLL_SECONDS = 0.5
LIVE_SECONDS = 0.2  # for what is over in a few seconds: how long its first points may wait

Arrays = dict[str, np.ndarray]
Draw = Callable[[Job, Arrays], None]

STATES = {
    "queued": "Waiting for a free place",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
}


@dataclass
class _Seen:
    """What this session has read of a job's curves, so that a poll reads only what is new."""

    arrays: Arrays
    last: int


def arrays(identifier: str) -> Arrays:
    """Return a job's curves so far. Reads only the chunks that this session has not seen; memory as the curves."""
    seen = st.session_state.setdefault("watch.seen", {})
    known = seen.get(identifier) or _Seen({}, -1)
    metrics = store().metrics(identifier, owner=owner(), after=known.last)
    if metrics.whole:
        joined = metrics.arrays
    else:
        joined = {
            name: np.concatenate(
                [part for part in (known.arrays.get(name), metrics.arrays.get(name)) if part is not None], axis=-1
            )
            for name in known.arrays.keys() | metrics.arrays.keys()
        }
    while len(seen) >= 8:
        del seen[next(iter(seen))]
    seen[identifier] = _Seen(joined, metrics.last)
    return joined


def watch(identifier: str, draw: Draw, every: float = POLL_SECONDS) -> None:
    """Show a job: `draw(job, arrays)` at every so many seconds while it runs, once when it has ended.

    Once its curves have begun, POLL_SECONDS are enough: drawing them takes time from the work that they show.
    """
    job = store().job(identifier, owner=owner())
    if job is None:
        st.info(say("This run was deleted."))
        return
    first = every < POLL_SECONDS and not _begun(identifier)
    clock = None if job.ended else every if first else POLL_SECONDS
    st.fragment(_view, run_every=clock)(identifier, draw, was_over=job.ended, first=first)


def _begun(identifier: str) -> bool:
    """Say whether this session has seen the run's curves begin."""
    known: _Seen | None = st.session_state.get("watch.seen", {}).get(identifier)
    return known is not None and "loss" in known.arrays


def _view(identifier: str, draw: Draw, *, was_over: bool, first: bool) -> None:
    job = store().job(identifier, owner=owner())
    if job is None:
        st.rerun()
    if (job.ended and not was_over) or (first and not job.ended and _begun(identifier)):
        # Once for the whole page, which then registers this fragment with another clock or none, and at the end shows
        # what needs the result.
        st.rerun()
    st.caption(plain(job.name))
    status(job)
    draw(job, arrays(identifier))


def status(job: Job) -> None:
    """Show state, progress and time left in one line that keeps its height, with the stop button beside it."""
    line, button = st.columns([5, 1], vertical_alignment="center")
    text = say(STATES[job.state])
    if job.state == "running":
        if job.seconds_left is not None:
            text = say("{state} · {time} left", state=text, time=duration(job.seconds_left))
    elif job.ended and job.started and job.finished:
        text = say("{state} in {time}", state=text, time=duration(job.finished - job.started))
    if job.message and job.state != "failed":
        text = f"{text} · {job.message}"
    with line:
        st.progress(min(max(job.progress, 0.0), 1.0) if job.state != "done" else 1.0, text=text)
    stop = button.button(say("Stop"), key=f"stop.{job.id}", icon=":material/stop:", disabled=job.ended, width="stretch")
    if stop:
        store().cancel(job.id, owner=owner())
        st.rerun()
    if job.state == "failed":
        st.error(job.message or say("The run failed."), icon=":material/error:")


def duration(seconds: float) -> str:
    """Write a length of time: 0.4 s, 12 s, 3 min 5 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
