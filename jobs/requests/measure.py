"""What a verdict, a map and a recommendation may be asked for."""

import math
from collections.abc import Mapping
from typing import Any

from finder import suggest, verdict
from jobs.requests.parts import HIGHEST_RATE, LOWEST_RATE, number, without_rule
from training import options
from words import Refusal, rate

MOST_RATES = 128
MOST_ROWS = 8
MOST_WORK = 20_000_000  # models x updates, over all rows of a map
ALONG = ("schedule", "batch_size", "weight_decay")

COURSE: dict[str, Any] = {"updates": 600, "schedule": {"schedule": "one_cycle"}}
_GRID: dict[str, Any] = {"low": verdict.LOWEST, "high": verdict.HIGHEST, "rates": verdict.RATES}
VERDICT: dict[str, Any] = {**COURSE, **_GRID, "suggestions": None}
MAP: dict[str, Any] = {**COURSE, **_GRID, "along": None, "values": None}


def check(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Return what a verdict, a map or a recommendation has of its own, complete."""
    kind = given["kind"]
    updates = int(options.check_number("updates", given["updates"], title))
    own: dict[str, Any] = {"updates": updates, "schedule": without_rule(title, given["schedule"], updates)}
    if kind == "recommend":
        return own
    low = number(title, "lowest rate", given["low"], LOWEST_RATE, HIGHEST_RATE)
    high = number(title, "highest rate", given["high"], LOWEST_RATE, HIGHEST_RATE)
    if not low < high:
        raise Refusal(
            "{title}: highest rate must be above the lowest, {low}, got {value}.",
            title=title, low=rate(low), value=rate(high),
        )  # fmt: skip
    count = given["rates"]
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST_RATES:
        raise Refusal(
            "{title}: number of rates must be 2 to {high}, got {value}.", title=title, high=MOST_RATES, value=count
        )
    models = verdict.rows(verdict.grid(count, low, high)).size * seeds
    options.check_number("models", models, title)
    own |= {"low": low, "high": high, "rates": count}
    if kind == "verdict":
        own["suggestions"] = _suggestions(title, given["suggestions"])
    else:
        own |= {"along": given["along"], "values": _values(title, given["along"], given["values"], updates)}
    work = len(own.get("values", [0])) * models * updates
    if work > MOST_WORK:
        raise Refusal(
            "{title}: rows x rates x seeds x updates must be at most {high:,}, got {value:,}.",
            title=title, high=MOST_WORK, value=work,
        )  # fmt: skip
    return own


def _suggestions(title: str, given: object) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or not set(given) <= set(suggest.RULES):
        unknown = sorted(str(name) for name in set(given) - set(suggest.RULES)) if isinstance(given, Mapping) else given
        raise Refusal(
            "{title}: suggestions must be by rule, of {allowed}, got {value}.",
            title=title, allowed=", ".join(suggest.RULES), value=unknown,
        )  # fmt: skip
    parts = ("lr", "low", "high")
    known = {}
    for rule, one in given.items():
        if one is not None and not isinstance(one, Mapping):
            raise Refusal("{title}: a suggestion must be an object, got {value}.", title=title, value=one)
        rates = one and {part: number(title, f"{rule}'s {part}", one.get(part), 0, math.inf) for part in parts}
        known[rule] = rates or None
    return known


def _values(title: str, along: object, values: object, updates: int) -> list[Any]:
    if not isinstance(along, str) or along not in ALONG:
        raise Refusal(
            "{title}: along must be one of {allowed}, got {value}.", title=title, allowed=", ".join(ALONG), value=along
        )
    listed = list(values) if isinstance(values, list | tuple) else []
    if not 1 <= len(listed) <= MOST_ROWS:
        raise Refusal("{title}: choose 1 to {high} rows, got {value}.", title=title, high=MOST_ROWS, value=len(listed))
    if along == "schedule":
        checked: list[Any] = [without_rule(title, entry, updates) for entry in listed]
    else:
        checked = [options.check_number(along, value, title) for value in listed]
    for place, value in enumerate(checked):
        if value in checked[:place]:
            raise Refusal("{title}: rows must differ, got {value} twice.", title=title, value=listed[place])
    return checked
