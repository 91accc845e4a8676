import math
import pickle

import pytest

from words import Refusal, rate, say, share


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3e-3, "3e-3"),
        (0.00012, "1.2e-4"),
        (0.1, "0.1"),
        (10, "10"),
        (0.03, "3e-2"),
        (1, "1"),
        (0, "0"),
        (123.4, "123"),
        (9999.7, "1e4"),
        (25000, "2.5e4"),
        (-1, "-1"),
        (0.0999999, "0.1"),
        (1e-7, "1e-7"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_rates_are_written_as_people_write_them(value, written):
    assert rate(value) == written


def test_share():
    assert share(0.25) == "25 %"


def test_say_fills_the_fields_and_leaves_plain_braces_free_text_alone():
    assert say("{what} must be {low} to {high}", what="peak", low=0, high=1) == "peak must be 0 to 1"
    assert say("a plain sentence") == "a plain sentence"


def test_a_refusal_keeps_its_template_across_processes():
    refusal = pickle.loads(pickle.dumps(Refusal("{what} is missing.", what="y")))
    assert isinstance(refusal, ValueError)
    assert (refusal.template, refusal.values, str(refusal)) == ("{what} is missing.", {"what": "y"}, "y is missing.")
