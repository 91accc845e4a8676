import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder import sweep
from words import Refusal

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "suggestions.json").read_text())
RUNS = GOLDEN["range_tests"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['kind']}-{run['seed']}-{run['optimizer']}")
def test_rates_smoothing_and_stop_are_those_of_a_real_fastai_run(run):
    lrs = sweep.rates(run["start_lr"], run["end_lr"], run["num_it"])
    np.testing.assert_allclose(lrs[: len(run["lrs"])], run["lrs"], rtol=1e-12)
    smoothed = sweep.smooth(run["raw_losses"])
    np.testing.assert_array_equal(smoothed, np.asarray(run["smoothed"], dtype=np.float32))
    if run["stop_div"]:
        ended = sweep.stop(smoothed)
        assert (ended is not None) == run["stopped"]
        assert not run["stopped"] or ended == len(run["raw_losses"]) - 1
    else:
        assert not run["stopped"]


def test_rates_by_eye():
    np.testing.assert_allclose(sweep.rates(1e-3, 10, 4), [1e-3, 1e-2, 1e-1, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "num_it", "sentence"),
    [
        (0, 1, 10, "Range test: start (learning rate) must be above 0, got 0."),
        (float("nan"), 1, 10, "Range test: start (learning rate) must be above 0, got nan."),
        (0.1, 0.1, 10, "Range test: end (learning rate) must be above start, 0.1, got 0.1."),
        (0.1, float("inf"), 10, "Range test: end (learning rate) must be above start, 0.1, got inf."),
        (1e-7, 5e-8, 9, "Range test: end (learning rate) must be above start, 1e-7, got 5e-8."),
        (0.1, 1, 0, "Range test: iterations must be 1 to 100000, got 0."),
        (0.1, 1, 2.5, "Range test: iterations must be 1 to 100000, got 2.5."),
        (0.1, 1, 100_001, "Range test: iterations must be 1 to 100000, got 100001."),
    ],
)
def test_bad_bounds_are_refused(start, end, num_it, sentence):
    with pytest.raises(Refusal) as refusal:
        sweep.rates(start, end, num_it)
    assert str(refusal.value) == sentence


def test_smoothing_by_eye_and_by_rows():
    np.testing.assert_allclose(sweep.smooth([4.0, 4.0, 4.0]), [4, 4, 4], rtol=1e-5)
    # (0.5*0 + 0.5*1) / 0.5 = 1;  (0.5*0.5 + 0.5*4) / 0.75 = 3
    np.testing.assert_allclose(sweep.smooth([1.0, 4.0], beta=0.5), [1, 3], rtol=1e-6)
    np.testing.assert_array_equal(sweep.smooth([1.0, 4.0, 2.0], beta=0.0), [1, 4, 2])
    rows = np.random.default_rng(0).normal(2, 1, (3, 40))
    np.testing.assert_array_equal(sweep.smooth(rows), np.stack([sweep.smooth(row) for row in rows]))
    assert sweep.smooth(np.empty((2, 0))).shape == (2, 0)


def test_a_nan_stays_and_neither_stops_the_test_nor_reaches_the_rules():
    smoothed = sweep.smooth([1.0, 1.0, np.nan, 1.0, 100.0])
    np.testing.assert_array_equal(np.isnan(smoothed), [False, False, True, True, True])
    assert sweep.stop([1.0, np.nan, 4.1]) == 2
    assert sweep.stop([np.nan, 1.0, 4.0]) is None
    assert sweep.stop([np.inf, np.inf]) is None
    lrs, losses = sweep.cut(np.arange(20.0), np.r_[np.ones(8), np.nan, np.ones(11)], 20)
    np.testing.assert_array_equal(lrs, np.arange(2.0, 8.0))
    assert losses.tolist() == [1.0] * 6


def test_the_cut_goes_by_the_updates_asked_for():
    lrs, losses = sweep.cut(np.arange(100.0), np.arange(30.0), 100)
    assert (lrs[0], lrs[-1], losses[0], losses[-1]) == (10, 24, 10, 24)
    assert sweep.cut([1.0, 2.0], [1.0, 2.0], 2)[0].size == 0


def test_the_stop_rule_watches_each_row_by_itself():
    rule = sweep.StopRule(2.0)
    assert rule.step([1.0, 1.0, np.nan]).tolist() == [False, False, False]
    assert rule.step([2.1, 2.0, 5.0]).tolist() == [True, False, False]


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(width=32), st.integers(0, 9).map(float)), max_size=30), st.floats(0.5, 8))
def test_the_stop_at_once_is_the_stop_update_by_update(losses, factor):
    rule = sweep.StopRule(factor)
    plain = next((t for t, loss in enumerate(losses) if rule.step(loss)), None)
    assert sweep.stop(losses, factor) == plain
