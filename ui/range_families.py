"""Range tests over weight decay, momentum or batch size: what to vary, the family of curves, and each value's rules."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from figures.range_tests import range_family
from finder import suggest, sweep
from finder.curve import Found, read
from finder.range_family import MOST_VALUES
from jobs.store import Job
from training.options import LIMITS
from ui import live_chart
from ui.session import remember, seed
from ui.take import take
from ui.watch import Arrays
from words import rate, say

NOTHING = "nothing"
# What Smith (arXiv 1803.09820) compares, and what stands in a request unless the user says otherwise.
OFFERED: dict[str, list[float]] = {
    "weight_decay": [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
    "momentum": [0.0, 0.5, 0.8, 0.9, 0.95, 0.99],
    "batch_size": [8, 16, 32, 64, 128, 256, 512],
}
FIRST: dict[str, list[float]] = {
    "weight_decay": [0.0, 1e-5, 1e-4, 1e-3, 1e-2],
    "momentum": [0.8, 0.9, 0.95, 0.99],
    "batch_size": [16, 32, 64, 128],
}
LOOK_FOR = {
    "weight_decay": "Take the largest weight decay whose curve stays low and bears a high rate.",
    "momentum": "A larger momentum moves the whole curve to lower rates; take one whose curve still reaches low.",
    "batch_size": "A larger batch bears a larger rate; equal numbers of updates see more rows.",
}


def vary() -> dict[str, Any]:
    """Draw what the range test varies; return its part of a request, nothing where it is an ordinary one."""
    titles = {NOTHING: say("one curve")} | {name: say(LIMITS[name].title) for name in OFFERED}
    name = st.selectbox(
        say("Compare"),
        list(titles),
        format_func=lambda name: titles[name],
        key=seed("find", "vary", NOTHING, titles),
        help=say("A range test for each of several values, all in one figure."),
    )
    remember("find", vary=name)
    if name == NOTHING:
        return {}
    key = seed("find", f"values.{name}", FIRST[name])
    values = st.multiselect(
        say("Values"),
        OFFERED[name],
        format_func=lambda value: written(name, value),
        key=key,
        max_selections=MOST_VALUES,
        help=say("2 to {high} of them.", high=MOST_VALUES),
    )
    remember("find", **{f"values.{name}": values})
    return {"vary": {"name": name, "values": values}}


def written(name: str, value: float) -> str:
    """Write a value as people know it: weight decay as a rate, the others as plain numbers."""
    return (rate(value) if value else "0") if name == "weight_decay" else f"{value:g}"


def read_jobs(job: Job, arrays: Arrays, rules: tuple[str, ...] = suggest.DEFAULT_RULES) -> dict[str, Found]:
    """Return each value's range test as far as it has come, by the value in words."""
    request = job.request
    none = np.empty((len(request["seeds"]), 0))
    factor = sweep.STOP_FACTOR if request["stop"] else None
    span = {name: request[name] for name in ("start", "end", "num_it")}
    name = request["vary"]["name"]
    return {
        written(name, value): read(
            arrays.get(f"loss.{place}", none),
            **span,
            ended=job.ended,
            stop_factor=factor,
            ran_factor=factor,
            rules=rules,
        )
        for place, value in enumerate(request["vary"]["values"])
    }


def is_family(job: Job) -> bool:
    """Say whether a run is a range test for each of several values, and not one alone."""
    return job.kind == "find" and "vary" in job.request


def values(job: Job) -> list[str]:
    """Return the values that are compared, in words."""
    vary = job.request["vary"]
    return [written(vary["name"], value) for value in vary["values"]]


def title(job: Job) -> str:
    """Return what varies, in words."""
    return say(LIMITS[job.request["vary"]["name"]].title)


def answer(job: Job) -> str:
    """Return what came out of a finished one, in a few words: from the least rate of the valley to the greatest."""
    sound = [one for one in (job.result or {"values": []})["values"] if not one["doubts"]]
    lrs = [one["suggestions"]["valley"]["lr"] for one in sound if "valley" in one["suggestions"]]
    if not lrs:
        return say("no answer")
    low, high = rate(min(lrs)), rate(max(lrs))
    return say("valley {rate}", rate=low) if low == high else say("valley {low} to {high}", low=low, high=high)


def figure(job: Job, found: dict[str, Found]) -> dict[str, Any]:
    """Return the figure of a family."""
    curves = {
        name: (one.lrs, [seed.astype(np.float64) for seed in one.smoothed], one.median) for name, one in found.items()
    }
    return range_family(curves, title=title(job), running=not job.ended)


def summary(job: Job, found: dict[str, Found]) -> pd.DataFrame:
    """Return the table of a family, a line a value: its lowest loss and where, and what each rule suggests."""
    column, lines = title(job).capitalize(), []
    for name, one in found.items():
        known = one.median.size and np.isfinite(one.median).any()
        lowest = int(np.nanargmin(one.median)) if known else 0
        line = {
            column: name,
            say("Lowest loss"): f"{one.median[lowest]:.4g}" if known else "–",
            say("At rate"): rate(one.lrs[lowest], 2) if known else "–",
        }
        for rule in suggest.DEFAULT_RULES:
            answer = None if one.doubts else one.answers.get(rule)
            line[rule] = rate(answer.lr, 2) if answer else "–"
        lines.append(line | {say("Doubts"): " ".join(say(doubt) for doubt in one.doubts)})
    table = pd.DataFrame(lines)
    return table if any(one.doubts for one in found.values()) else table.drop(columns=say("Doubts"))


def draw(job: Job, arrays: Arrays) -> None:
    """Draw the family as far as it has come and, when it has ended, the table of rules and the way to Train."""
    found = read_jobs(job, arrays)
    name = job.request["vary"]["name"]
    label = say("Smoothed loss against learning rate, one colour a value of {name}", name=title(job))
    live_chart.show(figure(job, found), key=f"find.{job.id}", height=480, label=label, playback=job.ended)
    st.caption(say(LOOK_FOR[name]))
    if not job.ended or job.state == "failed":
        return
    st.dataframe(summary(job, found), hide_index=True)
    sound = {value: one for value, one in found.items() if not one.doubts and "valley" in one.answers}
    if not sound:
        st.caption(say("None of these curves supports a suggestion, so no rate is offered to Train."))
        return
    value, button = st.columns([2, 1], vertical_alignment="bottom")
    chosen = value.selectbox(
        say("Take to Train the valley's rate of"),
        list(sound),
        format_func=lambda value: say(
            "{name} {value}: {rate}",
            name=title(job),
            value=value,
            rate=rate(sound[value].answers["valley"].lr),
        ),
        key=f"family.value.{job.id}",
    )
    pressed = button.button(
        say("Take to Train"), key=f"family.take.{job.id}", icon=":material/arrow_forward:", width="stretch"
    )
    if pressed and chosen:
        own = job.request["vary"]["values"][list(found).index(chosen)]
        take({**job.request, name: own}, sound[chosen].answers["valley"].lr)
