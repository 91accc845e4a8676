"""The range test: the loss over a rising learning rate, where each rule lands, and how it got there."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.thin import thin
from words import rate, say

Floats = NDArray[np.float64]
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "triangle-down", "pentagon", "hexagram")
BAND = style.colour(4)
_BESIDE = ("top right", "bottom left")  # where a falling curve leaves room


class Answer(Protocol):
    """What a rule says over the seeds and where that lands on the median curve (see finder/curve.py)."""

    @property
    def lr(self) -> float:
        """The rate it suggests."""

    @property
    def low(self) -> float:
        """The least rate over the seeds."""

    @property
    def high(self) -> float:
        """The greatest rate over the seeds."""

    @property
    def loss(self) -> float | None:
        """The median curve's loss at `lr`, None outside the curve."""

    @property
    def working(self) -> Mapping[str, Any]:
        """What to draw to show how it got there."""


def range_test(
    lrs: Floats,
    smoothed: list[Floats],
    *,
    median: Floats,
    answers: Mapping[str, Answer],
    band: tuple[float, float] | None = None,
    raw: list[Floats] | None = None,
    running: bool = False,
) -> style.Figure:
    """Draw the range test: one faint line per seed, the bold median, the marks and the recommended band.

    `lrs` (n,) are all rates of the test, from which the x-axis takes its range from the first frame on; `smoothed`
    holds one array per seed, as long as that seed has got, and `median` goes through them. `answers` are marked on
    the median, each with its working and a whisker from the least to the greatest rate over the seeds. `raw` are the
    losses before smoothing, drawn as their median's dots. While `running` the tip is marked. The y-axis reaches from
    the least loss to somewhat over the first, so that a diverging end does not flatten the rest.
    """
    lrs = np.asarray(lrs, dtype=np.float64)
    middle = np.asarray(median, dtype=np.float64)
    data: list[style.Trace] = []
    if raw:
        dots = np.nanmedian(np.stack([row[: len(middle)] for row in raw if len(row) >= len(middle)]), axis=0)
        marker = {"color": style.TEXT, "size": 3, "opacity": 0.3}
        data.append(_points(lrs, dots, say("before smoothing")) | {"mode": "markers", "marker": marker})
    for curve in smoothed:
        faint = {"line": {"color": style.TEXT, "width": 1}, "opacity": 0.3, "showlegend": False, "hoverinfo": "skip"}
        data.append(_points(lrs, curve, say("one seed")) | faint)
    name = say("median of {count} seeds", count=len(smoothed)) if len(smoothed) > 1 else say("smoothed loss")
    hover = {"hovertemplate": "%{x:.3~e}<br>" + say("loss {value}", value="%{y:.4~g}") + "<extra></extra>"}
    data.append(_points(lrs, middle, name) | hover | {"line": {"color": style.TEXT, "width": 3}})
    if running and len(middle):
        tip = {"x": lrs[len(middle) - 1 : len(middle)], "y": middle[-1:], "mode": "markers", "hoverinfo": "skip"}
        data.append({"type": "scatter", "showlegend": False, "marker": {"color": style.ACCENT, "size": 11}} | tip)
    for index, (rule, answer) in enumerate(answers.items()):
        data += _working(answer, rule, index, lrs, middle)
    order = {rule: place for place, (rule, _) in enumerate(sorted(answers.items(), key=lambda pair: pair[1].lr))}
    for index, (rule, answer) in enumerate(answers.items()):
        data.append(_mark(answer, rule, index, _BESIDE[order[rule] % len(_BESIDE)]))
    starts = [curve[0] for curve in smoothed if len(curve) and np.isfinite(curve[0])]
    layout = style.base(
        xaxis=style.rate_axis(log=True) | {"range": [float(np.log10(lrs[0])), float(np.log10(lrs[-1]))]},
        yaxis=style.loss_axis(),
        hovermode="closest",
        shapes=[] if band is None else [_band(band)],
        meta={"at_end": ["shapes"]},
    )
    visible = style.loss_range(middle, float(np.median(starts))) if starts else None
    if visible is not None:
        layout["yaxis"]["range"] = visible
    return {"data": data, "layout": layout}


def range_tests(curves: Mapping[str, tuple[Floats, Floats]]) -> style.Figure:
    """Lay several range tests over each other: name -> (rates (n,), median loss (k,), k <= n)."""
    data, ranges = [], []
    for index, (name, (lrs, middle)) in enumerate(curves.items()):
        line = {"color": style.colour(index), "width": 3, "dash": style.dash(index)}
        data.append(_points(lrs, np.asarray(middle, dtype=np.float64), name) | {"line": line})
        if len(middle):
            ranges.append(style.loss_range(np.asarray(middle, dtype=np.float64), float(middle[0])))
    ends = [float(np.log10(rates[place])) for rates, _ in curves.values() for place in (0, -1)]
    layout = style.base(
        xaxis=style.rate_axis(log=True) | {"range": [min(ends), max(ends)]},
        yaxis=style.loss_axis(),
        hovermode="closest",
    )
    known = [one for one in ranges if one is not None]
    if known:
        layout["yaxis"]["range"] = [min(low for low, _ in known), max(high for _, high in known)]
    return {"data": data, "layout": layout}


def _points(lrs: Floats, losses: Floats, name: str) -> style.Trace:
    kept = thin(losses)
    meta = {"updates": [0, 1] if len(kept) == len(losses) else kept}
    line = {"x": lrs[kept], "y": np.asarray(losses)[kept], "name": name, "meta": meta}
    return {"type": "scatter", "mode": "lines"} | line


def _mark(answer: Answer, rule: str, index: int, beside: str) -> style.Trace:
    symbol = SYMBOLS[index % len(SYMBOLS)]
    outline = {"color": style.BACKGROUND, "width": 2}
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": say("{rule} {rate}", rule=rule, rate=rate(answer.lr)),
        "legendgroup": rule,
        "x": np.array([answer.lr], dtype=np.float64),
        "y": np.array([np.nan if answer.loss is None else answer.loss], dtype=np.float64),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": np.array([answer.high - answer.lr], dtype=np.float64),
            "arrayminus": np.array([answer.lr - answer.low], dtype=np.float64),
            "color": style.colour(index),
            "thickness": 2,
            "width": 7,
            "visible": answer.low < answer.high,
        },
        "text": [rule],
        "textposition": beside,
        "textfont": {"color": style.TEXT, "size": 15},
        "marker": {"color": style.colour(index), "size": 15, "symbol": symbol, "line": outline},
        "hovertemplate": say("{rule} suggests {rate}", rule=rule, rate=rate(answer.lr)) + "<extra></extra>",
        "meta": {"at_end": True},
    }


def _working(answer: Answer, rule: str, index: int, lrs: Floats, middle: Floats) -> list[style.Trace]:
    tint = style.colour(index)
    shared = {
        "type": "scatter",
        "mode": "lines",
        "legendgroup": rule,
        "showlegend": False,
        "hoverinfo": "skip",
        "meta": {"at_end": True},
    }
    traces: list[style.Trace] = []
    for kind, ends in answer.working.items():
        if kind in ("extent", "window"):
            (low, _), (high, _) = ends
            inside = np.flatnonzero((lrs[: len(middle)] >= low * 0.999) & (lrs[: len(middle)] <= high * 1.001))
            inside = inside[thin(middle[inside])]
            stretch = {"x": lrs[inside], "y": middle[inside], "line": {"color": tint, "width": 9}, "opacity": 0.35}
            traces.append(shared | stretch)
        elif kind == "tangent":
            corners = np.array(ends, dtype=np.float64)
            slope = {"x": corners[:, 0], "y": corners[:, 1], "line": {"color": tint, "width": 2, "dash": "dot"}}
            traces.append(shared | slope)
    if "minimum" in answer.working:
        at_rate, at_loss = answer.working["minimum"]
        tenth = answer.working.get("tenth", [at_rate / 10, None])
        look = {"mode": "lines+markers", "line": {"color": tint, "width": 1.5, "dash": "dot"}}
        marker = {"color": tint, "size": np.array([11, 0]), "symbol": "x"}
        way = {"x": np.array([at_rate, tenth[0]]), "y": np.array([at_loss, at_loss if tenth[1] is None else tenth[1]])}
        traces.append(shared | look | {"marker": marker} | way)
    return traces


def _band(band: tuple[float, float]) -> dict[str, Any]:
    low, high = band
    place = {"xref": "x", "yref": "paper", "x0": float(low), "x1": float(high), "y0": 0, "y1": 1}
    label = {"text": say("reasonable"), "textposition": "top center", "font": {"color": style.TEXT, "size": 14}}
    fill = {"fillcolor": BAND, "opacity": 0.18, "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", **place, **fill, "label": label}
