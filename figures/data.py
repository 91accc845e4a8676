"""What the target looks like in each split."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from figures import style
from words import say


def target_histogram(values: Mapping[str, ArrayLike], *, title: str, bins: int = 40) -> style.Figure:
    """Draw how a number target is spread: each split's share of rows per bin, so that unequal splits can be compared.

    `values` maps a split's name to its targets (n,), in the target's own unit; `title` names target and unit. The
    figure's size grows with the bins and the splits, not with the rows.
    """
    tables = {split: np.asarray(column, dtype=np.float64) for split, column in values.items()}
    tables = {split: column[np.isfinite(column)] for split, column in tables.items()}
    everything = np.concatenate([*tables.values(), np.zeros(0)])
    edges = np.histogram_bin_edges(everything, bins=bins)
    data = []
    for index, (split, column) in enumerate(tables.items()):
        counts = np.histogram(column, edges)[0]
        shares = np.append(counts, counts[-1:]) / max(len(column), 1)
        line = {"color": style.colour(index), "width": 2, "shape": "hv", "dash": style.dash(index)}
        hover = {"hovertemplate": "%{y:.1%}"}
        shape = {"type": "scatter", "mode": "lines", "name": split, "line": line}
        data.append(shape | hover | {"x": edges, "y": shares})
    share_axis = {"title": {"text": say("share of rows")}, "rangemode": "tozero", "tickformat": "~%"}
    return {"data": data, "layout": style.base(xaxis={"title": {"text": title}}, yaxis=share_axis)}


def class_counts(class_names: list[str], counts: Mapping[str, ArrayLike]) -> style.Figure:
    """Draw the rows of each class in each split. `counts` maps a split's name to its rows per class (C,)."""
    data = [
        {
            "type": "bar",
            "name": split,
            "x": list(class_names),
            "y": np.asarray(column),
            "marker": {"color": style.colour(index)},
            "hovertemplate": "%{y}",
        }
        for index, (split, column) in enumerate(counts.items())
    ]
    class_axis = {"title": {"text": say("class")}, "type": "category", "showgrid": False}
    rows_axis = {"title": {"text": say("rows")}, "rangemode": "tozero"}
    return {"data": data, "layout": style.base(xaxis=class_axis, yaxis=rows_axis, barmode="group", bargap=0.25)}
