import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder import regret


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (0.5, 0.0),  # the best
        (2.5, 1.0),  # no better than a rate of 1e-5
        (1.5, 0.5),
        (0.6, 0.05),
        (0.3, -0.1),  # better than any rate of the grid
        (7.0, 3.25),  # (7 - 0.5) / 2
        (7.5, 3.5),
        (1e30, 3.5),  # counts as 3 x 2.5
        (math.inf, 3.5),
        (math.nan, 3.5),
        (None, 1.0),  # no answer counts as 1e-5
    ],
)
def test_regret_by_hand_for_a_best_of_half_and_two_and_a_half_at_rest(loss, expected):
    assert regret.regret(loss, best=0.5, at_rest=2.5) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_where_nothing_is_learned_there_is_no_regret():
    assert math.isnan(regret.regret(0.5, best=1.0, at_rest=1.0))
    assert math.isnan(regret.regret(None, best=1.1, at_rest=1.0))
    assert math.isnan(regret.regret(0.5, best=math.nan, at_rest=1.0))


def test_losses_are_capped_at_three_times_the_loss_at_rest_seed_by_seed():
    losses = [[1.0, 5.0], [math.nan, math.inf], [3.0, -math.inf]]
    np.testing.assert_array_equal(regret.capped(losses, [1.0, 2.0]), [[1, 5], [3, 6], [3, 6]])


def test_a_task_tells_rates_apart_from_three_standard_errors_on():
    # gains 1, 2, 3: mean 2, standard deviation 1, standard error 1 / sqrt(3) = 0.577; 2 / 0.577 = 3.46
    assert regret.tells(best=[1, 1, 1], at_rest=[2, 3, 4])
    # gains 0.5, 2, 3.5: standard error 0.866; 2 / 0.866 = 2.31
    assert not regret.tells(best=[1, 1, 1], at_rest=[1.5, 3, 4.5])
    assert not regret.tells(best=[1.0], at_rest=[1.0])
    assert regret.tells(best=[1.0], at_rest=[1.1])


def test_a_suggestion_is_read_between_the_points_of_the_curve():
    rates, losses = [1e-5, 1e-3, 1e-1], [2.0, 1.0, 5.0]
    answers = {"first": 1e-5, "best": 1e-3, "between": 1e-2, "below": 1e-8, "above": 10.0, "none": None}
    found = regret.regrets(rates, losses, 2.0, answers)
    expected = {"first": 1, "best": 0, "between": 2, "below": 1, "above": 4, "none": 1}
    assert found == {rule: pytest.approx(value, abs=1e-12) for rule, value in expected.items()}


@given(st.floats(0.01, 10), st.floats(0.001, 0.999), st.floats(0, 100), st.floats(1e-3, 1e3))
def test_regret_does_not_depend_on_the_unit_of_the_loss(at_rest, share, loss, unit):
    best = share * at_rest
    assert regret.regret(loss * unit, best * unit, at_rest * unit) == pytest.approx(
        regret.regret(loss, best, at_rest), rel=1e-6, abs=1e-6
    )
