"""What the browser needs to redraw the picture's curves by itself: while a slider moves, and by another schedule."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

import schedulers
from figures.schedule import Curve, axes, schedule
from figures.style import updates_per_unit
from schedulers.combined import in_words, relative
from schedulers.declare import MOST_UPDATES, Schedule, Value
from schedulers.symbols import FIXED, javascript
from ui import explore_session as session
from ui.controls import text_key
from ui.explore_card import box
from ui.explore_curve import KEPT, Parameters, key, seen
from ui.explore_tools import combine
from ui.live_chart.message import ARRAYS
from ui.picture import LEAST_UPDATES, MOST_CURVES, MOST_EPOCHS, Drawn, Picture, switched
from words import say

Numbers = dict[str, Value]
ADD = "explore.add"  # the box that adds a curve
# Schedules that a parameter of theirs writes, which the browser reads too.
WRITTEN = {"own_formula": "formula", "drawn": "points", "combined": "segments"}
SCALED = ("combined",)  # whose rates are in proportion to their peak, whatever their parts


def live(picture: Picture, ids: Sequence[int]) -> dict[str, Any]:
    """Return the functions and parameters of the picture's curves, by their place in it, as `live_chart.show` has them.

    `ids` are the curves' own numbers. Grows with the curves, by about three kilobytes each.
    """
    curves: dict[str, dict[str, Any]] = {}
    choices, texts = {}, {}
    names = tuple(schedulers.CATALOGUE)
    for place, (drawn, number) in enumerate(zip(picture.curves, ids, strict=True)):
        if drawn.hidden:
            continue
        declared = schedulers.CATALOGUE[drawn.name]
        values = declared.check(None, **drawn.parameters)
        functions = javascript(declared, values) or {}
        if what := WRITTEN.get(drawn.name):
            functions = {"reads": what, "text": str(values[what]), "between": str(values.get("between", ""))}
            texts[text_key(session.controls_key(number, drawn.name), what)] = {"curve": str(place)}
        if drawn.name in SCALED:
            functions["scaled"] = "peak"
        if functions:
            curves[str(place)] = {**functions, "given": _numbers(declared, values), "title": say(declared.title)}
        choices[box(number)] = {"curve": str(place), "given": _others(drawn.name, key(drawn.parameters), names)}
    edited = combine.live(picture, ids)
    return {
        **edited,
        "updates": picture.updates,
        "per_unit": updates_per_unit(picture.x, picture.updates / picture.epochs, picture.batch),
        "length": {
            "key": session.LENGTH,
            "low": LEAST_UPDATES,
            "high": MOST_UPDATES,
            "in_epochs": picture.x == "epochs",
        },
        "epochs": {"key": session.EPOCHS, "low": 1, "high": MOST_EPOCHS, "now": picture.epochs},
        "curves": curves,
        "choices": choices,
        "texts": texts | edited.get("texts", {}),
        "add": _added(picture) if len(picture.curves) < MOST_CURVES else None,
    }


def catalogue() -> dict[str, dict[str, Any]]:
    """Return how the browser draws each schedule, as `live_chart.foresee` has them: about a kilobyte each.

    The first call in a process takes half a second, each later one nothing.
    """
    return _catalogue(tuple(schedulers.CATALOGUE))


@lru_cache(2)
def _catalogue(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    told = {}
    for declared in (schedulers.CATALOGUE[name] for name in names):
        functions = _functions(declared)
        if functions is not None:
            told[say(declared.title)] = {
                **functions,
                "name": declared.name,
                "given": _numbers(declared, declared.check()),
                "relative": _numbers(declared, relative(declared.name)),
                "rates": [param.name for param in declared.params if param.kind == "rate"],
                "bounds": {
                    param.name: [param.low, param.high, param.kind == "count"]
                    for param in declared.params
                    if param.kind not in FIXED
                },
                "chosen": {param.name: in_words(param.default) for param in declared.params if param.options},
            }
    return told


def _functions(declared: Schedule) -> dict[str, Any] | None:
    """Return what a text writes of the schedule, or its functions for each of its choices; None where neither goes."""
    if what := WRITTEN.get(declared.name):
        return {"reads": what, "text": str(declared.check()[what])}
    variants = {}
    for chosen in _choices(declared):
        functions = javascript(declared, chosen)
        if functions is None:
            return None
        variants[" ".join(in_words(value) for value in chosen.values())] = functions
    return {"variants": variants}


def _choices(declared: Schedule) -> Iterator[dict[str, Value]]:
    """Yield every combination of the schedule's choices and flags."""
    params = [param for param in declared.params if param.options]
    for values in product(*(param.options for param in params)):
        yield dict(zip((param.name for param in params), values, strict=True))


def _added(picture: Picture) -> dict[str, Any]:
    """Return how a curve that is added is drawn: its traces without numbers and name, and the layout with momentum."""
    place = len(picture.curves)
    none = np.zeros(1)
    added = Curve("", none, none, colour=place, place=place, total=picture.updates)
    per_unit = updates_per_unit(picture.x, picture.updates / picture.epochs, picture.batch)
    curves = [*(one.curve for one in seen(picture)), added]
    return {
        "key": ADD,
        "curve": str(place),
        "traces": [
            {name: item for name, item in trace.items() if name not in ARRAYS} for trace in schedule([added])["data"]
        ],
        "layout": axes(curves, log=picture.y == "log", unit=picture.x, per_unit=per_unit),
    }


@lru_cache(KEPT)
def _others(name: str, parameters: Parameters, names: tuple[str, ...]) -> dict[str, Numbers]:
    """Return, by title, the numbers that each schedule of these names would have in place of this one.

    One that the browser cannot draw, or whose choices would not be its defaults, is left out. Takes a tenth of a
    millisecond for each schedule.
    """
    others = {}
    for other in names:
        schedule = schedulers.CATALOGUE[other]
        if say(schedule.title) not in _catalogue(names):
            continue
        values = schedule.check(None, **switched(Drawn(name, MappingProxyType(dict(parameters))), other).parameters)
        if all(values[param.name] == param.default for param in schedule.params if param.kind in FIXED):
            others[say(schedule.title)] = _numbers(schedule, values)
    return others


def _numbers(schedule: Schedule, values: Numbers) -> Numbers:
    return {param.name: values[param.name] for param in schedule.params if param.kind not in FIXED}
