"""What a training shows: rate, momentum, losses and metric as they grow, and the final table on the test rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from figures.style import Unit
from figures.training import Group, height, training
from jobs.store import Job
from schedulers import CATALOGUE
from ui import current, live_chart
from ui.trained_model import trained_model
from ui.watch import Arrays
from words import Refusal, say

METRICS = {"r2": "R²", "f1_binary": "F1", "f1_macro": "F1", "auc": "AUC", "label_f1": "F1"}


def draw(job: Job, arrays: Arrays) -> None:
    """Draw a training as far as it has come, and its final table when it has ended."""
    known = facts(job)
    units: dict[Unit, str] = {"updates": say("updates"), "epochs": say("epochs")}
    unit = st.segmented_control(
        say("Horizontal axis"),
        list(units),
        format_func=units.__getitem__,
        default="updates",
        required=True,
        key=f"train.unit.{job.id}",
        label_visibility="collapsed",
    )
    curves = groups(job, arrays)
    figure = training(
        curves,
        metric_title=known.metric,
        total_updates=job.request["updates"],
        unit=unit if known.updates_per_epoch else "updates",
        updates_per_epoch=known.updates_per_epoch,
    )
    label = say(
        "Learning rate, momentum, training loss, validation loss and metric over the run, one colour a schedule"
    )
    live_chart.show(figure, key=f"train.{job.id}", height=height(curves), label=label, playback=job.ended)
    if job.result:
        table(job)
        trained_model(job)


def groups(job: Job, arrays: Arrays, prefix: str = "") -> list[Group]:
    """Return the curves of a training, one group a schedule; `prefix` names the run where several are overlaid."""
    request, seeds = job.request, len(job.request["seeds"])
    none = np.empty((seeds * len(request["schedules"]), 0), np.float32)
    loss, validation, measured = (arrays.get(name, none) for name in ("loss", "validation_loss", "validation_metric"))
    made = []
    for place, one in enumerate(request["schedules"]):
        schedule, rows = CATALOGUE[one["schedule"]], slice(place * seeds, (place + 1) * seeds)
        made.append(
            Group(
                label=prefix + one["label"],
                rates=schedule.rates(request["updates"], **one["parameters"]),
                momentum=schedule.momentum(request["updates"], **one["parameters"]),
                losses=loss[rows],
                validation_update=arrays.get("validation_update", np.empty(0)),
                validation_loss=validation[rows],
                validation_metric=measured[rows],
                used=arrays["rate"][rows].astype(np.float64) if "rule" in one and "rate" in arrays else None,
            )
        )
    return made


@dataclass(frozen=True)
class Facts:
    """What a run's data says of its axes: the metric's title and how many updates make an epoch."""

    metric: str
    updates_per_epoch: int | None


def facts(job: Job) -> Facts:
    """Return the facts of a run's data; plain words where the data is gone."""
    try:
        task = current.task(job.request["data"])
    except (Refusal, OSError):
        return Facts(say("metric"), None)
    title = {
        "classes": say("accuracy"),
        "multi-label": say("labels right"),
        "number": say("RMSE of {target}", target=task.target_name),
    }[task.kind]
    return Facts(title, max(len(task.train) // min(job.request["batch_size"], len(task.train)), 1))


def table(job: Job) -> None:
    """Draw the final table: mean and deviation over the seeds, on rows that no training saw."""
    st.dataframe(summary(job), hide_index=True)
    count, device = len(job.request["seeds"]), str((job.result or {}).get("device", "cpu")).upper()
    note = (
        say("Mean ± standard deviation over {count} seeds, best first, on {device}.", count=count, device=device)
        if count > 1
        else say("One seed, best first, on {device}.", device=device)
    )
    note += " " + say("The test rows were used only here.")
    st.caption(note)


def summary(job: Job) -> pd.DataFrame:
    """Return the final table, a line a schedule, best first."""
    result: dict[str, Any] = job.result or {"rows": []}
    name = facts(job).metric
    lines = []
    for label in dict.fromkeys(row["label"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["label"] == label]
        measured = [row["test_metric"] for row in rows if row["test_metric"] is not None]
        lines.append(
            {
                say("Schedule"): label,
                say("Test {metric}", metric=name): spread([row["test_metric"] for row in rows]),
                **together(rows, name, "Test", "test_"),
                **others(rows),
                say("Test loss"): spread([row["test_loss"] for row in rows]),
                say("Validation {metric}", metric=name): spread([row["metric"] for row in rows]),
                **together(rows, name, "Validation", ""),
                say("Diverged"): say(
                    "{count} of {all}", count=sum(row["reason"] == "diverged" for row in rows), all=len(rows)
                ),
                "order": (np.mean(measured) if measured else np.nan) * (1 if result["metric"] == "RMSE" else -1),
            }
        )
    table = pd.DataFrame(lines)
    return table.sort_values("order", na_position="last").drop(columns="order") if lines else table


def together(rows: list[dict[str, Any]], name: str, part: str, prefix: str) -> dict[str, str]:
    """Return the columns of what several predictions of a row gave together: with TTA, of the ensemble.

    `part` is Test or Validation, `prefix` what its figures begin with in the result's rows.
    """
    columns, of = {}, say(part)
    if any(f"{prefix}tta_metric" in row for row in rows):
        title = say("{part} {metric} with TTA", part=of, metric=name)
        columns[title] = spread([row.get(f"{prefix}tta_metric") for row in rows])
    if any(f"{prefix}ensemble_metric" in row for row in rows):
        count = max(row.get("ensemble_of", 0) for row in rows)
        title = say("{part} {metric}, {count} snapshots", part=of, metric=name, count=count)
        columns[title] = spread([row.get(f"{prefix}ensemble_metric") for row in rows])
    return columns


def others(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return the columns of the other metrics of the test rows; the first is shown already."""
    known = dict.fromkeys(metric for row in rows for metric in row.get("test_metrics", {}))
    columns = {}
    for metric in list(known)[1:]:
        values = [row.get("test_metrics", {}).get(metric) for row in rows]
        columns[say("Test {metric}", metric=say(METRICS.get(metric, metric)))] = spread(values)
    return columns


def spread(values: list[float | None]) -> str:
    """Write mean ± standard deviation; without the deviation for a single seed."""
    present = [value for value in values if value is not None and np.isfinite(value)]
    if not present:
        return "–"
    mean = f"{np.mean(present):.4g}"
    return f"{mean} ± {np.std(present, ddof=1):.2g}" if len(present) > 1 else mean
