"""A schedule's learning rate over the run, with its momentum below where it has one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.thin import thin
from words import say

LOWEST = 1e-6  # of the highest rate: where a logarithmic axis ends by itself


@dataclass(frozen=True)
class Curve:
    """One schedule to draw: `rates` (T,), `momentum` (T,) or None, and which of the palette's colours it takes.

    A curve that is thinned already says with `updates` at which updates its values are, and with `total` what T is.
    `place` is its number in the picture, which decides its dash; None where that is its colour's.
    """

    label: str
    rates: NDArray[np.float64]
    momentum: NDArray[np.float64] | None = None
    colour: int = 0
    updates: NDArray[np.int64] | None = None
    total: int | None = None
    place: int | None = None

    @property
    def number(self) -> int:
        """Which curve of the picture it is: two may have one colour."""
        return self.colour if self.place is None else self.place

    @property
    def length(self) -> int:
        """T, the number of updates of the run."""
        return len(self.rates) if self.total is None else self.total


@dataclass(frozen=True)
class Mark:
    """A place on a curve that a sentence is about: its update, its rate, and the curve's colour."""

    sentence: str
    update: int
    rate: float
    colour: int = 0


def schedule(
    curves: list[Curve],
    *,
    log: bool = False,
    unit: style.Unit = "updates",
    updates_per_epoch: float | None = None,
    samples_per_update: float = 1,
    marks: Sequence[Mark] = (),
) -> style.Figure:
    """Draw the curves over one x-axis: rates above, momentum below if any curve has it, and the marks on the rates.

    `log` makes the rate's axis logarithmic; rates of zero then have no place and leave a gap, and the axis ends at
    LOWEST of the peak, so that an end near zero does not flatten all else. `unit` "epochs" needs `updates_per_epoch`,
    "samples" `samples_per_update`. A trace's `meta` says which curve it draws, by its number, and whether its rate or
    its momentum. Each curve is thinned to `figures.thin.LIMIT` points, so the size grows with the curves alone.
    """
    per_unit = style.updates_per_unit(unit, updates_per_epoch, samples_per_update)
    data: list[style.Trace] = []
    for curve in curves:
        line = style.solid(curve.colour) | {"dash": style.dash(curve.number)}
        shared = {"type": "scatter", "mode": "lines", "name": curve.label, "legendgroup": curve.label, "line": line}
        rates = np.where(np.asarray(curve.rates) > 0, curve.rates, np.nan) if log else np.asarray(curve.rates)
        kept = thin(rates)
        updates = np.arange(len(rates)) if curve.updates is None else np.asarray(curve.updates)
        data.append(
            shared
            | {"x": updates[kept] / per_unit, "y": rates[kept], "hovertemplate": "%{y:.4~g} " + say("learning rate")}
            | {"meta": {"curve": str(curve.number), "draws": "rate"}}
        )
        if curve.momentum is not None:
            kept = thin(curve.momentum)
            momentum = np.asarray(curve.momentum)[kept]
            below = {
                "x": updates[kept] / per_unit,
                "y": momentum,
                "yaxis": "y2",
                "hovertemplate": "%{y:.4~g} " + say("momentum"),
                "meta": {"curve": str(curve.number), "draws": "momentum"},
            }
            data.append(shared | below | {"showlegend": False})
    data += _marks(marks, per_unit, log=log)
    return {"data": data, "layout": axes(curves, log=log, unit=unit, per_unit=per_unit)}


def axes(curves: Sequence[Curve], *, log: bool, unit: style.Unit, per_unit: float) -> style.Layout:
    """Return the layout of `schedule` by itself; `per_unit` is how many updates one step of the x-axis counts."""
    has_momentum = any(curve.momentum is not None for curve in curves)
    domains = style.panels([0.68, 0.32] if has_momentum else [1.0])
    longest = max((curve.length for curve in curves), default=1)
    highest = max((float(np.max(curve.rates)) for curve in curves), default=0.0)
    ends: dict[str, object] = {} if log else {"rangemode": "tozero"}
    if log and highest > 0:
        ends = {"autorangeoptions": {"clipmin": highest * LOWEST}}
    layout = style.base(
        xaxis=style.update_axis(unit) | {"range": [0, max(longest - 1, 1) / per_unit]},
        yaxis=style.rate_axis(log=log) | {"domain": domains[0]} | ends,
        showlegend=True,
    )
    if has_momentum:
        layout["yaxis2"] = {"title": {"text": say("momentum")}, "domain": domains[1]}
        layout["xaxis"]["anchor"] = "y2"
    return layout


def _marks(marks: Sequence[Mark], per_unit: float, *, log: bool) -> list[style.Trace]:
    """Return one trace a colour with the marks of its curve; on a logarithmic axis a rate of 0 has no place."""
    traces = []
    for colour in sorted({mark.colour for mark in marks}):
        own = [mark for mark in marks if mark.colour == colour and (mark.rate > 0 or not log)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": say("check"),
                "x": np.array([mark.update / per_unit for mark in own]),
                "y": np.array([mark.rate for mark in own]),
                "text": [mark.sentence for mark in own],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "symbol": "triangle-up",
                    "size": 13,
                    "color": style.colour(colour),
                    "line": {"color": style.TEXT, "width": 1.5},
                },
                "cliponaxis": False,
                "showlegend": False,
            }
        )
    return traces


def meant_and_actual() -> tuple[str, str]:
    """Return what `against` calls its two curves unless it is told otherwise."""
    return say("intended"), say("actual")


def against(
    intended: NDArray[np.float64],
    actual: NDArray[np.float64],
    *,
    stop: int | None = None,
    names: tuple[str, str] | None = None,
    colour: int = 0,
) -> style.Figure:
    """Draw what was meant, dashed, and what comes, solid; both of shape (n,), NaN leaves a gap. `stop` is marked."""
    meant, comes = names or meant_and_actual()
    data: list[style.Trace] = []
    for values, name, line in (
        (actual, comes, style.solid(colour)),
        (intended, meant, {"color": style.TEXT, "width": 2, "dash": "dot"}),
    ):
        kept = thin(values)
        data.append(
            {
                "type": "scatter", "mode": "lines", "name": name, "line": line, "x": kept, "y": values[kept],
                "hovertemplate": "%{y:.4~g}",
            }
        )  # fmt: skip
    layout = style.base(
        xaxis=style.update_axis() | {"range": [0, max(len(intended), len(actual)) - 1]},
        yaxis=style.rate_axis(log=False) | {"rangemode": "tozero"},
    )
    if stop is not None:
        line = {"color": style.TEXT, "width": 1, "dash": "dash"}
        layout["shapes"] = [{"type": "line", "x0": stop, "x1": stop, "y0": 0, "y1": 1, "yref": "paper", "line": line}]
    return {"data": data, "layout": layout}


def over_updates(
    lines: Sequence[tuple[str, int, int, NDArray[np.int64], NDArray[np.float64]]], title: str, *, log: bool
) -> style.Figure:
    """Draw (label, colour, dash, updates, values) over the updates; `title` names the vertical axis."""
    data = [
        {
            "type": "scatter", "mode": "lines", "name": label, "x": updates, "y": values,
            "line": {"color": style.colour(colour), "width": 3, "dash": style.dash(dash)},
            "hovertemplate": "%{y:.4~g}",
        }
        for label, colour, dash, updates, values in lines
    ]  # fmt: skip
    axis = {"title": {"text": title}, "exponentformat": "e"} | ({"type": "log"} if log else {"rangemode": "tozero"})
    return {"data": data, "layout": style.base(xaxis=style.update_axis(), yaxis=axis, showlegend=True)}
