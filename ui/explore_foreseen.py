"""What the widgets of the Explore page lead to, so that the chart shows it before the server answers.

A button or a choice has one outcome, which is a picture. So its figure travels ahead, with the arrays of the curves
that stay as they are only once. Whoever opens a menu or a card gets what its widgets lead to with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

import schedulers
from figures import style
from ui import explore_session as session
from ui import link
from ui.explore_curve import seen
from ui.explore_figure import figure
from ui.explore_tools import combine, draw, steps
from ui.live_chart import Foreseen
from ui.picture import MOST_CURVES, Drawn, Picture, curve
from words import Refusal, say

TOOLS = {"Draw": (draw.NEW, "drawn"), "Combine": (combine.NEW, "combined")}  # the button that begins a curve


def foreseen(picture: Picture, ids: Sequence[int]) -> list[Foreseen]:
    """Return what the picture becomes by each widget that is on the page; `ids` are the curves' own numbers.

    Grows with the open cards and menus times the curves: an open menu has a dozen, each of a kilobyte a curve.
    """
    outcomes = [
        outcome
        for place, number in enumerate(ids)
        for outcome in (*_menu(picture, place, number), *_choices(picture, place, number))
    ]
    outcomes += _tool(picture)
    return [_foreseen(*outcome) for outcome in outcomes]


def presets(texts: dict[str, str]) -> list[Foreseen]:
    """Return what the page shows by each of the links in `texts`, by the key of its button."""
    return [_foreseen(key, "", link.from_text(text)[0]) for key, text in texts.items()]


Outcome = tuple[str, str, Picture]  # a widget's key, the text of its choice, and what it leads to


def _foreseen(key: str, option: str, picture: Picture) -> Foreseen:
    return Foreseen(key, figure(picture, seen(picture)), option)


def _menu(picture: Picture, place: int, number: int) -> Iterator[Outcome]:
    """Yield the outcomes of a card's menu, where it is open."""
    key, drawn = session.curve_key(number), picture.curves[place]
    if not (_open(f"{key}.card") and _open(f"{key}.more")):
        return
    yield f"{key}.shown", "", _put(picture, place, replace(drawn, hidden=not drawn.hidden))
    for colour, name in enumerate(style.NAMES):
        chosen = None if colour == drawn.colour else colour  # a second time, it is let go
        yield f"{key}.colour", say(name), _put(picture, place, replace(drawn, colour=chosen))
    if len(picture.curves) < MOST_CURVES:
        yield f"{key}.duplicate", "", _put(picture, place, drawn, drawn)
    if len(picture.curves) > 1:
        yield f"{key}.remove", "", _put(picture, place)


def _choices(picture: Picture, place: int, number: int) -> Iterator[Outcome]:
    """Yield the outcomes of the choices and flags in a card, where it is open; without those that the run refuses."""
    drawn = picture.curves[place]
    schedule = schedulers.CATALOGUE[drawn.name]
    if drawn.hidden or not _open(f"{session.curve_key(number)}.card"):
        return
    values = schedule.check(None, **drawn.parameters)
    for param in schedule.params:
        for option in param.options:
            if option == values[param.name]:
                continue
            other = {**values, param.name: option}
            try:
                schedule.check(picture.updates, **other)
                changed = replace(drawn, parameters=curve(drawn.name, other).parameters)
            except Refusal:
                continue
            key = f"{session.controls_key(number, drawn.name)}.{param.name}"
            yield key, say(str(option)) if param.choices else "", _put(picture, place, changed)


def _tool(picture: Picture) -> Iterator[Outcome]:
    """Yield the outcomes of the buttons of the tool that is on the page."""
    tool = st.session_state.get("explore.tool") or ""
    if tool == "Steps" and (settled := steps.settled(picture)):
        yield steps.USE, "", settled
    key, name = TOOLS.get(tool, ("", ""))
    if not key or len(picture.curves) >= MOST_CURVES or any(drawn.name == name for drawn in picture.curves):
        return
    yield key, "", replace(picture, curves=(*picture.curves, Drawn(name)))
    for one in seen(picture)[:1] if tool == "Draw" else ():
        yield draw.COPY, "", replace(picture, curves=(*picture.curves, draw.copied(one)))


def _put(picture: Picture, place: int, *instead: Drawn) -> Picture:
    """Return the picture with these curves in place of the one at `place`."""
    return replace(picture, curves=(*picture.curves[:place], *instead, *picture.curves[place + 1 :]))


def _open(key: str) -> bool:
    return bool(st.session_state.get(key))
