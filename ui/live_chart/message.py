"""What the chart's script is told besides its figure, in the form in which it travels."""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from figures.encode import encode
from figures.style import Figure, Layout

ARRAYS = ("x", "y")  # of a trace, which travel once for all figures that share them
MANY, SINGLE = (
    ("choices", "texts", "outcomes", "shares"),
    ("length", "epochs", "add"),
)  # what `live` has by widgets, and for one widget


@dataclass(frozen=True)
class Views:
    """The axes that choices on the page stand for.

    `keys` are those of segmented controls or the like, `now` their texts as they are, and `of` has for each combination
    of their texts the layout and the updates that one step of its x-axis counts. The figure that the server sends when
    one is chosen should have that layout, and the same points.
    """

    keys: tuple[str, ...]
    now: tuple[str, ...]
    of: dict[tuple[str, ...], tuple[Layout, float]]

    def plain(self) -> dict[str, Any]:
        """Return it as the script reads it."""
        of = {
            "|".join(texts): {"layout": encode(layout), "per_unit": per_unit}
            for texts, (layout, per_unit) in self.of.items()
        }
        return {"keys": [class_of(key) for key in self.keys], "now": list(self.now), "of": of}


@dataclass(frozen=True)
class Foreseen:
    """What a chart will show once a widget is used: a button or a toggle, or one of its choices where `option` says so.

    `key` is the widget's, `option` the text of the choice. The figure should be the one that the server then sends.
    """

    key: str
    figure: Figure
    option: str = ""


@dataclass(frozen=True)
class Field:
    """A widget of a tool: its key, what its value is called and what it holds.

    A number has bounds, whole ones if it is whole; a choice has `options`, a value by its text; a flag has neither.
    """

    key: str
    name: str
    value: Any
    low: float | None = None
    high: float | None = None
    options: Mapping[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as the script reads it."""
        own = {"name": self.name, "value": self.value}
        if self.options is not None:
            return own | {"options": dict(self.options)}
        return own if self.low is None else own | {"low": self.low, "high": self.high, "whole": type(self.low) is int}


@dataclass(frozen=True)
class Sketch:
    """How a tool's chart is redrawn in the browser: by which function of tools.js, of the curves of which chart.

    `given` is what that function needs besides the fields.
    """

    draws: str
    of: str
    fields: tuple[Field, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as the script reads it."""
        fields = {class_of(one.key): one.plain() for one in self.fields}
        return {**self.given, "draws": self.draws, "of": self.of, "fields": fields}


def packed(foreseen: Sequence[Foreseen], shown: Figure | None = None) -> dict[str, Any]:
    """Return figures as the script reads them; what they share with each other and with `shown`, encoded, goes once.

    Each trace's `x` and `y` become `{"same": number}`: that many in the list of the x and y of all traces of `shown`,
    followed by `arrays`.
    """
    known = {key: place for place, key in reversed([*enumerate(map(_key, _arrays(shown)))])} if shown else {}
    first = len(_arrays(shown)) if shown else 0
    arrays: list[Any] = []
    pictures = []
    for one in foreseen:
        figure = encode(one.figure)
        number = revision(figure)
        for trace in figure["data"]:
            for name in ARRAYS:
                key = _key(trace[name])
                if key not in known:
                    known[key] = first + len(arrays)
                    arrays.append(trace[name])
                trace[name] = {"same": known[key]}
        pictures.append({"key": class_of(one.key), "option": one.option, "revision": number, "figure": figure})
    return {"arrays": arrays, "pictures": pictures}


def revision(encoded: Figure) -> int:
    """Return a number that is another for another figure; takes what its text takes, a millisecond for 200 kB."""
    return zlib.crc32(json.dumps(encoded).encode())


def with_classes(live: dict[str, Any]) -> dict[str, Any]:
    """Return what `show` calls `live` with the class of each widget in place of its key."""
    named = {name: {class_of(key): each for key, each in live[name].items()} for name in MANY if name in live}
    single = {name: {**live[name], "key": class_of(live[name]["key"])} for name in SINGLE if live.get(name)}
    return {**live, **named, **single}


def class_of(key: str) -> str:
    """Return how Streamlit writes a widget's key into its class."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key)


def _arrays(shown: Figure) -> list[Any]:
    return [trace[name] for trace in shown["data"] for name in ARRAYS]


def _key(values: Any) -> str:
    return values["dtype"] + values["bdata"] if isinstance(values, dict) and "bdata" in values else json.dumps(values)
