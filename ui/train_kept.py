"""What Train remembers, checked before it is drawn: what an older version or another hand left there may not hold."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from jobs.requests.toolbox import MOST_AUGMENTED
from jobs.requests.train import HIGHEST_ALPHA, WIDEST_SPREAD
from schedulers import CATALOGUE, Schedule
from schedulers.loss_driven import RULES, LossDriven
from training.options import LIMITS
from ui.session import forget_kept, recall, remember
from words import Refusal, say

WHOLE = {
    "updates": (10, LIMITS["updates"].high),
    "batch_size": (LIMITS["batch_size"].low, LIMITS["batch_size"].high),
    "seeds": (1, LIMITS["seeds"].high),
    "tta.n": (1, MOST_AUGMENTED),
}
REAL = {
    "mixup": (0.0, HIGHEST_ALPHA),
    "layer_spread": (1.0, WIDEST_SPREAD),
    "tta.beta": (0.0, 1.0),
    "tta.shift": (0.0, 50.0),
    "taken": (0.0, math.inf),
    "applied": (0.0, math.inf),
}
PER_OPTIMIZER = {"momentum": (0.0, 0.999), "weight_decay": (0.0, 1.0)}
TYPES: dict[str, type] = {
    **dict.fromkeys(("ensemble", "tta", "tta.max", "tta.both", "tta.flip"), bool),
    **dict.fromkeys(("model", "image_model", "optimizer", "device", "start", "run"), str),
    "schedules": list,
    "start_file": dict,
}


def mend() -> None:
    """Drop what Train remembers and what no longer holds, and say which, so that the page goes on without it."""
    kept = recall("train")
    lost = [name for name, value in kept.items() if not _holds(name, value)]
    if lost:
        forget_kept("train", *lost)
    entries = recall("train").get("schedules", [])
    sound = usable(entries)
    if len(sound) < len(entries):
        lost.append("schedules")
        remember("train", schedules=sound)
    if lost:
        said = say("What was remembered here of {names} no longer holds, and was left out.", names=", ".join(lost))
        st.caption(said)


def usable(entries: list[Any]) -> list[dict[str, Any]]:
    """Return the entries whose schedule, parameters and rule there are and are allowed, each number once."""
    sound: dict[int, dict[str, Any]] = {}
    for entry in entries:
        if isinstance(entry, dict) and _fits(entry):
            sound.setdefault(entry["number"], entry)
    return list(sound.values())


def _fits(entry: dict[str, Any]) -> bool:
    if type(entry.get("number")) is not int or not _allowed(CATALOGUE, entry.get("schedule"), entry.get("parameters")):
        return False
    rule = entry.get("rule")
    return rule is None or (isinstance(rule, dict) and _allowed(RULES, rule.get("name"), rule.get("parameters")))


def _allowed(known: Mapping[str, Schedule | LossDriven], name: object, parameters: object) -> bool:
    if not isinstance(name, str) or name not in known or not isinstance(parameters, dict):
        return False
    try:
        known[name].check(None, **parameters)
    except Refusal:
        return False
    return True


def _holds(name: str, value: object) -> bool:
    if name in TYPES:
        return isinstance(value, TYPES[name])
    if name in WHOLE or name == "pace":
        low, high = WHOLE.get(name, (0, math.inf))
        return type(value) is int and low <= value <= high
    bounds = REAL.get(name) or PER_OPTIMIZER.get(name.split(".", maxsplit=1)[0])
    if bounds is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and bounds[0] <= value <= bounds[1]
