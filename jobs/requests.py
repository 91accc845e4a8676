"""What may be asked for: a request is checked and completed here before it enters the queue. Imports no torch."""

import math
from collections.abc import Mapping
from typing import Any

from data import choice
from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from training import options
from words import Refusal, rate, say

MOST_SCHEDULES = 8
LOWEST_RATE, HIGHEST_RATE = 1e-12, 1e4
FASTEST_PACE = 1000.0
LONGEST_LABEL = 80

_TITLES = {"find": "Range test", "train": "Train"}

_COMMON: dict[str, Any] = {
    "model": "mlp_64_64",
    "optimizer": "sgd",
    "batch_size": 64,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "seeds": [0, 1, 2],
    "device": "auto",
    "pace": None,
}
_OWN: dict[str, dict[str, Any]] = {
    "find": {"start": 1e-7, "end": 10.0, "num_it": 100, "stop": True},
    "train": {"updates": 600, "schedules": None},
}


def defaults(kind: str) -> dict[str, Any]:
    """Return what a request of this kind asks for unless it says otherwise; `data` and `schedules` have no default."""
    given = {**_COMMON, **_OWN[_kind(kind)]}
    given.pop("schedules", None)
    return {"kind": kind, **given, "seeds": list(given["seeds"])}


def check(request: object) -> dict[str, Any]:
    """Return the request complete and normalised (plain JSON), or raise Refusal for the first thing wrong.

    find: {"kind", "data", "model", "optimizer", "batch_size", "momentum", "weight_decay", "start", "end", "num_it",
    "seeds", "device", "stop", "pace"}: a range test from rate `start` to `end` over `num_it` updates; `stop` ends a
    seed whose loss has exploded. train: instead of those four, "updates" and "schedules", a list of 1 to 8
    {"schedule": name in schedulers.CATALOGUE, "parameters": {...}, "label": text}; it trains schedules x seeds models.
    A schedule with "rule": {"name": name in schedulers.loss_driven.RULES, "parameters": {...}} follows the loss too.
    `data` is a choice (`data.choice`), `pace` is updates per second, or None for as fast as it goes.
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
        "pace": _pace(title, given["pace"]),
    }  # fmt: skip
    return {**common, **(_find(title, given) if kind == "find" else _train(title, given, len(common["seeds"])))}


def _find(title: str, given: Mapping[str, Any]) -> dict[str, Any]:
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
    return {"start": start, "end": end, "num_it": num_it, "stop": given["stop"]}


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
