"""What a range test shows: the curve with its zones, the rules that read it, and the way to Train."""

from typing import Any

import numpy as np
import streamlit as st

from figures.range_test import height, range_test
from figures.range_tests import range_tests
from finder import suggest
from finder.curve import Answer, Found, read
from finder.zones import zones
from jobs.store import Job
from ui import critical, live_chart, range_families
from ui.reading import AS_RUN, Reading, controls, factor_of, read_differently
from ui.take import take
from ui.watch import Arrays
from words import rate, say


def read_job(
    job: Job, arrays: Arrays, reading: Reading = AS_RUN, rules: tuple[str, ...] = suggest.DEFAULT_RULES
) -> Found:
    """Return a range test's curves so far and, when it has ended, what the rules read off them."""
    request = job.request
    losses = arrays.get("loss", np.empty((len(request["seeds"]), 0)))
    span = {name: request[name] for name in ("start", "end", "num_it")}
    factor = factor_of(request)
    return read(losses, **span, ended=job.ended, ran_factor=factor, rules=rules, **reading.arguments(request))


def title_of(rule: str) -> str:
    """Return what a rule is called: fastai's by their names there, the others by their libraries'."""
    return rule if rule in suggest.DEFAULT_RULES else say(suggest.TITLES[rule])


def figure(
    job: Job,
    result: Found,
    rules: tuple[str, ...] = suggest.DEFAULT_RULES,
    more: dict[str, Answer] | None = None,
) -> dict[str, Any]:
    """Return the figure of a range test."""
    found = zones(result.lrs[: result.median.size], result.median) if job.ended else []
    return range_test(
        result.lrs,
        [seed.astype(np.float64) for seed in result.smoothed],
        median=result.median,
        answers=result.answers,
        rules=rules,
        titles={rule: title_of(rule) for rule in rules},
        looks=list(suggest.RULES),
        band=None if result.doubts else result.band,
        zones=[(say(zone.name), zone.low, zone.high) for zone in found],
        more=more,
        doubted=bool(result.doubts),
        running=not job.ended,
    )


def draw(job: Job, arrays: Arrays) -> None:
    """Draw the curve of a range test as far as it has come, and its suggestions when it has ended."""
    if range_families.is_family(job):
        range_families.draw(job, arrays)
        return
    place = st.container()  # the chart, above the controls that decide what is in it
    rules, reading = controls(job)
    result = read_job(job, arrays, reading, rules)
    more = critical.answers(job)
    with place:
        label = say(
            "Smoothed loss against learning rate, one line per seed and their median, with the zones of the curve and "
            "each rule's suggestion"
        )
        live_chart.show(
            figure(job, result, rules, more),
            key=f"find.{job.id}",
            height=height(len(rules) + len(more)),
            label=label,
            playback=job.ended,
        )
    if not job.ended or job.state == "failed":
        return
    read_differently(job, reading)
    for doubt in result.doubts:
        st.warning(say(doubt), icon=":material/help:")
    if result.doubts:
        st.caption(say("So the marks are grey, and no rate is offered to Train."))
    elif result.band:
        low, high = (rate(value, 2) for value in result.band)
        st.markdown(
            say(
                "The loss falls steepest between **{low}** and **{high}**: there it falls at least half as "
                "steeply as at its steepest.",
                low=low,
                high=high,
            )
        )
    suggestions(job, result, rules)
    critical.draw(job)


def overlay(jobs: list[Job], curves: list[Arrays]) -> dict[str, Any]:
    """Return the figure of several range tests, each by its median; of a family the median of each value."""
    lines: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for number, (job, arrays) in enumerate(zip(jobs, curves, strict=True), 1):
        name = f"{number} · {job.name}"
        if range_families.is_family(job):
            title = range_families.title(job)
            found = range_families.read_jobs(job, arrays)
            lines |= {f"{name} · {title} {value}": (one.lrs, one.median) for value, one in found.items()}
        else:
            one = read_job(job, arrays)
            lines[name] = one.lrs, one.median
    return range_tests(lines)


def suggestions(job: Job, result: Found, rules: tuple[str, ...]) -> None:
    """Draw a line for each rule: its rate, the spread over seeds, how it decides, and the way to Train."""
    count = len(job.request["seeds"])
    for rule in rules:
        answer = result.answers.get(rule)
        name = f"**{title_of(rule)}**" + (say(" (default)") if rule == "valley" else "")
        with st.container(border=True):
            value, how, button = st.columns([1.6, 2.6, 1.3], vertical_alignment="center", gap="small")
            how.caption(say(suggest.HOW[rule]))
            if answer is None:
                value.markdown(say("{name}  \nno answer", name=name))
                continue
            if answer.low < answer.high:
                spread = say("{low} – {high}", low=rate(answer.low, 2), high=rate(answer.high, 2))
                over = say(":small[{spread} over {count} seeds]", spread=spread, count=count)
            else:
                over = say(":small[the same in all seeds]") if count > 1 else ""
            value.markdown(f"{name} · **{rate(answer.lr)}**  \n{over}")
            take_button(job, rule, answer, result.doubts, button)


def take_button(job: Job, rule: str, answer: Answer, doubts: tuple[str, ...], place: Any) -> None:
    """Draw the button that takes a rule's rate to Train, off where the curve supports none."""
    offered = say(
        "Train with {rule}'s rate, {rate}, and the same model, optimizer and batch size.",
        rule=title_of(rule),
        rate=rate(answer.lr),
    )
    refused = say("The curve supports no suggestion. {doubt}", doubt=say(doubts[0])) if doubts else ""
    pressed = place.button(
        say("Take to Train"),
        key=f"take.{rule}",
        icon=":material/arrow_forward:",
        width="stretch",
        type="primary" if rule == "valley" else "secondary",
        disabled=bool(doubts),
        help=refused or offered,
    )
    if pressed:
        take(job.request, answer.lr)
