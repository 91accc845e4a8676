"""Drawn curves, combinations and formulas as schedules: by eye, against SciPy, by property, and as exported source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from schedulers import combined, cosine, drawn, linear_warmup, own_formula, step, then
from schedulers.combined import read, relative, write
from schedulers.drawn import read_points, write_points
from schedulers.export import source
from words import Refusal


@st.composite
def points(draw):
    shares = sorted(draw(st.sets(st.integers(0, 1000), min_size=2, max_size=8)))
    return [(share / 1000, draw(st.integers(0, 1000)) / 1000) for share in shares]


def test_straight_lines_by_eye():
    rates = drawn.rates(4, peak=0.5, points="0:0 0.5:1 1:0", between="linear")
    np.testing.assert_allclose(rates, [0, 0.25, 0.5, 0.25])


def test_cosine_waves_meet_half_way():
    rates = drawn.rates(4, peak=1.0, points="0:1 1:0", between="cosine")
    np.testing.assert_allclose(rates, cosine.rates(4, peak=1.0, final=0.0), rtol=1e-12)


def test_before_the_first_and_after_the_last_point_it_stays_level():
    rates = drawn.rates(10, peak=1.0, points="0.3:0.5 0.6:1", between="monotone")
    np.testing.assert_allclose(rates[:3], 0.5)
    np.testing.assert_allclose(rates[6:], 1)


@settings(max_examples=100, deadline=None)
@given(points(), st.integers(1, 300))
def test_monotone_curves_are_those_of_scipy(points, T):
    rates = drawn.rates(T, peak=1.0, points=write_points(points))
    x, y = np.array(points).T
    p = np.clip(np.arange(T) / T, x[0], x[-1])
    np.testing.assert_allclose(rates, PchipInterpolator(x, y)(p), rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(points(), st.sampled_from(["linear", "cosine", "monotone"]))
def test_no_curve_overshoots_its_points(points, between):
    rates = drawn.rates(200, peak=1.0, points=write_points(points), between=between)
    heights = [height for _, height in points]
    assert min(heights) - 1e-12 <= rates.min() <= rates.max() <= max(heights) + 1e-12


@given(points())
def test_points_come_back_from_their_text(points):
    np.testing.assert_array_equal(read_points(write_points(points)), points)
    assert drawn.check(points=points)["points"] == drawn.check(points=write_points(points))["points"]


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ("0:1", "points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, got '0:1'."),
        ("a:b c:d", "points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, got 'a:b c:d'."),
        ("0:1:2 1:1", "points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, got '0:1:2 1:1'."),
        ([[0, True], [1, 1]], "points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, got "
         "[[0, True], [1, 1]]."),
        (7, "points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, got 7."),
        ("0:1 1:2", "point 2 must be a share of the run and a share of the peak, both 0 to 1, got 1:2."),
        ("0:1 1:nan", "point 2 must be a share of the run and a share of the peak, both 0 to 1, got 1:nan."),
        ("0:1 0.5:1 0.5:0", "each point must be later than the one before it, got 0.5 after 0.5."),
    ],
)  # fmt: skip
def test_what_is_no_curve_is_refused_with_a_sentence(points, sentence):
    with pytest.raises(Refusal) as caught:
        drawn.check(points=points)
    assert str(caught.value) == f"Drawn by hand: {sentence}"


def test_a_combination_is_its_parts_joined():
    text = "0.25 linear_warmup warmup:1 then 0.75 cosine final:0.1"
    parts = then(
        (0.25, linear_warmup, {"peak": 1.0, "warmup": 1.0}), (0.75, cosine, {"peak": 1.0, "final": 0.1})
    )  # fmt: skip
    np.testing.assert_allclose(combined.rates(40, peak=0.5, segments=text), 0.5 * parts.rates(40), rtol=1e-12)
    assert combined.momentum(40, segments=text) is None


def test_multiplied_parts_each_span_the_run():
    rates = combined.rates(9, peak=0.5, segments="cosine times step factor:0.5")
    expected = 0.5 * cosine.rates(9, peak=1.0) * step.rates(9, peak=1.0, factor=0.5)
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_a_part_without_momentum_keeps_the_one_before():
    momentum = combined.momentum(8, segments="0.5 one_cycle then 0.5 constant")
    np.testing.assert_allclose(momentum[4:], momentum[3])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Combination: parts must be 1 to 12 such as 0.3 linear_warmup warmup:1 then 0.7 cosine, got ''."),
        (3, "Combination: parts must be 1 to 12 such as 0.3 linear_warmup warmup:1 then 0.7 cosine, got 3."),
        ("cosine then step", "Combination: each part must begin with its share of the run, got 'cosine'."),
        ("0.5 cosine then 0.4 step", "Joined schedules: the shares must sum to 1, got 0.9."),
        ("1 cosine fin:1", "Combination: Cosine decay has no parameter 'fin'; it has peak, final."),
        ("1 cosine peak:11", "Cosine decay: peak (learning rate) must be 0 to 10, got 11."),
        ("0.5 cosine then step times step", "Combination: join with then or with times, not both, got "
         "'0.5 cosine then step times step'."),
    ],
)  # fmt: skip
def test_what_is_no_combination_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(Refusal) as caught:
        combined.check(segments=text)
    assert str(caught.value) == sentence


def test_a_combination_names_what_it_may_hold():
    with pytest.raises(Refusal, match=r"^Combination: there is no schedule 'drown' to combine; there are constant, "):
        combined.check(segments="1 drown")


NESTED = (
    "0.2 drawn points:(0:0 1:1) then 0.5 own_formula formula:((1 - p) * max(p, 0.5)) then "
    "0.3 combined segments:(0.5 one_cycle then 0.5 combined segments:(cosine times own_formula formula:(1 - p / 2)))"
)


def test_drawn_curves_formulas_and_combinations_are_parts_too():
    rates = combined.rates(100, peak=0.2, segments=NESTED)
    p = np.arange(50) / 50
    np.testing.assert_allclose(rates[:20], 0.2 * drawn.rates(20, peak=1, points="0:0 1:1"), rtol=1e-12)
    np.testing.assert_allclose(rates[20:70], 0.2 * (1 - p) * np.maximum(p, 0.5), rtol=1e-9)
    inner = 0.2 * cosine.rates(15, peak=1.0) * (1 - np.arange(15) / 15 / 2)
    np.testing.assert_allclose(rates[85:], inner, rtol=1e-9)
    momentum = combined.momentum(100, segments=NESTED)
    assert np.unique(momentum[70:85]).size > 5
    assert np.unique(momentum[85:]).tolist() == [momentum[84]]
    assert write(read("Combination", write(read("Combination", NESTED)))) == write(read("Combination", NESTED))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 combined segments:(1 combined segments:(1 combined))",
         "Combination: combinations may be nested 3 deep, got 4."),
        ("1 combined segments:(" * 5000, "Combination: combinations may be nested 3 deep, got 5001."),
        (" times ".join(["combined segments:(" + " times ".join(["cosine"] * 9) + ")"] * 3),
         "Combination: there may be 24 parts in all, got 30."),
        ("1 drawn points:(0:1 1:0", "Combination: each bracket must have its other half, got "
         "'1 drawn points:(0:1 1:0'."),
        ("1 own_formula formula:(sin)", "Your formula: there is no name sin; allowed: t, T, p, pi, peak."),
        ("1 drawn points:(0:1)", "Drawn by hand: points must be 2 to 32 points share:height, such as 0:0.04 0.3:1 1:0, "
         "got '0:1'."),
    ],
)  # fmt: skip
def test_what_is_nested_too_deeply_or_wrongly_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(Refusal) as caught:
        combined.check(segments=text)
    assert str(caught.value) == sentence


@given(st.lists(st.sampled_from(["cosine", "step", "wsd", "one_cycle"]), min_size=1, max_size=4), st.booleans())
def test_every_combination_comes_back_from_its_text(names, multiplied):
    how, share = (" times ", "") if multiplied else (" then ", f"{1 / len(names)!r} ")
    text = how.join(f"{share}{name}" for name in names)
    combination = read("Combination", text)
    assert read("Combination", write(combination)).parts[0].parameters == relative(names[0])
    assert write(read("Combination", write(combination))) == write(combination)


@pytest.mark.parametrize(
    ("schedule", "parameters"),
    [(drawn, {"points": "0:0 0.2:1 0.7:0.3 1:0", "between": between}) for between in ("linear", "cosine", "monotone")]
    + [
        (combined, {"peak": 0.3, "segments": "0.3 linear_warmup warmup:1 then 0.5 one_cycle then 0.2 constant"}),
        (combined, {"segments": "cosine times step factor:0.5 times exponential"}),
        (combined, {"peak": 0.2, "segments": NESTED}),
        (combined, {"segments": "cosine times combined segments:(0.4 constant then 0.6 drawn)"}),
        (own_formula, {"formula": "where(p < 0.5, max(peak, 0.01), peak * abs(cos(pi * t / T)))"}),
    ],
)
@pytest.mark.parametrize("updates", [1, 7, 200])
def test_exported_source_gives_the_same_numbers(schedule, parameters, updates):
    space: dict[str, object] = {"np": np}
    with np.errstate(all="ignore"):
        exec(source(schedule, parameters), space)
        np.testing.assert_allclose(space["learning_rate"](updates), schedule.rates(updates, **parameters), rtol=1e-12)
        if updates == 1:  # not every part has an update then
            return
        momentum = schedule.momentum(updates, **parameters)
        assert ("momentum" in space) == (momentum is not None)
        if momentum is not None:
            np.testing.assert_allclose(space["momentum"](updates), momentum, rtol=1e-12)


def test_a_formula_knows_its_peak_and_says_what_it_refuses():
    np.testing.assert_allclose(
        own_formula.rates(4, peak=0.5, formula="peak * (1 - p) ** 2"), [0.5, 0.28125, 0.125, 0.03125]
    )
    with pytest.raises(Refusal, match=r"^Your formula: there is no name q; allowed: t, T, p, pi, peak\.$"):
        own_formula.check(formula="q")
    with pytest.raises(Refusal, match=r"^Your formula: each learning rate must be at least 0, got -1 at update 1\.$"):
        own_formula.rates(3, formula="-t")
