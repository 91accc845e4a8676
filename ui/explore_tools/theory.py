"""Theory: what the convex bound says of each curve, and how long AdamW's final model remembers each update."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import schedulers
from figures.schedule import over_updates
from figures.thin import thin
from schedulers.theory import Bound, adamw_weights, bound, bound_along
from ui import explore_session as session
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Parameters, Seen
from ui.explore_curve import key as parameters_key
from ui.picture import Picture
from words import Refusal, rate, say, share

KEY = "explore.theory"
KEPT = 256
MOST_DECAY = 10.0
CAVEAT = (
    "The bound holds for convex losses and one pass over the data, with the distance to the optimum and the gradients"
    " both taken as 1. It compares shapes. On a small data set that is seen many times, put it beside a measurement;"
    " it is never the truth."
)


class Judged(NamedTuple):
    """A curve's bound, and the bound of a run that is cut at `updates`, at the whole run's best multiple."""

    bound: Bound
    updates: NDArray[np.int64]
    along: NDArray[np.float64]


class Memory(NamedTuple):
    """The thinned weights of the updates in the final model, that of its initial weights, and the recent half."""

    updates: NDArray[np.int64]
    weights: NDArray[np.float64]
    initial: float
    recent: int


def show(picture: Picture, shown: list[Seen]) -> None:
    """Draw the ranking by the bound with its figure, and AdamW's memory."""
    judged: list[tuple[Seen, Judged]] = []
    for one in shown:
        try:
            judged.append((one, _judged(one.drawn.name, parameters_key(one.drawn.parameters), picture.updates)))
        except Refusal as refusal:
            st.caption(f"{plain(one.label)}: {plain(str(refusal))}")
    judged.sort(key=lambda entry: entry[1].bound.best)
    if judged:
        st.table(
            {
                say("Rank"): list(range(1, len(judged) + 1)),
                say("Schedule"): [plain(one.label) for one, _ in judged],
                say("Best bound"): [rate(known.bound.best, 4) for _, known in judged],
                say("Best peak"): [rate(one.facts.peak * known.bound.best_multiple) for one, known in judged],
                say("Bound at these rates"): [rate(known.bound.at_these_rates, 4) for _, known in judged],
            },
            border="horizontal",
            hide_index=True,
        )
        st.caption(say("The bound of a run that is cut at an update, each curve at its best peak:"))
        live_chart.show(
            over_updates(
                [(one.label, one.curve.colour, one.place, known.updates, known.along) for one, known in judged],
                say("bound"),
                log=True,
            ),
            key=f"{KEY}.bound", height=280,
            label=say("The convex bound of a run that is cut at each update, at each curve's best base rate"),
            sketch=live_chart.Sketch(
                "bound", session.CHART, given={"curves": [str(one.place) for one, _ in judged]}
            ),
        )  # fmt: skip
    st.caption(say(CAVEAT))
    st.caption(say("Source: {source}.", source="arXiv 2501.18965; Theorem 10 of arXiv 2310.07831"))
    _memory(picture, shown)


def _memory(picture: Picture, shown: list[Seen]) -> None:
    st.markdown(say("**What AdamW remembers**"))
    decay = st.number_input(
        say("Weight decay"), 0.0, MOST_DECAY, 0.1, step=0.01, format="%.3g", key=f"{KEY}.decay", width=220,
        help=say("With it, AdamW's final model is an average of its updates: each fades by 1 - rate x weight decay."),
    )  # fmt: skip
    if decay == 0:
        st.caption(say("Without weight decay nothing fades: the final model is the sum of all updates."))
        return
    lines = []
    for one in shown:
        try:
            known = _remembered(one.drawn.name, parameters_key(one.drawn.parameters), picture.updates, decay)
        except Refusal as refusal:
            st.caption(f"{plain(one.label)}: {plain(str(refusal))}")
            continue
        lines.append((one.label, one.curve.colour, one.place, known.updates, known.weights))
        st.caption(
            say(
                "{name}: half of the updates' weight lies on the last {recent}; the initial weights keep {initial}.",
                name=plain(one.label), recent=f"{known.recent:,}", initial=share(known.initial),
            )
        )  # fmt: skip
    if lines:
        live_chart.show(
            over_updates(lines, say("weight in the final model"), log=False), key=f"{KEY}.memory", height=300,
            label=say("The weight of each update in AdamW's final model"),
            sketch=live_chart.Sketch(
                "memory", session.CHART, (live_chart.Field(f"{KEY}.decay", "decay", decay, 0.0, MOST_DECAY),),
                {"curves": [str(place) for _, _, place, _, _ in lines]},
            ),
        )  # fmt: skip
        st.caption(say("Source: {source}.", source="arXiv 2502.15938"))


@lru_cache(KEPT)
def _judged(name: str, parameters: Parameters, T: int) -> Judged:
    """Kept for the last KEPT curves of all visitors, a few kilobytes each; O(T), and O(points x T) along the run."""
    rates = schedulers.CATALOGUE[name].rates(T, **dict(parameters))
    known = bound(rates)
    updates, along = bound_along(rates * known.best_multiple, 24 if T > 20_000 else 80)
    return Judged(known, updates, along)


@lru_cache(KEPT)
def _remembered(name: str, parameters: Parameters, T: int, decay: float) -> Memory:
    """Kept as `_judged` is, 32 kB each."""
    weights = adamw_weights(schedulers.CATALOGUE[name].rates(T, **dict(parameters)), decay)
    kept = thin(weights)
    whole = float(weights.sum())
    recent = int(np.searchsorted(np.cumsum(weights[::-1]), whole / 2)) + 1
    return Memory(kept, weights[kept], max(1 - whole, 0.0), recent)
