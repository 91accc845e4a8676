"""The way from a rate that was found to Train."""

from typing import Any

import streamlit as st

from ui.session import put


def take(request: dict[str, Any], chosen_rate: float) -> None:
    """Carry the rate and the set-up that it was found for to Train, and go there."""
    optimizer = request["optimizer"]
    put(
        "train",
        taken=chosen_rate,
        model=request["model"],
        optimizer=optimizer,
        batch_size=request["batch_size"],
        **{f"momentum.{optimizer}": request["momentum"], f"weight_decay.{optimizer}": request["weight_decay"]},
    )
    st.switch_page("ui/pages/train.py")
