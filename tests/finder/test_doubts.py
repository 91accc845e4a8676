import json
from pathlib import Path

import numpy as np
import pytest

from finder import sweep
from finder.curve import read
from finder.suggest import doubts, median_curve, reasonable

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "suggestions.json").read_text())
LRS = np.geomspace(1e-6, 1, 100)


def valley(centre=-2.0, width=0.3, depth=1.0):
    return 2 - depth / (1 + np.exp(-(np.log10(LRS) - centre) / width))


@pytest.mark.parametrize(
    ("note", "word"),
    [
        ("flat", "flat"),
        ("rises all the way", "only rises"),
        ("pure noise", "noisy"),
        ("5 points", "5 points; 16 are needed"),
        ("2 points", "2 points"),
    ],
)
def test_unsound_golden_curves_are_doubted(note, word):
    curve = next(curve for curve in GOLDEN["curves"] if curve["note"] == note)
    assert word in " ".join(doubts(curve["lrs"], curve["losses"]))


def test_golden_curves_that_clearly_fall_are_not_doubted():
    sound = [curve for curve in GOLDEN["curves"] if curve["note"] in ("valley-shaped, noise", "falls all the way")]
    assert len(sound) == 25
    assert [curve["note"] for curve in sound if doubts(curve["lrs"], curve["losses"])] == []


def test_range_tests_of_fastai_are_doubted_unless_they_fall():
    for run in GOLDEN["range_tests"]:
        seen = sweep.cut(run["lrs"], sweep.smooth(run["raw_losses"]), run["num_it"])
        if run["kind"] == "cls" and run["seed"] != 2:  # three classes learnt; seed 2 has 60 updates and falls by 0.4 %
            assert doubts(*seen) == []
        if run["kind"] == "deep":  # too deep to learn anything: the loss falls by under 2 % in a random walk
            assert doubts(*seen) != []


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_doubted_and_a_fall_that_exceeds_it_is_not(seed):
    rng = np.random.default_rng(seed)
    assert doubts(LRS, rng.normal(2, 0.3, 100)) != []
    assert doubts(LRS, valley() + rng.normal(0, 0.05, 100)) == []


def test_scale_does_not_matter_and_missing_values_are_left_out():
    assert doubts(LRS, 1e6 * valley()) == doubts(LRS, 1e-6 * valley()) == []
    assert doubts(LRS, np.where(LRS > 0.5, np.nan, valley())) == []
    assert doubts(LRS, np.zeros(100)) == doubts(LRS, np.full(100, 3.0))
    assert doubts([], []) == ["The curve has 0 points; 16 are needed."]
    assert doubts([1], [1]) == ["The curve has 1 point; 16 are needed."]


def test_a_short_curve_is_told_from_one_that_the_rules_see_little_of():
    def said(points, num_it, **skip):
        return read([np.linspace(2, 1, points)], start=1e-6, end=1, num_it=num_it, stop_factor=None, **skip).doubts

    left_out = "({} at the start and {} at the end are left out); 16 are needed."
    assert said(20, 20) == ("The rules see 13 of 20 points " + left_out.format(2, 5),)
    assert said(99, 99, skip_start=50, skip_end=50) == ("The rules see 0 of 99 points " + left_out.format(50, 49),)
    assert said(15, 15, skip_start=0, skip_end=0) == ("The curve has 15 points; 16 are needed.",)
    # A NaN ends these at the twentieth: fastai's five are those before the test's end, of which none is left.
    assert said(20, 100) == ("The rules see 10 of 20 points " + left_out.format(10, 0),)
    assert said(5, 100) == ("The rules see 0 of 5 points " + left_out.format(5, 0),)


def test_losses_that_are_not_finite_from_the_first_on_are_doubted():
    def said(*rows, **more):
        return read(rows, start=1e-6, end=1, num_it=2, **more).doubts

    lost, finite = [np.nan, np.nan], [2.0, 1.0]
    whole = ("The loss was not finite from the first update on, so that no rate can be read from it.",)
    assert said(lost) == said(lost, lost) == said([np.inf, np.nan]) == whole
    assert said(lost, lost, finite) == (
        "With 2 of 3 seeds the loss was not finite from the first update on, so that no rate can be read.",
    )
    assert said(lost, ended=False) == ()
    assert said([]) == ()  # cancelled before its first update: nothing is known of its losses


def test_small_fall_is_doubted_with_its_size():
    assert doubts(LRS, valley(depth=0.015) + np.where(LRS > 0.5, 1, 0))[0].startswith("The loss falls by only 0.7")


def test_seeds_are_doubted_together():
    rng = np.random.default_rng(0)
    noisy = [(LRS[: 100 - 3 * s], (valley() + rng.normal(0, 0.35, 100))[: 100 - 3 * s]) for s in range(16)]
    assert doubts(*noisy[0]) != []
    assert doubts(*median_curve(noisy)) == []
    assert doubts(*median_curve([])) != []


def test_reasonable_band_of_a_logistic_fall_by_eye():
    # a logistic falls at half its steepest where exp(x) = 3 + sqrt(8), 1.763 widths to either side of its centre
    low, high = reasonable(LRS, valley(centre=-3, width=0.5))
    assert np.log10(low) == pytest.approx(-3 - 1.763 * 0.5, abs=0.1)
    assert np.log10(high) == pytest.approx(-3 + 1.763 * 0.5, abs=0.1)


def test_no_band_without_a_fall():
    assert reasonable(LRS, np.linspace(1, 2, 100)) is None
    assert reasonable(LRS, np.ones(100)) is None
    assert reasonable([0.1, 0.2], [2, 1]) is None


def test_the_median_goes_as_far_as_half_of_the_seeds():
    lrs, losses = median_curve([([1, 2, 3], [1, 5, 7]), ([1, 2, 3, 4], [3, 6, 9, 4]), ([1], [2])])
    assert lrs.tolist() == [1, 2, 3]
    assert losses.tolist() == [2, 5.5, 8]
