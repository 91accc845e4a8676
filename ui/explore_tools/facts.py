"""Facts: each curve in numbers, and where its formula comes from."""

import streamlit as st

import schedulers
from schedulers.symbols import latex
from ui.controls import plain
from ui.explore_curve import Seen
from ui.picture import Picture
from words import rate, say, share


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the table of facts, and the formulas and sources."""
    if not shown:
        st.caption(say("No curve is shown. Add one, or show one that is hidden."))
    else:
        _table(shown)
    drawn = st.expander(say("What is drawn"), key="explore.formulas", on_change="rerun")
    if drawn.open:
        for one in shown:
            schedule = schedulers.CATALOGUE[one.drawn.name]
            drawn.markdown(f"**{plain(one.label)}**  \n{plain(say(schedule.about))}")
            drawn.latex(latex(schedule, one.drawn.parameters))
            drawn.caption(say("Source: {source}.", source=plain(schedule.source)))
    why = st.expander(say("Why ReduceLROnPlateau has no curve here"), key="explore.loss_driven", on_change="rerun")
    if why.open:
        why.markdown(
            say(
                "ReduceLROnPlateau and the greedy rule of Transformers follow the loss. They are"
                " rules of training, not functions of the update: before a run there is no loss, so there is no curve."
                " Train with them, and their curve is drawn as it comes about."
            )
        )
        why.page_link("ui/pages/train.py", label=say("Open Train"), icon=":material/model_training:")


def _table(shown: list[Seen]) -> None:
    st.table(
        {
            say("Schedule"): [plain(one.label) for one in shown],
            say("First"): [rate(one.facts.first) for one in shown],
            say("Peak"): [rate(one.facts.peak) for one in shown],
            say("Last"): [rate(one.facts.last) for one in shown],
            say("Area"): [rate(one.facts.area) for one in shown],
            say("Updates ≥ ½ peak"): [f"{one.facts.at_half_or_above:,}" for one in shown],
            say("Warm-up"): [share(one.facts.warmup_share) for one in shown],
        },
        border="horizontal",
        hide_index=True,
    )
    st.caption(say("Area is the sum of all rates. Warm-up is the share of the run before the peak is first reached."))
