"""One curve's card on the Explore page: its colour, schedule, parameters, and what can be done with it."""

from collections.abc import Mapping

import streamlit as st

import schedulers
from figures import style
from ui import explore_session as session
from ui.controls import MOST_CHECKED, Target, controls, plain
from ui.picture import LONGEST_LABEL, MOST_CURVES, Drawn, curve
from words import say


def card(place: int, drawn: Drawn, number: int, *, label: str, updates: int, alone: bool) -> Drawn:
    """Draw the card of the curve at `place` and return the curve as its widgets have it.

    `number` is the curve's own, for the keys of its widgets; `updates` the length of the run; `alone` says that there
    is no other curve, so that this one cannot be removed. A card that is closed draws nothing but its name: each widget
    costs the browser time at every change of the page.
    """
    key = session.curve_key(number)
    title = plain(drawn.label or say(schedulers.CATALOGUE[drawn.name].title))
    _stay(f"{key}.card", title)
    opened = st.expander(title, place == 0, key=f"{key}.card", on_change="rerun")
    if not opened.open:
        return drawn
    with opened:
        return _open(place, drawn, number, label=label, updates=updates, alone=alone)


def box(number: int) -> str:
    """Return the key of the box in which the curve of that number gets its schedule."""
    return f"{session.curve_key(number)}.schedule"


def _open(place: int, drawn: Drawn, number: int, *, label: str, updates: int, alone: bool) -> Drawn:
    """Draw what is inside a card."""
    key, schedule = session.curve_key(number), schedulers.CATALOGUE[drawn.name]
    named, colour, shown = drawn.label, drawn.colour, not drawn.hidden
    seed(box(number), drawn.name)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        st.selectbox(
            say("Schedule of curve {number}", number=place + 1),
            in_order(),
            format_func=lambda name: say(schedulers.CATALOGUE[name].title),
            key=box(number),
            label_visibility="collapsed",
            required=True,
            on_change=lambda: session.switch(place, st.session_state[box(number)]),
        )
        more = st.popover(
            say("More"), help=say("Name, hide, duplicate or remove {label}", label=label), key=f"{key}.more",
            on_change="rerun",
        )  # fmt: skip
    if more.open:
        with more:
            seed(f"{key}.label", drawn.label)
            named = st.text_input(
                say("Name in the chart"),
                key=f"{key}.label",
                max_chars=LONGEST_LABEL,
                placeholder=say(schedule.title),
            )
            seed(f"{key}.colour", drawn.colour)
            colour = st.pills(
                say("Colour"), range(len(style.NAMES)), key=f"{key}.colour",
                format_func=lambda number: say(style.NAMES[number]), help=say("None chosen: that of its place."),
            )  # fmt: skip
            seed(f"{key}.shown", not drawn.hidden)
            shown = st.toggle(say("Show in the chart"), key=f"{key}.shown")
            full = len(session.board().ids) >= MOST_CURVES
            st.button(say("Duplicate"), key=f"{key}.duplicate", on_click=session.add, args=(drawn, place),
                      disabled=full, width="stretch")  # fmt: skip
            st.button(say("Remove"), key=f"{key}.remove", on_click=session.remove, args=(place,),
                      disabled=alone, width="stretch")  # fmt: skip
    st.caption(say(schedule.about))
    parameters = controls(
        schedule,
        key=session.controls_key(number, drawn.name),
        values=drawn.parameters,
        updates=min(updates, MOST_CHECKED),
        target=Target(session.CHART, str(place)),
    )
    return curve(drawn.name, parameters, hidden=not shown, label=named, colour=colour)


def _stay(key: str, title: str) -> None:
    """Leave an expander as it is when it gets another title, which Streamlit takes for another expander."""
    if st.session_state.get(f"{key}.title", title) != title and key in st.session_state:
        st.session_state[key] = st.session_state[key]
    st.session_state[f"{key}.title"] = title


def in_order() -> list[str]:
    """Return the names of all schedules as they are offered: the visitor's own kinds stand last."""
    return sorted(schedulers.CATALOGUE, key=lambda name: schedulers.CATALOGUE[name].family == "your own")


def seed(key: str, value: object) -> None:
    """Give a widget its first value, also after a change of page, when Streamlit has forgotten it."""
    if key not in st.session_state:
        st.session_state[key] = value


def swatches() -> str:
    """Return the style that puts each colour before its name."""
    buttons = '[class*="st-key-explore-"][class*="-colour"] button:not([aria-label^="Help"])'
    rules = [f"{buttons}:nth-of-type({place}) {{ --swatch: {tint} }}" for place, tint in enumerate(style.PALETTE, 1)]
    mark = "content: ''; width: 0.8em; height: 0.8em; margin-right: 0.4em; border-radius: 50%; flex: none;"
    return f"<style>{' '.join(rules)} {buttons}::before {{ {mark} background: var(--swatch) }}</style>"


def dots(colours: Mapping[int, str]) -> str:
    """Return the style that ties each card to its curve: a round mark before its name, by the curve's number."""
    rules = [f".st-key-explore-{number}-card summary {{ --dot: {colour} }}" for number, colour in colours.items()]
    return f"<style>{' '.join(rules)}</style>"
