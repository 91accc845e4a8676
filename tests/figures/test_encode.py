import base64
import json
import math

import numpy as np
import pytest

from figures.encode import encode


def decode(encoded):
    return np.frombuffer(base64.b64decode(encoded["bdata"]), dtype=np.dtype(encoded["dtype"]).newbyteorder("<"))


def test_numbers_become_float32_with_nan_inside():
    encoded = encode(np.array([1.5, np.nan, 0.25]))
    assert encoded["dtype"] == "f4"
    np.testing.assert_array_equal(decode(encoded), np.float32([1.5, np.nan, 0.25]))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.arange(5), "f4"),
        (np.array([2**24 + 1]), "f8"),  # the first whole number that float32 cannot hold
        (np.array([1e-300, 1.0]), "f8"),
        (np.array([1e300]), "f8"),
        (np.array([1000.0, 1000.01]), "f8"),  # float32 would turn the slope into stairs
        (np.array([1000.0, 1001.0]), "f4"),
        (np.array([0.0, 0.0]), "f4"),
        (np.array([], dtype=np.float64), "f4"),
        (np.array([np.nan, np.inf]), "f4"),
        (np.array([True, False]), "u1"),
    ],
)
def test_float64_only_where_float32_would_lose_what_one_sees(values, dtype):
    encoded = encode(values)
    assert encoded["dtype"] == dtype
    np.testing.assert_allclose(decode(encoded).astype(np.float64), values.astype(np.float64), rtol=1e-7)


def test_lists_and_lone_numbers_lose_what_json_cannot_say():
    figure = {"a": [1.0, math.nan, math.inf], "b": np.float64("nan"), "c": np.int64(3), "d": (1, "x"), "e": None}
    encoded = encode(figure)
    assert encoded == {"a": [1.0, None, None], "b": None, "c": 3, "d": [1, "x"], "e": None}
    json.dumps(encoded, allow_nan=False)


def test_tables_carry_their_shape_and_texts_stay_a_list():
    assert encode(np.ones((2, 3)))["shape"] == "2, 3"
    assert encode(np.array(["a", "b"])) == ["a", "b"]
    assert encode(np.array(2.5)) == 2.5
