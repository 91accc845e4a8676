"""One run, a race of schedules, or several runs laid over each other: rate, momentum, losses and metric over time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.thin import LIMIT, thin
from words import say

Floats = NDArray[np.float64]

POINTS_PER_PANEL = 24_000
PANEL_HEIGHT = 170
_BLOCK = 64


@dataclass(frozen=True)
class Group:
    """The runs of one schedule, one row per seed (S seeds, n updates so far, k validations so far).

    `rates` (T,) and `momentum` (T,) are the whole plan; `losses` (S, n), `validation_update` (k,), `validation_loss`
    and `validation_metric` (S, k) are what has come so far, NaN where a seed has stopped. `used` (S, n) are the rates
    that were really used, where they depend on the losses.
    """

    label: str
    rates: Floats
    momentum: Floats | None
    losses: Floats
    validation_update: Floats
    validation_loss: Floats
    validation_metric: Floats
    used: Floats | None = None


def height(groups: list[Group]) -> int:
    """Return the height in pixels that gives each panel room."""
    return 110 + PANEL_HEIGHT * (5 if _has_momentum(groups) else 4)


def training(
    groups: list[Group],
    *,
    metric_title: str,
    unit: style.Unit = "updates",
    updates_per_epoch: float | None = None,
    total_updates: int,
) -> style.Figure:
    """Draw the groups in stacked panels over one x-axis, fixed from the first update to `total_updates`.

    One colour per group; a bold median over its seeds and a faint line for each, where there are several. The
    training loss is smoothed for the eye by `smooth`. `metric_title` names the metric, such as "accuracy" or "RMSE
    (kWh)". A panel holds at most about POINTS_PER_PANEL points in all, shared among its lines (at least 100 each), so
    that thirty seeds weigh no more than three. Raises Refusal for epochs of unknown length.
    """
    per_unit = style.updates_per_unit(unit, updates_per_epoch)
    momentum = _has_momentum(groups)
    names = ["rate", *(["momentum"] if momentum else []), "loss", "validation loss", "metric"]
    domains = style.panels([0.8 if name in ("rate", "momentum") else 1.0 for name in names], gap=0.035)
    axis = {name: "y" if place == 0 else f"y{place + 1}" for place, name in enumerate(names)}
    lines = sum(1 + (len(group.losses) if len(group.losses) > 1 else 0) for group in groups)
    limit = max(100, min(LIMIT, POINTS_PER_PANEL // max(lines, 1) - 1))

    titles = {
        "rate": say("learning rate"),
        "momentum": say("momentum"),
        "loss": say("training loss"),
        "validation loss": say("validation loss"),
        "metric": metric_title,
    }

    data: list[style.Trace] = []
    shown: dict[str, list[Floats]] = {"loss": [], "validation loss": [], "metric": []}
    for index, group in enumerate(groups):
        draw = _painter(group.label, index, per_unit, limit, {axis[name]: titles[name] for name in names})
        reached = group.losses.shape[1]
        data += _plan(draw, group.rates, reached, axis["rate"], legend=True, used=group.used)
        if group.momentum is not None:
            data += _plan(draw, group.momentum, reached, axis["momentum"], legend=False)
        smoothed = smooth(group.losses, total_updates)
        at_updates = np.arange(reached, dtype=np.float64)
        checks = np.asarray(group.validation_update, dtype=np.float64)
        for name, x, rows in (
            ("loss", at_updates, smoothed),
            ("validation loss", checks, group.validation_loss),
            ("metric", checks, group.validation_metric),
        ):
            data += _seeds(draw, x, rows, axis[name])
            shown[name].append(np.asarray(rows, dtype=np.float64))

    x_axis = style.update_axis(unit) | {"range": [0, max(total_updates, 1) / per_unit], "anchor": axis["metric"]}
    layout = style.base(xaxis=x_axis)
    for name, domain in zip(names, domains, strict=True):
        panel: dict[str, Any] = {"title": {"text": titles[name], "standoff": 8}, "domain": domain, "nticks": 5}
        if name == "rate":
            panel |= {"exponentformat": "e", "rangemode": "tozero"}
        visible = _visible(shown[name]) if name in ("loss", "validation loss") else None
        if visible is not None:
            panel["range"] = visible
        layout[axis[name].replace("y", "yaxis")] = panel
    return {"data": data, "layout": layout}


def smooth(losses: Floats, total_updates: int) -> Floats:
    """Return the losses (S, n) as a bias-corrected exponential average over about a fiftieth of the run.

    The same correction as Adam's (Kingma & Ba 2015, section 3): divided by 1 - beta**(t + 1). What follows a loss
    that is not finite is NaN. The weights depend on `total_updates` alone, so what is drawn never changes as the run
    goes on.
    """
    losses = np.asarray(losses, dtype=np.float64)
    beta = 1 - 1 / max(total_updates / 50, 1)
    seeds, count = losses.shape
    if beta == 0 or count == 0:
        return np.where(np.isfinite(losses), losses, np.nan)
    finite = np.logical_and.accumulate(np.isfinite(losses), axis=1)
    filled = np.where(finite, losses, 0.0)
    # Block by block: inside a block the average is one matrix product, so a long run costs few steps of Python.
    step = np.arange(_BLOCK)
    age = step[:, None] - step[None, :]
    weights = np.where(age >= 0, (1 - beta) * beta ** np.maximum(age, 0), 0.0)
    average = np.empty_like(filled)
    carried = np.zeros(seeds)
    for start in range(0, count, _BLOCK):
        part = filled[:, start : start + _BLOCK]
        size = part.shape[1]
        average[:, start : start + size] = part @ weights[:size, :size].T + carried[:, None] * beta ** (step[:size] + 1)
        carried = average[:, start + size - 1]
    corrected = average / -np.expm1(np.arange(1, count + 1) * np.log(beta))
    return np.where(finite, corrected, np.nan)


def _has_momentum(groups: list[Group]) -> bool:
    return any(group.momentum is not None for group in groups)


Painter = Callable[[Floats, Floats, str, dict[str, Any]], style.Trace]


def _painter(label: str, index: int, per_unit: float, limit: int, titles: dict[str, str]) -> Painter:
    """Return how a line of this group is drawn: at these updates, these values, on this axis, in this manner.

    `titles` are the panels' titles by axis, which the hover says after the value.
    """

    def draw(updates: Floats, values: Floats, y_axis: str, manner: dict[str, Any]) -> style.Trace:
        values = np.asarray(values, dtype=np.float64)
        kept = thin(values, limit)
        line = {
            "color": style.colour(index),
            "dash": manner.get("dash", style.dash(index)),
            "width": manner.get("width", 3),
        }
        panel = titles[y_axis]
        hover = {"hovertemplate": "%{y:.4~g} " + panel} if manner.get("hover") else {"hoverinfo": "skip"}
        return {
            "type": "scatter",
            "mode": "lines",
            "name": label,
            "legendgroup": label,
            "showlegend": bool(manner.get("legend")),
            "x": updates[kept] / per_unit,
            "y": values[kept],
            "yaxis": y_axis,
            "line": line,
            "opacity": manner.get("opacity", 1.0),
            **hover,
            **({"meta": {"updates": updates[kept]}} if manner.get("played", True) else {}),
        }

    return draw


def _plan(
    draw: Painter, values: Floats, reached: int, y_axis: str, *, legend: bool, used: Floats | None = None
) -> list[style.Trace]:
    """Return the whole plan, thin, and over it what has been used so far, bold: `used` (S, n) where it differs."""
    updates = np.arange(len(values), dtype=np.float64)
    planned = {"width": 1.5, "opacity": 0.5, "played": False, "hover": True}
    if used is not None and used.shape[1]:
        *seeds, middle = _seeds(draw, updates[: used.shape[1]], used, y_axis)
        return [draw(updates, values, y_axis, planned), *seeds, middle | {"showlegend": legend}]
    count = max(reached, 1)  # never empty, or the legend would lose its entry
    return [
        draw(updates, values, y_axis, planned),
        draw(updates[:count], values[:count], y_axis, {"legend": legend}),
    ]


def _seeds(draw: Painter, updates: Floats, rows: Floats, y_axis: str) -> list[style.Trace]:
    """Return the seeds' faint lines, one trace with gaps between them which draws faster, and their bold median."""
    rows = np.asarray(rows, dtype=np.float64)
    traces = []
    if len(rows) > 1 and rows.shape[1]:
        lines = [draw(updates, row, y_axis, {"width": 1, "dash": "solid", "opacity": 0.35}) for row in rows]
        gap = np.array([np.nan])
        joined = {name: np.concatenate([part for line in lines for part in (line[name], gap)]) for name in ("x", "y")}
        always = np.array([-1.0])  # playback shows a gap from the first update on, or neighbours would be joined
        known = np.concatenate([part for line in lines for part in (line["meta"]["updates"], always)])
        traces = [lines[0] | joined | {"meta": {"updates": known}}]
    return [*traces, draw(updates, median(rows), y_axis, {"hover": True})]


def median(rows: Floats) -> Floats:
    """Return the median (n,) over the rows (S, n) that are finite there, NaN where none is."""
    rows = np.where(np.isfinite(rows), rows, np.nan)
    some = np.isfinite(rows).any(axis=0)
    answer = np.full(rows.shape[1], np.nan)
    answer[some] = np.nanmedian(rows[:, some], axis=0)
    return answer


def _visible(tables: list[Floats]) -> list[float] | None:
    finite = [table for table in tables if table.size and np.isfinite(table).any()]
    if not finite:
        return None
    firsts = [table[:, 0][np.isfinite(table[:, 0])] for table in finite]
    starts = [float(first.max()) for first in firsts if first.size]
    return style.loss_range(np.concatenate([table.ravel() for table in finite]), max(starts)) if starts else None
