"""What the Explore page shows, as a frozen record: which curves, how long, on which axes."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

import schedulers
from figures.schedule import Curve
from figures.style import Unit
from words import Refusal, rate

MOST_CURVES = 8
MOST_UPDATES = 100_000
MOST_EPOCHS = 10_000
X_AXES: tuple[Unit, ...] = ("updates", "epochs")
Y_AXES = ("linear", "log")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """One curve of a picture: a schedule of the catalogue, the parameters that differ from its defaults, is it seen."""

    name: str
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    hidden: bool = False


@dataclass(frozen=True)
class Picture:
    """All that a link reproduces. 1 to MOST_CURVES curves; `updates` is T, the length of the run."""

    curves: tuple[Drawn, ...] = (Drawn("one_cycle", MappingProxyType({"peak": 0.1})), Drawn("cosine_restarts"))
    updates: int = 1000
    epochs: int = 10
    x: Unit = "updates"
    y: str = "linear"


def curve(name: str, parameters: Mapping[str, object], *, hidden: bool = False) -> Drawn:
    """Return the curve with its defaults left out, so that equal curves are equal. Raises Refusal as `check` does."""
    schedule = schedulers.CATALOGUE[name]
    full = schedule.check(None, **parameters)
    defaults = {param.name: param.default for param in schedule.params}
    return Drawn(name, {key: value for key, value in full.items() if value != defaults[key]}, hidden)


def switched(drawn: Drawn, name: str) -> Drawn:
    """Return the curve with another schedule, keeping the parameters that the new one has too and accepts."""
    kept: dict[str, object] = {}
    names = {param.name for param in schedulers.CATALOGUE[name].params}
    for key, value in drawn.parameters.items():
        if key in names:
            try:
                kept = dict(curve(name, {**kept, key: value}).parameters)
            except Refusal:
                continue
    return replace(drawn, name=name, parameters=kept)


def written(value: object) -> str:
    """Write a parameter's value as briefly as it can be read back without loss, as links have it: 3e-3, 12, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return next((text for digits in range(1, 18) if float(text := rate(value, digits)) == value), repr(value))
    return str(value)


def labels(curves: Sequence[Drawn]) -> list[str]:
    """Name each curve by its schedule; where two share one, add what tells them apart, at last their number."""
    titles = [schedulers.CATALOGUE[drawn.name].title for drawn in curves]
    names = []
    for title, drawn in zip(titles, curves, strict=True):
        details = ", ".join(f"{key} {written(value)}" for key, value in drawn.parameters.items())
        names.append(f"{title} ({details})" if titles.count(title) > 1 and details else title)
    return [
        f"{name} · {names[:index].count(name) + 1}" if name in names[:index] else name
        for index, name in enumerate(names)
    ]


def facts(rates: Floats) -> dict[str, float]:
    """Return what a table says of rates of shape (T,): first, peak, the update of the peak, last and mean.

    The mean is the area under the curve divided by T: how much learning rate the run spends in all.
    """
    peak = int(np.argmax(rates))
    return {
        "first": float(rates[0]),
        "peak": float(rates[peak]),
        "at": float(peak),
        "last": float(rates[-1]),
        "mean": float(np.mean(rates)),
    }


def comma_separated(columns: Mapping[str, Floats], updates: int, epochs: int) -> bytes:
    """Return the curves as CSV in UTF-8: update, epoch, then a column per entry of shape (T,); rates lose no digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["update", "epoch", *columns])
    epoch = np.arange(updates) * (epochs / updates)
    for update, values in enumerate(zip(epoch, *columns.values(), strict=True)):
        writer.writerow([update, *(float(value) for value in values)])
    return text.getvalue().encode()


def computed(picture: Picture) -> list[Curve]:
    """Return the curves that are seen, computed; `colour` is their place in the picture.

    O(curves x T). A curve that does not fit the run is left out: its card says why.
    """
    curves = []
    for place, (drawn, label) in enumerate(zip(picture.curves, labels(picture.curves), strict=True)):
        schedule = schedulers.CATALOGUE[drawn.name]
        if drawn.hidden:
            continue
        try:
            rates = schedule.rates(picture.updates, **drawn.parameters)
            momentum = schedule.momentum(picture.updates, **drawn.parameters)
        except Refusal:
            continue
        curves.append(Curve(label, rates, momentum, place))
    return curves
