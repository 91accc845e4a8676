"""What Runs and the downloads need of fine-tunings and cross-validations."""

import csv
import io

import numpy as np

from figures import style
from figures.training import training
from jobs import fine_tuning as work
from jobs.store import Job
from ui import cross_validation, fine_tuning
from ui.watch import Arrays, Draw
from words import say

TITLES = {"fine_tune": "Fine-tuning", "cross_validate": "Cross-validation"}
DRAW: dict[str, Draw] = {"fine_tune": fine_tuning.draw, "cross_validate": cross_validation.draw}


def answer(job: Job) -> str:
    """Return what came out of a finished one, in a few words."""
    if job.kind == "fine_tune":
        return say("tuned {value}", value=fine_tuning.table(job).iloc[0, 1])
    line = cross_validation.table(job).iloc[0]
    return say("{metric}: {pooled} pooled", metric=line.iloc[0], pooled=line.iloc[1])


def settings(job: Job) -> list[str]:
    """Return how it was run, in short parts."""
    request = job.request
    if job.kind == "fine_tune":
        counts = {name: request[name] for name in ("before", "frozen", "updates")}
        return [say("{before:,} updates before, {frozen:,} frozen, {updates:,} of all", **counts)]
    return [
        say("{count:,} updates", count=request["updates"]),
        request["schedule"]["label"],
        say("{count} folds", count=request["folds"]),
    ]


def metrics(job: Job, arrays: Arrays) -> str:
    """Return a CSV, a line a part (or fold), seed and update; grows with all of them, about 40 bytes each."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["part" if job.kind == "fine_tune" else "fold", "seed", "update", "loss"])
    names = [f"{part}.loss" for part in work.PARTS]
    if job.kind == "cross_validate":
        names = [f"loss.{fold}" for fold in range(job.request["folds"])]
    for name in names:
        for seed, losses in zip(job.request["seeds"], arrays.get(name, []), strict=False):
            for update in np.flatnonzero(~np.isnan(losses)).tolist():
                writer.writerow([name.removesuffix(".loss").removeprefix("loss."), seed, update, losses[update]])
    return buffer.getvalue()


def report(
    job: Job, arrays: Arrays
) -> tuple[str, list[str], style.Figure | None, tuple[list[str], list[list[object]]]]:
    """Return heading, sentences, figure and table for the report."""
    if job.kind == "cross_validate":
        shown = cross_validation.table(job)
        sentences = [score["sentence"] for score in (job.result or {"scores": []})["scores"]]
        return say("Cross-validation"), sentences, None, (list(shown.columns), shown.astype(str).to_numpy().tolist())
    total = len(work.course(job.request).rates)
    figure = training(fine_tuning.groups(job, arrays), metric_title=say("accuracy"), total_updates=total)
    if not job.result:
        return say("Fine-tuning"), [], figure, ([], [])
    shown = fine_tuning.table(job)
    lines = shown.astype(str).to_numpy().tolist()
    return say("Fine-tuning"), [fine_tuning.outcome(job)], figure, (list(shown.columns), lines)
