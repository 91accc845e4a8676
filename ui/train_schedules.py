"""The schedules that a training races: which, with which parameters, segments and loss-driven rules."""

from functools import partial
from typing import Any

import streamlit as st

from jobs import requests
from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from ui import segments
from ui.controls import controls, forget, renew
from ui.refused import refused
from ui.session import forget_kept, recall, remember
from ui.take import beyond
from words import rate, say

MOST_SCHEDULES = 8
BY_RULE = {name: ("constant", {"name": name, "parameters": {}}) for name in RULES}
FIRST = ({"number": 0, "schedule": "one_cycle", "parameters": {"peak": 0.1}},)


def take_rate() -> None:
    """Give a rate that was taken on Find to every schedule, once; say of one that none may have that it is not."""
    taken = recall("train").get("taken")
    if taken is None:
        return
    if refusal := beyond(taken):
        forget_kept("train", "taken", "applied")
        refused(refusal)
        return
    if recall("train").get("applied") != taken:
        entries = recall("train").get("schedules") or list(FIRST)
        for entry in entries:
            forget(f"train.schedule.{entry['number']}")
        entries = [{**entry, "parameters": at_peak(entry, taken)} for entry in entries]
        remember("train", schedules=entries, applied=taken)
    st.success(say("Peak learning rate {rate}, taken from Find.", rate=rate(taken)), icon=":material/check:")


def at_peak(entry: dict[str, Any], peak: float) -> dict[str, Any]:
    """Return an entry's parameters with this peak; the other rates, which it bounds, begin anew in proportion to it."""
    params = CATALOGUE[entry["schedule"]].params
    if all(param.name != "peak" for param in params):
        return dict(entry["parameters"])
    rates = {param.name for param in params if param.kind == "rate"}
    return {**{name: value for name, value in entry["parameters"].items() if name not in rates}, "peak": peak}


def schedule_list(updates: int) -> list[dict[str, Any]]:
    """Draw the schedules of the race with their parameters; return their part of a request."""
    entries = recall("train").get("schedules") or list(FIRST)
    kept = []
    for entry in entries:
        schedule, key = CATALOGUE[entry["schedule"]], f"train.schedule.{entry['number']}"
        with st.expander(requests.titled(entry["schedule"], entry.get("rule")), expanded=len(entries) == 1):
            values = controls(schedule, key=key, values=entry["parameters"], updates=updates)
            if entry["schedule"] == "combined":
                number = entry["number"]
                segments.edit(
                    partial(combination, number), key=f"train.parts.{number}", keep=partial(recombine, number)
                )
            rule = rule_of(entry, key)
            removed = len(entries) > 1 and st.button(
                say("Remove"), key=f"train.remove.{entry['number']}", icon=":material/delete:"
            )
        if not removed:
            kept.append({**entry, "parameters": values, **({"rule": rule} if rule else {})})
    number = max((entry["number"] for entry in kept), default=-1) + 1
    added = st.selectbox(
        say("Add a schedule to compare"),
        [*CATALOGUE, *BY_RULE],
        index=None,
        key=f"train.add.{number}.{len(kept)}",
        format_func=lambda name: requests.titled(*BY_RULE.get(name, (name, None))),
        help=say(
            "The last ones change the rate by the validation loss, so their curve is known only while they train."
        ),
        disabled=len(kept) >= MOST_SCHEDULES,
    )
    if added:
        schedule_name, rule = BY_RULE.get(added, (added, None))
        entry = {"number": number, "schedule": schedule_name, "parameters": {}, **({"rule": rule} if rule else {})}
        peak = kept[0]["parameters"].get("peak") if kept else None
        kept.append({**entry, "parameters": at_peak(entry, peak)} if peak else entry)
    remember("train", schedules=kept)
    if len(kept) != len(entries):
        st.rerun()
    return [
        {**{name: entry[name] for name in ("schedule", "parameters", "rule") if name in entry}, "label": label}
        for entry, label in zip(kept, labels(kept), strict=True)
    ]


def combination(number: int) -> str:
    """Return what the combination of that number is now; the default one where it was removed meanwhile."""
    entries = [entry for entry in recall("train").get("schedules") or () if entry["number"] == number]
    values = st.session_state.get(f"train.schedule.{number}", entries[0]["parameters"] if entries else {})
    return str(CATALOGUE["combined"].check(None, **values)["segments"])


def recombine(number: int, text: str) -> None:
    """Give the combination of that number other segments, whose controls then begin anew. Raises Refusal."""
    changed = []
    for entry in recall("train").get("schedules") or list(FIRST):
        one = entry
        if entry["number"] == number:
            known = st.session_state.get(f"train.schedule.{number}", entry["parameters"])
            one = {**entry, "parameters": CATALOGUE["combined"].check(None, **{**known, "segments": text})}
        changed.append(one)
    renew(f"train.schedule.{number}")
    remember("train", schedules=changed)


def rule_of(entry: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Draw the controls of the entry's loss-driven rule, if it has one; return the rule with its parameters."""
    if "rule" not in entry:
        return None
    rule = RULES[entry["rule"]["name"]]
    st.caption(say("{about} There are about 40 evaluations in a run.", about=say(rule.about)))
    return {"name": rule.name, "parameters": controls(rule, key=f"{key}.rule", values=entry["rule"]["parameters"])}


def labels(entries: list[dict[str, Any]]) -> list[str]:
    """Return a name for each schedule, numbered where the same one runs twice."""
    titles = [requests.titled(entry["schedule"], entry.get("rule")) for entry in entries]
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})"
        for place, title in enumerate(titles)
    ]
