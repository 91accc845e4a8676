"""What can be taken home from a run: metrics as CSV, settings as JSON, a report as HTML, the set-up as code."""

import csv
import io
import json
from typing import cast

import numpy as np

from figures import report as reports
from figures import style
from figures.training import training
from finder import suggest, sweep
from jobs import code as codes
from jobs.store import Job
from schedulers import CATALOGUE
from ui import current, find_result, proof_kept, range_families, toolbox_kept, train_result
from ui.watch import Arrays
from words import Refusal, rate, say

# The module that knows each kind of run which is neither a range test nor a training.
KEPT = {**dict.fromkeys(proof_kept.DRAW, proof_kept), **dict.fromkeys(toolbox_kept.DRAW, toolbox_kept)}


def settings(job: Job) -> str:
    """Return the request and the result as JSON."""
    kept = {"name": job.name, "state": job.state, "created": job.created, "request": job.request, "result": job.result}
    return json.dumps(kept, indent=2)


def metrics(job: Job, arrays: Arrays) -> str:
    """Return a CSV with a line an update and model; grows with models x updates, about 60 bytes each.

    Where range tests of several values are compared, the first column is the value that a line belongs to.
    """
    if job.kind in KEPT:
        return cast(str, KEPT[job.kind].metrics(job, arrays))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    request, seeds = job.request, job.request["seeds"]
    losses = arrays.get("loss", np.empty((0, 0)))
    if job.kind == "find":
        compared: list[str] = []
        tests: list[tuple[list[float], np.ndarray]] = [([], losses)]
        if range_families.is_family(job):
            vary = request["vary"]
            compared = [vary["name"]]
            tests = [([value], arrays.get(f"loss.{place}", losses)) for place, value in enumerate(vary["values"])]
        writer.writerow([*compared, "seed", "update", "learning_rate", "loss", "smoothed_loss"])
        lrs = sweep.rates(request["start"], request["end"], request["num_it"])
        for value, rows in tests:
            for seed, row in zip(seeds, rows, strict=False):
                smoothed = sweep.smooth(row)
                for t in np.flatnonzero(~np.isnan(row)).tolist():
                    writer.writerow([*value, seed, t, lrs[t], row[t], smoothed[t]])
        return buffer.getvalue()
    writer.writerow(
        ["schedule", "seed", "update", "learning_rate", "momentum", "loss", "validation_loss", "validation_metric"]
    )
    at = {int(update): place for place, update in enumerate(arrays.get("validation_update", np.empty(0)))}
    for number, row in enumerate(losses):
        one = request["schedules"][number // len(seeds)]
        schedule, seed = CATALOGUE[one["schedule"]], seeds[number % len(seeds)]
        lrs = arrays["rate"][number] if "rule" in one else schedule.rates(request["updates"], **one["parameters"])
        momenta = schedule.momentum(request["updates"], **one["parameters"])
        momenta = np.full(request["updates"], request["momentum"]) if momenta is None else momenta
        for t in sorted({*np.flatnonzero(~np.isnan(row)).tolist(), *at}):
            inside = t < row.size and not np.isnan(row[t])
            own = [lrs[t], momenta[t], row[t]] if inside else ["", "", ""]
            found = (
                [arrays[name][number, at[t]] for name in ("validation_loss", "validation_metric")]
                if t in at
                else ["", ""]
            )
            writer.writerow([one["label"], seed, t, *own, *found])
    return buffer.getvalue()


def report(job: Job, arrays: Arrays) -> str:
    """Return one HTML file with settings, figures and table, to hand in."""
    family = range_families.is_family(job)
    left_out = ("schedules", "vary", job.request["vary"]["name"]) if family else ("schedules",)
    settings_table = [
        [name.replace("_", " "), value if isinstance(value, str) else json.dumps(value)]
        for name, value in job.request.items()
        if name not in left_out
    ]
    sentences: list[str] = []
    figure: style.Figure | None
    lines: list[list[object]]
    if job.kind in KEPT:
        heading, sentences, figure, (titles, lines) = KEPT[job.kind].report(job, arrays)
    elif family:
        tests = range_families.read_jobs(job, arrays)
        shown = range_families.summary(job, tests)
        titles, lines = list(shown.columns), shown.astype(str).to_numpy().tolist()
        figure = range_families.figure(job, tests)
        settings_table.append([range_families.title(job), ", ".join(range_families.values(job))])
        heading = say("Loss against learning rate")
    elif job.kind == "find":
        found = find_result.read_job(job, arrays)
        titles = [say("Rule"), say("Rate"), say("Least"), say("Greatest"), say("How it decides")]
        lines = [
            [rule, rate(answer.lr), rate(answer.low), rate(answer.high), say(suggest.HOW[rule])]
            for rule, answer in found.answers.items()
        ]
        if found.doubts:
            sentences = [say("The curve supports no suggestion."), *(say(doubt) for doubt in found.doubts)]
        figure = find_result.figure(job, found)
        heading = say("Loss against learning rate")
    else:
        shown = train_result.summary(job)
        titles, lines = list(shown.columns), shown.astype(str).to_numpy().tolist()
        facts = train_result.facts(job)
        figure = training(
            train_result.groups(job, arrays), metric_title=facts.metric, total_updates=job.request["updates"]
        )
        settings_table += [
            [one["label"], json.dumps(one["parameters"] | ({"rule": one["rule"]} if "rule" in one else {}))]
            for one in job.request["schedules"]
        ]
        heading = say("Rate, losses and metric over the run")
    return reports.html(
        job.name,
        [
            (heading, sentences, figure, None),
            (say("Result"), [], None, (titles, lines)),
            (say("Settings"), [], None, ([say("Setting"), say("Value")], settings_table)),
        ],
    )


def code(job: Job, schedule: int = 0) -> str:
    """Return the set-up as a PyTorch script; of what measured rates, the training at the best one.

    A Refusal says why there is none.
    """
    if job.kind in toolbox_kept.DRAW:
        raise Refusal("Code: a script is one training, and this run is several that depend on each other.")
    request = proof_kept.training(job) if job.kind in proof_kept.DRAW else job.request
    if request is None:
        raise Refusal("Code: the script trains at the best rate, and there is none yet.")
    return codes.script(request, current.task(request["data"]), schedule=schedule)


def arrays(job: Job) -> bytes:
    """Return the prepared data that the script loads."""
    return codes.data_file(current.task(job.request["data"]))
