"""The picture of one visitor: kept in the session over a change of page, and mirrored in the address bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from ui import link
from ui.controls import forget, renew
from ui.picture import MOST_CURVES, Drawn, Picture, curve, switched
from words import Refusal

KEY = "explore"
CHART = "explore.chart"
LENGTH = "explore.updates"
EPOCHS = "explore.epochs"


@dataclass(frozen=True)
class Board:
    """A picture, a number for each of its curves that no other curve ever had, and what its link got wrong.

    `query` is the link as last written to the address bar; None where the picture has changed since.
    """

    picture: Picture
    ids: tuple[int, ...]
    refusals: tuple[Refusal, ...] = ()
    query: Mapping[str, Sequence[str]] | None = None


def board() -> Board:
    """Return this session's board; the first time, from the link."""
    if KEY not in st.session_state:
        picture, refusals = link.decode(_address())
        st.session_state[KEY] = Board(picture, _fresh(len(picture.curves)), tuple(refusals))
    kept: Board = st.session_state[KEY]
    return kept


def follow_address() -> None:
    """Let the picture follow the visitor's going back or forward; for use where the whole page runs.

    That, and a link, runs the whole page with an address that is not what was last written. A widget inside the page's
    fragment does not: it may come with the address of before, which the browser had when the widget was used.
    """
    old, address = board(), _address()
    if old.query is not None and address not in ({}, old.query):
        show(*link.decode(address))


def keep(picture: Picture) -> Board:
    """Remember the picture that the widgets now make, write it into the address bar, and return the board."""
    old = board()
    query = link.encode(picture)
    refusals = old.refusals if picture == old.picture else ()
    st.session_state[KEY] = replace(old, picture=picture, refusals=refusals, query=query)
    # What the run knows of the address may be older than what was last written.
    if _address() != query or old.query != query:
        st.query_params.from_dict(query)
    return board()


def show(picture: Picture, refusals: Sequence[Refusal] = ()) -> None:
    """Put another picture in place of this one; its widgets begin anew. For use before the widgets are drawn."""
    forget(KEY)
    st.session_state[KEY] = Board(picture, _fresh(len(picture.curves)), tuple(refusals))


def add(drawn: Drawn, after: int | None = None) -> None:
    """Add a curve at the end, or after the curve at that place, its card open; nothing where there are MOST_CURVES."""
    old = board()
    place = len(old.ids) if after is None else after + 1
    if len(old.ids) < MOST_CURVES:
        (number,) = _fresh(1)
        st.session_state[f"{curve_key(number)}.card"] = True
        _change(old, (*old.picture.curves[:place], drawn, *old.picture.curves[place:]),
                (*old.ids[:place], number, *old.ids[place:]))  # fmt: skip


def remove(place: int) -> None:
    """Take the curve at that place away; the last one stays."""
    old = board()
    if len(old.ids) > 1:
        forget(curve_key(old.ids[place]))
        _change(
            old, old.picture.curves[:place] + old.picture.curves[place + 1 :], old.ids[:place] + old.ids[place + 1 :]
        )


def switch(place: int, name: str) -> None:
    """Give the curve at that place another schedule."""
    old = board()
    curves = list(old.picture.curves)
    curves[place] = switched(curves[place], name)
    forget(controls_key(old.ids[place], name))  # or it would show what it had when it was last chosen
    _change(old, tuple(curves), old.ids)


def change(place: int, parameters: Mapping[str, object]) -> None:
    """Give the curve at that place these parameters in place of its own of the same names; its controls follow."""
    old = board()
    curves = list(old.picture.curves)
    kept = curves[place]
    curves[place] = curve(
        kept.name, {**kept.parameters, **parameters}, hidden=kept.hidden, label=kept.label, colour=kept.colour
    )
    renew(controls_key(old.ids[place], kept.name))
    _change(old, tuple(curves), old.ids)


def curve_key(number: int) -> str:
    """Return what the keys of all widgets of the curve of that number begin with."""
    return f"{KEY}.{number}"


def controls_key(number: int, name: str) -> str:
    """Return the key of the controls that the curve of that number has for the schedule of that name."""
    return f"{curve_key(number)}.{name}"


def settle(updates: int, epochs: int, batch: int) -> None:
    """Give the picture another length; for use before the widgets are drawn."""
    old = board()
    st.session_state[LENGTH], st.session_state[EPOCHS] = updates, epochs
    st.session_state[KEY] = Board(replace(old.picture, updates=updates, epochs=epochs, batch=batch), old.ids)


def _change(old: Board, curves: tuple[Drawn, ...], ids: tuple[int, ...]) -> None:
    st.session_state[KEY] = Board(replace(old.picture, curves=curves), ids)


def _fresh(count: int) -> tuple[int, ...]:
    first = st.session_state.get("explore_curves", 0)
    st.session_state["explore_curves"] = first + count
    return tuple(range(first, first + count))


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}
