"""What the Explore page shows, as a frozen record: which curves, how long, on which axes."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

import schedulers
from figures.style import Unit
from figures.style import colour as palette
from words import Refusal, rate

MOST_CURVES = 8
LEAST_UPDATES = 2
MOST_EPOCHS = 10_000
X_AXES: tuple[Unit, ...] = ("updates", "epochs", "samples")
MOST_BATCH = 1_000_000
LONGEST_LABEL = 60
Y_AXES = ("linear", "log")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """One curve of a picture: a schedule of the catalogue, the parameters that differ from its defaults, is it seen.

    `label` is the visitor's own name for it; without one it is called by its schedule. `colour` is one of the palette;
    without one it takes that of its place in the picture.
    """

    name: str
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    hidden: bool = False
    label: str = ""
    colour: int | None = None

    def shade(self, place: int) -> int:
        """Return which of the palette's colours it has as the curve at `place`."""
        return place if self.colour is None else self.colour


@dataclass(frozen=True)
class Picture:
    """All that a link reproduces. 1 to MOST_CURVES curves; `updates` is T, the length of the run.

    `batch` is how many rows one update sees, on all devices and with accumulation.
    """

    curves: tuple[Drawn, ...] = (Drawn("one_cycle", MappingProxyType({"peak": 0.1})), Drawn("cosine_restarts"))
    updates: int = 1000
    epochs: int = 10
    x: Unit = "updates"
    y: str = "linear"
    batch: int = 64


def curve(
    name: str,
    parameters: Mapping[str, object],
    *,
    hidden: bool = False,
    label: str = "",
    colour: int | None = None,
) -> Drawn:
    """Return the curve without what `check` would fill in, so that equal curves are equal. Raises Refusal as it does.

    A rate that keeps its proportion to the peak is left out too; a name is cut at LONGEST_LABEL characters.
    """
    schedule = schedulers.CATALOGUE[name]
    full = schedule.check(None, **parameters)
    defaults = schedule.check()
    own = {"peak": full["peak"]} if full.get("peak") != defaults.get("peak") else {}
    try:
        filled = schedule.check(None, **own)
    except Refusal:  # the peak alone, without the other parameters, is not allowed: they all stay
        filled = {}
    return Drawn(
        name,
        {key: value for key, value in full.items() if key in own or value != filled.get(key)},
        hidden,
        label.strip()[:LONGEST_LABEL],
        colour,
    )


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
    """Call each curve by its own name, else by its schedule.

    Where two are called alike, what tells them apart is added, at last their number.
    """
    titles = [drawn.label or schedulers.CATALOGUE[drawn.name].title for drawn in curves]
    names = []
    for title, drawn in zip(titles, curves, strict=True):
        details = ", ".join(f"{key} {_short(written(value))}" for key, value in drawn.parameters.items())
        names.append(f"{title} ({details})" if titles.count(title) > 1 and details else title)
    return [
        f"{name} · {names[:index].count(name) + 1}" if name in names[:index] else name
        for index, name in enumerate(names)
    ]


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"


def comma_separated(columns: Mapping[str, Floats], updates: int, epochs: int) -> bytes:
    """Return the curves as CSV in UTF-8: update, epoch, then a column per entry of shape (T,); rates lose no digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["update", "epoch", *columns])
    epoch = np.arange(updates) * (epochs / updates)
    for update, values in enumerate(zip(epoch, *columns.values(), strict=True)):
        writer.writerow([update, *(float(value) for value in values)])
    return text.getvalue().encode()


def as_json(picture: Picture, link: str) -> bytes:
    """Return the curves that are seen as JSON: what they are and their rates, which lose no digit; O(curves x T)."""
    drawn = [
        {
            "label": label,
            "schedule": one.name,
            "parameters": schedulers.CATALOGUE[one.name].check(None, **one.parameters),
            "colour": palette(one.shade(place)),
            "learning_rate": rates.tolist(),
            "momentum": None if momentum is None else momentum.tolist(),
        }
        for place, label, rates, momentum in whole(picture)
        for one in (picture.curves[place],)
    ]
    return json.dumps(
        {"updates": picture.updates, "epochs": picture.epochs, "batch": picture.batch, "link": link, "curves": drawn}
    ).encode()


def whole(picture: Picture) -> Iterator[tuple[int, str, Floats, Floats | None]]:
    """Yield the place of each curve that is seen and fits the run, with its label, rates and momentum of shape (T,)."""
    for place, (drawn, label) in enumerate(zip(picture.curves, labels(picture.curves), strict=True)):
        if drawn.hidden:
            continue
        schedule = schedulers.CATALOGUE[drawn.name]
        try:
            rates = schedule.rates(picture.updates, **drawn.parameters)
            yield place, label, rates, schedule.momentum(picture.updates, **drawn.parameters)
        except Refusal:
            continue
