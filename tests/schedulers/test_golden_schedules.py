import json
from pathlib import Path

import numpy as np
import pytest

from schedulers.libraries import NAMES, curve

CASES = [
    case
    for case in json.loads((Path(__file__).parents[1] / "golden" / "schedules.json").read_text())["cases"]
    if case["library"] in NAMES
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['library']}-{case['name']}-{case['steps']}")
def test_a_curve_equals_the_one_that_the_library_computed(case):
    result = curve(case["library"], case["name"], case["kwargs"], case["steps"])
    compared = np.ones(case["steps"], dtype=bool)
    compared[case.get("boundary_steps", [])] = False
    for key in ("lr", "momentum"):
        if key not in case:
            continue
        expected = np.array(case[key])
        # fastai's and Keras's positions are float32, so that far below the peak only the peak can be the measure.
        single = case["library"] == "fastai" or case.get("float_precision") == "float32"
        margin = 2e-6 * np.abs(expected).max() if single else 1e-6 * np.abs(expected) + 1e-12 * np.abs(expected).max()
        assert result[key].shape == expected.shape
        assert (np.abs(result[key] - expected) <= margin)[compared].all(), np.abs(result[key] - expected).max()
