"""What all figures share: colours, axes, and the layout they start from."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from words import Refusal, say

Figure = dict[str, Any]
Trace = dict[str, Any]
Layout = dict[str, Any]
Unit = Literal["updates", "epochs", "samples"]

# Each 3 : 1 or more against the white and the dark page, and apart under red-green blindness: a test measures.
PALETTE = ("#058cf2", "#f23e17", "#24a787", "#9455bd", "#25ab39", "#c2265a", "#4257f5", "#6f98bd")
NAMES = ("blue", "red", "teal", "violet", "green", "crimson", "indigo", "grey")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "6px,3px", "2px,5px")

# The page's own colours, resolved by whoever draws: the browser from the theme, the report from LIGHT.
TEXT = "var(--st-text-color)"
BACKGROUND = "var(--st-background-color)"
ACCENT = "var(--st-primary-color)"
GRID = "var(--st-border-color)"
LIGHT = {TEXT: "#1f2430", BACKGROUND: "#ffffff", ACCENT: "#c2334d", GRID: "#d8dade"}


def colour(index: int) -> str:
    """Return the palette's colour of that index, counted round."""
    return PALETTE[index % len(PALETTE)]


def dash(index: int) -> str:
    """Return the line's dash that goes with the colour of that index, so that colour is never the only difference."""
    return DASHES[index % len(DASHES)]


def solid(index: int) -> dict[str, Any]:
    """Return the line of a curve of that colour that is not told from others by its dash."""
    return {"color": colour(index), "width": 3}


def base(**layout: Any) -> Layout:
    """Return the layout all figures start from, with the given entries added: legend above, one hover per x."""
    return {
        "uirevision": "keep",
        "margin": {"l": 78, "r": 16, "t": 44, "b": 56},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        **layout,
    }


def rate_axis(*, log: bool = True) -> dict[str, Any]:
    """Return an axis of learning rates; on a logarithmic one 0.003 reads 3e-3."""
    axis: dict[str, Any] = {"title": {"text": say("learning rate")}, "exponentformat": "e"}
    return axis | ({"type": "log", "tickformat": "~e"} if log else {"hoverformat": ".4~g"})


def update_axis(unit: Unit = "updates") -> dict[str, Any]:
    """Return an axis of time, counted in updates, in epochs or in samples seen.

    Its numbers fit into the margin as it is; fitting the margin to them would have a figure drawn twice.
    """
    titles = {"updates": say("update"), "epochs": say("epoch"), "samples": say("samples seen")}
    return {"title": {"text": titles[unit]}, "hoverformat": ".6~g", "automargin": False}


def loss_axis(title: str | None = None) -> dict[str, Any]:
    """Return an axis of losses."""
    return {"title": {"text": say("loss") if title is None else title}}


def updates_per_unit(unit: Unit, updates_per_epoch: float | None, samples_per_update: float = 1) -> float:
    """Return how many updates one step of the x-axis counts. Raises Refusal for epochs of unknown length."""
    if unit == "updates":
        return 1.0
    if unit == "samples":
        return 1 / samples_per_update
    if updates_per_epoch is None or not updates_per_epoch > 0:
        raise Refusal("Epochs as the unit: updates per epoch must be over 0, got {value}.", value=updates_per_epoch)
    return float(updates_per_epoch)


def panels(shares: list[float], gap: float = 0.06) -> list[list[float]]:
    """Return the domain [bottom, top] of each stacked panel, from the top down, for their shares of the height."""
    usable = 1 - gap * (len(shares) - 1)
    domains = []
    top = 1.0
    for part in shares:
        bottom = max(top - usable * part / sum(shares), 0.0)
        domains.append([round(bottom, 6), round(top, 6)])
        top = bottom - gap
    return domains


def loss_range(losses: ArrayLike, first: float) -> list[float] | None:
    """Return the range [low, high] of a loss axis that a diverging end cannot flatten, or None without a finite loss.

    From the least loss to somewhat above `first`, the loss at the beginning; higher losses run out of the picture, and
    the user can zoom out.
    """
    values = np.asarray(losses, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0 or not np.isfinite(first):
        return None
    low = min(float(values.min()), first)
    span = max(first - low, 0.05 * abs(first), 1e-12)
    high = max(min(float(values.max()), first + 0.35 * span), first)
    return [low - 0.08 * span, high + 0.08 * span]


def resolve(value: Any, colours: dict[str, str]) -> Any:
    """Return the figure, or part of one, with the page's own colours replaced by the given ones."""
    if isinstance(value, str):
        return colours.get(value, value)
    if isinstance(value, dict):
        return {name: resolve(item, colours) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, colours) for item in value]
    return value
