"""Which classes are taken for which: the confusion matrix as a map with the counts written in its cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from figures import style
from words import Refusal, say

# Counts are written while a cell has room for them; beyond that they are in the hover.
MOST_WRITTEN = 24
# Bright is much: the heat map's colours the other way round, opaque, so that a light and a dark page show the same.
COLOURS: list[list[Any]] = [[0.0, "#440154"], [0.15, "#414487"], [0.35, "#2a788e"], [0.6, "#22a884"]]
COLOURS += [[0.85, "#7ad151"], [1.0, "#fde725"]]


def height(classes: int) -> int:
    """Return the height in pixels at which the cells are about square on a page of usual width."""
    return int(np.clip(190 + 30 * classes, 300, 900))


def confusion(class_names: Sequence[str], counts: ArrayLike) -> style.Figure:
    """Draw counts (C, C), the rows of actual class i taken for class j, as shares of each actual class.

    The first class is on top, so that what is right lies on the diagonal from the top left. A class without rows stays
    empty. Grows with C x C. Refusal where names and counts do not fit.
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.shape != (len(class_names), len(class_names)):
        raise Refusal("Confusion matrix: {classes} classes need {classes} x {classes} counts, got {shape}.",
                      classes=len(class_names), shape=table.shape)  # fmt: skip
    rows = table.sum(axis=1, keepdims=True)
    shares = np.where(rows > 0, table / np.maximum(rows, 1), np.nan)
    names = [f"{name}\u200b" for name in class_names]  # a word to Plotly, also where it is a number
    cells = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": shares,
        "zmin": 0,
        "zmax": 1,
        "customdata": table,
        "colorscale": COLOURS,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": say("actual {actual}<br>predicted {predicted}<br>{count} rows, {share} of {actual}",
                             actual="%{y}", predicted="%{x}", count="%{customdata}", share="%{z:.1%}")
        + "<extra></extra>",
        "colorbar": {"title": {"text": say("share of the<br>actual class")}, "thickness": 14, "tickformat": "~%"},
        "showlegend": False,
    }  # fmt: skip
    if len(class_names) <= MOST_WRITTEN:
        cells |= {"text": [[str(count) if count else "" for count in row] for row in table], "texttemplate": "%{text}"}
    axis = {"type": "category", "automargin": True, "showgrid": False, "zeroline": False}
    order = {"categoryorder": "array", "categoryarray": names}
    layout = style.base(
        xaxis=axis | order | {"title": {"text": say("predicted class")}, "range": [-0.5, len(names) - 0.5]},
        yaxis=axis | order | {"title": {"text": say("actual class")}, "range": [len(names) - 0.5, -0.5]},
        hovermode="closest",
    )
    return {"data": [cells], "layout": layout}
