"""What stands under the chart of the Explore page: figures, formulas, the link and the download."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

import schedulers
from figures.schedule import Curve
from ui import link
from ui.controls import plain
from ui.picture import Picture, comma_separated, facts, labels
from words import rate, say


def below(picture: Picture, curves: Sequence[Curve]) -> None:
    """Draw the table of facts, the formulas and sources, the link and the download of these curves."""
    _table(curves)
    with st.container(horizontal=True, vertical_alignment="center"):
        columns = {}
        for curve in curves:
            columns[say("{label}: learning rate", label=curve.label)] = np.asarray(curve.rates)
            if curve.momentum is not None:
                columns[say("{label}: momentum", label=curve.label)] = np.asarray(curve.momentum)
        st.download_button(
            say("Download CSV"),
            partial(comma_separated, columns, picture.updates, picture.epochs),
            "schedules.csv",
            "text/csv",
            key="explore.csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not curves,
        )
        with st.popover(say("Link to this picture"), icon=":material/link:"):
            st.caption(say("The address bar always holds the link to what you see. Here it is to copy:"))
            st.code(f"{st.context.url or ''}?{link.as_text(picture)}", language=None, wrap_lines=True)
    with st.expander(say("What is drawn"), key="explore.formulas"):
        for label, drawn in zip(labels(picture.curves), picture.curves, strict=True):
            schedule = schedulers.CATALOGUE[drawn.name]
            st.markdown(f"**{plain(label)}**  \n{plain(say(schedule.about))}")
            st.latex(schedule.formula)
            st.caption(say("Source: {source}.", source=plain(schedule.source)))


def _table(curves: Sequence[Curve]) -> None:
    if not curves:
        st.caption(say("No curve is shown. Add one, or show one that is hidden."))
        return
    rows = [(curve.label, facts(np.asarray(curve.rates))) for curve in curves]
    st.table(
        {
            say("Schedule"): [plain(label) for label, _ in rows],
            say("First"): [rate(row["first"]) for _, row in rows],
            say("Peak"): [rate(row["peak"]) for _, row in rows],
            say("Peak at update"): [f"{row['at']:,.0f}" for _, row in rows],
            say("Last"): [rate(row["last"]) for _, row in rows],
            say("Mean"): [rate(row["mean"]) for _, row in rows],
        },
        border="horizontal",
        hide_index=True,
    )
