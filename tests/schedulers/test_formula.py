import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers import cosine, linear_warmup
from schedulers.formula import FUNCTIONS, LONGEST, rates
from words import Refusal


def test_a_formula_by_eye():
    np.testing.assert_allclose(rates("0.1 * (1 - p)", 4), [0.1, 0.075, 0.05, 0.025])
    np.testing.assert_allclose(rates("3e-3", 3), [3e-3] * 3)
    np.testing.assert_allclose(rates("max(t, 1) // 2 + t % 2", 4), [0, 1, 1, 2])
    np.testing.assert_allclose(rates("where(t < T / 2, peak, peak ** 2)", 4, peak=0.5), [0.5, 0.5, 0.25, 0.25])


def test_formulas_equal_the_declarations_they_write_out():
    np.testing.assert_allclose(rates("0.1 * (1 + cos(pi * t / T)) / 2", 50), cosine.rates(50), rtol=1e-12)
    text = "1e-3 * where(p < 0.1, p / 0.1, (1 - p) / 0.9)"
    np.testing.assert_allclose(rates(text, 50), linear_warmup.rates(50), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.1 * q", "Your formula: there is no name q; allowed: t, T, p, pi."),
        ("log10(t)", "Your formula: there is no function log10; allowed: " + ", ".join(FUNCTIONS) + "."),
        ("0.1 *", "Your formula: '0.1 *' is no formula."),
        ("", "Your formula: it must be 1 to 300 characters long, got 0."),
        ("1" * (LONGEST + 1), "Your formula: it must be 1 to 300 characters long, got 301."),
        ("+".join(["t"] * 60), "Your formula: it must have at most 100 parts."),
        ("0.1 - p", "Your formula: each learning rate must be at least 0, got -0.1 at update 1."),
        ("1 / t", "Your formula: each learning rate must be at least 0, got inf at update 0."),
        ("log(p - 1)", "Your formula: each learning rate must be at least 0, got nan at update 0."),
        ("9 ** 9 ** 9 ** 9", "Your formula: each learning rate must be at least 0, got inf at update 0."),
        ("'a'", "Your formula: 'a' is not a number."),
        ("1j", "Your formula: 1j is not a number."),
        ("True", "Your formula: True is not a number."),
        ("0 < t < 5", "Your formula: 0 < t < 5 compares more than two values; use where inside where."),
        (
            "cos(p, p)",
            "Your formula: cos(p, p) is not allowed; min and max take two values, where takes three, others one.",
        ),
        ("cos", "Your formula: there is no name cos; allowed: t, T, p, pi."),
    ],
)
def test_a_bad_formula_is_refused_with_one_sentence(text, sentence):
    with pytest.raises(Refusal) as caught:
        rates(text, 5)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "t.__class__",
        "p.tofile",
        "t[0]",
        "[t for t in t]",
        "lambda: t",
        "(t := 1)",
        "t if p else 1",
        "t and p",
        "not t",
        "~t",
        "t @ t",
        "t << 9",
        "{t}",
        "f'{t}'",
        "cos(*[t])",
        "cos(x=t)",
        "where(t)",
        "t; t",
        "import os",
        "t = 1",
        "(" * 150 + "t" + ")" * 150,
        "-" * 299 + "1",
        "\0",
    ],
)
def test_whatever_is_no_arithmetic_is_refused(text):
    with pytest.raises(Refusal, match=r"^Your formula: "):
        rates(text, 5)


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="tTpi0123456789.+-*/%()<>= ,cosexplogwhere_[]'\"", max_size=40))
def test_any_text_gives_rates_or_one_sentence(text):
    try:
        curve = rates(text, 7)
    except Refusal:
        return
    assert curve.shape == (7,)
    assert np.isfinite(curve).all()
    assert (curve >= 0).all()


def test_the_largest_formula_over_the_longest_run_is_done_in_seconds():
    begun = time.process_time()
    rates("+".join(["tanh(p)"] * 20), 1_000_000)
    assert time.process_time() - begun < 10
    with pytest.raises(Refusal, match="1 to 1,000,000, got 1,000,001"):
        rates("t", 1_000_001)
