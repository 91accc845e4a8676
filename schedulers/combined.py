"""Schedules one after another or multiplied, written as one line of text.

0.3 linear_warmup warmup:1 then 0.7 cosine      each for its share of the run (fastai's combine_scheds)
linear_warmup warmup:1 times step factor:0.5    multiplied, each over the whole run (PyTorch's ChainedScheduler)
0.2 drawn points:(0:0 1:1) then 0.8 combined segments:(cosine times own_formula formula:(1 - p / 2))

A parameter that is a text stands in brackets; so combinations nest, MOST_DEPTH deep.

Inside, rates are multiples of the combination's peak: a schedule that says nothing else peaks at 1.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from schedulers.decay import cosine, peak
from schedulers.declare import CATALOGUE, Param, Value, declare, written
from schedulers.join import Joined, then
from schedulers.warmup import linear_warmup
from words import Refusal

MOST_PARTS = 12
MOST_ALTOGETHER = 24
MOST_DEPTH = 3
KEPT = 256
DEFAULT = f"0.3 {linear_warmup.name} warmup:1 then 0.7 {cosine.name}"


@dataclass(frozen=True)
class Part:
    """One schedule of a combination: its share of the run (1 where they are multiplied) and what differs in it."""

    schedule: str
    share: float
    parameters: Mapping[str, Value]


@dataclass(frozen=True)
class Combination:
    """The parts in order, one after another or multiplied."""

    parts: tuple[Part, ...]
    multiplied: bool = False


def relative(name: str, **parameters: object) -> dict[str, Value]:
    """Return a schedule's checked parameters for a combination: its peak, where it has one and none is given, is 1."""
    schedule = CATALOGUE[name]
    has_peak = any(param.name == "peak" for param in schedule.params)
    return schedule.check(None, **({"peak": 1.0, **parameters} if has_peak else parameters))


def write(combination: Combination) -> str:
    """Write a combination as `read` reads it; what is as in `relative` is left out."""
    texts = []
    for part in combination.parts:
        top = {name: value for name, value in part.parameters.items() if name == "peak" and value != 1.0}
        plain = {**relative(part.schedule, **top), **dict.fromkeys(top)}
        own = [
            f"{name}:{_text(part.schedule, name, value)}"
            for name, value in part.parameters.items()
            if value != plain[name]
        ]
        texts.append(" ".join([*([] if combination.multiplied else [f"{part.share:.12g}"]), part.schedule, *own]))
    return (" times " if combination.multiplied else " then ").join(texts)


def read(title: str, text: object) -> Combination:
    """Read a combination. Refusal for what is no combination, an unknown schedule or a parameter out of bounds.

    The shares must sum to 1, as `schedulers.join.then` checks.
    """
    if not isinstance(text, str):
        raise _no_parts(title, text)
    return _read(title, text)


@lru_cache(KEPT)
def _read(title: str, text: str) -> Combination:
    """Read as `read` does; the last KEPT are kept, since a nested one is read again by each that holds it."""
    _measure(title, text)
    words = _words(title, text)
    if "then" in words and "times" in words:
        raise Refusal("{title}: join with then or with times, not both, got {text}.", title=title, text=written(text))
    # A product of one needs no share either.
    multiplied = "times" in words or ("then" not in words and bool(words) and words[0] in CATALOGUE)
    groups: list[list[str]] = [[]]
    for word in words:
        if word in ("then", "times"):
            groups.append([])
        else:
            groups[-1].append(word)
    if not 1 <= len(groups) <= MOST_PARTS or not all(groups):
        raise _no_parts(title, text)
    combination = Combination(tuple(_part(title, group, multiplied) for group in groups), multiplied)
    joined(combination)
    return combination


def joined(combination: Combination) -> Joined:
    """Return the parts as `then` joins them; where they are multiplied, each alone is checked by it."""
    parts = [(part.share, CATALOGUE[part.schedule], part.parameters) for part in combination.parts]
    if combination.multiplied:
        for _, schedule, parameters in parts:
            schedule.check(None, **parameters)
        return Joined(())
    return then(*parts)


def _no_parts(title: str, text: object) -> Refusal:
    template = "{title}: parts must be 1 to {most} such as {example}, got {text}."
    return Refusal(template, title=title, most=MOST_PARTS, example=DEFAULT, text=written(text))


def _measure(title: str, text: str) -> None:
    """Refuse what is nested too deeply or has too many parts, before anything of it is read."""
    level = deepest = 0
    for found in re.findall(r"[()]|\bcombined\b", text):
        level += (found == "(") - (found == ")")
        if found == "combined":  # only the brackets of combinations can stand around it
            deepest = max(deepest, level + 1)
    if deepest >= MOST_DEPTH:
        raise Refusal(
            "{title}: combinations may be nested {most} deep, got {depth}.",
            title=title, most=MOST_DEPTH, depth=deepest + 1,
        )  # fmt: skip
    count = 1 + len(re.findall(r"\b(?:then|times|combined)\b", text))
    if count > MOST_ALTOGETHER:
        raise Refusal(
            "{title}: there may be {most} parts in all, got {count}.", title=title, most=MOST_ALTOGETHER, count=count
        )


def _words(title: str, text: str) -> list[str]:
    """Split at the spaces that stand in no brackets."""
    words, level = [""], 0
    for letter in text:
        level += (letter == "(") - (letter == ")")
        if level < 0:
            break
        if level == 0 and letter.isspace():
            words.append("")
        else:
            words[-1] += letter
    if level != 0:
        raise Refusal("{title}: each bracket must have its other half, got {text}.", title=title, text=written(text))
    return [word for word in words if word]


def _unwrapped(text: str) -> str:
    """Take off the brackets around the whole of a text, if there are any."""
    level = 0
    for place, letter in enumerate(text):
        level += (letter == "(") - (letter == ")")
        if level == 0:
            return text[1:-1] if place == len(text) - 1 and place else text
    return text


def _part(title: str, words: Sequence[str], multiplied: bool) -> Part:
    share = 1.0
    if not multiplied:
        try:
            share = float(words[0])
        except ValueError:
            raise Refusal(
                "{title}: each part must begin with its share of the run, got {word}.",
                title=title, word=written(words[0]),
            ) from None  # fmt: skip
        words = words[1:]
    name = words[0] if words else ""
    if name not in CATALOGUE:
        raise Refusal(
            "{title}: there is no schedule {name} to combine; there are {known}.",
            title=title, name=written(name), known=", ".join(CATALOGUE),
        )  # fmt: skip
    schedule = CATALOGUE[name]
    params = {param.name: param for param in schedule.params}
    own: dict[str, Value] = {}
    for word in words[1:]:
        key, _, value = word.partition(":")
        if key not in params:
            raise Refusal(
                "{title}: {schedule} has no parameter {key}; it has {known}.",
                title=title, schedule=schedule.title, key=written(key), known=", ".join(params),
            )  # fmt: skip
        own[key] = params[key].parse(schedule.title, _unwrapped(value) if params[key].kind == "text" else value)
    return Part(name, share, relative(name, **own))


def _text(schedule: str, name: str, value: Value) -> str:
    if any(param.name == name and param.kind == "text" for param in CATALOGUE[schedule].params):
        return f"({value})"
    return in_words(value)


def in_words(value: Value) -> str:
    """Write a number, a choice or a flag as it stands in a combination."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _momentum(xp: Any, t: Any, T: Any, *, segments: Any, **others: Any) -> Any:
    combination = read("", segments)
    return None if combination.multiplied else joined(combination).momentum_at(np.asarray(t, dtype=np.float64), T)


@declare(
    title="Combination",
    family="your own",
    source="fastai 2.8.12 combine_scheds; PyTorch 2.13 SequentialLR (then) and ChainedScheduler (times)",
    formula=r"\mathrm{peak} \cdot f_i(t - b_i,\ s_i T)\ (b_i \le t < b_{i+1}) \quad\mathrm{or}\quad"
    r" \mathrm{peak} \cdot \textstyle\prod_i f_i(t, T)",
    params=(
        peak(0.1, "The learning rate at height 1 of the parts."),
        Param(
            "segments", "Parts", DEFAULT, 0, 0, "text",
            "Each part is share schedule parameter:value, joined by then; without shares, joined by times, they are"
            " multiplied. Texts stand in brackets. Rates in them are multiples of the peak.",
            read=lambda title, value: write(read(title, value)),
        ),
    ),
    momentum=_momentum,
    closed_form=False,
)  # fmt: skip
def combined(xp: Any, t: Any, T: Any, *, peak: Any, segments: Any) -> Any:
    """Schedules one after another, each for its share of the run, or multiplied."""
    combination = read("", segments)
    updates = np.asarray(t, dtype=np.float64)
    if not combination.multiplied:
        return peak * joined(combination).rates_at(updates, T)
    curve = np.full(updates.shape, peak)
    for part in combination.parts:
        values = {name: np.float64(value) if type(value) is float else value for name, value in part.parameters.items()}
        curve = curve * CATALOGUE[part.schedule].rate_function(np, updates, T, **values)
    return curve
