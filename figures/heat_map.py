"""A map: the loss over learning rate and one other thing, as a heat map with the best cell marked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figures import style
from words import rate, say

Floats = NDArray[np.float64]
LOW_IS_GOOD = [
    [0.0, "#fde725"],
    [0.15, "#7ad151"],
    [0.4, "#22a884"],
    [0.65, "#2a788e"],
    [0.85, "#414487"],
    [1, "#440154"],
]
ROW_HEIGHT = 44


def height(rows: int) -> int:
    """Return the height in pixels that gives each row room."""
    return 150 + ROW_HEIGHT * max(rows, 3)


def best_cell(losses: Floats) -> tuple[int, int] | None:
    """Return (row, column) of the least loss, None where none is finite."""
    if not np.isfinite(losses).any():
        return None
    row, column = np.unravel_index(int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan))), losses.shape)
    return int(row), int(column)


def heat_map(
    rates: Floats, labels: Sequence[str], losses: Floats, *, title: str, at_rest: float, marked: bool = True
) -> style.Figure:
    """Draw losses (rows, R), NaN where nothing is known yet, over rising, evenly spaced rates (R,) and named rows.

    Bright is good; what is no better than `at_rest`, the loss at rest, is as dark as it gets. The best cell of all is
    marked with a star, the best of each other row with a small ring, unless `marked` is false.
    """
    log = np.log10(rates)
    half = (log[1] - log[0]) / 2
    edges = 10 ** np.append(log - half, log[-1] + half)
    known = losses[np.isfinite(losses)]
    least = float(known.min()) if known.size else 0.0
    names = [f"{name}\u200b" for name in labels]  # a word to Plotly, also where it is a number
    cells = {
        "type": "heatmap",
        "x": edges,
        "y": names,
        "z": losses,
        "zmin": least,
        "zmax": max(at_rest, least + 1e-12),
        "colorscale": LOW_IS_GOOD,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": title + " %{y}<br>%{x:.3~e}<br>" + say("loss {value}", value="%{z:.4~g}") + "<extra></extra>",
        "colorbar": {"title": {"text": say("loss")}, "thickness": 14},
        "showlegend": False,
    }
    data: list[style.Trace] = [cells]
    best = best_cell(losses) if marked else None
    rows = [row for row in range(len(names)) if best and np.isfinite(losses[row]).any() and row != best[0]]
    if rows:
        columns = [int(np.nanargmin(np.where(np.isfinite(losses[row]), losses[row], np.nan))) for row in rows]
        ring = {"symbol": "circle-open", "size": 10, "color": "#000000", "line": {"width": 2}}
        points = {"x": rates[columns], "y": [names[row] for row in rows], "name": say("best of its row")}
        data.append({"type": "scatter", "mode": "markers", "marker": ring, "hoverinfo": "skip"} | points)
    if best is not None:
        row, column = best
        star = {"symbol": "star", "size": 17, "color": "#ffffff", "line": {"width": 2, "color": "#000000"}}
        name = say("best: {rate}, {label}", rate=rate(float(rates[column])), label=labels[row])
        point = {"x": rates[[column]], "y": [names[row]], "name": name, "hoverinfo": "skip"}
        data.append({"type": "scatter", "mode": "markers", "marker": star} | point)
    layout = style.base(
        xaxis=style.rate_axis() | {"range": [float(np.log10(edges[0])), float(np.log10(edges[-1]))], "showgrid": False},
        yaxis={"type": "category", "title": {"text": title}, "automargin": True, "showgrid": False}
        | {"categoryorder": "array", "categoryarray": names, "range": [-0.5, len(names) - 0.5]},
        hovermode="closest",
    )
    return {"data": data, "layout": layout}
