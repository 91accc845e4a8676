"""What holds for every schedule of the catalogue, whatever its parameters: also for one that is declared tomorrow."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedulers import CATALOGUE
from words import Refusal

every_schedule = pytest.mark.parametrize("schedule", CATALOGUE.values(), ids=CATALOGUE)


def drawn(param):
    """A value within the declared bounds, the bounds themselves and the default often among them."""
    if param.kind == "choice":
        return st.sampled_from(param.choices)
    if param.kind == "text":
        return st.just(param.default)
    if param.kind == "flag":
        return st.booleans()
    if param.kind == "count":
        return st.integers(int(param.low), int(param.high))
    landmarks = st.sampled_from([param.low, param.high, float(param.default)])
    return landmarks | st.floats(param.low, param.high)


def parameters_of(schedule):
    """Any subset of the parameters; the rates other than the peak, which bounds them, as shares of it."""
    return st.fixed_dictionaries({}, optional={param.name: drawn(param) for param in schedule.params}).map(
        lambda values: below_peak(schedule, values)
    )


def below_peak(schedule, values):
    peak = values.get("peak")
    if peak is None:
        return {name: value for name, value in values.items() if kind(schedule, name) != "rate"}
    return {name: peak * value / 10 if kind(schedule, name) == "rate" and name != "peak" else value
            for name, value in values.items()}  # fmt: skip


def kind(schedule, name):
    return next(param.kind for param in schedule.params if param.name == name)


def check_properties(schedule, T, parameters):
    try:
        values = schedule.check(T, **parameters)
        rates, momentum = schedule.rates(T, **parameters), schedule.momentum(T, **parameters)
    except Refusal:
        with pytest.raises(Refusal, match="^" + re.escape(schedule.title) + r": [^\n]+\.$"):
            schedule.rates(T, **parameters)
        return
    assert rates.shape == (T,)
    assert rates.dtype == np.float64
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    if "peak" in values:
        assert rates.max() <= values["peak"] * (1 + 1e-12)
    if momentum is not None:
        assert momentum.shape == (T,)
        bounds = [values[name] for name in ("momentum", "momentum_at_peak") if name in values] or [0, 1]
        assert min(bounds) - 1e-12 <= momentum.min()
        assert momentum.max() <= max(bounds) + 1e-12


@every_schedule
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_rates_are_finite_not_negative_and_never_above_the_peak(schedule, data):
    T = data.draw(st.integers(1, 40) | st.integers(1, 3000), label="T")
    check_properties(schedule, T, data.draw(parameters_of(schedule), label="parameters"))


@every_schedule
@pytest.mark.parametrize("T", [1, 2, 3, 1_000_000])
def test_the_shortest_and_the_longest_run_with_the_defaults(schedule, T):
    check_properties(schedule, T, {})
    assert len(schedule.rates(T)) == T


@pytest.mark.parametrize(
    "schedule", [one for one in CATALOGUE.values() if any(param.name == "peak" for param in one.params)],
    ids=lambda one: one.name,
)  # fmt: skip
@settings(max_examples=10, deadline=None)
@given(peak=st.floats(1e-6, 10))
@example(peak=10.0)
def test_a_peak_alone_scales_the_whole_curve(schedule, peak):
    defaults = schedule.check()
    np.testing.assert_allclose(
        schedule.rates(50, peak=peak), schedule.rates(50) * (peak / defaults["peak"]), rtol=1e-9, atol=1e-18
    )


@pytest.mark.parametrize(
    ("schedule", "param"),
    [(one, param.name) for one in CATALOGUE.values() for param in one.params
     if param.kind == "rate" and param.name != "peak" and "peak" in one.check()],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_no_other_rate_may_exceed_the_peak(schedule, param):
    sentence = f"^{re.escape(schedule.title)}: {param} \\(learning rate\\) must be at most the peak, 1e-3, got 0.5\\.$"
    sentence = sentence.replace("1e-3", "0.001")
    with pytest.raises(Refusal, match=sentence):
        schedule.check(None, **{"peak": 1e-3, param: 0.5})


@every_schedule
def test_a_parameter_called_t_or_self_is_refused_with_its_sentence(schedule):
    for name in ("T", "self"):
        for function in (schedule.check, schedule.rates, schedule.momentum):
            with pytest.raises(Refusal, match=rf": there is no parameter {name}; allowed: "):
                function(10, **{name: 5})
