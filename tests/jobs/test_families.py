"""A range test that varies something, as a request and as a run."""

import pytest

from jobs import requests
from words import Refusal

FIND = {"kind": "find", "data": {"builtin": "digits"}}


def test_a_request_without_says_nothing_of_it():
    assert "vary" not in requests.check(FIND)
    assert "vary" not in requests.check({**FIND, "vary": None})
    assert "vary" not in requests.defaults("find")


def test_a_request_with_is_checked_and_put_in_order():
    checked = requests.check({**FIND, "vary": {"name": "weight_decay", "values": [1e-3, 0]}})
    assert checked["vary"] == {"name": "weight_decay", "values": [0, 1e-3]}
    assert requests.check(checked) == checked


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ("momentum", "Range test: momentum must vary over 2 to 8 different values, got None."),
        ({"name": "rate"}, "Range test: what varies must be one of weight_decay, momentum, batch_size, got rate."),
    ],
)
def test_what_is_no_variation_is_refused(vary, sentence):
    with pytest.raises(Refusal) as refusal:
        requests.check({**FIND, "vary": vary})
    assert str(refusal.value) == sentence
