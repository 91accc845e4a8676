"""Schedules as symbols: their LaTeX, and that the declaration is called with symbols once. Chromium runs the JavaScript
in tests/browser/test_javascript_equals_numpy.py.
"""

import subprocess
import sys

import pytest

from schedulers import CATALOGUE, Param, Schedule
from schedulers.symbols import javascript, latex

CLOSED = [each for each in CATALOGUE.values() if each.closed_form]


def made(function, **more):
    params = (Param("peak", "Peak", 0.1, 0, 10, "rate", "The highest rate."),)
    return Schedule("made", "Made", "test", "a test", "declared", params, function, **more)


@pytest.mark.parametrize("schedule", CLOSED, ids=lambda each: each.name)
def test_every_closed_form_has_javascript_and_latex(schedule):
    sources = javascript(schedule)
    assert sources["rate"].startswith("(t, T, given) => ")
    assert latex(schedule).count("{") == latex(schedule).count("}")


def test_the_function_is_called_once_however_often_it_is_asked_for():
    calls = []

    def falling(xp, t, T, *, peak):
        calls.append(t)
        return peak * (1 - t / T)

    schedule = made(falling)
    assert javascript(schedule) == {"rate": "(t, T, given) => given.peak*(1 - t/T)"}
    assert javascript(schedule, {"peak": 0.5}) == javascript(schedule)
    assert len(calls) == 1


def test_choices_and_flags_make_functions_of_their_own():
    schedule = CATALOGUE["torch_one_cycle"]
    plain, three = javascript(schedule), javascript(schedule, {"three_phase": True})
    assert 0 < plain["rate"].count("?") < three["rate"].count("?")
    assert "Math.cos" not in javascript(schedule, {"anneal": "linear"})["rate"]


def test_the_formula_comes_from_the_declaration_where_it_can_be_read():
    assert latex(CATALOGUE["exponential"]) == r"\eta_t = \mathrm{peak} \mathrm{remaining}^{p},\ p = t/T"
    assert "1.0" not in latex(CATALOGUE["step"])  # what guards against rounding is no part of the formula
    assert latex(CATALOGUE["decaying_restarts"]) == CATALOGUE["decaying_restarts"].formula


@pytest.mark.parametrize(
    "function",
    [
        lambda xp, t, T, *, peak: peak if t < 5 else 0,
        lambda xp, t, T, *, peak: peak * xp.arcsinh(t),
    ],
)
def test_what_is_no_formula_of_symbols_has_no_javascript_and_keeps_its_declared_formula(function):
    assert javascript(made(function)) is None
    assert latex(made(function)) == "declared"
    assert javascript(made(lambda xp, t, T, *, peak: peak + 0 * t, closed_form=False)) is None


def test_sympy_is_imported_by_the_first_call_and_not_before():
    script = "import sys, schedulers.symbols; print('sympy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "False\n"
    )


def test_a_number_is_a_formula_too():
    assert javascript(made(lambda xp, t, T, *, peak: xp.pi))["rate"] == "(t, T, given) => Math.PI"
