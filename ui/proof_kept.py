"""What Runs and the downloads need of verdicts, maps and recommendations."""

import csv
import io
from operator import itemgetter
from typing import Any

import numpy as np

from figures import style
from finder import verdict
from jobs import measured
from jobs.store import Job
from ui import map_result, recommend_result, verdict_result
from ui.watch import Arrays, Draw
from words import rate, say

TITLES = {"verdict": "Verdict", "map": "Map", "recommend": "Recommendation"}
DRAW: dict[str, Draw] = {
    "verdict": verdict_result.draw,
    "map": map_result.draw,
    "recommend": recommend_result.draw,
}


def answer(job: Job) -> str:
    """Return what came out of a finished one, in a few words."""
    best = _best(job)
    if best is None:
        return say("no answer")
    course, lr = best
    if job.kind == "map":
        return say("best {rate}, {label}", rate=rate(lr), label=course["label"])
    return say("best {rate}", rate=rate(lr)) if job.kind == "verdict" else rate(lr)


def settings(job: Job) -> list[str]:
    """Return how it was run, in short parts."""
    request = job.request
    parts = [say("{count:,} updates", count=request["updates"])]
    if job.kind == "map":
        rows = ", ".join(course["label"] for course in measured.courses(request))
        parts.append(say("{other}: {rows}", other=say(map_result.along(job)), rows=rows))
    if job.kind != "map" or request["along"] != "schedule":
        parts.append(request["schedule"]["label"])
    if job.kind != "recommend":
        span = {"low": rate(request["low"]), "high": rate(request["high"])}
        parts.append(say("{count} rates from {low} to {high}", count=request["rates"], **span))
    return parts


def metrics(job: Job, arrays: Arrays) -> str:
    """Return a CSV: a line a row, rate, seed and evaluation, or a candidate; grows with all of them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if job.kind == "recommend":
        writer.writerow(["learning_rate", *(f"loss_on_part_{number}" for number in (1, 2, 3))])
        writer.writerows(zip(arrays.get("rate", []), *arrays.get("parts", np.empty((3, 0))), strict=True))
        return buffer.getvalue()
    writer.writerow(["row", "learning_rate", "seed", "update", "validation_loss"])
    labels = [course["label"] for course in measured.courses(job.request)]
    rates, seeds = verdict.rows(verdict_result.grid(job)), job.request["seeds"]
    for place, (row, update) in enumerate(zip(arrays.get("row", []), arrays.get("update", []), strict=True)):
        losses = arrays["loss"][:, place].reshape(rates.size, len(seeds))
        for lr, own in zip(rates, losses, strict=True):
            for seed, loss in zip(seeds, own, strict=True):
                writer.writerow([labels[row], lr, seed, int(update), "" if np.isnan(loss) else loss])
    return buffer.getvalue()


def report(job: Job, arrays: Arrays) -> tuple[str, list[str], style.Figure, tuple[list[str], list[list[object]]]]:
    """Return heading, sentences, figure and table for the report."""
    if job.kind == "recommend":
        titles = [say("Rate"), *(say("Loss on part {number}, untrained = 1", number=number) for number in (1, 2, 3))]
        tried = zip(arrays.get("rate", []), arrays.get("parts", np.empty((3, 0))).T, strict=True)
        cells: list[list[object]] = [
            [rate(lr), *(_written(loss) for loss in parts)] for lr, parts in sorted(tried, key=itemgetter(0))
        ]
        sentences = [job.result["sentence"] if job.result else say("It has not come to an answer.")]
        return say("Learning rates tried"), sentences, recommend_result.figure(job, arrays), (titles, cells)
    holds = [verdict_result.holds(job, arrays)]
    if job.kind == "map":
        if job.state == "done":
            holds.insert(0, map_result.conclusion(job, arrays))
        heading, figure = say("Validation loss over a map"), map_result.figure(job, arrays)
        titles = [say(map_result.along(job)), *(rate(float(lr)) for lr in verdict_result.grid(job))]
        labels = [course["label"] for course in measured.courses(job.request)]
        table = zip(labels, map_result.losses(job, arrays), strict=True)
        return heading, holds, figure, (titles, [[label, *(_written(loss) for loss in row)] for label, row in table])
    (found,) = verdict_result.rows(job, arrays)
    found = found or verdict_result.nothing(job)
    if job.state == "done":
        holds.insert(0, verdict_result.outcome(found))
    suggestions = verdict_result.suggested(job, arrays)
    shown = verdict_result.table(found, suggestions, ranked=True)
    figure = verdict_result.figure(job, found, suggestions)
    lines = (list(shown.columns), shown.astype(str).to_numpy().tolist())
    return say("What each learning rate achieves"), holds, figure, lines


def training(job: Job) -> dict[str, Any] | None:
    """Return the request of the training at the best rate, for the code; None where there is no such thing."""
    best = _best(job) if job.result else None
    if best is None:
        return None
    course, lr = best
    entry = {name: course[name] for name in ("schedule", "parameters", "label")}
    if job.kind == "map" and job.request["along"] != "schedule":
        entry["label"] = job.request["schedule"]["label"]
    parameters = verdict_result.at_rate(entry, job.request["updates"], lr)
    if parameters is None:
        return None
    own = {name: course[name] for name in ("batch_size", "weight_decay")}
    return {**job.request, **own, "kind": "train", "schedules": [{**entry, "parameters": parameters}]}


def _best(job: Job) -> tuple[dict[str, Any], float] | None:
    """Return the course and rate that did best, None where none is known to be better than the others."""
    courses = measured.courses(job.request)
    if job.kind == "recommend":
        return courses[0], job.result["lr"] if job.result else 0.0
    if job.kind == "map":
        cell = map_result.best(job, {})
        return None if cell is None else cell[:2]
    (found,) = verdict_result.rows(job, {})
    return None if found is None or found.proven is None else (courses[0], found.proven.lr)


def _written(loss: float | None) -> str:
    return "–" if loss is None or not np.isfinite(loss) else f"{loss:.4g}"
