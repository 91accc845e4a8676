"""What a range test shows: the curve, the band, and the table of rules with the way to Train."""

from typing import Any

import numpy as np
import streamlit as st

from figures.range_test import range_test, range_tests
from finder import suggest, sweep
from finder.curve import Found, read
from jobs.store import Job
from ui import live_chart
from ui.session import put
from ui.watch import Arrays
from words import rate, say


def read_job(job: Job, arrays: Arrays) -> Found:
    """Return a range test's curves so far and, when it has ended, what the rules read off them."""
    request = job.request
    losses = arrays.get("loss", np.empty((len(request["seeds"]), 0)))
    factor = sweep.STOP_FACTOR if request["stop"] else None
    span = {name: request[name] for name in ("start", "end", "num_it")}
    return read(losses, **span, ended=job.ended, stop_factor=factor, ran_factor=factor)


def figure(job: Job, result: Found) -> dict[str, Any]:
    """Return the figure of a range test."""
    return range_test(
        result.lrs,
        list(result.smoothed),
        median=result.median,
        answers=result.answers,
        band=result.band,
        running=not job.ended,
    )


def draw(job: Job, arrays: Arrays) -> None:
    """Draw the curve of a range test as far as it has come, and its suggestions when it has ended."""
    result = read_job(job, arrays)
    label = say("Smoothed loss against learning rate, one line per seed and their median, with each rule's suggestion")
    live_chart.show(figure(job, result), key=f"find.{job.id}", height=480, label=label, playback=job.ended)
    if not job.ended or job.state == "failed":
        return
    for doubt in result.doubts:
        st.warning(say(doubt), icon=":material/help:")
    if result.band:
        low, high = (rate(value, 2) for value in result.band)
        st.markdown(
            say(
                "Anything between **{low}** and **{high}** is reasonable: there the loss falls at least half as steeply as at its steepest.",
                low=low,
                high=high,
            )
        )
    suggestions(job, result)


def overlay(jobs: list[Job], curves: list[Arrays]) -> dict[str, Any]:
    """Return the figure of several range tests, each by its median."""
    found = [read_job(job, arrays) for job, arrays in zip(jobs, curves, strict=True)]
    names = [f"{number} · {job.name}" for number, job in enumerate(jobs, 1)]
    return range_tests({name: (one.lrs, one.median) for name, one in zip(names, found, strict=True)})


def suggestions(job: Job, result: Found) -> None:
    """Draw the table of rules: rate, spread over seeds, how it decides, and the way to Train."""
    widths = [1.2, 1, 1.6, 3.4, 2]
    heads = (
        say("Rule"),
        say("Rate"),
        say("Over {count} seeds", count=len(job.request["seeds"])),
        say("How it decides"),
        "",
    )
    for column, head in zip(st.columns(widths), heads, strict=True):
        column.caption(head)
    for rule in suggest.DEFAULT_RULES:
        name, value, spread, how, button = st.columns(widths, vertical_alignment="center")
        answer = result.answers.get(rule)
        name.markdown(f"**{rule}**" + (say(" (default)") if rule == "valley" else ""))
        how.caption(say(suggest.HOW[rule]))
        if answer is None:
            value.markdown("–")
            spread.caption(say("no answer"))
            continue
        value.markdown(f"**{rate(answer.lr)}**")
        spread.markdown(f"{rate(answer.low, 2)} – {rate(answer.high, 2)}")
        if button.button(
            say("Take to Train"),
            key=f"take.{rule}",
            icon=":material/arrow_forward:",
            width="stretch",
            type="primary" if rule == "valley" else "secondary",
            help=say(
                "Train with {rule}'s rate, {rate}, and the same model, optimizer and batch size.",
                rule=rule,
                rate=rate(answer.lr),
            ),
        ):
            take(job.request, answer.lr)


def take(request: dict[str, Any], chosen_rate: float) -> None:
    """Carry the rate and the set-up that it was found for to Train, and go there."""
    optimizer = request["optimizer"]
    put(
        "train",
        taken=chosen_rate,
        model=request["model"],
        optimizer=optimizer,
        batch_size=request["batch_size"],
        **{f"momentum.{optimizer}": request["momentum"], f"weight_decay.{optimizer}": request["weight_decay"]},
    )
    st.switch_page("ui/pages/train.py")
