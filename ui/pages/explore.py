"""Explore: draw schedules over each other, turn their knobs, share the picture as a link."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

import schedulers
from figures import style
from schedulers.declare import MOST_UPDATES
from ui import explore_session as session
from ui import link, live_chart
from ui.controls import plain
from ui.explore_card import card, dots, in_order, seed, swatches
from ui.explore_curve import seen
from ui.explore_figure import X_KEY, X_TITLES, Y_KEY, Y_TITLES, figure, views
from ui.explore_foreseen import foreseen, presets
from ui.explore_live import ADD, catalogue, live
from ui.explore_share import share_row
from ui.explore_tools import tools
from ui.picture import (
    LEAST_UPDATES,
    MOST_CURVES,
    MOST_EPOCHS,
    X_AXES,
    Y_AXES,
    Drawn,
    Picture,
    labels,
)
from words import say

PRESETS = {
    "1cycle: fastai and PyTorch": "c=one_cycle,peak=0.1&c=torch_one_cycle",
    "Cosine, with and without restarts": "c=cosine&c=cosine_restarts",
    "Warm-up": "c=linear_warmup,peak=0.1&c=linear_warmup,peak=0.1,warmup=0.4&c=constant,peak=0.1",
    "How steps compare": "c=step&c=cosine&c=flat_cosine,peak=0.1",
}


def render() -> None:
    """Draw the page. All below the presets is one fragment, so that a change runs nothing else."""
    session.follow_address()
    st.html(Path(__file__).with_suffix(".css"))
    st.html(swatches())
    st.title(say("Explore schedules"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("Start from"), width="content")
        for title, text in PRESETS.items():
            st.button(say(title), key=_preset(title), on_click=session.show, args=link.from_text(text))
    st.fragment(_body)()
    ahead = presets({_preset(title): text for title, text in PRESETS.items()})
    live_chart.foresee(
        session.CHART, ahead, catalogue(), key="explore.ahead"
    )  # the catalogue takes long the first time


def _preset(title: str) -> str:
    return f"explore.{title}"


def _body() -> None:
    """Draw the cards, the chart, and then all that can wait: the page shows what it gets in the order it gets it."""
    board = session.board()
    seed(session.LENGTH, board.picture.updates)
    seed(session.EPOCHS, board.picture.epochs)
    notices = st.container()
    with st.container(key="explore_body"):
        left, chart, below = st.columns(3, gap="medium")
    run, cards = left.container(), left.container()
    with cards:
        picture = _cards(board, st.session_state[session.LENGTH], st.session_state[session.EPOCHS])
    with chart:
        st.fragment(_chart)(picture)
    with run:
        _length()
    with cards:
        _add_one(full=len(picture.curves) >= MOST_CURVES)
    with below:
        tools(picture, seen(picture))
    for refusal in session.board().refusals:
        notices.warning(plain(str(refusal)), icon=":material/link_off:")


def _chart(picture: Picture) -> None:
    """Draw the chart under its axes: a fragment inside the page's, since another axis changes nothing else."""
    picture = _axes(picture)
    shown, ids = seen(picture), session.board().ids
    live_chart.show(
        figure(picture, shown),
        key=session.CHART,
        views=views(picture, [one.curve for one in shown]),
        label=say("Learning rate and momentum over the run"),
        live=live(picture, ids),
        foreseen=foreseen(picture, ids),
    )
    share_row(picture, shown)
    session.keep(picture)


def _cards(board: session.Board, updates: int, epochs: int) -> Picture:
    """Draw the cards and return the picture that they and the length of the run make."""
    old = board.picture
    colours = [style.colour(drawn.shade(place)) for place, drawn in enumerate(old.curves)]
    st.html(dots(dict(zip(board.ids, colours, strict=True))))
    curves = [
        card(place, drawn, number, label=label, updates=updates, alone=len(board.ids) == 1)
        for place, (drawn, number, label) in enumerate(zip(old.curves, board.ids, labels(old.curves), strict=True))
    ]
    return replace(old, curves=tuple(curves), updates=updates, epochs=epochs)


def _length() -> None:
    one, two = st.columns(2, wrap=False)
    one.number_input(
        say("Updates"), LEAST_UPDATES, MOST_UPDATES, step=100, key=session.LENGTH,
        help=say("How many updates the run has in all: batches in an epoch times epochs."),
    )  # fmt: skip
    two.number_input(
        say("Epochs"), 1, MOST_EPOCHS, key=session.EPOCHS,
        help=say("How many times the run goes through the data; for the chart's axis only."),
    )  # fmt: skip


def _add_one(*, full: bool) -> None:
    st.selectbox(
        say("Add a curve"), in_order(), index=None, key=ADD, disabled=full,
        format_func=lambda name: say(schedulers.CATALOGUE[name].title), label_visibility="collapsed", on_change=_add,
        placeholder=say("{most} curves are the most", most=MOST_CURVES) if full else say("Add a curve"),
    )  # fmt: skip


def _add() -> None:
    session.add(Drawn(st.session_state[ADD]))
    st.session_state[ADD] = None


def _axes(picture: Picture) -> Picture:
    seed(X_KEY, picture.x)
    seed(Y_KEY, picture.y)
    with st.container(horizontal=True, vertical_alignment="center"):
        x = st.segmented_control(
            say("Horizontal axis"), X_AXES, key=X_KEY, required=True, label_visibility="collapsed",
            format_func=lambda name: say(X_TITLES[name]),
        )  # fmt: skip
        y = st.segmented_control(
            say("Vertical axis"), Y_AXES, key=Y_KEY, required=True, label_visibility="collapsed",
            format_func=lambda name: say(Y_TITLES[name]),
        )  # fmt: skip
    return replace(picture, x=x or picture.x, y=y or picture.y)


if __name__ == "__main__":
    render()
