"""What the browser needs to redraw the picture's curves by itself: while a slider moves, and by another schedule."""

from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

import schedulers
from figures.schedule import Curve, axes, schedule
from figures.style import updates_per_unit
from schedulers.combined import relative
from schedulers.declare import MOST_UPDATES, Schedule, Value
from schedulers.symbols import FIXED, javascript
from ui import explore_session as session
from ui.explore_card import box
from ui.explore_curve import KEPT, Parameters, key, seen
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
            texts[f"{session.controls_key(number, drawn.name)}.{what}"] = str(place)
        if drawn.name in SCALED:
            functions["scaled"] = "peak"
        if functions:
            curves[str(place)] = {**functions, "given": _numbers(declared, values), "title": say(declared.title)}
        choices[box(number)] = {"curve": str(place), "given": _others(drawn.name, key(drawn.parameters), names)}
    return {
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
        "texts": texts,
        "add": _added(picture) if len(picture.curves) < MOST_CURVES else None,
    }


def catalogue() -> dict[str, dict[str, Any]]:
    """Return the functions and numbers of every schedule that has a closed form, as `live_chart.foresee` has them.

    They are of the choices that are its defaults. The first call in a process takes half a second, each later one
    nothing.
    """
    return _functions(tuple(schedulers.CATALOGUE))


@lru_cache(2)
def _functions(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    declared = [schedulers.CATALOGUE[name] for name in names]
    found = ((schedule, javascript(schedule)) for schedule in declared)
    return {
        say(schedule.title): {
            **functions,
            "name": schedule.name,
            "given": _numbers(schedule, schedule.check()),
            "relative": _numbers(schedule, relative(schedule.name)),
            "rates": [param.name for param in schedule.params if param.kind == "rate"],
        }
        for schedule, functions in found
        if functions is not None
    }


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

    One that has no closed form, or whose choices would not be its defaults, is left out. Takes a tenth of a millisecond
    for each schedule.
    """
    others = {}
    for other in names:
        schedule = schedulers.CATALOGUE[other]
        if not schedule.closed_form:
            continue
        values = schedule.check(None, **switched(Drawn(name, MappingProxyType(dict(parameters))), other).parameters)
        if all(values[param.name] == param.default for param in schedule.params if param.kind in FIXED):
            others[say(schedule.title)] = _numbers(schedule, values)
    return others


def _numbers(schedule: Schedule, values: Numbers) -> Numbers:
    return {param.name: values[param.name] for param in schedule.params if param.kind not in FIXED}
