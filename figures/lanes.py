"""Parts of the figure of a range test: a lane for each rule below the curve, and the zones of the curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from figures import style
from words import rate, say

LANE = 26  # height in pixels
NARROW = 280  # pixels of the axis on a phone, 390 wide
SIZE = 13  # of a mark
ZONES = 38  # height of the words above the curve, in pixels
_LETTER = 7.0  # width in pixels at the size that labels have


@dataclass(frozen=True)
class Lane:
    """What one rule says: `lr` between `low` and `high`, `each` one a seed (None: no answer), and how it looks."""

    name: str
    lr: float
    low: float
    high: float
    each: Sequence[float | None]
    colour: str
    symbol: str
    quiet: bool = False


@dataclass(frozen=True)
class Stretch:
    """A zone of the curve: its name from rate `low` to rate `high`."""

    name: str
    low: float
    high: float


def lanes(entries: Sequence[Lane | None], span: tuple[float, float]) -> list[style.Trace]:
    """Draw each answer in a lane of its own, from the top: the band over the seeds, a tick a seed, mark and label.

    None keeps the lane of a rule without an answer free. `span` are the ends of the axis of rates; the label stands on
    the side with more room, so it meets nothing of its own lane, and no other label is in that lane.
    """
    traces: list[style.Trace] = []
    for row, entry in enumerate(entries):
        if entry is None:
            continue
        opacity = 0.4 if entry.quiet else 1.0
        shared = {"type": "scatter", "yaxis": "y2", "legendgroup": entry.name, "showlegend": False}
        shared |= {"meta": {"at_end": True}, "cliponaxis": False}
        ends = np.array([entry.low, entry.high], dtype=np.float64)
        band = {"line": {"color": entry.colour, "width": 9}, "opacity": 0.35 * opacity, "hoverinfo": "skip"}
        if entry.low < entry.high:
            traces.append(shared | {"mode": "lines", "x": ends, "y": np.full(2, float(row))} | band)
        seeds = np.array([lr for lr in entry.each if lr is not None], dtype=np.float64)
        if seeds.size > 1:
            tick = {"symbol": "line-ns", "size": 11, "line": {"color": entry.colour, "width": 1.5}}
            each = {"mode": "markers", "x": seeds, "y": np.full(seeds.size, float(row)), "hoverinfo": "skip"}
            traces.append(shared | each | {"marker": tick, "opacity": opacity})
        text = say("{rule} {rate}", rule=entry.name, rate=rate(entry.lr))
        words = (
            text
            if entry.low == entry.high
            else say("{text}, seeds {low} to {high}", text=text, low=rate(entry.low, 2), high=rate(entry.high, 2))
        )
        mark = {"x": np.array([entry.lr]), "y": np.array([float(row)]), "hovertemplate": words + "<extra></extra>"}
        look = {
            "color": entry.colour,
            "size": SIZE,
            "symbol": entry.symbol,
            "line": {"color": style.BACKGROUND, "width": 1.5},
        }
        traces.append(shared | mark | {"mode": "markers", "name": text, "marker": look, "opacity": opacity})
        left, right = np.log(entry.low / span[0]), np.log(span[1] / entry.high)
        place, beside = (entry.high, "middle right") if right >= left else (entry.low, "middle left")
        label = {"mode": "text", "x": np.array([place]), "y": np.array([float(row)]), "hoverinfo": "skip"}
        padded = f"\u2002{text}" if beside == "middle right" else f"{text}\u2002"
        font = {"color": style.TEXT, "size": 13}
        traces.append(
            shared
            | label
            | {"text": [padded], "textposition": beside, "textfont": font, "opacity": 0.5 if entry.quiet else 1.0}
        )
    return traces


def stacked(points: Iterable[tuple[float, float]], near: tuple[float, float]) -> list[float]:
    """Return by how many steps each point (x, y) is to be lifted so that none sits on another.

    Points closer than `near` in both directions are in each other's way; each next one goes a step of near[1] higher.
    The points are few: time grows with their square.
    """
    placed: list[tuple[float, float]] = []
    lifts = []
    for x, y in points:
        lift = 0
        while any(abs(x - a) < near[0] and abs(y + lift * near[1] - b) < near[1] * 0.99 for a, b in placed):
            lift += 1
        placed.append((x, y + lift * near[1]))
        lifts.append(float(lift))
    return lifts


def zone_shapes(
    zones: Sequence[Stretch], span: tuple[float, float]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the shapes and annotations that name the zones above the curve: thin rules between and quiet words.

    `span` are the ends of the axis. Words that would meet on a phone stand in a second row; both take ZONES pixels.
    """
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    wide = np.log(span[1] / span[0])
    taken = [-np.inf, -np.inf]
    for number, zone in enumerate(zones):
        low, high = max(zone.low, span[0]), min(zone.high, span[1])
        if not low < high:
            continue
        if number:
            line = {"color": style.TEXT, "width": 1, "dash": "dot"}
            shapes.append(
                {
                    "type": "line",
                    "xref": "x",
                    "yref": "y domain",
                    "x0": low,
                    "x1": low,
                    "y0": 0,
                    "y1": 1,
                    "line": line,
                    "opacity": 0.3,
                    "layer": "below",
                }
            )
        half = len(zone.name) * _LETTER / 2
        centre = float(np.log(low * high / span[0] ** 2) / 2 / wide * NARROW)
        centre = min(max(centre, half), NARROW - half)
        row = 0 if centre - half > taken[0] + 4 else 1
        taken[row] = centre + half
        # The words are placed by share of the axis, so that the last keeps inside it.
        place = float(span[0] * np.exp(centre / NARROW * wide))
        anchor = "center"
        if high >= span[1] * 0.999 and centre >= NARROW - half - 0.5:
            place, anchor = span[1], "right"
        words = {"text": zone.name, "showarrow": False, "font": {"color": style.TEXT, "size": 13}, "opacity": 0.75}
        notes.append(
            {
                **words,
                "xref": "x",
                "yref": "y domain",
                "x": float(np.log10(place)),
                "xanchor": anchor,
                "y": 1,
                "yanchor": "bottom",
                "yshift": 16 * row,
            }
        )
    return shapes, notes
