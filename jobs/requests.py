"""What may be asked for: a request is checked and completed here before it enters the queue. Imports no torch."""

import math
from collections.abc import Mapping
from typing import Any

from data import choice
from finder import range_family, suggest, verdict
from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from training import options
from words import Refusal, rate, say

MOST_SCHEDULES = 8
LOWEST_RATE, HIGHEST_RATE = 1e-12, 1e4
FASTEST_PACE = 1000.0
LONGEST_LABEL = 80

MOST_RATES = 128
MOST_ROWS = 8
MOST_WORK = 20_000_000  # models x updates, over all rows of a map
ALONG = ("schedule", "batch_size", "weight_decay")

_TITLES = {
    "find": "Range test",
    "train": "Train",
    "verdict": "Verdict",
    "map": "Map",
    "recommend": "Recommend",
    "critical": "Critical rate",
}

_COMMON: dict[str, Any] = {
    "model": "mlp_64_64",
    "optimizer": "sgd",
    "batch_size": 64,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "seeds": [0, 1, 2],
    "device": "auto",
}
_COURSE: dict[str, Any] = {"updates": 600, "schedule": {"schedule": "one_cycle"}}
_GRID: dict[str, Any] = {"low": verdict.LOWEST, "high": verdict.HIGHEST, "rates": verdict.RATES}
_OWN: dict[str, dict[str, Any]] = {
    "find": {"start": 1e-7, "end": 10.0, "num_it": 100, "stop": True, "pace": None, "vary": None},
    "train": {"updates": 600, "schedules": None, "pace": None},
    "verdict": {**_COURSE, **_GRID, "suggestions": None},
    "map": {**_COURSE, **_GRID, "along": None, "values": None},
    "recommend": _COURSE,
    "critical": {},
}
_NO_DEFAULT = ("schedules", "vary", "along", "values")


def defaults(kind: str) -> dict[str, Any]:
    """Return what a request of this kind asks for unless it says otherwise.

    `data`, `schedules`, and a map's `along` and `values` have no default.
    """
    given = {name: value for name, value in {**_COMMON, **_OWN[_kind(kind)]}.items() if name not in _NO_DEFAULT}
    if "schedule" in given:
        given["schedule"] = _schedule(_TITLES[kind], given["schedule"], given["updates"])
    return {"kind": kind, **given, "seeds": list(given["seeds"])}


def check(request: object) -> dict[str, Any]:
    """Return the request complete and normalised (plain JSON), or raise Refusal for the first thing wrong.

    find: {"kind", "data", "model", "optimizer", "batch_size", "momentum", "weight_decay", "start", "end", "num_it",
    "seeds", "device", "stop", "pace"}: a range test from rate `start` to `end` over `num_it` updates; `stop` ends a
    seed whose loss has exploded; with "vary": {"name": "weight_decay", "momentum" or "batch_size", "values": [...]} it
    is one such test a value, of values x seeds models. train: instead of those, "updates" and "schedules", 1 to 8 of
    {"schedule": name in schedulers.CATALOGUE, "parameters": {...}, "label": text}; it trains schedules x seeds models.
    A schedule with "rule": {"name": name in schedulers.loss_driven.RULES, "parameters": {...}} follows the loss too.
    `data` is a choice (`data.choice`), `pace` is updates per second, or None for as fast as it goes.

    verdict: "updates", "schedule" (as in train, without a rule), "rates" (how many) from "low" to "high", and
    "suggestions" {rule: {"lr", "low", "high"} or None} to judge, None to run a range test first. map: the same without
    suggestions, a row for each of "values" "along" "schedule", "batch_size" or "weight_decay". recommend: "updates" and
    "schedule". None of the three has a pace. critical: what all have in common and nothing else.
    """
    if not isinstance(request, Mapping):
        raise Refusal("A request must be an object with a kind, got {value}.", value=request)
    kind = _kind(request.get("kind"))
    title = _TITLES[kind]
    allowed = {"kind", "data", *_COMMON, *_OWN[kind]}
    unknown = sorted(str(name) for name in request if name not in allowed)
    if unknown:
        listed = ", ".join(sorted(allowed))
        raise Refusal("{title}: allowed are {allowed}, got {name}.", title=title, allowed=listed, name=unknown[0])
    given = {**_COMMON, **_OWN[kind], **request}
    common: dict[str, Any] = {
        "kind": kind,
        "data": choice.check(given.get("data")),
        "model": options.check_model(given["model"], title).name,
        "optimizer": options.check_optimizer(given["optimizer"], title).name,
        "batch_size": options.check_number("batch_size", given["batch_size"], title),
        "momentum": options.check_number("momentum", given["momentum"], title),
        "weight_decay": options.check_number("weight_decay", given["weight_decay"], title),
        "seeds": _seeds(title, given["seeds"]),
        "device": options.check_device(given["device"], title),
    }  # fmt: skip
    seeds = len(common["seeds"])
    if kind in ("find", "train"):
        own = _find(title, given, seeds) if kind == "find" else _train(title, given, seeds)
        return {**common, **own, "pace": _pace(title, given["pace"])}
    return common if kind == "critical" else {**common, **_measured(kind, given, seeds)}


def _find(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    start = _number(title, "start (learning rate)", given["start"], LOWEST_RATE, HIGHEST_RATE)
    end = _number(title, "end (learning rate)", given["end"], LOWEST_RATE, HIGHEST_RATE)
    if not start < end:
        raise Refusal(
            "{title}: end (learning rate) must be above start, {low}, got {value}.",
            title=title, low=rate(start), value=rate(end),
        )  # fmt: skip
    if not isinstance(given["stop"], bool):
        raise Refusal("{title}: stop must be true or false, got {value}.", title=title, value=given["stop"])
    num_it = options.check_number("updates", given["num_it"], title)
    return {"start": start, "end": end, "num_it": num_it, "stop": given["stop"], **_vary(title, given["vary"], seeds)}


def _vary(title: str, vary: object, seeds: int) -> dict[str, Any]:
    if vary is None:
        return {}
    name, values = (vary.get("name"), vary.get("values")) if isinstance(vary, Mapping) else (vary, None)
    checked = range_family.check_values(name, values, title)
    options.check_number("models", len(checked["values"]) * seeds, title)
    return {"vary": checked}


def _train(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    updates = int(options.check_number("updates", given["updates"], title))
    schedules = given["schedules"]
    count = len(schedules) if isinstance(schedules, list | tuple) else 0
    if not 1 <= count <= MOST_SCHEDULES:
        raise Refusal(
            "{title}: choose 1 to {high} schedules, got {value}.", title=title, high=MOST_SCHEDULES, value=count
        )
    options.check_number("models", count * seeds, title)
    return {"updates": updates, "schedules": [_schedule(title, entry, updates) for entry in schedules]}


def _measured(kind: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Check what a verdict, a map or a recommendation has of its own."""
    title = _TITLES[kind]
    updates = int(options.check_number("updates", given["updates"], title))
    own: dict[str, Any] = {"updates": updates, "schedule": _without_rule(title, given["schedule"], updates)}
    if kind == "recommend":
        return own
    low = _number(title, "lowest rate", given["low"], LOWEST_RATE, HIGHEST_RATE)
    high = _number(title, "highest rate", given["high"], LOWEST_RATE, HIGHEST_RATE)
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
        rates = one and {part: _number(title, f"{rule}'s {part}", one.get(part), 0, math.inf) for part in parts}
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
        checked: list[Any] = [_without_rule(title, entry, updates) for entry in listed]
    else:
        checked = [options.check_number(along, value, title) for value in listed]
    for place, value in enumerate(checked):
        if value in checked[:place]:
            raise Refusal("{title}: rows must differ, got {value} twice.", title=title, value=listed[place])
    return checked


def _without_rule(title: str, entry: object, updates: int) -> dict[str, Any]:
    checked = _schedule(title, entry, updates)
    if "rule" in checked:
        raise Refusal(
            "{title}: the schedule must be known beforehand, got one with the rule {rule}.",
            title=title, rule=checked["rule"]["name"],
        )  # fmt: skip
    return checked


def _schedule(title: str, entry: object, updates: int) -> dict[str, Any]:
    name = entry.get("schedule") if isinstance(entry, Mapping) else entry
    if not isinstance(entry, Mapping) or not isinstance(name, str) or name not in CATALOGUE:
        listed = ", ".join(CATALOGUE)
        raise Refusal(
            "{title}: schedule must be one of {allowed}, got {value}.", title=title, allowed=listed, value=name
        )
    schedule, parameters = CATALOGUE[name], entry.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise Refusal("{title}: parameters must be an object, got {value}.", title=schedule.title, value=parameters)
    rule = _rule(title, entry.get("rule"))
    label = entry.get("label") or titled(name, rule)
    if not isinstance(label, str) or len(label) > LONGEST_LABEL:
        raise Refusal(
            "{title}: label must be 1 to {high} characters, got {value}.", title=title, high=LONGEST_LABEL, value=label
        )
    checked = schedule.check(updates, **{str(key): value for key, value in parameters.items()})
    return {"schedule": name, "parameters": checked, "label": label, **({"rule": rule} if rule else {})}


def titled(schedule: str, rule: Mapping[str, Any] | None) -> str:
    """Return what a schedule with or without a rule is called: "Constant, reduced on plateau"."""
    title = say(CATALOGUE[schedule].title)
    return f"{title}, {say(RULES[rule['name']].label)}" if rule else title


def _rule(title: str, rule: object) -> dict[str, Any] | None:
    if rule is None:
        return None
    name = rule.get("name") if isinstance(rule, Mapping) else rule
    if not isinstance(rule, Mapping) or not isinstance(name, str) or name not in RULES:
        listed = ", ".join(RULES)
        raise Refusal("{title}: rule must be one of {allowed}, got {value}.", title=title, allowed=listed, value=name)
    parameters = rule.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise Refusal("{title}: parameters must be an object, got {value}.", title=RULES[name].title, value=parameters)
    return {"name": name, "parameters": RULES[name].check(**{str(key): value for key, value in parameters.items()})}


def _seeds(title: str, seeds: object) -> list[int]:
    listed = list(seeds) if isinstance(seeds, list | tuple) else []
    options.check_number("seeds", len(listed), title)
    wrong = [seed for seed in listed if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31]
    if wrong or len(set(listed)) < len(listed):
        raise Refusal(
            "{title}: seeds must be different whole numbers, 0 to {high}, got {value}.",
            title=title, high=f"{2**31 - 1:,}", value=listed,
        )  # fmt: skip
    return listed


def _pace(title: str, pace: object) -> float | None:
    return None if pace is None else _number(title, "pace (updates per second)", pace, 0.1, FASTEST_PACE)


def _number(title: str, name: str, value: object, low: float, high: float) -> float:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not low <= number <= high:
        shown = rate(number) if math.isfinite(number) else value
        raise Refusal(
            "{title}: {name} must be {low} to {high}, got {value}.",
            title=title, name=name, low=rate(low), high=rate(high), value=shown,
        )  # fmt: skip
    return float(number)


def _kind(kind: object) -> str:
    if not isinstance(kind, str) or kind not in _OWN:
        raise Refusal("A request's kind must be one of {allowed}, got {value}.", allowed=", ".join(_OWN), value=kind)
    return kind
