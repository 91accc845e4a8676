"""Several range tests over each other: picked runs, or a family over weight decay, momentum or batch size."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.range_test import points
from words import say

Floats = NDArray[np.float64]


def range_tests(curves: Mapping[str, tuple[Floats, Floats]]) -> style.Figure:
    """Lay several range tests over each other: name -> (rates (n,), median loss (k,), k <= n)."""
    data, ranges = [], []
    for index, (name, (lrs, middle)) in enumerate(curves.items()):
        line = {"color": style.colour(index), "width": 3, "dash": style.dash(index)}
        data.append(points(lrs, np.asarray(middle, dtype=np.float64), name) | {"line": line})
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


def range_family(
    curves: Mapping[str, tuple[Floats, list[Floats], Floats]], *, title: str, running: bool = False
) -> style.Figure:
    """Draw a family of range tests: name of the value -> (rates (n,), one array a seed, median (k,)), one colour each.

    A bold median a value, and its seeds faint behind it. `title`, such as "weight decay", stands above the legend.
    """
    figure = range_tests({name: (lrs, middle) for name, (lrs, _, middle) in curves.items()})
    faint: list[style.Trace] = []
    for index, (name, (lrs, seeds, _)) in enumerate(curves.items()):
        look = {"line": {"color": style.colour(index), "width": 1}, "opacity": 0.25, "hoverinfo": "skip"}
        group = {"legendgroup": name, "showlegend": False}
        faint += [points(lrs, seed, name) | look | group for seed in seeds if len(seeds) > 1]
    for trace in figure["data"]:
        trace |= {
            "legendgroup": trace["name"],
            "hovertemplate": "%{x:.3~e}<br>"
            + say("loss {value}", value="%{y:.4~g}")
            + "<extra>"
            + trace["name"]
            + "</extra>",
        }
    figure["data"] = faint + figure["data"]
    if running:
        for index, (lrs, _, middle) in enumerate(curves.values()):
            if len(middle):
                tip = {
                    "x": lrs[len(middle) - 1 : len(middle)],
                    "y": middle[-1:],
                    "mode": "markers",
                    "hoverinfo": "skip",
                }
                look = {"showlegend": False, "marker": {"color": style.colour(index), "size": 9}}
                figure["data"].append({"type": "scatter"} | tip | look)
    figure["layout"]["legend"] |= {"title": {"text": title}}
    return figure
