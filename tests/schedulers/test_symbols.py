"""The same declarations with SymPy's symbols in place of arrays, which is where other notations come from."""

import types

import numpy as np
import pytest
import sympy

from schedulers import CATALOGUE

SYMBOLIC = types.SimpleNamespace(
    cos=sympy.cos,
    exp=sympy.exp,
    floor=sympy.floor,
    log=sympy.log,
    maximum=sympy.Max,
    minimum=sympy.Min,
    pi=sympy.pi,
    sqrt=sympy.sqrt,
    tanh=sympy.tanh,
    where=lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
)


@pytest.mark.parametrize(
    "schedule", [each for each in CATALOGUE.values() if each.closed_form], ids=lambda each: each.name
)
def test_a_declaration_is_a_formula_of_symbols(schedule):
    values = schedule.check()
    kinds = {param.name: param.kind for param in schedule.params}
    symbols = {name: sympy.Symbol(name, real=True) for name in values if kinds[name] not in ("choice", "flag")}
    t, T = sympy.symbols("t T", real=True)
    expression = schedule.rate_function(SYMBOLIC, t, T, **{**values, **symbols})
    numbers = [values[name] for name in symbols]
    function = sympy.lambdify([t, T, *symbols.values()], expression, "math")
    rates = [function(float(update), 50.0, *numbers) for update in range(50)]
    np.testing.assert_allclose(rates, schedule.rates(50), rtol=1e-9, atol=1e-15)
