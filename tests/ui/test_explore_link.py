"""A link and the picture it stands for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedulers
from ui import link
from ui.picture import Drawn, Picture, comma_separated, curve, labels, switched
from words import Refusal

TEXTS = {
    "points": ["0:0 0.25:1 1:0.125", "0.1:0.5 0.9:0.25"],
    "formula": ["where(p < 0.5, peak, peak * 10 ** (-3 * p)) + t % 10 * 1e-9", "peak"],
    "segments": [
        "cosine times step factor:0.5",
        "0.25 constant then 0.75 wsd decay:0.5 then 0 rex",
        "0.5 drawn points:(0:1 0.5:1 1:0) then 0.5 own_formula formula:(min(peak, 0.5))",
    ],
}


def _value(param):
    if param.kind == "flag":
        return st.booleans()
    if param.kind == "choice":
        return st.sampled_from(param.choices)
    if param.kind == "text":
        return st.sampled_from([param.default, *TEXTS.get(param.name, ())])
    if param.kind == "count":
        return st.integers(int(param.low), int(param.high))
    return st.floats(param.low, param.high)


@st.composite
def curves(draw):
    name = draw(st.sampled_from(sorted(schedulers.CATALOGUE)))
    parameters = draw(
        st.fixed_dictionaries({}, optional={param.name: _value(param) for param in schedulers.CATALOGUE[name].params})
    )
    try:
        label = draw(st.sampled_from(["", "Mine", "a, b=c %2C & 50 % ü"]))
        colour = draw(st.none() | st.integers(0, 7))
        return curve(name, parameters, hidden=draw(st.booleans()), label=label, colour=colour)
    except Refusal:  # each is allowed, but they do not go together
        return Drawn(name)


pictures = st.builds(
    Picture,
    st.lists(curves(), min_size=1, max_size=8).map(tuple),
    st.integers(2, 1_000_000),
    st.integers(1, 10_000),
    st.sampled_from(["updates", "epochs", "samples"]),
    st.sampled_from(["linear", "log"]),
    st.integers(1, 1_000_000),
)


@settings(max_examples=200, deadline=None)
@given(pictures)
def test_every_picture_comes_back_from_its_link(picture):
    assert link.from_text(link.as_text(picture)) == (picture, [])
    assert link.decode(link.encode(picture)) == (picture, [])


def test_a_link_is_readable_and_says_only_what_differs():
    curves = (curve("one_cycle", {"peak": 0.003, "div": 25.0}), curve("cosine", {}, hidden=True))
    picture = Picture(curves, 600, y="log")
    assert link.as_text(picture) == "c=one_cycle,peak=3e-3&c=cosine,hidden&updates=600&y=log"


def test_an_empty_link_is_the_default_picture():
    assert link.from_text("") == (Picture(), [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("c=one_cycle,peak=-1", "1cycle (fastai): peak (learning rate) must be 0 to 10, got -1."),
        ("c=one_cycle,peak=high", "1cycle (fastai): peak (learning rate) must be 0 to 10, got 'high'."),
        ("c=one_cycle,peak=nan", "1cycle (fastai): peak (learning rate) must be 0 to 10, got nan."),
        ("c=one_cycle,peak", "1cycle (fastai): peak (learning rate) must be 0 to 10, got ''."),
        ("c=one_cycle,pek=1", "Link: 1cycle (fastai) has no parameter 'pek'; it has peak, warmup, div, div_final, "
         "momentum, momentum_at_peak."),
        ("c=torch_one_cycle,three_phase=1", "1cycle (PyTorch): three_phase must be true or false, got '1'."),
        ("updates=1", "Link: updates must be a whole number from 2 to 1000000, got '1'."),
        ("updates=1e3", "Link: updates must be a whole number from 2 to 1000000, got '1e3'."),
        ("updates=" + "9" * 5000, "Link: updates must be a whole number from 2 to 1000000, got '" + "9" * 56 + "...."),
        ("epochs=", "Link: epochs must be a whole number from 1 to 10000, got ''."),
        ("x=days", "Link: x must be updates or epochs or samples, got 'days'."),
        ("y=square", "Link: y must be linear or log, got 'square'."),
        ("update=5", "Link: 'update' means nothing here; there are c, updates, epochs, x, y, batch."),
        ("&".join(["c=cosine"] * 9), "A picture holds at most 8 curves, got 9."),
    ],
)  # fmt: skip
def test_a_bad_link_is_refused_in_one_sentence(text, sentence):
    _, refusals = link.from_text(text)
    assert [str(refusal) for refusal in refusals] == [sentence]


def test_an_unknown_schedule_is_refused_with_those_there_are():
    _, (refusal,) = link.from_text("c=one_cicle")
    assert str(refusal).startswith("Link: there is no schedule 'one_cicle'; there are ")
    assert "one_cycle" in str(refusal)


def test_what_can_be_read_of_a_bad_link_is_kept():
    picture, refusals = link.from_text("c=cosine,peak=0.5&c=nonsense&updates=77&epochs=x&y=log")
    assert picture == Picture((curve("cosine", {"peak": 0.5}),), 77, 10, "updates", "log")
    assert len(refusals) == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_too_bad_to_be_refused(text):
    picture, _ = link.decode({"c": [text, f"one_cycle,{text}"], "updates": [text], text: [text]})
    assert 1 <= len(picture.curves) <= 8


def test_curves_of_one_schedule_are_told_apart():
    drawn = [curve("cosine", {}), curve("cosine", {"peak": 0.003}), curve("cosine", {}), Drawn("constant")]
    assert labels(drawn) == ["Cosine decay", "Cosine decay (peak 3e-3)", "Cosine decay · 2", "Constant"]


def test_another_schedule_keeps_the_parameters_that_it_has_too():
    assert switched(curve("one_cycle", {"peak": 0.5, "div": 2.0}), "cosine") == curve("cosine", {"peak": 0.5})


def test_the_table_keeps_every_digit():
    rates = schedulers.CATALOGUE["one_cycle"].rates(50)
    lines = comma_separated({"1cycle, rate": rates}, 50, 5).decode().splitlines()
    assert lines[0] == 'update,epoch,"1cycle, rate"'
    read = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    np.testing.assert_array_equal(read[:, 2], rates)
    np.testing.assert_allclose(read[:, 1], np.arange(50) / 10)
