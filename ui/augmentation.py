"""The controls of test-time augmentation, for a training's own rows and for new ones."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from jobs.requests.toolbox import MOST_AUGMENTED
from ui.session import remember, seed
from words import say

USUAL: dict[str, Any] = {"n": 4, "beta": 0.25, "use_max": False}
NONE: dict[str, Any] = {"flip": False, "shift": None, "crop": None}


def augmentation(
    page: str, own: Mapping[str, Any], *, usual: Mapping[str, Any] | None = None, keep: bool = True
) -> dict[str, Any] | None:
    """Draw the controls; return tta's arguments as requests take them, None where it is off.

    `page` is the namespace of the widgets and of what is kept, unless `keep` is False. `own` are the transforms of the
    model's task, and `usual` the arguments to begin with, None for off and fastai's.
    """
    used = st.toggle(
        say("Test-time augmentation"),
        key=seed(page, "tta", usual is not None),
        help=say("Predicts each image several times, augmented, and takes the mean (fastai's tta)."),
    )
    values: dict[str, Any] = {"tta": used}
    arguments = _arguments(page, own, {**USUAL, **(usual or {})}, values) if used else None
    if keep:
        remember(page, **values)
    return arguments


def _arguments(page: str, own: Mapping[str, Any], usual: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Draw what tta takes, enter the widgets' values into `values` and return the arguments."""
    first, second = st.columns(2)
    times = first.number_input(
        "n", 1, MOST_AUGMENTED, key=seed(page, "tta.n", usual["n"]), help=say("Augmented predictions an image.")
    )
    alone = usual["beta"] is None
    beta = second.number_input(
        "beta",
        0.0,
        1.0,
        step=0.05,
        format="%.3g",
        key=seed(page, "tta.beta", USUAL["beta"] if alone else usual["beta"]),
        help=say("The plain prediction's share: (1 - beta) x augmented + beta x plain."),
        disabled=bool(st.session_state.get(f"{page}.tta.max") or st.session_state.get(f"{page}.tta.both")),
    )
    first, second = st.columns(2, vertical_alignment="bottom")
    highest = first.toggle(
        "use_max",
        key=seed(page, "tta.max", usual["use_max"]),
        help=say("Takes the element-wise maximum instead."),
    )
    both = second.toggle(
        say("Both answers"),
        key=seed(page, "tta.both", alone),
        help=say("The augmented and the plain prediction beside each other, not joined (beta None)."),
        disabled=highest,
    )
    moved = {**own, **usual.get("transforms", {})}
    first, second = st.columns(2, vertical_alignment="bottom")
    flip = first.toggle(
        say("Flip"), key=seed(page, "tta.flip", bool(moved["flip"])), help=say("Half of them mirrored, by chance.")
    )
    shift = second.number_input(
        say("Shift, %"),
        0.0,
        50.0,
        step=1.0,
        format="%.3g",
        key=seed(page, "tta.shift", float(100 * (moved["shift"] or 0.0625))),
        help=say("How far an image is moved at most, in % of its side, by chance; what comes in is black."),
    )
    values |= {"tta.n": times, "tta.beta": beta, "tta.max": highest, "tta.both": both}
    values |= {"tta.flip": flip, "tta.shift": shift}
    if not (flip or shift or own["crop"]):
        st.caption(say("Without a flip, a shift or a random crop every prediction is the plain one."))
    return {
        "n": int(times),
        "beta": None if both and not highest else beta,
        "use_max": highest,
        "transforms": {"flip": flip, "shift": shift / 100},
    }
