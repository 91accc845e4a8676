"""A schedule's learning rate over the run, with its momentum below where it has one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures.thin import thin
from words import say


@dataclass(frozen=True)
class Curve:
    """One schedule to draw: `rates` (T,), `momentum` (T,) or None, and which of the palette's colours it takes."""

    label: str
    rates: NDArray[np.float64]
    momentum: NDArray[np.float64] | None = None
    colour: int = 0


def schedule(
    curves: list[Curve],
    *,
    log: bool = False,
    unit: style.Unit = "updates",
    updates_per_epoch: float | None = None,
) -> style.Figure:
    """Draw the curves over one x-axis: rates above, momentum below if any curve has it.

    `log` makes the rate's axis logarithmic; rates of zero then have no place and leave a gap. `unit` "epochs" needs
    `updates_per_epoch`. Each curve is thinned to `figures.thin.LIMIT` points, so the size grows with the curves alone.
    """
    has_momentum = any(curve.momentum is not None for curve in curves)
    domains = style.panels([0.68, 0.32] if has_momentum else [1.0])
    per_unit = style.updates_per_unit(unit, updates_per_epoch)
    data: list[style.Trace] = []
    for curve in curves:
        line = {"color": style.colour(curve.colour), "width": 3, "dash": style.dash(curve.colour)}
        shared = {"type": "scatter", "mode": "lines", "name": curve.label, "legendgroup": curve.label, "line": line}
        rates = np.where(np.asarray(curve.rates) > 0, curve.rates, np.nan) if log else np.asarray(curve.rates)
        kept = thin(rates)
        data.append(
            shared | {"x": kept / per_unit, "y": rates[kept], "hovertemplate": "%{y:.4~g} " + say("learning rate")}
        )
        if curve.momentum is not None:
            kept = thin(curve.momentum)
            momentum = np.asarray(curve.momentum)[kept]
            below = {
                "x": kept / per_unit,
                "y": momentum,
                "yaxis": "y2",
                "hovertemplate": "%{y:.4~g} " + say("momentum"),
            }
            data.append(shared | below | {"showlegend": False})
    longest = max((len(curve.rates) for curve in curves), default=1)
    layout = style.base(
        xaxis=style.update_axis(unit) | {"range": [0, max(longest - 1, 1) / per_unit]},
        yaxis=style.rate_axis(log=log) | {"domain": domains[0]} | ({} if log else {"rangemode": "tozero"}),
    )
    if has_momentum:
        layout["yaxis2"] = {"title": {"text": say("momentum")}, "domain": domains[1]}
        layout["xaxis"]["anchor"] = "y2"
    return {"data": data, "layout": layout}
