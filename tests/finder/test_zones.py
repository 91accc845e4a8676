import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder import sweep
from finder.doubts import doubts
from finder.zones import NAMES, zones
from words import Refusal

RUNS = json.loads((Path(__file__).parents[1] / "golden" / "suggestions.json").read_text())["range_tests"]
LRS = np.geomspace(1e-5, 1, 101)


def bounds(lrs, losses):
    return {zone.name: (zone.low, zone.high) for zone in zones(lrs, losses)}


def test_zones_of_a_drawn_curve_by_eye():
    x = np.log10(LRS)
    losses = np.select([x < -4, x < -2, x < -1], [2.0, 2 - (x + 4) / 2, 1 + 0.2 * (x + 2)], 1.2 + 4 * (x + 1))
    found = bounds(LRS, losses)
    assert list(found) == list(NAMES)
    assert np.log10(found["flat"][1]) == pytest.approx(-3.8, abs=0.1)  # a tenth of the way down
    assert np.log10(found["learning"][1]) == pytest.approx(-2, abs=0.06)
    assert np.log10(found["edge"][1]) == pytest.approx(-0.8, abs=0.06)
    assert zones(LRS, losses)[1].sentence == "From 1.41e-4 to 1.12e-2 the loss falls: the model learns."


@pytest.mark.parametrize("losses", [np.full(101, 2.0), 2 + 0.001 * np.sin(np.arange(101)), np.zeros(101)])
def test_a_flat_curve_is_flat_all_over(losses):
    assert bounds(LRS, losses) == {"flat": (LRS[0], LRS[-1])}


def test_a_curve_that_bursts_without_learning():
    losses = np.where(LRS < 0.01, 2.0, 5.0)
    assert list(bounds(LRS, losses)) == ["flat", "diverged"]
    assert list(bounds(LRS, np.where(LRS < 0.01, 2.0, np.nan))) == ["flat", "diverged"]
    assert list(bounds(LRS, np.linspace(1, 5, 101))) == ["flat", "diverged"]
    assert list(bounds(LRS, np.full(101, np.nan))) == ["diverged"]


def test_a_curve_that_only_falls_ends_learning():
    assert list(bounds(LRS, np.linspace(5, 1, 101))) == ["flat", "learning"]


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")) | st.just(float("inf")), min_size=1, max_size=60))
def test_zones_cover_the_rates_without_a_gap_and_in_order(losses):
    lrs = np.geomspace(1e-6, 1, len(losses)) if len(losses) > 1 else [0.1]
    found = zones(lrs, losses)
    assert (found[0].low, found[-1].high) == (lrs[0], lrs[-1])
    assert all(before.high == after.low for before, after in pairwise(found))
    names = [zone.name for zone in found]
    assert names == [name for name in NAMES if name in names]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['kind']}-{run['seed']}-{run['optimizer']}")
def test_zones_of_real_range_tests_are_stable(run):
    lrs, losses = np.array(run["lrs"]), sweep.smooth(run["raw_losses"]).astype(np.float64)
    found = bounds(lrs, losses)
    assert ("learning" in found) or doubts(*sweep.cut(lrs, losses, run["num_it"])) != []
    assert ("diverged" in found) or not run["stopped"]
    step = lrs[1] / lrs[0]
    noise = 0.01 * (losses[10] - losses[10:].min()) * np.random.default_rng(0).normal(size=losses.size)
    again = bounds(lrs, losses + noise)
    for name in ("learning", "diverged"):
        if name in found:
            assert again[name][0] == pytest.approx(found[name][0], rel=step**6 - 1)


def test_nothing_and_what_does_not_fit():
    assert zones([], []) == []
    with pytest.raises(Refusal, match=r"Zones: rates and losses must be two lists of one length, got shapes \(1,\)"):
        zones([1], [])
