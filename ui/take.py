"""The way from a rate that was found to Train."""

from typing import Any

import streamlit as st

from ui.controls import plain
from ui.current import choice, choose, describe
from ui.elsewhere import same
from ui.session import put
from words import say


def take(request: dict[str, Any], chosen_rate: float) -> None:
    """Carry the rate and the set-up that it was found for, the data too, to Train, and go there."""
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
