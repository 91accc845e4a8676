import numpy as np
import pytest

from data import builtin
from finder import sweep
from finder.curve import read
from finder.range_test import range_test
from finder.suggest import DEFAULT_RULES, RULES
from training.options import MODELS
from words import Refusal


@pytest.fixture(scope="module")
def iris():
    return builtin.task("iris")


@pytest.fixture(scope="module")
def found(iris):
    return range_test(iris, MODELS["mlp_16"], start=1e-5, end=1e3, num_it=60, seeds=(3, 4, 5), batch_size=32)


def test_each_seed_ends_with_the_update_that_the_stop_rule_names(found):
    assert found.raw.shape == (3, 60)
    assert any(last is not None for last in found.stopped)
    for raw, smoothed, last in zip(found.raw, found.smoothed, found.stopped, strict=True):
        assert last == sweep.stop(sweep.smooth(raw))
        end = 60 if last is None else last + 1
        assert np.isfinite(raw[:end]).all()
        assert np.isnan(raw[end:]).all()
        np.testing.assert_array_equal(smoothed, sweep.smooth(raw[:end]))


def test_a_seed_goes_as_it_would_alone(iris, found):
    alone = range_test(iris, "mlp_16", start=1e-5, end=1e3, num_it=60, seeds=(4,), batch_size=32)
    np.testing.assert_allclose(alone.smoothed[0], found.smoothed[1], rtol=1e-4)
    for rule, answer in alone.suggestions.items():
        assert answer["lr"] == pytest.approx(found.suggestions[rule]["each"][1], rel=1e-4)


def test_suggestions_doubts_and_band_summarise_the_seeds(found):
    answer = found.suggestions["valley"]
    assert answer["low"] <= answer["lr"] <= answer["high"]
    assert answer["lr"] == pytest.approx(np.prod(answer["each"]) ** (1 / 3))
    assert found.doubts == ()
    assert 1e-5 < found.band[0] < found.band[1] < 1e3
    assert found.device == "cpu" or found.device in ("cuda", "mps")


def test_a_resumed_test_ends_as_one_that_was_never_interrupted(iris, found):
    snapshots = []
    with_stop = {"start": 1e-5, "end": 1e3, "num_it": 60, "seeds": (3, 4, 5), "batch_size": 32}
    range_test(iris, "mlp_16", **with_stop, report_every=20, on_progress=lambda p: snapshots.append(p.snapshot()))
    assert len(snapshots) >= 2
    resumed = range_test(iris, "mlp_16", **with_stop, report_every=20, resume=snapshots[1])
    np.testing.assert_array_equal(resumed.raw, found.raw)
    assert resumed.stopped == found.stopped


def test_without_a_stop_rule_every_seed_runs_on_or_diverges(iris):
    test = range_test(iris, "mlp_16", start=1e-5, end=1, num_it=30, seeds=(0, 1), stop_factor=None)
    assert test.stopped == (None, None)
    assert [len(row) for row in test.smoothed] == [30, 30]


def test_a_seed_that_meets_a_nan_is_cut_there_for_the_rules():
    lrs = sweep.rates(1e-4, 1, 50)
    raw = np.tile(np.linspace(2, 1, 50), (2, 1))
    raw[1, 40:] = np.nan
    test = read(raw, start=1e-4, end=1, num_it=50)
    assert test.stopped == (None, None)
    assert [len(row) for row in test.smoothed] == [50, 40]
    # minimum: the last point that the rules see, 44 of a whole curve and 39 of the one that is cut at its NaN
    assert test.suggestions["minimum"]["each"] == pytest.approx([lrs[44] / 10, lrs[39] / 10], rel=1e-4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": 0.0}, "Range test: start (learning rate) must be above 0, got 0."),
        ({"seeds": (1, 1)}, "Range test: seeds must be one or more, all different, got [1, 1]."),
        ({"seeds": ()}, "Range test: seeds must be one or more, all different, got []."),
        ({"stop_factor": 0.0}, "Stop rule: factor must be above 0, got 0.0."),
    ],
)
def test_bad_requests_are_refused(iris, change, sentence):
    with pytest.raises(Refusal) as refusal:
        range_test(iris, "mlp_16", **change)
    assert str(refusal.value) == sentence


def test_an_unknown_model_and_losses_that_do_not_fit_are_refused(iris):
    with pytest.raises(Refusal, match=r"Range test: model must be one of linear, .* got resnet"):
        range_test(iris, "resnet")
    with pytest.raises(Refusal, match=r"at most 2 columns, one a rate, got shape \(2, 3\)"):
        read(np.ones((2, 3)), start=1, end=2, num_it=2)


def test_the_recorded_losses_are_read_anew_with_other_settings(found):
    span = {"start": 1e-5, "end": 1e3, "num_it": 60}
    same = read(found.raw, **span)
    assert same.suggestions == found.suggestions
    assert same.stopped == found.stopped
    sharper = read(found.raw, **span, beta=0.0, stop_factor=2.0)
    for raw, row, last in zip(found.raw, sharper.smoothed, sharper.stopped, strict=True):
        assert last == sweep.stop(raw, 2.0)
        np.testing.assert_array_equal(row, raw[: len(row)].astype(np.float32))
    # beyond its stop nobody knows a seed's losses: a later stop, or none, reads what there is
    for factor in (40.0, None):
        longer = read(found.raw, **span, stop_factor=factor)
        assert [len(row) for row in longer.smoothed] == [len(row) for row in found.smoothed]
        assert longer.suggestions == found.suggestions
    whole = read(found.raw, **span, skip_start=0, skip_end=0, rules=("minimum",))
    lowest = [same.lrs[np.argmin(row)] / 10 for row in same.smoothed]
    assert whole.suggestions["minimum"]["each"] == pytest.approx(lowest, rel=1e-4)
    assert list(whole.suggestions) == ["minimum"]


def test_points_to_skip_that_make_no_sense_are_refused(found):
    with pytest.raises(Refusal) as refusal:
        read(found.raw, start=1e-5, end=1e3, num_it=60, skip_end=-1)
    assert str(refusal.value) == "Range test: points skipped at the end must be 0 or more, got -1."


def test_all_rules_can_be_asked_side_by_side(found):
    test = read(found.raw, start=1e-5, end=1e3, num_it=60, rules=tuple(RULES))
    assert set(test.suggestions) == set(RULES)
    assert set(found.suggestions) == set(DEFAULT_RULES)


def test_while_it_runs_there_are_curves_only(found):
    test = read(found.raw[:, :20], start=1e-5, end=1e3, num_it=60, ended=False)
    assert [len(row) for row in test.smoothed] == [20, 20, 20]
    assert test.median.shape == (20,)
    assert (test.answers, test.band, test.doubts) == ({}, None, ())
