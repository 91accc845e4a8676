"""Widgets for a schedule's parameters, generated from its declaration: one function for every schedule and page."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from schedulers import Param, Schedule
from schedulers.declare import UNITS, Value
from ui.controls_scale import positions, read, write
from words import Refusal, say

DIALS = ("rate", "number", "share")
RUN = ""
STYLE = Path(__file__).with_suffix(".css")
Check = Callable[..., dict[str, Value]]


def controls(
    schedule: Schedule, *, key: str, values: Mapping[str, object] | None = None, updates: int | None = None
) -> dict[str, Value]:
    """Draw the schedule's controls and return all its parameters, as `schedule.check` accepts them.

    `key` is the namespace of the widgets. `values` is what they begin with, where it differs from the defaults; from
    then on the session remembers them under `key`, over a change of page too. With `updates`, T, they are also
    checked against the length of the run, in O(T). What is refused stays in its field with its sentence below it, while
    the last good value of that parameter is returned.
    """
    state = st.session_state
    good: dict[str, Value] = state[key] if key in state else schedule.check(None, **(values or {}))
    entered = {param.name: _entered(param, f"{key}.{param.name}", good[param.name]) for param in schedule.params}

    def check(**parameters: object) -> dict[str, Value]:
        if updates is not None:
            schedule.rates(updates, **parameters)
        return schedule.check(updates, **parameters)

    good, refusals = accepted(check, schedule.check, good, entered)
    state[key] = good
    st.html(STYLE)
    with st.container(key=f"dials-{key}"):
        for param in schedule.params:
            refused = param.name in refusals
            shown = entered[param.name] if refused else good[param.name]
            _draw(param, f"{key}.{param.name}", good[param.name], shown)
            if refused:
                _say_refused(refusals[param.name])
        if RUN in refusals:
            _say_refused(refusals[RUN])
    return dict(good)


def forget(key: str) -> None:
    """Drop what the session remembers under `key`, so that the controls begin anew."""
    for name in list(st.session_state):
        if str(name) == key or str(name).startswith(f"{key}."):
            del st.session_state[name]


def accepted(
    check: Check, check_alone: Check, good: Mapping[str, Value], entered: Mapping[str, object]
) -> tuple[dict[str, Value], dict[str, Refusal]]:
    """Return the parameters to use and, by parameter, why one was refused.

    What was entered is taken together where that goes, otherwise one by one onto the last good ones. `check` knows the
    run. Where even the last good ones do not fit the run, since its length changed, `check_alone` decides and the
    refusal stands under RUN.
    """
    refusals: dict[str, Refusal] = {}
    try:
        return check(**entered), refusals
    except Refusal:
        used = dict(good)
    try:
        check(**good)
    except Refusal as refusal:
        refusals[RUN] = refusal
        check = check_alone
    for name, value in entered.items():
        try:
            used = check(**{**used, name: value})
        except Refusal as refusal:
            refusals[name] = refusal
    return used, refusals


def _entered(param: Param, name: str, good: Value) -> object:
    """Return what the parameter's widgets say: the good value, unless somebody has changed one of them."""
    state = st.session_state
    if param.kind not in DIALS:
        return state.get(name, good)
    slider = state.get(f"{name}.slider", good)
    if slider != good:
        return slider
    text = state.get(name)
    return good if text is None or text == write(param, float(good)) else read(param, text)


def _draw(param: Param, name: str, good: Value, shown: object) -> None:
    """Draw a parameter's widgets: a slider for the feel beside a field for the exact number, or what suits its kind.

    The slider shows the good value, the field what was entered, refused or not.
    """
    label, explained = say(param.title), _help(param)
    if param.kind in DIALS:
        left, right = st.columns([5, 3], vertical_alignment="bottom", wrap=False)
        left.select_slider(
            label,
            sorted({*positions(param), float(good)}),
            key=f"{name}.slider",
            format_func=lambda position: write(param, position),
            help=explained,
            **_value(f"{name}.slider", float(good)),
        )
        text = shown if isinstance(shown, str) else write(param, float(shown))  # type: ignore[arg-type]
        right.text_input(
            say("{title}, exactly", title=label), key=name, label_visibility="collapsed", **_value(name, text)
        )
    elif param.kind == "count":
        low, high, step = int(param.low), int(param.high), int(param.step or 1)
        st.number_input(label, low, high, step=step, key=name, help=explained, **_value(name, shown))
    elif param.kind == "choice":
        st.segmented_control(
            label, param.choices, key=name, help=explained, required=True, format_func=say,
            **_value(name, shown, "default"),
        )  # fmt: skip
    else:
        st.toggle(label, key=name, help=explained, **_value(name, shown))


def _value(name: str, wanted: object, argument: str = "value") -> dict[str, Any]:
    """Return the argument that gives a widget its value, or set it in the session where it has another already.

    Setting it always would take back what the user does while this runs; setting it once would leave a widget that the
    browser draws later, as in a closed popover, without it.
    """
    if st.session_state.get(name, wanted) == wanted:
        return {argument: wanted}
    st.session_state[name] = wanted
    return {}


def _help(param: Param) -> str:
    if param.kind in ("choice", "flag"):
        return say(param.help)
    if param.kind == "count":
        low, high, default = (f"{number:,.0f}" for number in (param.low, param.high, float(param.default)))
    else:
        low, high, default = (write(param, float(number)) for number in (param.low, param.high, param.default))
    unit = param.unit or UNITS.get(param.kind, "")
    return say(
        "{help} {low} to {high}{unit}; default {default}.",
        help=say(param.help),
        low=low,
        high=high,
        unit=f" ({say(unit)})" if unit else "",
        default=default,
    )


def _say_refused(refusal: Refusal) -> None:
    st.markdown(f":small[:red[{plain(str(refusal))}]]")


def plain(text: str) -> str:
    """Escape what Markdown would take for markup, for words that a user may have typed."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>:$#~|" else letter for letter in text)
