"""Several rates from one schedule, as fastai spreads a slice over parameter groups."""

import json
from pathlib import Path

import numpy as np
import pytest

from schedulers import cosine, groups
from words import Refusal

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "schedules.json").read_text())["cases"]
TOLERANCE = {"rtol": 0, "atol": 2e-6 * 2e-3 / 2}  # fastai computes in float32: of the lower peak


def golden(name):
    return next(case for case in GOLDEN if case["name"] == name)


def test_a_slice_is_spread_geometrically():
    np.testing.assert_allclose(1e-3 * groups.multipliers(3, 1e-5, 1e-3), [1e-5, 1e-4, 1e-3], rtol=1e-12)
    np.testing.assert_allclose(groups.multipliers(5, 1, 16), [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1], rtol=1e-12)
    assert groups.multipliers(4, 1e-5, 3e-3)[-1] == 1


def test_a_slice_without_a_start_gives_a_tenth_to_all_but_the_last():
    assert groups.multipliers(4).tolist() == [0.1, 0.1, 0.1, 1]
    assert groups.multipliers(1).tolist() == groups.multipliers(1, 1e-5, 1e-3).tolist() == [1]


def test_rates_of_groups():
    rates = groups.group_rates(cosine.rates(10), [0.01, 0.1, 1])
    assert rates.shape == (10, 3)
    np.testing.assert_array_equal(rates[:, 2], cosine.rates(10))
    np.testing.assert_allclose(rates[:, 0], cosine.rates(10) / 100, rtol=1e-12)
    assert groups.group_rates(np.ones((4, 10)), [0.1, 1]).shape == (4, 10, 2)


def test_both_phases_of_fine_tune_are_fastais():
    frozen, unfrozen = golden("fine_tune.frozen"), golden("fine_tune.unfrozen")
    asked = frozen["kwargs"]["base_lr"]
    assert unfrozen["kwargs"]["base_lr"] == asked / 2
    made = groups.fine_tune(frozen["steps"], unfrozen["steps"], groups=3, base_lr=asked)
    first, second = made.rates[: made.frozen], made.rates[made.frozen :]
    np.testing.assert_allclose(first[:, 2], frozen["lr"], **TOLERANCE)
    np.testing.assert_allclose(second[:, 2], unfrozen["lr"], **TOLERANCE)
    assert not first[:, :2].any()
    np.testing.assert_allclose(second[:, 0], np.array(unfrozen["lr"]) / 100, **TOLERANCE)
    np.testing.assert_allclose(second[:, 1], np.array(unfrozen["lr"]) / 10, **TOLERANCE)
    for part, case in ((made.momentum[: made.frozen], frozen), (made.momentum[made.frozen :], unfrozen)):
        if "momentum" in case:
            np.testing.assert_allclose(part, case["momentum"], rtol=2e-6)
    assert made.momentum.shape == (120,)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ((0,), r"^Parameter groups: groups must be a whole number, 1 to 1,000, got 0\.$"),
        ((2.0,), r"^Parameter groups: groups must be a whole number, 1 to 1,000, got 2\.$"),
        ((3, 0.0), r"^Parameter groups: low \(learning rate\) must be above 0, got 0\.$"),
        ((3, 1e-3, -1), r"^Parameter groups: high \(learning rate\) must be above 0, got -1\.$"),
        ((3, None, None), r"^Parameter groups: high \(learning rate\) must be above 0, got None\.$"),
    ],
)
def test_what_is_not_allowed_gets_one_sentence(told, sentence):
    with pytest.raises(Refusal, match=sentence):
        groups.multipliers(*told)
