"""The ends of a curve's cycles, by curves that one can check by eye."""

import pytest

from schedulers import CATALOGUE
from schedulers.cycles import cycle_ends


@pytest.mark.parametrize(
    ("rates", "ends"),
    [
        ([0.1] * 5, [5]),
        ([0.3, 0.2, 0.1], [3]),
        ([0.1, 0.2, 0.3], [3]),  # a warm-up, however steep, ends nothing
        ([0.3, 0.1, 0.3, 0.1], [2, 4]),
        ([0.3, 0.2, 0.1, 0.15, 0.1, 0.05], [3, 6]),  # a lower restart
        ([1.0, 0.5, 0.51, 0.4], [4]),  # a ripple is no restart
        ([0.2], [1]),
    ],
)
def test_a_cycle_ends_where_a_falling_rate_leaps(rates, ends):
    assert cycle_ends(rates) == ends


def test_restarts_end_where_their_lengths_say():
    # Three cycles, each twice as long as the one before: 1/7, 2/7 and 4/7 of 700 updates.
    assert cycle_ends(CATALOGUE["cosine_restarts"].rates(700, cycles=3, multiplier=2)) == [100, 300, 700]
    assert cycle_ends(CATALOGUE["decaying_restarts"].rates(700, cycles=3, multiplier=2, decay=0.5)) == [100, 300, 700]


@pytest.mark.parametrize("name", ["one_cycle", "cosine", "linear_warmup", "constant", "step"])
def test_a_curve_without_restarts_is_one_cycle(name):
    assert cycle_ends(CATALOGUE[name].rates(600)) == [600]
