"""Work that measures rates by training with them: a verdict, a map of several, and a recommendation.

A verdict is a map of one row. Each row is one `finder.verdict.measure`, hence one call of the engine.
"""

import json
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from finder import suggest, verdict
from jobs import tasks
from jobs.context import Context
from jobs.rows import known
from training import options
from words import rate, say

if TYPE_CHECKING:
    from data.task import Task
    from finder.recommend import Stage
    from training.engine import Progress

Json = dict[str, Any]

RULES = tuple(suggest.RULES)
RANGE_TEST = 100  # updates of the range test that a verdict begins with where it is given none
MOST_LOOKS, FEWEST_LOOKS, SHARE_FOR_LOOKS = 20, 4, 0.2


def courses(request: Json) -> list[Json]:
    """Return what each row of a verdict or map trains: its "label", and what is its own among the settings."""
    shared = {name: request[name] for name in ("optimizer", "momentum", "weight_decay", "batch_size", "device")}
    along, own = request.get("along"), request["schedule"]
    rows = []
    for value in request.get("values", [None]):
        one = value if along == "schedule" else own
        row = {**shared, "schedule": one["schedule"], "parameters": one["parameters"], "label": one["label"]}
        if along == "batch_size":
            row |= {"batch_size": value, "label": str(value)}
        elif along == "weight_decay":
            row |= {"weight_decay": value, "label": rate(value)}
        rows.append(row)
    return rows


def measure(context: Context, request: Json) -> Json:
    """Measure what each rate of a grid achieves, row by row, and where rules suggest one, who was right.

    Logs `row` and `update` (k,) and `loss` (rates x seeds, k), the validation losses at each evaluation, rates as
    `finder.verdict.rows` has them with seeds varying fastest; a verdict that runs its own range test first logs
    `suggested` (rules x 3, 1): rate, least and greatest of each of RULES, NaN for no answer. Result: "rows", each with
    its "label", "losses" and "test_losses" (rates x seeds), what `verdict.as_json` says and the rules' "regret",
    "suggestions" {rule: {"lr", "low", "high"} or None}, "device", "seconds". A number that is not finite is None.
    """
    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    updates, seeds = request["updates"], request["seeds"]
    rates = verdict.grid(request["rates"], request["low"], request["high"])
    rows = courses(request)
    state, snapshot = _resumed(context.resume)
    suggestions = state.get("suggestions", request.get("suggestions"))
    if suggestions is None and request["kind"] == "verdict":
        suggestions = _range_test(context, request, task)
    done: list[Json] = state.get("rows", [])
    device = state.get("device", "")
    for number in range(len(done), len(rows)):
        course = dict(rows[number])
        label = course.pop("label")
        kept = {"suggestions": suggestions, "rows": done, "device": device}
        found = verdict.measure(
            task,
            options.MODELS[request["model"]],
            rates,
            updates=updates,
            seeds=seeds,
            evaluate_every=math.ceil(updates / looks(updates, course["batch_size"], len(task.validation))),
            on_progress=_report(context, request, number, kept),
            resume=snapshot,
            **course,
        )
        snapshot, device = None, found.device
        done = [*done, {"label": label, **_row(found, suggestions or {})}]
    return {"rows": done, "suggestions": suggestions or {}, "device": device, "seconds": time.monotonic() - begun}


def looks(updates: int, batch_size: int, validation_rows: int) -> int:
    """Return how many evaluations to make on the way, so that watching takes about a fifth of the time at most.

    An update costs about three passes over its batch, an evaluation one over the validation rows.
    """
    affordable = SHARE_FOR_LOOKS * 3 * updates * batch_size / max(validation_rows, 1)
    return int(min(max(affordable, FEWEST_LOOKS), MOST_LOOKS, updates))


def recommend(context: Context, request: Json) -> Json:
    """Recommend one rate (see `finder.recommend`); goes on with the parts that had not ended where it was interrupted.

    Logs `rate` (k,) and `parts` (3, k): each candidate that was tried, and its losses as shares of the untrained.
    Result: "lr", "low", "high", "sentence", "confidence", "cost", "valley", "trials" [{"lr", "losses"}], "seconds".
    """
    from finder import recommend as recommending

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    state, resume = _resumed(context.resume)
    told: list[float] = state.get("told", [])

    def report(stage: "Stage") -> None:
        new = [trial for trial in stage.trials if trial.lr not in told]
        start = len(told)
        told.extend(trial.lr for trial in new)
        context.progress(stage.done / stage.of)
        parts = np.array([trial.losses for trial in new], dtype=np.float32).T
        context.log(start, {"rate": np.array([trial.lr for trial in new]), "parts": parts} if new else {})
        context.checkpoint(lambda: json.dumps({"told": told}).encode() + b"\n" + stage.checkpoint)

    (course,) = courses(request)
    del course["label"]
    found = recommending.recommend(
        task,
        options.MODELS[request["model"]],
        updates=request["updates"],
        seeds=request["seeds"],
        on_progress=report,
        resume=resume,
        **course,
    )
    return {
        **{name: getattr(found, name) for name in ("lr", "low", "high", "sentence", "confidence", "cost", "valley")},
        "trials": [{"lr": trial.lr, "losses": [known(loss) for loss in trial.losses]} for trial in found.trials],
        "seconds": time.monotonic() - begun,
    }


def _range_test(context: Context, request: Json, task: "Task") -> Json:
    """Run the range test that a verdict judges, log what the rules say and return it."""
    from finder.range_test import range_test

    (course,) = courses(request)
    settings = {name: course[name] for name in ("optimizer", "momentum", "weight_decay", "batch_size", "device")}
    context.progress(0.0, say("Range test first"))
    model = options.MODELS[request["model"]]
    said = range_test(task, model, num_it=RANGE_TEST, seeds=request["seeds"], rules=RULES, **settings).suggestions
    parts = ("lr", "low", "high")
    suggestions = {rule: {part: said[rule][part] for part in parts} if rule in said else None for rule in RULES}
    known = [[one[part] for part in parts] if (one := suggestions[rule]) else [np.nan] * 3 for rule in RULES]
    context.log(0, {"suggested": np.array(known, dtype=np.float64).reshape(-1, 1)})
    return suggestions


def _report(context: Context, request: Json, number: int, kept: Json) -> "Any":
    """Return the function that takes the engine's progress on row `number` to the store; `kept` is what came before."""
    rows, updates = len(courses(request)), request["updates"]
    head = json.dumps(kept).encode()

    def report(progress: "Progress") -> None:
        arrays: dict[str, np.ndarray] = {}
        if progress.evaluation is not None:
            arrays["row"] = np.array([number], dtype=np.int64)
            arrays["update"] = np.array([progress.evaluation.update], dtype=np.int64)
            arrays["loss"] = progress.evaluation.loss[:, None].astype(np.float32)
        context.progress((number * updates + progress.end) / (rows * updates))
        context.log(number * updates + progress.start, arrays)
        context.checkpoint(lambda: head + b"\n" + progress.snapshot())

    return report


def _resumed(checkpoint: bytes | None) -> tuple[Json, bytes | None]:
    """Return what was finished before the checkpoint, and what the measurement itself resumes from."""
    if checkpoint is None:
        return {}, None
    head, _, snapshot = checkpoint.partition(b"\n")
    return json.loads(head), snapshot


def _row(found: verdict.Verdict, suggestions: Json) -> Json:
    rates = {rule: one and one["lr"] for rule, one in suggestions.items()}
    beside = verdict.rows(found.rates).size > found.rates.size  # the loss at rest has a row of its own
    losses, test = (
        np.vstack([rest[None], own] if beside else [own])
        for rest, own in ((found.at_rest, found.validation), (found.test_at_rest, found.test))
    )
    table = {"losses": losses, "test_losses": test}
    plain = {name: [[known(loss) for loss in row] for row in values] for name, values in table.items()}
    regret = {rule: value for rule, value in found.regrets(rates).items() if math.isfinite(value)}
    return {**plain, **verdict.as_json(found), "regret": regret}
