"""A picture as the text after the question mark, short enough to read aloud:

c=one_cycle,peak=0.01&c=cosine&updates=600&epochs=10&x=epochs&y=log
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

import schedulers
from schedulers.declare import Param, Value
from schedulers.declare import written as as_typed
from ui.picture import MOST_CURVES, MOST_EPOCHS, MOST_UPDATES, X_AXES, Y_AXES, Drawn, Picture, curve, written
from words import Refusal

HIDDEN = "hidden"
Name = TypeVar("Name", bound=str)
KEYS = ("c", "updates", "epochs", "x", "y")


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
    updates = _whole("updates", query, plain.updates, (2, MOST_UPDATES), refusals)
    epochs = _whole("epochs", query, plain.epochs, (1, MOST_EPOCHS), refusals)
    x = _one_of("x", query, plain.x, X_AXES, refusals)
    y = _one_of("y", query, plain.y, Y_AXES, refusals)
    for key in query:
        if key not in KEYS:
            refusals.append(
                Refusal("Link: {key} means nothing here; there are {names}.", key=as_typed(key), names=", ".join(KEYS))
            )
    return Picture(tuple(curves) or plain.curves, updates, epochs, x, y), refusals


def as_text(picture: Picture) -> str:
    """Return the query as one string, for a link inside the product."""
    return urlencode(encode(picture), doseq=True, safe=",=")


def from_text(text: str) -> tuple[Picture, list[Refusal]]:
    """Read what follows the question mark of a link."""
    return decode(parse_qs(text, keep_blank_values=True))


def _encode_curve(drawn: Drawn) -> str:
    parts = [drawn.name, *(f"{name}={written(value)}" for name, value in drawn.parameters.items())]
    return ",".join([*parts, HIDDEN] if drawn.hidden else parts)


def decode_curve(text: str) -> Drawn:
    """Read `one_cycle,peak=0.01,hidden`. Raises Refusal for an unknown schedule or parameter, or a bad value."""
    name, *parts = text.split(",")
    schedule = schedulers.CATALOGUE.get(name)
    if schedule is None:
        known = ", ".join(schedulers.CATALOGUE)
        raise Refusal("Link: there is no schedule {name}; there are {known}.", name=as_typed(name), known=known)
    params = {param.name: param for param in schedule.params}
    values: dict[str, object] = {}
    for part in parts:
        if part == HIDDEN:
            continue
        key, _, value = part.partition("=")
        if key not in params:
            raise Refusal(
                "Link: {title} has no parameter {key}; it has {known}.",
                title=schedule.title,
                key=as_typed(key),
                known=", ".join(params),
            )
        values[key] = parse(value, params[key], schedule.title)
    return curve(name, values, hidden=HIDDEN in parts)


def parse(text: str, param: Param, title: str) -> Value:
    """Read one value as `written` writes it. Raises the declaration's own Refusal when it is not allowed."""
    value: object = text
    try:
        if param.kind == "flag":
            value = {"yes": True, "no": False}.get(text, text)
        elif param.kind == "count":
            value = int(text)
        elif param.kind != "choice":
            value = float(text)
    except ValueError:
        pass  # the text itself is then what the refusal shows
    return param.check(title, value)


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
