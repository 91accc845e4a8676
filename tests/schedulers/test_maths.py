"""What stands in for NumPy in closed forms, against NumPy."""

import numpy as np
import pytest

from schedulers.maths import MATHS, cosine_by_tangent, where


def test_the_cosine_by_the_tangent_is_the_cosine():
    angles = np.concatenate([np.linspace(-50, 50, 100_001), np.pi * np.arange(-8, 9) / 2])
    np.testing.assert_allclose(cosine_by_tangent(angles), np.cos(angles), rtol=0, atol=4e-16)
    assert cosine_by_tangent(np.array([0.0, np.pi])).tolist() == [1, -1]
    assert cosine_by_tangent(np.float64(0.5)) == pytest.approx(np.cos(0.5), rel=1e-15)
    assert MATHS.cos(1.0) == pytest.approx(np.cos(1.0), rel=1e-15)


@pytest.mark.parametrize("condition", [[True, True], [False, False], [True, False, True], [False, True, False]])
def test_where_chooses_as_numpys_does(condition):
    yes, no = np.arange(len(condition)) + 1.0, -7.0
    chosen = np.broadcast_to(where(np.array(condition), yes, no), len(condition))
    np.testing.assert_array_equal(chosen, np.where(condition, yes, no))


def test_where_takes_a_single_condition():
    assert (where(np.bool_(True), 1, 2), where(False, 1, 2)) == (1, 2)
