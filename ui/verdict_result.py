"""What a verdict shows: what each rate achieves, live, every rule's suggestion on that curve, and who was right."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from figures.verdict import Curve, Mark, verdicts
from figures.verdict import verdict as drawn
from finder import regret, suggest, verdict
from finder.verdict import Verdict
from jobs import measured
from jobs.store import Job
from schedulers import CATALOGUE
from ui import live_chart
from ui.controls import forget
from ui.find_result import title_of
from ui.refused import refused
from ui.session import put
from ui.take import beyond, take
from ui.train_result import facts
from ui.watch import Arrays
from words import Refusal, rate, say, seeds

PARTS = ("lr", "low", "high")


def draw(job: Job, arrays: Arrays) -> None:
    """Draw a verdict at its latest evaluation: the curve, the table of rules, and at the end the way to Train."""
    (found,) = rows(job, arrays)
    found = found or nothing(job)
    suggestions = suggested(job, arrays)
    label = say("Validation loss against learning rate with its band over the seeds, and each rule's suggestion on it")
    live_chart.show(figure(job, found, suggestions), key=f"verdict.{job.id}", height=480, label=label)
    st.caption(holds(job, arrays))
    if suggestions and np.isfinite(found.at_rest).all():
        st.dataframe(table(found, suggestions, ranked=job.state == "done"), hide_index=True, row_height=30)
        st.caption(
            say(
                "Regret: 0 is the best rate measured, 1 no better than hardly training at all, more than 1 worse still."
            )
        )
    if job.state == "done":
        conclusion(job, found)


def rows(job: Job, arrays: Arrays) -> list[Verdict | None]:
    """Return each row of a verdict or map at its latest evaluation, None where nothing is known yet."""
    request, rates = job.request, grid(job)
    read: list[Verdict | None] = []
    at = arrays.get("row", np.empty(0))
    for number in range(len(measured.courses(request))):
        seen = np.flatnonzero(at == number)
        if job.result:
            losses = np.array(job.result["rows"][number]["losses"], dtype=np.float64)
        elif seen.size:
            losses = arrays["loss"][:, seen[-1]].reshape(-1, len(request["seeds"]))
        else:
            read.append(None)
            continue
        read.append(verdict.read(rates, losses, seeds=request["seeds"], updates=request["updates"]))
    return read


def nothing(job: Job) -> Verdict:
    """Return a verdict of which nothing is known yet."""
    return verdict.read(grid(job), np.full((verdict.rows(grid(job)).size, len(job.request["seeds"])), np.nan))


def grid(job: Job) -> verdict.Floats:
    """Return the rates that a verdict or map measures."""
    return verdict.grid(job.request["rates"], job.request["low"], job.request["high"])


def suggested(job: Job, arrays: Arrays) -> dict[str, Any]:
    """Return the suggestions that are judged: {rule: {"lr", "low", "high"} or None}; empty until they are known."""
    known = (job.result or job.request).get("suggestions")
    if known is None and "suggested" in arrays:
        table = arrays["suggested"].reshape(len(measured.RULES), len(PARTS)).astype(float).tolist()
        known = {
            rule: None if np.isnan(row[0]) else dict(zip(PARTS, row, strict=True))
            for rule, row in zip(measured.RULES, table, strict=True)
        }
    return known or {}


def figure(job: Job, found: Verdict, suggestions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figure of a verdict."""
    told = found.regrets({rule: one["lr"] for rule, one in suggestions.items() if one}) if found.clear else {}
    marks = {
        title_of(rule): Mark(
            lr=one["lr"],
            low=one["low"],
            high=one["high"],
            loss=regret.at(found.rates, found.loss, one["lr"]),
            regret=told.get(rule),
            shown=rule in suggest.DEFAULT_RULES,
        )
        for rule, one in suggestions.items()
        if one
    }
    best = found.proven if job.state == "done" or not job.ended else None
    return drawn(
        curve(found),
        at_rest=float(found.at_rest.mean()) if np.isfinite(found.at_rest).all() else 1.0,
        seeds=len(found.seeds),
        marks=marks,
        best=None if best is None else (best.lr, best.low, best.high),
        diverged=found.diverged.sum(axis=1) if np.isfinite(found.at_rest).all() else None,
        running=not job.ended,
    )


def curve(found: Verdict) -> Curve:
    """Return the curve that the figures draw."""
    return Curve(found.rates, found.loss, found.low, found.high)


def overlay(jobs: list[Job], curves: list[Arrays]) -> dict[str, Any]:
    """Return the figure of several verdicts over each other."""
    known = {}
    for number, (job, arrays) in enumerate(zip(jobs, curves, strict=True), 1):
        (found,) = rows(job, arrays)
        if found is not None:
            known[f"{number} · {job.name}"] = curve(found)
    return verdicts(known)


def table(found: Verdict, suggestions: Mapping[str, Any], *, ranked: bool) -> pd.DataFrame:
    """Return a line a rule: its rate, the loss there, its regret and how it was wrong; `ranked`: the best first."""
    told = found.regrets({rule: one and one["lr"] for rule, one in suggestions.items()})
    if not found.clear:
        told = dict.fromkeys(told, math.nan)
    lines = [
        (
            title_of(rule),
            rate(one["lr"]) if one else "–",
            f"{regret.at(found.rates, found.loss, one['lr']):.4g}" if one else "–",
            f"{told[rule]:.3f}" if np.isfinite(told[rule]) else "–",
            judged(found, one and one["lr"]),
        )
        for rule in (sorted(suggestions, key=lambda rule: told[rule]) if ranked else suggestions)
        for one in (suggestions[rule],)
    ]
    # Named here and not by the lines, of which there are none before the rules have answered.
    columns = [say("Rule"), say("Rate"), say("Validation loss"), say("Regret"), say("Was")]
    return pd.DataFrame(lines, columns=columns)


def judged(found: Verdict, lr: float | None) -> str:
    """Return how a suggestion did, in a word."""
    best = found.proven
    if lr is None:
        return say("no answer")
    if best is None:
        return "–"
    loss = regret.at(found.rates, found.loss, lr)
    told = regret.regret(loss, float(found.loss.min()), float(found.at_rest.mean()))
    if told <= regret.LITTLE or best.low <= lr <= best.high:
        return say("right")
    return say("too low") if lr < best.low else say("too high")


def holds(job: Job, arrays: Arrays) -> str:
    """Say how far the training is, and for what the answer holds."""
    request, per_epoch = job.request, facts(job).updates_per_epoch
    course = say("{updates} updates", updates=f"{request['updates']:,}")
    if per_epoch:
        epochs = in_epochs(request["updates"] / per_epoch)
        course = say("{length} ({epochs} epochs)", length=course, epochs=epochs)
    if request.get("along") != "schedule":  # a map over schedules names them itself
        course = say("{length} of {schedule}", length=course, schedule=request["schedule"]["label"])
    at = arrays.get("update", np.empty(0))
    if not job.ended and at.size:
        return say("After {update:,} of {course}.", update=int(at[-1]), course=course)
    if job.ended and job.state != "done":
        last = int(at[-1]) if at.size else 0
        return say(
            "Stopped after {update:,} of {course}: what the rates had achieved by then is no answer yet.",
            update=last, course=course,
        )  # fmt: skip
    return say(
        "The answer holds for {course}: with more updates, or fewer, another rate may be the best.", course=course
    )


def in_epochs(epochs: float) -> str:
    """Write a number of epochs to three digits, whole from a hundred on."""
    return f"{epochs:,.0f}" if epochs >= 100 else f"{epochs:.3g}"


def conclusion(job: Job, found: Verdict) -> None:
    """Say which rates are best, and offer the best one to Train."""
    best = found.proven
    if best is None:
        st.warning(outcome(found), icon=":material/help:")
        return
    words, button = st.columns([3, 1], vertical_alignment="center")
    words.markdown(outcome(found, mark="**"))
    if button.button(say("Take to Train"), key=f"take.best.{job.id}", icon=":material/arrow_forward:", width="stretch"):
        take_course(job.request, best.lr)


def outcome(found: Verdict, mark: str = "") -> str:
    """Return in a sentence which rates are best, or why none is; the rates stand between two of `mark`."""
    best = found.best
    if best is None:
        return say("No rate learned anything in so few updates. Give it more.")
    lr, low, high = (f"{mark}{rate(each)}{mark}" for each in (best.lr, best.low, best.high))
    tried = seeds(len(found.seeds))
    if not found.clear:
        return say(
            "The best rate, {best}, learned less than three standard errors of its {seeds}: no rate is known to be "
            "better than another. Give it more updates or more seeds.",
            best=lr, seeds=tried,
        )  # fmt: skip
    if best.low == best.high:
        return say("Best is {best}: its neighbours among the rates do worse.", best=lr)
    return say(
        "Best is {best}. From {low} to {high} training gains at least 95 % of what it gains there, or differs by no "
        "more than the noise of {seeds}.",
        best=lr, low=low, high=high, seeds=tried,
    )  # fmt: skip


def take_course(request: dict[str, Any], lr: float) -> None:
    """Carry a rate to Train with all that it was measured for: schedule, updates, model, optimizer and batch size.

    Where the schedule cannot have it, say so and stay.
    """
    entry = request["schedule"]
    parameters = at_rate(entry, request["updates"], lr)
    if refusal := beyond(lr):
        refused(refusal)
    elif parameters is None:
        refused(say("{title} has no peak that could be set to {rate}.", title=entry["label"], rate=rate(lr)))
    else:
        forget("train.schedule.0")
        put(
            "train",
            updates=request["updates"],
            schedules=[{"number": 0, "schedule": entry["schedule"], "parameters": parameters}],
            applied=lr,
        )
        take(request, lr)


def at_rate(entry: Mapping[str, Any], updates: int, lr: float) -> dict[str, Any] | None:
    """Return the schedule's parameters with which its highest rate is `lr` and its course the one that was measured.

    None where no scaling of its rates gives that, as for a schedule that has no rate among its parameters.
    """
    schedule, parameters = CATALOGUE[entry["schedule"]], entry["parameters"]
    shape, _ = verdict.shape(entry["schedule"], updates, parameters)
    factor = lr / float(schedule.rates(updates, **parameters).max())
    scaled = {
        param.name: parameters[param.name] * factor if param.kind == "rate" else parameters[param.name]
        for param in schedule.params
    }
    try:
        same = np.allclose(schedule.rates(updates, **scaled), shape * lr, rtol=1e-6, atol=0)
    except Refusal:
        return None
    return scaled if same else None
