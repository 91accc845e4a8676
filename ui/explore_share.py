"""What can be taken along from the Explore page: CSV, JSON, the link, and the curves to train with."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

import schedulers
from ui import link
from ui.controls import forget
from ui.explore_curve import Seen
from ui.picture import Picture, as_json, comma_separated, whole
from ui.session import put, recall
from words import say


def share_row(picture: Picture, shown: Sequence[Seen]) -> None:
    """Draw the row under the chart; files are written when they are asked for, in O(curves x T)."""
    address = f"{st.context.url or ''}?{link.as_text(picture)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore_share"):
        if st.button(
            say("Train with these"), key="explore.train", icon=":material/model_training:", disabled=not shown,
            help=say("Opens Train with the curves that are shown."),
        ):  # fmt: skip
            _to_train(picture, shown)
            st.switch_page("ui/pages/train.py")
        st.download_button(
            say("CSV"), partial(_csv, picture), "schedules.csv", "text/csv", key="explore.csv",
            icon=":material/download:", on_click="ignore", disabled=not shown,
        )  # fmt: skip
        st.download_button(
            say("JSON"), partial(as_json, picture, address), "schedules.json", "application/json", key="explore.json",
            icon=":material/download:", on_click="ignore", disabled=not shown,
        )  # fmt: skip
        own = st.popover(
            say("Link"), icon=":material/link:", help=say("A link to this picture"), key="explore.link",
            on_change="rerun",
        )  # fmt: skip
        if own.open:
            own.caption(say("The address bar always holds the link to what you see. Here it is to copy:"))
            own.code(address, language=None, wrap_lines=True)
            own.caption(say("PNG and SVG: the buttons at the upper right of the chart."))


def _csv(picture: Picture) -> bytes:
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for _, label, rates, momentum in whole(picture):
        columns[say("{label}: learning rate", label=label)] = rates
        if momentum is not None:
            columns[say("{label}: momentum", label=label)] = momentum
    return comma_separated(columns, picture.updates, picture.epochs)


def _to_train(picture: Picture, shown: Sequence[Seen]) -> None:
    """Put the shown curves into Train's list, with all their parameters; its controls begin anew."""
    entries = []
    for number, one in enumerate(shown):
        forget(f"train.schedule.{number}")
        full = schedulers.CATALOGUE[one.drawn.name].check(None, **one.drawn.parameters)
        entries.append({"number": number, "schedule": one.drawn.name, "parameters": full})
    put("train", schedules=entries, applied=recall("train").get("taken"))
