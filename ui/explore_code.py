"""Code on the Explore page: a curve as code of a library, pasted code as a curve, and how two libraries differ."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import schedulers
from figures.schedule import Curve, Mark, schedule
from figures.thin import LIMIT, thin_together
from schedulers import differences, libraries, paste
from schedulers.export import Exported, code
from schedulers.library_pairs import TITLES
from ui import live_chart
from ui.controls import plain
from ui.explore_curve import Parameters, Seen
from ui.explore_curve import key as parameters_key
from ui.picture import MOST_CURVES, Picture
from words import Refusal, rate, say

KEY = "explore.code"
KEPT = 64
HEIGHT = 340
OUTLINED, OUTLINE = 1000, 100  # updates and points of the pairs that might be chosen
LIBRARIES = {
    "pytorch": "PyTorch",
    "lightning": "Lightning",
    "transformers": "Transformers",
    "fastai": "fastai",
    "timm": "timm",
    "optax": "optax",
    "keras": "Keras",
}
PASTED = """optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)"""


def code_panel(picture: Picture, shown: list[Seen]) -> None:
    """Draw a curve as code of a library, with what is known of its execution."""
    if not shown:
        st.caption(say("No curve is shown. Add one, or show one that is hidden."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one = st.selectbox(
            say("Curve"), range(len(shown)), format_func=lambda place: shown[place].label, key=f"{KEY}.curve", width=320
        )
        library = st.segmented_control(
            say("Library"), list(LIBRARIES), default="pytorch", required=True, key=f"{KEY}.library",
            format_func=LIBRARIES.__getitem__,
        )  # fmt: skip
    chosen = shown[one or 0].drawn
    try:
        exported = _exported(library or "pytorch", chosen.name, parameters_key(chosen.parameters), picture.updates)
    except Refusal as refusal:
        st.warning(plain(str(refusal)))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if exported.tested:
            st.badge(say("checked by execution"), icon=":material/check:", color="green", help=say(
                "Code of this kind for this schedule was executed, and each update used the schedule's own rate."
            ))  # fmt: skip
        else:
            st.badge(say("untested"), icon=":material/question_mark:", color="orange", help=say(
                "Code of this kind for this schedule has not been executed yet."
            ))  # fmt: skip
        template = (
            "{library}'s own scheduler, which gives exactly this curve over {updates} updates."
            if exported.native
            else "{library} has no scheduler that gives exactly this curve over {updates} updates; "
            "the code hands it a function."
        )
        st.caption(say(template, library=LIBRARIES[library or "pytorch"], updates=f"{picture.updates:,}"))
    st.code(exported.text, language="python", height=HEIGHT)


def paste_panel(picture: Picture, shown: list[Seen]) -> None:
    """Draw what pasted scheduler constructors give, over the page's curves."""
    text = st.text_area(
        say("Paste a scheduler"), PASTED, key=f"{KEY}.pasted", height=120, max_chars=paste.LONGEST,
        help=say("PyTorch, fastai, Transformers, timm, optax and Keras. The code is read, never run."),
    )  # fmt: skip
    try:
        pasted = paste.read(text)
    except Refusal as refusal:
        st.warning(plain(str(refusal)))
        return
    curves = [one.curve for one in shown][: MOST_CURVES - 1]
    drawn, marks = 0, list[Mark]()
    for number, found in enumerate(pasted[: MOST_CURVES - len(curves)]):
        try:
            curve, sentence, wrong = _pasted(text, number, min(picture.updates, paste.ends(found) or picture.updates))
        except Refusal as refusal:
            st.warning(plain(str(refusal)))
            continue
        curves.append(replace(curve, colour=len(shown) + number))
        drawn += 1
        st.caption(plain(sentence))
        for note in found.notes:
            st.caption(plain(note))
        for mark in wrong:
            st.warning(plain(mark.sentence), icon=":material/change_history:")
            marks.append(replace(mark, colour=len(shown) + number))
    if drawn:
        _chart(curves, "pasted", say("The pasted schedule over the curves of this page"), marks)


def difference_panel(picture: Picture, shown: list[Seen]) -> None:
    """Draw the same schedule of two libraries over each other, and say how they differ."""
    title = st.selectbox(
        say("The same schedule of two libraries"), list(differences.PAIRS), key=f"{KEY}.pair", format_func=say,
        help=say("Both with the same peak and length, and with each library's own defaults for all else."), width=480,
    )  # fmt: skip
    title = title or next(iter(differences.PAIRS))
    try:
        sentences, curves = _compared(title, picture.updates)
    except Refusal as refusal:
        st.warning(plain(str(refusal)))
        return
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    _chart(
        list(curves), "pair", say("The same schedule of two libraries"), foreseen=_other_pairs(title, picture.updates)
    )
    for library, name, kwargs in differences.PAIRS[title].sides(picture.updates):
        arguments = ", ".join(f"{key}={value!r}" for key, value in kwargs.items())
        st.caption(plain(f"{TITLES[library]}: {name}({arguments})"))


def _chart(
    curves: list[Curve],
    name: str,
    label: str,
    marks: Sequence[Mark] = (),
    foreseen: Sequence[live_chart.Foreseen] = (),
) -> None:
    figure = schedule(curves, marks=marks)
    live_chart.show(figure, key=f"{KEY}.{name}.chart", label=label, height=HEIGHT, foreseen=foreseen)


def _other_pairs(title: str, T: int) -> list[live_chart.Foreseen]:
    """Return what the chart becomes by each other pair, in outline: 4 kB each, which is soon drawn in full."""
    found = []
    for other in differences.PAIRS:
        try:
            curves = _outlined(other, min(T, OUTLINED))
        except Refusal:
            continue
        stretch = (T - 1) / max(min(T, OUTLINED) - 1, 1)
        longer = [
            replace(curve, updates=np.rint(np.asarray(curve.updates) * stretch).astype(np.int64), total=T)
            for curve in curves
        ]
        if other != title:
            found.append(live_chart.Foreseen(f"{KEY}.pair", schedule(longer), say(other)))
    return found


@lru_cache(KEPT)
def _exported(library: str, name: str, parameters: Parameters, T: int) -> Exported:
    """Kept for the last KEPT snippets of all visitors, a few kilobytes each; O(T)."""
    return code(library, schedulers.CATALOGUE[name], dict(parameters), T)


@lru_cache(KEPT)
def _pasted(text: str, number: int, T: int) -> tuple[Curve, str, tuple[Mark, ...]]:
    """Return one of the pasted schedulers' curve, its facts in a sentence, and what is likely wrong with it.

    Kept as `_exported` is, O(T).
    """
    found = paste.read(text)[number]
    given = paste.curve(found, T)
    rates = given["lr"]
    title = say("Pasted: {name}, line {line}", name=found.name, line=found.line)
    sentence = say(
        "{title}: {library}; first {first}, peak {peak} at update {at}, last {last} at update {end}.",
        title=title, library=TITLES[found.library], first=rate(float(rates[0])), peak=rate(float(rates.max())),
        at=f"{rates.argmax():,}", last=rate(float(rates[-1])), end=f"{T - 1:,}",
    )  # fmt: skip
    wrong = paste.warnings(found, given)
    return (
        _thinned(title, given, 0),
        sentence,
        tuple(Mark(lint.sentence, lint.update, float(rates[lint.update])) for lint in wrong),
    )


@lru_cache(KEPT)
def _compared(title: str, T: int) -> tuple[tuple[str, ...], tuple[Curve, ...]]:
    """Return how the pair differs, and its two curves; kept as `_exported` is, O(T)."""
    return tuple(differences.compare(*differences.PAIRS[title].sides(T), T)), _both(title, T)


@lru_cache(2 * len(differences.PAIRS))
def _outlined(title: str, T: int) -> tuple[Curve, ...]:
    """Return a pair's two curves in a few points; kept for the last two lengths of all visitors, O(T)."""
    return _both(title, T, OUTLINE)


def _both(title: str, T: int, points: int = LIMIT) -> tuple[Curve, ...]:
    return tuple(
        _thinned(f"{TITLES[library]} {name}", libraries.curve(library, name, kwargs, T), number, points)
        for number, (library, name, kwargs) in enumerate(differences.PAIRS[title].sides(T))
    )


def _thinned(label: str, given: dict[str, NDArray[np.float64]], colour: int, points: int = LIMIT) -> Curve:
    rates, momentum = given["lr"], given.get("momentum")
    kept = thin_together(rates, momentum, points)
    return Curve(label, rates[kept], None if momentum is None else momentum[kept], colour, kept, len(rates))
