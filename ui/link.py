"""A picture as the text after the question mark, short enough to read aloud:

c=one_cycle,peak=0.01&c=cosine&updates=600&epochs=10&x=epochs&y=log
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlencode

import schedulers
from figures.style import NAMES as COLOURS
from schedulers.declare import MOST_UPDATES
from schedulers.declare import written as as_typed
from ui.picture import (
    LEAST_UPDATES,
    MOST_BATCH,
    MOST_CURVES,
    MOST_EPOCHS,
    X_AXES,
    Y_AXES,
    Drawn,
    Picture,
    curve,
    written,
)
from words import Refusal

HIDDEN = "hidden"
NAME = "name"
COLOUR = "colour"
Name = TypeVar("Name", bound=str)
KEYS = ("c", "updates", "epochs", "x", "y", "batch")


def encode(picture: Picture) -> dict[str, list[str]]:
    """Return the query parameters of a picture. Curves are always there; of the rest, only what is not the default."""
    plain = Picture()
    query = {"c": [_encode_curve(drawn) for drawn in picture.curves]}
    for key in KEYS[1:]:
        if getattr(picture, key) != getattr(plain, key):
            query[key] = [str(getattr(picture, key))]
    return query


def decode(query: Mapping[str, Sequence[str]]) -> tuple[Picture, list[Refusal]]:
    """Read query parameters into a picture, and say what of them could not be read.

    What is bad or missing is as in the default picture; what is good is kept. A refusal names the part of the link,
    what it may be and what came.
    """
    refusals: list[Refusal] = []
    plain = Picture()
    curves: list[Drawn] = []
    for number, text in enumerate(query.get("c", ()), start=1):
        try:
            if number > MOST_CURVES:
                count = len(query["c"])
                raise Refusal("A picture holds at most {most} curves, got {count}.", most=MOST_CURVES, count=count)
            curves.append(decode_curve(text))
        except Refusal as refusal:
            refusals.append(refusal)
            if number > MOST_CURVES:
                break
    updates = _whole("updates", query, plain.updates, (LEAST_UPDATES, MOST_UPDATES), refusals)
    epochs = _whole("epochs", query, plain.epochs, (1, MOST_EPOCHS), refusals)
    x = _one_of("x", query, plain.x, X_AXES, refusals)
    y = _one_of("y", query, plain.y, Y_AXES, refusals)
    batch = _whole("batch", query, plain.batch, (1, MOST_BATCH), refusals)
    for key in query:
        if key not in KEYS:
            refusals.append(
                Refusal("Link: {key} means nothing here; there are {names}.", key=as_typed(key), names=", ".join(KEYS))
            )
    return Picture(tuple(curves) or plain.curves, updates, epochs, x, y, batch), refusals


def as_text(picture: Picture) -> str:
    """Return the query as one string, for a link inside the product."""
    return urlencode(encode(picture), doseq=True, safe=",=:")


def from_text(text: str) -> tuple[Picture, list[Refusal]]:
    """Read what follows the question mark of a link."""
    return decode(parse_qs(text, keep_blank_values=True))


def _encode_curve(drawn: Drawn) -> str:
    named = {**drawn.parameters, **({NAME: drawn.label} if drawn.label else {})}
    if drawn.colour is not None:
        named[COLOUR] = COLOURS[drawn.colour]
    # A comma parts the parameters, so one inside a value is written %2C, and the address bar quotes that once more.
    parts = [
        drawn.name,
        *(f"{key}={written(value).replace('%', '%25').replace(',', '%2C')}" for key, value in named.items()),
    ]
    return ",".join([*parts, HIDDEN] if drawn.hidden else parts)


def decode_curve(text: str) -> Drawn:
    """Read `one_cycle,peak=0.01,hidden`. Raises Refusal for an unknown schedule or parameter, or a bad value."""
    name, *parts = text.split(",")
    schedule = schedulers.CATALOGUE.get(name)
    if schedule is None:
        known = ", ".join(schedulers.CATALOGUE)
        raise Refusal("Link: there is no schedule {name}; there are {known}.", name=as_typed(name), known=known)
    params = {param.name: param for param in schedule.params}
    label, colour = "", None
    values: dict[str, object] = {}
    for part in parts:
        if part == HIDDEN:
            continue
        key, _, value = part.partition("=")
        if key == NAME:
            label = unquote(value)
            continue
        if key == COLOUR:
            colour = _colour(value)
            continue
        if key not in params:
            raise Refusal(
                "Link: {title} has no parameter {key}; it has {known}.",
                title=schedule.title,
                key=as_typed(key),
                known=", ".join(params),
            )
        values[key] = params[key].parse(schedule.title, unquote(value))
    return curve(name, values, hidden=HIDDEN in parts, label=label, colour=colour)


def _colour(name: str) -> int:
    if name not in COLOURS:
        known = ", ".join(COLOURS)
        raise Refusal("Link: there is no colour {name}; there are {known}.", name=as_typed(name), known=known)
    return COLOURS.index(name)


def _whole(
    key: str, query: Mapping[str, Sequence[str]], default: int, bounds: tuple[int, int], refusals: list[Refusal]
) -> int:
    low, high = bounds
    text = next(iter(query.get(key, ())), str(default))
    if text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high:
        return int(text)
    template = "Link: {key} must be a whole number from {low} to {high}, got {text}."
    refusals.append(Refusal(template, key=key, low=low, high=high, text=as_typed(text)))
    return default


def _one_of(
    key: str, query: Mapping[str, Sequence[str]], default: Name, known: Sequence[Name], refusals: list[Refusal]
) -> Name:
    text = next(iter(query.get(key, ())), default)
    for name in known:
        if name == text:
            return name
    names = " or ".join(known)
    refusals.append(Refusal("Link: {key} must be {names}, got {text}.", key=key, names=names, text=as_typed(text)))
    return default
