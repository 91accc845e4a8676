"""The range test: the loss over a rising learning rate, its zones, and where each rule lands, a lane a rule below."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.lanes import LANE, NARROW, SIZE, ZONES, Lane, Stretch, lanes, stacked, zone_shapes
from figures.thin import thin
from words import rate, say

Floats = NDArray[np.float64]
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "triangle-down", "pentagon", "hexagram")
BAND = style.colour(4)
CURVE = 330  # height of the panel of the curve, in pixels
_TOP, _BOTTOM = 30 + ZONES, 56
_GAP = 10
_ROOM = 0.03  # share of the axis that is left free beyond what widens it


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
    def each(self) -> Sequence[float | None]:
        """One rate a seed, None where the rule has no answer."""

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
    rules: Sequence[str] | None = None,
    titles: Mapping[str, str] | None = None,
    looks: Sequence[str] | None = None,
    band: tuple[float, float] | None = None,
    zones: Sequence[tuple[str, float, float]] = (),
    more: Mapping[str, Answer] | None = None,
    raw: list[Floats] | None = None,
    doubted: bool = False,
    running: bool = False,
) -> style.Figure:
    """Draw the range test: the curve above, with its zones and marks, and below it a lane for each rule.

    `lrs` (n,) are all rates of the test, from which the x-axis takes its range from the first frame on, widened where
    `more` lies beyond; `smoothed` holds one array per seed, as long as that seed has got, drawn faint, and the bold
    `median` goes through them.
    `answers` by rule are marked on the median, each with its working, and in a lane: mark, a tick a seed, and the band
    from the least rate over the seeds to the greatest. `rules` are those that get a lane, in that order, so that the
    figure keeps its form while the test runs; `titles` what they are called; `looks` all rules there are: colour and
    symbol go by the place there, so that they stay with a rule whichever others are shown. `zones` are (name, from
    rate, to rate). `more` are answers that no rule gave, in lanes below. `raw` are the losses before smoothing, drawn
    as their median's dots. `doubted` greys the marks and leaves the workings out. While `running` the tip is marked.
    The y-axis reaches from the least loss to somewhat over the first: a diverging end does not flatten the rest.
    """
    lrs = np.asarray(lrs, dtype=np.float64)
    span = _span(lrs, (more or {}).values())
    middle = np.asarray(median, dtype=np.float64)
    starts = [curve[0] for curve in smoothed if len(curve) and np.isfinite(curve[0])]
    visible = style.loss_range(middle, float(np.median(starts))) if starts else None
    data = _curves(lrs, smoothed, middle, raw, running)
    rules = list(answers) if rules is None else list(rules)
    looks = rules if looks is None else looks
    shown = {rule: answers[rule] for rule in rules if rule in answers}
    entries: list[Lane | None] = [
        _lane(shown.get(rule), (titles or {}).get(rule, rule), looks.index(rule), doubted) for rule in rules
    ]
    if not doubted:
        for rule, answer in shown.items():
            data += _working(answer, style.colour(looks.index(rule)), lrs, middle, visible)
    data += _marks([entry for entry in entries if entry], list(shown.values()), span, visible)
    for name, answer in (more or {}).items():
        entries.append(_lane(answer, name, None, False))
    data += lanes(entries, span)

    panels = CURVE + (_GAP + LANE * len(entries) if entries else 0)
    lowest = 1 - CURVE / panels
    shapes, notes = zone_shapes([Stretch(*zone) for zone in zones], span)
    if band is not None:
        shapes.append(_band(band))
        notes.append(_band_label(band))
    layout = style.base(
        height=height(len(entries)),
        xaxis=style.rate_axis(log=True)
        | {"range": [float(np.log10(span[0])), float(np.log10(span[1]))], "anchor": "y2" if entries else "y"},
        yaxis=style.loss_axis() | {"domain": [lowest, 1]},
        hovermode="closest",
        shapes=shapes,
        annotations=notes,
        meta={"at_end": ["shapes", "annotations"]},
        margin={"l": 78, "r": 16, "t": _TOP, "b": _BOTTOM},
    )
    layout["legend"] |= {"y": 1 + ZONES / panels}
    if entries:
        layout["yaxis2"] = {
            "domain": [0, LANE * len(entries) / panels],
            "range": [len(entries) - 0.5, -0.5],
            "fixedrange": True,
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
        }
    if visible is not None:
        layout["yaxis"]["range"] = visible
    return {"data": data, "layout": layout}


def height(count: int) -> int:
    """Return the figure's height in pixels with so many lanes."""
    return _TOP + CURVE + (_GAP + LANE * count if count else 0) + _BOTTOM


def _span(lrs: Floats, more: Iterable[Answer]) -> tuple[float, float]:
    """Return the ends of the axis of rates: the test's own, or a little beyond what is further out."""
    first, last = float(lrs[0]), float(lrs[-1])
    rates = [lr for answer in more for lr in (answer.low, answer.lr, answer.high)]
    low, high = min(rates, default=first), max(rates, default=last)
    room = (max(high, last) / min(low, first)) ** _ROOM
    return (low / room if low < first else first), (high * room if high > last else last)


def _curves(
    lrs: Floats, smoothed: list[Floats], middle: Floats, raw: list[Floats] | None, running: bool
) -> list[style.Trace]:
    data: list[style.Trace] = []
    if raw:
        dots = np.nanmedian(np.stack([row[: len(middle)] for row in raw if len(row) >= len(middle)]), axis=0)
        marker = {"color": style.TEXT, "size": 3, "opacity": 0.3}
        data.append(points(lrs, dots, say("before smoothing")) | {"mode": "markers", "marker": marker})
    for curve in smoothed:
        faint = {"line": {"color": style.TEXT, "width": 1}, "opacity": 0.3, "showlegend": False, "hoverinfo": "skip"}
        data.append(points(lrs, curve, say("one seed")) | faint)
    name = say("median of {count} seeds", count=len(smoothed)) if len(smoothed) > 1 else say("smoothed loss")
    hover = {"hovertemplate": "%{x:.3~e}<br>" + say("loss {value}", value="%{y:.4~g}") + "<extra></extra>"}
    data.append(points(lrs, middle, name) | hover | {"line": {"color": style.TEXT, "width": 3}, "showlegend": True})
    if running and len(middle):
        tip = {"x": lrs[len(middle) - 1 : len(middle)], "y": middle[-1:], "mode": "markers", "hoverinfo": "skip"}
        data.append({"type": "scatter", "showlegend": False, "marker": {"color": style.ACCENT, "size": 11}} | tip)
    return data


def points(lrs: Floats, losses: Floats, name: str) -> style.Trace:
    """Return the line of the losses (k,) over the first k rates, with its updates for playback."""
    kept = thin(losses)
    meta = {"updates": [0, 1] if len(kept) == len(losses) else kept}
    line = {"x": lrs[kept], "y": np.asarray(losses)[kept], "name": name, "meta": meta}
    return {"type": "scatter", "mode": "lines"} | line


def _lane(answer: Answer | None, name: str, look: int | None, doubted: bool) -> Lane | None:
    if answer is None:
        return None
    colour = style.TEXT if doubted or look is None else style.colour(look)
    symbol = "x" if look is None else SYMBOLS[look % len(SYMBOLS)]
    return Lane(name, answer.lr, answer.low, answer.high, answer.each, colour, symbol, quiet=doubted)


def _marks(
    entries: Sequence[Lane], answers: Sequence[Answer], span: tuple[float, float], visible: list[float] | None
) -> list[style.Trace]:
    """Return each rule's mark on the median and a fine line from it down to its lane; none sits on another."""
    low, high = visible or (0.0, 1.0)
    order = sorted(range(len(entries)), key=lambda place: -answers[place].lr)
    points = [(np.log(answers[place].lr), answers[place].loss) for place in order]
    near = SIZE * 1.15
    apart = near / (NARROW * 1.5) * float(np.log(span[1] / span[0])), near / CURVE * (high - low)
    known = [(x, y) for x, y in points if y is not None]
    lifts = iter(stacked(known, apart))
    traces = []
    for place, (_, loss) in zip(order, points, strict=True):
        if loss is None:
            continue
        entry, at = entries[place], loss + next(lifts) * apart[1]
        shared = {"type": "scatter", "legendgroup": entry.name, "showlegend": False, "meta": {"at_end": True}}
        shared |= {"hoverinfo": "skip", "cliponaxis": False}
        leader = {"x": np.full(2, entry.lr), "y": np.array([at, low]), "mode": "lines"}
        fine = {"line": {"color": entry.colour, "width": 1, "dash": "dot"}, "opacity": 0.2 if entry.quiet else 0.6}
        outline = {"color": style.BACKGROUND, "width": 1.5}
        mark = {"color": entry.colour, "size": SIZE, "symbol": entry.symbol, "line": outline}
        text = say("{rule} suggests {rate}", rule=entry.name, rate=rate(entry.lr)) + "<extra></extra>"
        dot = {"x": np.array([entry.lr]), "y": np.array([at]), "mode": "markers", "marker": mark, "hovertemplate": text}
        traces += [shared | leader | fine, shared | dot | {"opacity": 0.4 if entry.quiet else 1.0}]
    return traces


def _working(answer: Answer, tint: str, lrs: Floats, middle: Floats, visible: list[float] | None) -> list[style.Trace]:
    """Return what shows how a rule got there, none of it outside the visible losses."""
    _, top = visible or (0.0, np.inf)
    shared = {
        "type": "scatter",
        "mode": "lines",
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
            inside = inside[middle[inside] <= top]
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
    place = {"xref": "x", "yref": "paper", "x0": float(band[0]), "x1": float(band[1]), "y0": 0, "y1": 1}
    return {"type": "rect", **place, "fillcolor": BAND, "opacity": 0.16, "line": {"width": 0}, "layer": "below"}


def _band_label(band: tuple[float, float]) -> dict[str, Any]:
    # Left of the band, where a falling curve is far above; annotations count in powers of ten on a logarithmic axis.
    place = {"xref": "x", "yref": "y domain", "x": float(np.log10(band[0])), "xanchor": "right"}
    place |= {"y": 0, "yanchor": "bottom"}
    return {**place, "text": say("steepest"), "showarrow": False, "font": {"color": style.TEXT, "size": 13}}
