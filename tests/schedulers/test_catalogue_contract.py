import inspect
import math
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schedulers
from schedulers import CATALOGUE, cosine, noam, step
from schedulers.declare import Param, declare
from words import Refusal

every_schedule = pytest.mark.parametrize("schedule", CATALOGUE.values(), ids=CATALOGUE)


def drawn(param):
    """A value that the declaration allows."""
    if param.kind == "choice":
        return st.sampled_from(param.choices)
    if param.kind == "flag":
        return st.booleans()
    if param.kind == "text":
        return st.just(param.default)
    if param.kind == "count":
        return st.integers(int(param.low), int(min(param.high, 10_000)))
    return st.floats(param.low, param.high)


@every_schedule
@pytest.mark.parametrize("T", [1, 2, 3, 7, 100, 1001])
def test_defaults_give_finite_rates_that_are_not_negative(schedule, T):
    rates = schedule.rates(T)
    assert rates.shape == (T,)
    assert rates.dtype == np.float64
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    momentum = schedule.momentum(T)
    assert momentum is None or schedule.momentum_function is not None
    if momentum is not None:
        assert momentum.shape == (T,)
        assert ((momentum >= 0) & (momentum < 1)).all()


@every_schedule
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_is_allowed_gives_rates_or_one_sentence(schedule, data):
    T = data.draw(st.integers(1, 60))
    parameters = {param.name: data.draw(drawn(param), label=param.name) for param in schedule.params}
    try:
        rates, momentum = schedule.rates(T, **parameters), schedule.momentum(T, **parameters)
    except Refusal:
        with pytest.raises(Refusal, match="^" + re.escape(schedule.title) + ": .*[.]$"):
            schedule.rates(T, **parameters)
        return
    highest = max([parameters[param.name] for param in schedule.params if param.kind == "rate"], default=0.0)
    assert np.isfinite(rates).all()
    assert (rates >= -1e-12 * highest).all()
    if momentum is not None:
        assert ((momentum >= -1e-9) & (momentum <= 1)).all()


@pytest.mark.parametrize(
    "schedule", [each for each in CATALOGUE.values() if each is not noam], ids=lambda each: each.name
)
@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.01, 0.5), T=st.integers(1, 200))
def test_the_curve_scales_with_its_learning_rates(schedule, scale, T):
    given_rates = {param.name: param.default for param in schedule.params if param.kind == "rate"}
    scaled = {name: value * scale for name, value in given_rates.items()}
    assume(all(param.low <= scaled[param.name] for param in schedule.params if param.name in scaled))
    np.testing.assert_allclose(schedule.rates(T, **scaled), scale * schedule.rates(T), rtol=1e-9, atol=1e-15)


@every_schedule
def test_bad_values_are_refused_with_the_bounds(schedule):
    for param in schedule.params:
        for bad in (math.nan, math.inf, -math.inf, "x", None, [1.0], param.low - 1, param.high + 1):
            if param.kind == "choice":
                allowed = "one of " + ", ".join(param.choices)
            elif param.kind == "flag":
                allowed = "true or false"
            elif param.kind == "text":  # each reads its own language; its own tests read the sentences
                continue
            else:
                allowed = " to "
            with pytest.raises(Refusal) as caught:
                schedule.check(**{param.name: bad})
            sentence = str(caught.value)
            assert sentence.startswith(f"{schedule.title}: {param.name}")
            assert " must be " in sentence
            assert allowed in sentence
            assert ", got " in sentence
            assert sentence.endswith(".")
            assert sentence.count("\n") == 0


@every_schedule
def test_the_declaration_has_every_word_that_the_page_shows(schedule):
    assert schedule.title
    assert schedule.about.endswith(".")
    assert schedule.source
    assert schedule.formula
    assert schedule.family
    assert getattr(schedulers, schedule.name) is schedule
    declared = {param.name for param in schedule.params}
    taken = inspect.signature(schedule.rate_function).parameters
    assert set(taken) - {"xp", "t", "T"} - declared <= {"momenta", "others"}
    for param in schedule.params:
        assert param.help.endswith(".")
        assert param.title
        assert schedule.check()[param.name] == param.default
        if param.kind == "rate":
            assert 0 <= param.low < 1e-9
            assert param.high == 10


@every_schedule
def test_closed_forms_ask_for_nothing_but_the_maths_namespace(schedule):
    class Namespace:
        def __init__(self):
            self.asked = set()

        def __getattr__(self, name):
            self.asked.add(name)
            return getattr(np, name)

    xp = Namespace()
    with np.errstate(all="ignore"):
        schedule.rate_function(xp, np.arange(10.0), 10, **schedule.check())
    known = {"cos", "pi", "where", "minimum", "maximum", "floor", "exp", "log", "sqrt", "tanh"}
    assert xp.asked <= known or not schedule.closed_form


def test_the_sentences():
    for parameters, sentence in [
        ({"peak": -1}, "Cosine decay: peak (learning rate) must be 0 to 10, got -1."),
        ({"peak": "big"}, "Cosine decay: peak (learning rate) must be 0 to 10, got 'big'."),
        ({"peak": True}, "Cosine decay: peak (learning rate) must be 0 to 10, got True."),
        ({"peak": math.nan}, "Cosine decay: peak (learning rate) must be 0 to 10, got nan."),
        ({"top": 1}, "Cosine decay: there is no parameter top; allowed: peak, final."),
    ]:
        with pytest.raises(Refusal) as caught:
            cosine.rates(10, **parameters)
        assert str(caught.value) == sentence
    for T, sentence in [
        (0, "Cosine decay: T (updates) must be 1 to 1,000,000, got 0."),
        (1_000_001, "Cosine decay: T (updates) must be 1 to 1,000,000, got 1,000,001."),
        (2.5, "Cosine decay: T (updates) must be a whole number, 1 to 1,000,000, got 2.5."),
    ]:
        with pytest.raises(Refusal) as caught:
            cosine.rates(T)
        assert str(caught.value) == sentence
    with pytest.raises(Refusal, match=r"^Step decay: every \(share of run\) must be 1e-3 to 1, got 2\.$"):
        step.check(every=2)


def test_a_name_enters_the_catalogue_once():
    with pytest.raises(ValueError, match="two schedules are called cosine"):

        @declare(title="x", family="x", source="x", formula="x", params=())
        def cosine(xp, t, T):
            return t


def test_a_default_out_of_bounds_is_found_when_it_is_declared():
    with pytest.raises(Refusal, match="peak"):

        @declare(title="x", family="x", source="x", formula="x", params=(Param("peak", "", 11, 0, 10, "rate", "."),))
        def too_high(xp, t, T, *, peak):
            return t

    assert "too_high" not in CATALOGUE
