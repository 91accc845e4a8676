"""What rates really achieved: validation loss against learning rate, and every rule's suggestion standing on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.range_test import SYMBOLS
from figures.verdict_marks import OUTSIDE, Mark, suggestions
from words import say

__all__ = ["Curve", "Mark", "trials", "verdict", "verdicts"]

Floats = NDArray[np.float64]
BEST = style.colour(4)


@dataclass(frozen=True)
class Curve:
    """A measured curve: `rates` (R,), and `loss`, `low` and `high` (R,), mean, least and greatest over the seeds."""

    rates: Floats
    loss: Floats
    low: Floats
    high: Floats


def verdict(
    curve: Curve,
    *,
    at_rest: float,
    seeds: int,
    marks: Mapping[str, Mark] | None = None,
    best: tuple[float, float, float] | None = None,
    diverged: NDArray[np.int64] | None = None,
    running: bool = False,
) -> style.Figure:
    """Draw a verdict as far as it has come: the mean over the seeds, their band, the rules and the best region.

    `best` is (rate, low, high) of the best region, `diverged` (R,) how many seeds were lost at each rate, marked along
    the upper edge. Everything is drawn from 0 to somewhat over `at_rest`, the loss at rest, so that nothing jumps while
    it is `running`; at the end the losses fill the picture. A rule beyond its rates or losses stands at the
    edge, pointing out.
    """
    first, last = float(curve.rates[0]), float(curve.rates[-1])
    span = [-0.04 * at_rest, 1.25 * at_rest]
    if not running:
        span = style.loss_range(curve.loss, at_rest) or span
    name = say("mean of {count} seeds", count=seeds) if seeds > 1 else say("validation loss")
    data = _band(curve, style.TEXT, 0.16, say("least to greatest")) if seeds > 1 else []
    line = {"x": curve.rates, "y": curve.loss, "name": name, "line": {"color": style.TEXT, "width": 3}}
    hover = "%{x:.3~e}<br>" + say("loss {value}", value="%{y:.4~g}") + "<extra></extra>"
    dots = {"color": style.TEXT, "size": 6}
    data.append({"type": "scatter", "mode": "lines+markers", "marker": dots, "hovertemplate": hover} | line)
    if diverged is not None and diverged.any():
        data.append(_diverged(curve.rates, diverged, seeds, span[1]))
    data += suggestions(marks or {}, (first, last), span)
    edge = OUTSIDE * np.log10(last / first)
    layout = style.base(
        xaxis=style.rate_axis() | {"range": [float(np.log10(first) - edge), float(np.log10(last) + edge)]},
        yaxis=style.loss_axis(say("validation loss")) | {"range": span},
        hovermode="closest",
        shapes=[] if best is None else [_region(best, 0.2 * float(np.diff(np.log(curve.rates)).min()))],
    )
    return {"data": data, "layout": layout}


def verdicts(curves: Mapping[str, Curve]) -> style.Figure:
    """Lay several verdicts over each other, each a mean with its band."""
    data: list[style.Trace] = []
    for index, (name, curve) in enumerate(curves.items()):
        tint, dash = style.colour(index), style.dash(index)
        data += [band | {"legendgroup": name} for band in _band(curve, tint, 0.12, name)]
        line = {"x": curve.rates, "y": curve.loss, "line": {"color": tint, "width": 3, "dash": dash}}
        data.append({"type": "scatter", "mode": "lines+markers", "name": name, "legendgroup": name} | line)
    ends = [float(np.log10(end)) for curve in curves.values() for end in (curve.rates[0], curve.rates[-1])]
    known = [span for curve in curves.values() if (span := style.loss_range(curve.loss, float(curve.loss[0])))]
    layout = style.base(
        xaxis=style.rate_axis() | {"range": [min(ends), max(ends)]},
        yaxis=style.loss_axis(say("validation loss")),
        hovermode="closest",
    )
    if known:
        layout["yaxis"]["range"] = [min(low for low, _ in known), max(high for _, high in known)]
    return {"data": data, "layout": layout}


def trials(
    lrs: Sequence[float], parts: Floats, *, answer: tuple[float, float, float] | None = None, running: bool = False
) -> style.Figure:
    """Draw the candidates that a recommendation has tried: rates (k,), losses (3, k) as shares of the untrained loss.

    Each part of the rows is a row of marks, their mean a line. `answer` is (rate, low, high), shaded.
    """
    order = np.argsort(lrs)
    rates, losses = np.asarray(lrs, dtype=np.float64)[order], np.asarray(parts, dtype=np.float64)[:, order]
    hover = "%{x:.3~e}<br>" + say("{value} of the untrained loss", value="%{y:.3~g}") + "<extra></extra>"
    data: list[style.Trace] = []
    for index, own in enumerate(losses):
        title = say("judged on part {number} of the rows", number=index + 1)
        marker = {"color": style.colour(index), "size": 11, "symbol": SYMBOLS[index]}
        points = {"x": rates, "y": own, "name": title, "hovertemplate": hover}
        data.append({"type": "scatter", "mode": "markers", "marker": marker} | points)
    middle = np.minimum(losses.mean(axis=0), 1.0) if losses.size else np.zeros(0)
    line = {"x": rates, "y": middle, "name": say("mean"), "line": {"color": style.TEXT, "width": 3}}
    data.append({"type": "scatter", "mode": "lines", "hoverinfo": "skip"} | line)
    reach = float(np.nanmax(np.append(np.minimum(losses, 1.0), 0.0)))
    layout = style.base(
        xaxis=style.rate_axis(),
        yaxis=style.loss_axis(say("loss, untrained = 1")) | {"range": [0, 1.1 if running else max(1.15 * reach, 0.05)]},
        hovermode="closest",
        shapes=[] if answer is None else [_region(answer)],
    )
    if not rates.size:
        layout["xaxis"]["range"] = [-5, 1]
    return {"data": data, "layout": layout}


def _band(curve: Curve, tint: str, opacity: float, name: str) -> list[style.Trace]:
    both = np.concatenate([curve.rates, curve.rates[::-1]]), np.concatenate([curve.high, curve.low[::-1]])
    shape = {"type": "scatter", "mode": "lines", "x": both[0], "y": both[1], "name": name, "fill": "toself"}
    look = {"fillcolor": tint, "line": {"width": 0, "color": tint}, "opacity": opacity}
    return [shape | look | {"showlegend": False, "hoverinfo": "skip"}]


def _diverged(rates: Floats, lost: NDArray[np.int64], seeds: int, height: float) -> style.Trace:
    some = np.flatnonzero(lost)
    marker = {"color": style.TEXT, "size": 9, "symbol": "x-thin", "line": {"width": 2, "color": style.TEXT}}
    text = [say("{count} of {seeds} diverged", count=int(lost[place]), seeds=seeds) for place in some]
    points = {"x": rates[some], "y": np.full(some.size, height), "text": text, "hovertemplate": "%{x:.3~e}<br>%{text}"}
    name = say("diverged")
    return {"type": "scatter", "mode": "markers", "name": name, "marker": marker, "cliponaxis": False} | points


def _region(best: tuple[float, float, float], least: float = 0.05) -> dict[str, Any]:
    """Shade from `low` to `high`, and where that is narrower than `least`, in ln rate, as much around its middle."""
    _, low, high = best
    more = max(least - np.log(high / low), 0.0) / 2
    ends = float(low * np.exp(-more)), float(high * np.exp(more))
    place = {"xref": "x", "yref": "paper", "x0": ends[0], "x1": ends[1], "y0": 0, "y1": 1}
    label = {"text": say("best"), "textposition": "top center", "font": {"color": style.TEXT, "size": 14}}
    fill = {"fillcolor": BEST, "opacity": 0.2, "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", **place, **fill, "label": label}
