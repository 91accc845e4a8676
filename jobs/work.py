"""What a job does: plain functions of (context, request) that return the run's result as JSON.

Heavy imports are inside the functions. Curves are logged as `loss` (models, updates), raw losses of each batch, NaN
once a model is frozen; a training adds `validation_update` (k,), `validation_loss` and `validation_metric` (models, k),
and where a loss-driven rule is at work, `rate` (models, updates), the learning rates that were really used.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from finder import sweep
from jobs import critical, cross_validation, families, fine_tuning, kept, measured, models, tasks
from jobs.context import Context
from jobs.rows import of
from schedulers import CATALOGUE, groups
from training import options
from words import say

if TYPE_CHECKING:
    from training.engine import Progress

Json = dict[str, Any]


def find(context: Context, request: Json) -> Json:
    """Run a range test over the request's seeds; `loss` is (seeds, updates). What varies is jobs/families.py's.

    Result: "lrs" (T,), "stopped" (for each seed the update that ended it early, or None), "suggestions" {rule: {"lr",
    "low", "high", "each"}}, "band" [low, high] or None, "doubts" (sentences), "device", "seconds".
    """
    from finder.range_test import range_test

    if "vary" in request:
        return families.find(context, request)
    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    found = range_test(
        task,
        options.MODELS[request["model"]],
        start=request["start"],
        end=request["end"],
        num_it=request["num_it"],
        seeds=request["seeds"],
        stop_factor=sweep.STOP_FACTOR if request["stop"] else None,
        on_progress=_report(context, request["num_it"], request["pace"]),
        **_settings(context, request),
    )
    return {
        "lrs": found.lrs.tolist(),
        "stopped": list(found.stopped),
        "suggestions": found.suggestions,
        "band": None if found.band is None else list(found.band),
        "doubts": list(found.doubts),
        "device": found.device,
        "seconds": time.monotonic() - begun,
    }


def train(context: Context, request: Json) -> Json:
    """Train schedules x seeds models, row = schedule * seeds + seed.

    Result: "rows" [{"schedule" (index), "label"} and what `rows.of` and `kept.keep` say of it], "models" (those kept),
    "metric" ("accuracy" or "RMSE"), "unit" (the target's name for an RMSE, which is in its units), "device", "seconds".
    A number that is not finite is None.
    """
    from training import engine, loss_driven

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    seeds, schedules = request["seeds"], request["schedules"]
    rates, momentum = curves(request)
    rules = [entry.get("rule") for entry in schedules for _ in seeds]
    adjust = loss_driven.adjust([rule and (rule["name"], rule["parameters"]) for rule in rules], rates)
    start = kept.origin(context, request, task)
    trained = engine.train(
        task,
        options.MODELS[request["model"]],
        spread(rates, request),
        seeds=seeds * len(schedules),
        on_progress=_report(context, request["updates"], request["pace"], rates if adjust else None),
        adjust=adjust,
        mixup=request.get("mixup", 0.0),
        start=start,
        keep_at=kept.snapshots(request, rates),
        **{**_settings(context, request), "momentum": momentum},
    )
    context.progress(1.0, say("Keeping the models"))
    left, more = kept.keep(context, request, task, rates, trained, before=start.done if start else 0)
    rows = [
        {"schedule": row // len(seeds), "label": schedules[row // len(seeds)]["label"], **one, **more.get(row, {})}
        for row, one in enumerate(of(trained, seeds))
    ]
    number = task.kind == "number"
    return {
        "rows": rows,
        "models": left,
        "metric": "RMSE" if number else "accuracy",
        "unit": task.target_name if number else "",
        "device": trained.device,
        "seconds": time.monotonic() - begun,
    }


KINDS: Mapping[str, Callable[[Context, Json], Json]] = {
    "find": find,
    "train": train,
    "verdict": measured.measure,
    "map": measured.measure,
    "recommend": measured.recommend,
    "critical": critical.critical,
    "fine_tune": fine_tuning.fine_tune,
    "cross_validate": cross_validation.cross_validate,
    "predict": models.predict,
    "export": models.export,
}


def curves(request: Json) -> tuple[np.ndarray, np.ndarray]:
    """Return learning rate and momentum, both float64 (schedules x seeds, updates), of a checked training request.

    A schedule that cycles the momentum decides it for its rows; the others keep the request's.
    """
    updates, copies = request["updates"], len(request["seeds"])
    constant = np.full(updates, request["momentum"])
    rates, momentum = [], []
    for entry in request["schedules"]:
        schedule = CATALOGUE[entry["schedule"]]
        cycled = schedule.momentum(updates, **entry["parameters"])
        rates.append(schedule.rates(updates, **entry["parameters"]))
        momentum.append(constant if cycled is None else cycled)
    return np.repeat(rates, copies, axis=0), np.repeat(momentum, copies, axis=0)


def spread(rates: np.ndarray, request: Json) -> np.ndarray:
    """Return the rates (models, updates), or where the request asks for it a rate a layer: (models, updates, layers).

    The last layer takes the schedule's own rate, the first its `layer_spread`th part.
    """
    if "layer_spread" not in request:
        return rates
    layers = options.MODELS[request["model"]].layers
    return groups.group_rates(rates, groups.multipliers(layers, 1.0, request["layer_spread"]))


def _settings(context: Context, request: Json) -> Json:
    """Return what both kinds hand to the engine alike."""
    same = {name: request[name] for name in ("optimizer", "momentum", "weight_decay", "batch_size", "device")}
    return {**same, "report_every": None if request["pace"] is None else 1, "resume": context.resume}


def _report(
    context: Context, updates: int, pace: float | None, plan: np.ndarray | None = None
) -> "Callable[[Progress], None]":
    """Return the function that takes the engine's progress to the store, and keeps the pace of a slow run.

    `plan` (models, updates) are the planned rates where the used ones are to be logged too.
    """
    begun: tuple[float, int] | None = None  # (time, updates done) at the first report of this attempt

    def report(progress: "Progress") -> None:
        nonlocal begun
        arrays: dict[str, np.ndarray] = {"loss": progress.losses.astype(np.float32)}
        if progress.evaluation is not None:
            arrays["validation_update"] = np.array([progress.evaluation.update], dtype=np.int64)
            arrays["validation_loss"] = progress.evaluation.loss[:, None].astype(np.float32)
            arrays["validation_metric"] = progress.evaluation.metric[:, None].astype(np.float32)
        if plan is not None:
            arrays["rate"] = plan[:, progress.start : progress.end] * progress.factors[:, None]
        context.progress(progress.end / updates)
        context.log(progress.start, arrays)
        context.checkpoint(progress.snapshot)
        if begun is None:
            begun = time.monotonic(), progress.end
        if pace is not None:
            time.sleep(max(begun[0] + (progress.end - begun[1]) / pace - time.monotonic(), 0.0))

    return report
