import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers import constant, one_cycle
from schedulers.theory import adamw_weights, bound
from words import Refusal

CASES = json.loads((Path(__file__).parents[1] / "golden" / "theory.json").read_text())["cases"]


def named(name, T):
    """The schedules of the reference values, which lists their rates for T = 50 only."""
    p = np.arange(T) / T
    return {
        "constant": np.ones(T),
        "cosine to 0": (1 + np.cos(np.pi * p)) / 2,
        "cosine to 0.1": 0.1 + 0.9 * (1 + np.cos(np.pi * p)) / 2,
        "1/sqrt": 1 / np.sqrt(np.arange(T) + 1),
        "wsd 20% linear": np.minimum(1, (1 - p) / 0.2),
        "wsd 40% 1-sqrt": 1 - np.sqrt(np.maximum(0, (p - 0.6) / 0.4)),
        "linear to 0": 1 - p,
    }[name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['schedule']}-{case['T']}-{case['G']}")
def test_the_bound_equals_the_papers_own_implementation(case):
    eta = named(case["schedule"], case["T"])
    if "eta" in case:
        np.testing.assert_allclose(eta, case["eta"], rtol=1e-9)
    found = bound(eta, distance=case["D"], gradient=case["G"])
    expected = [case["bound_at_base_1"], case["best_base_lr"], case["best_bound"]]
    np.testing.assert_allclose([found.at_these_rates, found.best_multiple, found.best], expected, rtol=1e-6)


@pytest.mark.parametrize(("D", "G", "exact"), [(1.0, 1.0, 1.063638633912633), (0.7, 2.5, 6.644862901234318)])
def test_the_bound_is_near_arithmetic_with_40_digits(D, G, exact):
    found = bound(named("cosine to 0", 2000), distance=D, gradient=G)
    np.testing.assert_allclose(found.at_these_rates, exact, rtol=2e-6)


def test_both_ways_to_form_the_sums_agree(monkeypatch):
    eta = named("cosine to 0.1", 2000)
    published = bound(eta)
    monkeypatch.setattr("schedulers.theory.AS_PUBLISHED", 0)
    exact = bound(eta)
    np.testing.assert_allclose(
        [published.at_these_rates, published.best], [exact.at_these_rates, exact.best], rtol=1e-9
    )


def test_one_update_by_hand():
    # D^2 / (2 eta) + eta G^2 / 2, least at eta = D / G, where it is D G.
    found = bound([0.5], distance=3.0, gradient=2.0)
    np.testing.assert_allclose([found.at_these_rates, found.best], [9 / 1.0 + 0.5 * 4 / 2, 6.0])
    np.testing.assert_allclose(0.5 * found.best_multiple, 1.5)


@settings(max_examples=50, deadline=None)
@given(rates=st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=30), scale=st.floats(0.1, 10))
def test_the_best_multiple_is_the_best(rates, scale):
    found = bound(rates)
    at_best = bound(np.array(rates) * found.best_multiple)
    np.testing.assert_allclose(at_best.at_these_rates, found.best, rtol=1e-9)
    np.testing.assert_allclose(bound(np.array(rates) * scale).best, found.best, rtol=1e-9)
    assert bound(np.array(rates) * scale).at_these_rates >= found.best * (1 - 1e-9)


def test_updates_at_rate_0_at_the_end_change_nothing():
    assert bound([1.0, 0.5, 0.0, 0.0]) == bound([1.0, 0.5])
    assert np.isfinite(bound([0.0, 1.0, 0.0, 0.5]).at_these_rates)


def test_a_million_updates_take_no_quadratic_time():
    begun = time.process_time()
    assert bound(constant.rates(1_000_000)).best < 0.01
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("rates", [[0.1, -0.1], [np.nan], [0.0, 0.0]])
def test_rates_that_are_none_are_refused(rates):
    with pytest.raises(Refusal, match=r"^Theory: .* (at least 0, got (-0\.1|nan) at update|one update at least)"):
        bound(rates)


def test_the_weights_of_adamw_by_hand():
    np.testing.assert_allclose(adamw_weights([1.0, 0.5], 0.5), [0.5 * 0.75, 0.25])


def test_the_weights_of_adamw_and_of_the_initial_model_sum_to_1():
    rates = one_cycle.rates(500, peak=0.5)
    np.testing.assert_allclose(adamw_weights(rates, 0.1).sum() + np.prod(1 - 0.1 * rates), 1.0)


def test_the_weights_refuse_what_would_overshoot():
    with pytest.raises(Refusal, match=r"learning rate times weight decay must be 0 to 1, got 2\.$"):
        adamw_weights([1.0, 4.0], 0.5)
