"""What the browser needs to redraw the picture's curves by itself: while a slider moves, and by another schedule."""

from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import schedulers
from figures.style import updates_per_unit
from schedulers.declare import MOST_UPDATES, Schedule, Value
from schedulers.symbols import FIXED, javascript
from ui import explore_session as session
from ui.explore_card import box
from ui.explore_curve import KEPT, Parameters, key
from ui.picture import LEAST_UPDATES, Drawn, Picture, switched
from words import say

Numbers = dict[str, Value]
FORMULA = "own_formula"
SCALED = ("drawn", "combined")  # whose rates are in proportion to their peak


def live(picture: Picture, ids: Sequence[int]) -> dict[str, Any]:
    """Return the functions and parameters of the picture's curves, by their place in it, as `live_chart.show` has them.

    `ids` are the curves' own numbers. Grows with the curves, by about three kilobytes each, and has ten for the
    catalogue.
    """
    curves: dict[str, dict[str, Any]] = {}
    choices, formulas = {}, {}
    ready = _functions.cache_info().currsize > 0
    for place, (drawn, number) in enumerate(zip(picture.curves, ids, strict=True)):
        if drawn.hidden:
            continue
        schedule = schedulers.CATALOGUE[drawn.name]
        values = schedule.check(None, **drawn.parameters)
        functions = javascript(schedule, values) or {}
        if drawn.name == FORMULA:
            functions = {"formula": str(values["formula"])}
            formulas[f"{session.controls_key(number, FORMULA)}.formula"] = str(place)
        elif drawn.name in SCALED:
            functions = {"scaled": "peak"}
        if functions:
            curves[str(place)] = {**functions, "given": _numbers(schedule, values), "title": say(schedule.title)}
        if ready:
            choices[box(number)] = {
                "curve": str(place),
                "given": _others(drawn.name, key(drawn.parameters), tuple(catalogue())),
            }
    return {
        "updates": picture.updates,
        "per_unit": updates_per_unit(picture.x, picture.updates / picture.epochs, picture.batch),
        "length": {
            "key": session.LENGTH,
            "low": LEAST_UPDATES,
            "high": MOST_UPDATES,
            "in_epochs": picture.x == "epochs",
        },
        "curves": curves,
        "choices": choices,
        "formulas": formulas,
        "catalogue": catalogue() if ready else {},
    }


def catalogue() -> dict[str, dict[str, str]]:
    """Return, by title, the functions of every schedule that has a closed form, with the choices that are its defaults.

    The first call in a process takes half a second, each later one nothing: `live` has it once somebody has called it.
    """
    return _functions(tuple(schedulers.CATALOGUE))


@lru_cache(2)
def _functions(names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    declared = (schedulers.CATALOGUE[name] for name in names)
    found = ((say(schedule.title), javascript(schedule)) for schedule in declared)
    return {title: functions for title, functions in found if functions is not None}


@lru_cache(KEPT)
def _others(name: str, parameters: Parameters, titles: tuple[str, ...]) -> dict[str, Numbers]:
    """Return, by title, the numbers that each schedule of these titles would have in place of this one.

    One whose choices would not be its defaults is left out. Takes a tenth of a millisecond for each schedule.
    """
    others = {}
    for other, schedule in schedulers.CATALOGUE.items():
        if say(schedule.title) not in titles:
            continue
        values = schedule.check(None, **switched(Drawn(name, MappingProxyType(dict(parameters))), other).parameters)
        if all(values[param.name] == param.default for param in schedule.params if param.kind in FIXED):
            others[say(schedule.title)] = _numbers(schedule, values)
    return others


def _numbers(schedule: Schedule, values: Numbers) -> Numbers:
    return {param.name: values[param.name] for param in schedule.params if param.kind not in FIXED}
