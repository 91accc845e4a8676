"""Schedules as a Plotly figure, for notebooks and for files."""

from typing import TYPE_CHECKING, Any

from figures.schedule import Curve, schedule
from figures.style import LIGHT, Figure, resolve

if TYPE_CHECKING:
    from schedulers.declare import Schedule


def plot(T: int, /, *schedules: "Schedule", **parameters: object) -> Any:
    """Return a plotly.graph_objects.Figure of the learning rates over T updates, with the momentum below where cycled.

    `parameters` go to every schedule: `plot(1000, cosine, rex, peak=0.1)`. At most 2,000 points a curve, its extremes
    kept. Raises Refusal for what a schedule does not allow.
    """
    from plotly.graph_objects import Figure as PlotlyFigure

    return PlotlyFigure(drawing(T, *schedules, **parameters))


def drawing(T: int, /, *schedules: "Schedule", **parameters: object) -> Figure:
    """Return the same figure as a plain dict, for light pages."""
    curves = [
        Curve(one.title, one.rates(T, **parameters), one.momentum(T, **parameters), colour)
        for colour, one in enumerate(schedules)
    ]
    figure: Figure = resolve(schedule(curves), LIGHT)
    return figure
