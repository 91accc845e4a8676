"""Checks the arguments for a library's scheduler against the signature of the function that computes its curve."""

import inspect
import math
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from schedulers.declare import is_real, is_whole, written
from words import Refusal


def checked(title: str, function: Callable[..., Any], kwargs: Mapping[str, object]) -> dict[str, Any]:
    """Return the keyword arguments for `function`, its defaults filled in.

    The keyword-only parameters of `function` are what is allowed, their annotations say of which type: float is any
    finite number, int a whole one, and values come back as they are. Refusal for an unknown name, a missing one or a
    value of another type.
    """
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    hints = get_type_hints(function)
    for name in kwargs:
        if name not in parameters:
            raise Refusal(
                "{title}: there is no argument {name}; allowed: {allowed}.",
                title=title,
                name=name,
                allowed=", ".join(parameters) or "none",
            )
    values: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if name not in kwargs and parameter.default is inspect.Parameter.empty:
            raise Refusal("{title}: {name} must be given.", title=title, name=name)
        value = kwargs.get(name, parameter.default)
        if not _fits(value, hints[name]):
            raise Refusal(
                "{title}: {name} must be {allowed}, got {value}.",
                title=title,
                name=name,
                allowed=_named(hints[name]),
                value=written(value),
            )
        values[name] = value
    return values


def require(holds: object, title: str, name: str, allowed: str, value: object) -> None:
    """Raise the Refusal "{title}: {name} must be {allowed}, got {value}." unless `holds`."""
    if not holds:
        raise Refusal(
            "{title}: {name} must be {allowed}, got {value}.",
            title=title,
            name=name,
            allowed=allowed,
            value=written(value),
        )


def _fits(value: object, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        fits = any(_fits(value, each) for each in inner)
    elif origin is Literal:
        fits = isinstance(value, str) and value in inner
    elif origin is list:
        fits = isinstance(value, (list, tuple)) and all(_fits(each, inner[0]) for each in value)
    elif origin is dict:
        fits = isinstance(value, dict) and all(_fits(each, inner[1]) for each in value.values())
    elif hint is float:
        fits = is_real(value) and math.isfinite(value)  # type: ignore[arg-type]
    elif hint is int:
        fits = is_whole(value)
    else:
        fits = hint is Any or isinstance(value, hint)
    return fits


def _named(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(_named(each) for each in inner)
    if origin is Literal:
        return "one of " + ", ".join(inner)
    if origin is list:
        return f"a list, each {_named(inner[0])}"
    if origin is dict:
        return f"a table, each {_named(inner[1])}"
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text", type(None): "nothing"}
    return names.get(hint, "a list")
