"""What several kinds of requests have in common: numbers, seeds, schedules, and their sentences."""

import math
from collections.abc import Mapping
from typing import Any

from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from training import options
from words import Refusal, rate, say

LOWEST_RATE, HIGHEST_RATE = 1e-12, 1e4
FASTEST_PACE = 1000.0
LONGEST_LABEL = 80


def number(title: str, name: str, value: object, low: float, high: float) -> float:
    """Return a number from low to high, or refuse; written as rates are."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not low <= number <= high:
        shown = rate(number) if math.isfinite(number) else value
        raise Refusal(
            "{title}: {name} must be {low} to {high}, got {value}.",
            title=title, name=name, low=rate(low), high=rate(high), value=shown,
        )  # fmt: skip
    return float(number)


def seeds(title: str, seeds: object) -> list[int]:
    """Return a list of different seeds, or refuse."""
    listed = list(seeds) if isinstance(seeds, list | tuple) else []
    options.check_number("seeds", len(listed), title)
    wrong = [seed for seed in listed if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31]
    if wrong or len(set(listed)) < len(listed):
        raise Refusal(
            "{title}: seeds must be different whole numbers, 0 to {high}, got {value}.",
            title=title, high=f"{2**31 - 1:,}", value=listed,
        )  # fmt: skip
    return listed


def pace(title: str, pace: object) -> float | None:
    """Return updates per second, or None for as fast as it goes."""
    return None if pace is None else number(title, "pace (updates per second)", pace, 0.1, FASTEST_PACE)


def schedule(title: str, entry: object, updates: int) -> dict[str, Any]:
    """Return a schedule with its parameters, label and rule complete, checked for so many updates."""
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


def without_rule(title: str, entry: object, updates: int) -> dict[str, Any]:
    """Return a schedule whose rates are known beforehand: the same, but a loss-driven rule is refused."""
    checked = schedule(title, entry, updates)
    if "rule" in checked:
        raise Refusal(
            "{title}: the schedule must be known beforehand, got one with the rule {rule}.",
            title=title, rule=checked["rule"]["name"],
        )  # fmt: skip
    return checked


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
