"""A picture of the Explore page as a figure, on any of its axes."""

from collections.abc import Sequence
from itertools import product

from figures import style
from figures.schedule import Curve, axes, schedule
from ui import live_chart
from ui.explore_curve import Seen
from ui.picture import X_AXES, Y_AXES, Picture
from words import say

X_TITLES = {"updates": "Updates", "epochs": "Epochs", "samples": "Samples"}
Y_TITLES = {"linear": "Linear", "log": "Logarithmic"}
X_KEY, Y_KEY = "explore.x", "explore.y"


def figure(picture: Picture, shown: Sequence[Seen]) -> style.Figure:
    """Draw the curves of the picture that are shown, as `seen` has them, with the marks of what is wrong with them."""
    return schedule(
        [one.curve for one in shown],
        log=picture.y == "log",
        unit=picture.x,
        updates_per_epoch=picture.updates / picture.epochs,
        samples_per_update=picture.batch,
        marks=[mark for one in shown for mark in one.marks],
    )


def views(picture: Picture, curves: Sequence[Curve]) -> live_chart.Views:
    """Return the layouts of the figure on each pair of axes, by the texts of the two choices that lead to it."""
    of: dict[tuple[str, ...], tuple[style.Layout, float]] = {}
    for x, y in product(X_AXES, Y_AXES):
        per_unit = style.updates_per_unit(x, picture.updates / picture.epochs, picture.batch)
        of[say(X_TITLES[x]), say(Y_TITLES[y])] = axes(curves, log=y == "log", unit=x, per_unit=per_unit), per_unit
    return live_chart.Views((X_KEY, Y_KEY), (say(X_TITLES[picture.x]), say(Y_TITLES[picture.y])), of)
