"""Controls for a schedule's parameters, generated from its declaration: one function for every schedule and page.

The numbers are one component of our own, because a Streamlit slider says nothing while the pointer drags it: a slider
and a field for each number. While a slider moves, the live chart draws its curve anew in the browser; where it comes to
rest, the server takes the value, as it does from the field.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import streamlit as st

from schedulers import Param, Schedule
from schedulers.declare import UNITS, Value
from schedulers.loss_driven import LossDriven
from ui.controls_scale import read, stops, write
from words import Refusal, say

DIALS = ("rate", "number", "share", "count")
RUN = ""
# What depends on the length of a run fails in short ones; checking a longer one would cost O(T) at each change.
MOST_CHECKED = 20_000
Check = Callable[..., dict[str, Value]]

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "ratescope_controls",
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


class Target(NamedTuple):
    """The curve that follows a slider: the key of its live chart, and its name in that chart's `live`."""

    chart: str
    curve: str


def controls(
    schedule: Schedule | LossDriven,
    *,
    key: str,
    values: Mapping[str, object] | None = None,
    updates: int | None = None,
    target: Target | None = None,
) -> dict[str, Value]:
    """Draw the controls of a schedule, or of a rule, and return all its parameters, as `schedule.check` accepts them.

    `key` is the namespace of the widgets. `values` is what they begin with, where it differs from the defaults; from
    then on the session remembers them under `key`, over a change of page too. With `updates`, T, they are also
    checked against the length of the run, in O(T). What is refused stays in its field with its sentence below it, while
    the last good value of that parameter is returned. `target` is the curve to redraw while a slider moves.
    """
    state = st.session_state
    good: dict[str, Value] = state[key] if key in state else schedule.check(None, **(values or {}))
    # What the browser holds outlasts `forget`, so it says whom it answers.
    revision = state.setdefault(f"{key}.revision", uuid4().hex[:8])
    answer = (state.get(f"{key}.dials") or {}).get("entered") or {}
    texts = answer.get("texts", {}) if answer.get("revision") == revision else {}
    entered = {param.name: _entered(param, key, good[param.name], texts) for param in schedule.params}

    def check(**parameters: object) -> dict[str, Value]:
        if updates is not None and isinstance(schedule, Schedule):
            schedule.rates(updates, **parameters)
        return schedule.check(updates, **parameters)

    good, refusals = accepted(check, schedule.check, good, entered)
    state[key] = good
    dials = [param for param in schedule.params if param.kind in DIALS]
    if dials:
        _mount(
            key=f"{key}.dials",
            data={
                "revision": revision,
                "texts": texts,
                "target": target and target._asdict(),
                "dials": [
                    _dial(param, good[param.name], texts.get(param.name, ""), refusals.get(param.name))
                    for param in dials
                ],
            },
            on_entered_change=lambda: None,
        )
    for param in schedule.params:
        if param.kind not in DIALS:
            _draw(param, _key(param, key), entered[param.name])
            _say_refused(refusals.get(param.name))
    _say_refused(refusals.get(RUN))
    return dict(good)


def renew(key: str) -> None:
    """Let the controls under `key` begin anew because what they show was changed elsewhere.

    Its texts get new fields: until the browser has drawn the change it sends the old text along with all else.
    """
    edition = st.session_state.get(f"{key}.edition", 0)
    forget(key)
    st.session_state[f"{key}.edition"] = edition + 1


def text_key(key: str, name: str) -> str:
    """Return the key of the field that `controls` under `key` have for that text."""
    edition = st.session_state.get(f"{key}.edition", 0)
    return f"{key}.{name}.{edition}" if edition else f"{key}.{name}"


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


def _entered(param: Param, key: str, good: Value, texts: Mapping[str, str]) -> object:
    """Return what the parameter's control says: the good value, unless somebody has changed it."""
    if param.kind not in DIALS:
        return st.session_state.get(_key(param, key), good)
    text = texts.get(param.name)
    return good if text is None or text == write(param, float(good)) else read(param, text)


def _key(param: Param, key: str) -> str:
    return text_key(key, param.name) if param.kind == "text" else f"{key}.{param.name}"


def _dial(param: Param, good: Value, text: str, refusal: Refusal | None) -> dict[str, object]:
    """Return what the browser needs of one number: the slider shows the good value, the field a refused one too."""
    title = say(param.title)
    written, place = stops(param, float(good))
    return {
        "name": param.name,
        "title": title,
        "exactly": say("{title}, exactly", title=title),
        "about": say("About {title}", title=title),
        "help": _help(param),
        "stops": written,
        "place": place,
        "text": text if refusal else write(param, float(good)),
        "refusal": str(refusal) if refusal else "",
    }


def _draw(param: Param, name: str, shown: object) -> None:
    """Draw the control of a choice, a flag or a text."""
    label, explained = say(param.title), say(param.help)
    if param.kind == "choice":
        st.segmented_control(
            label, param.choices, key=name, help=explained, required=True, format_func=say,
            **_value(name, shown, "default"),
        )  # fmt: skip
    elif param.kind == "text":
        st.text_input(label, key=name, help=explained, **_value(name, shown))
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


def _say_refused(refusal: Refusal | None) -> None:
    if refusal:
        st.markdown(f":small[:red[{plain(str(refusal))}]]")


def plain(text: str) -> str:
    """Escape what Markdown would take for markup, for words that a user may have typed."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>:$#~|" else letter for letter in text)
