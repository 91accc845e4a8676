import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from figures.thin import thin


def test_few_points_all_stay():
    assert thin(np.arange(10), limit=10).tolist() == list(range(10))
    assert thin([]).tolist() == []


def test_a_lone_spike_and_a_lone_dip_stay():
    values = np.zeros(100_000)
    values[54_321] = 7.0
    values[12_345] = -3.0
    kept = thin(values, limit=2000)
    assert len(kept) <= 2000
    assert {0, 12_345, 54_321, 99_999} <= set(kept.tolist())


def test_a_step_stays_where_it_is():
    values = np.where(np.arange(9001) < 4567, 0.1, 0.01)
    kept = thin(values, limit=500)
    last_high = kept[values[kept] == 0.1].max()
    first_low = kept[values[kept] == 0.01].min()
    assert last_high < 4567 <= first_low
    assert first_low - last_high <= 2 * 9001 / 249


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=300), st.integers(4, 50))
def test_indices_rise_keep_both_ends_and_the_extremes_and_respect_the_limit(values, limit):
    kept = thin(values, limit)
    assert (np.diff(kept) > 0).all()
    assert len(kept) <= max(limit, 0) or len(values) <= limit
    if values:
        assert kept[0] == 0
        assert kept[-1] == len(values) - 1
    finite = [value for value in values if not math.isnan(value)]
    if finite:
        drawn = np.asarray(values)[kept]
        assert np.nanmin(drawn) == min(finite)
        assert np.nanmax(drawn) == max(finite)
