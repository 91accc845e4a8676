"""The way from a rate that was found to Train."""

from typing import Any

import streamlit as st

from schedulers import CATALOGUE
from ui.controls import plain
from ui.current import choice, choose, describe
from ui.elsewhere import same
from ui.refused import refused
from ui.session import put
from words import Refusal, rate, say

# Every schedule that has a peak bounds it alike.
HIGHEST = next(param.high for param in CATALOGUE["one_cycle"].params if param.name == "peak")


def beyond(lr: float) -> Refusal | None:
    """Return the sentence that refuses a rate which no schedule's peak may be, None for any other."""
    if 0 < lr <= HIGHEST:
        return None
    return Refusal(
        "Train: a schedule's peak (learning rate) must be above 0 and at most {highest}, got {value}; it is not taken.",
        highest=rate(HIGHEST), value=rate(lr),
    )  # fmt: skip


def take(request: dict[str, Any], chosen_rate: float) -> None:
    """Carry the rate and the set-up that it was found for, the data too, to Train, and go there.

    Where no schedule may have such a rate, say so and stay.
    """
    if refusal := beyond(chosen_rate):
        refused(refusal)
        return
    optimizer = request["optimizer"]
    if not same(request["data"], choice()):
        choose(request["data"])
        st.toast(
            say("The data is now **{data}**, for which this rate was found.", data=plain(describe(request["data"]))),
            icon=":material/table:",
        )
    put(
        "train",
        taken=chosen_rate,
        model=request["model"],
        optimizer=optimizer,
        batch_size=request["batch_size"],
        **{f"momentum.{optimizer}": request["momentum"], f"weight_decay.{optimizer}": request["weight_decay"]},
    )
    st.switch_page("ui/pages/train.py")
