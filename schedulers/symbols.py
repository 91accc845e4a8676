"""A closed-form schedule as symbols: its LaTeX and its JavaScript, from the function that gives its NumPy values.

The declared function is called once with SymPy symbols for t, T and the parameters, and with `Symbolic` as its maths
namespace. Choices and flags are no numbers, so a function may branch on them in Python: they are given as they are, and
each combination of them is an expression of its own. SymPy takes a third of a second to import, so it is imported by
the first call.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

from schedulers.declare import Function, Schedule, Value

FIXED = ("choice", "flag", "text")  # the kinds of parameters that are no numbers
MOST_OPERATIONS = 30  # of a formula that people still read


class NoSymbolsError(Exception):
    """A function that cannot be called with symbols."""


def javascript(schedule: Schedule, values: Mapping[str, object] | None = None) -> dict[str, str] | None:
    """Return {"rate": source, "momentum": source or absent}: JavaScript of functions (t, T, given) => number.

    `t` is an update, 0 ... T-1, and `given` an object with the schedule's numbers by name, such as {peak: 0.1}. The
    choices and flags are those of `values`, or the defaults: where they change, the source does. It agrees with
    `schedule.rates` to rounding. None for a schedule that has no closed form. The first call for each schedule and
    combination takes milliseconds to tens of them, each later one nothing.
    """
    return _javascript(schedule, _fixed(schedule, values or {}))


def latex(schedule: Schedule, values: Mapping[str, object] | None = None) -> str:
    """Return the formula of the learning rate as LaTeX, in p = t/T where T stands for nothing else.

    From the declared function where that is short enough to read, otherwise the declared formula.
    """
    return _latex(schedule, _fixed(schedule, values or {}))


def _fixed(schedule: Schedule, values: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
    chosen = ((param.name, values.get(param.name, param.default)) for param in schedule.params if param.kind in FIXED)
    return tuple(chosen)  # type: ignore[arg-type]


@lru_cache(maxsize=512)
def _javascript(schedule: Schedule, fixed: tuple[tuple[str, Value], ...]) -> dict[str, str] | None:
    from sympy import jscode

    try:
        rate = _expression(schedule, schedule.rate_function, fixed)
        momentum = _expression(schedule, schedule.momentum_function, fixed)
    except NoSymbolsError:
        return None
    expressions = {"rate": rate} if momentum is None else {"rate": rate, "momentum": momentum}
    return {what: f"(t, T, given) => {jscode(expression)}" for what, expression in expressions.items()}


@lru_cache(maxsize=512)
def _latex(schedule: Schedule, fixed: tuple[tuple[str, Value], ...]) -> str:
    import sympy

    try:
        expression = _expression(schedule, schedule.rate_function, fixed)
    except NoSymbolsError:
        return schedule.formula
    t, T, p = (sympy.Symbol(name, real=True) for name in "tTp")
    expression = expression.xreplace({sympy.Float(1e-9): sympy.Integer(0)})  # what guards against rounding says nothing
    share = expression.subs(t, p * T)
    if not share.has(T):
        expression = share
    if sympy.count_ops(expression) > MOST_OPERATIONS:
        return schedule.formula
    names = {_symbol(param.name): rf"\mathrm{{{param.name}}}".replace("_", r"\_") for param in schedule.params}
    shown = sympy.latex(expression, symbol_names=names)
    return rf"\eta_t = {shown}" + (",\\ p = t/T" if expression.has(p) else "")


def _expression(schedule: Schedule, function: Function | None, fixed: tuple[tuple[str, Value], ...]) -> Any:
    """Return what the function gives for symbols: an expression, or None where it leaves the momentum alone.

    Raises NoSymbolsError where it is declared, or turns out, to have no closed form.
    """
    if not schedule.closed_form:
        raise NoSymbolsError
    if function is None:
        return None
    import sympy

    t, T = (sympy.Symbol(name, real=True) for name in "tT")
    given = {param.name: _symbol(param.name) for param in schedule.params} | dict(fixed)
    try:
        value = function(_namespace(), t, T, **given)
    except (TypeError, AttributeError) as error:  # what symbols say to `if t < 5` and to NumPy's own functions
        raise NoSymbolsError from error
    return None if value is None else sympy.sympify(value)


def _symbol(name: str) -> Any:
    """Return the symbol of a parameter; it is called what JavaScript calls it."""
    from sympy import Symbol

    return Symbol(f"given.{name}", real=True)


@cache
def _namespace() -> SimpleNamespace:
    """Return SymPy under NumPy's names. Nothing is evaluated: an expression must keep the order of its declaration."""
    import sympy

    return SimpleNamespace(
        pi=sympy.pi,
        cos=sympy.cos,
        exp=sympy.exp,
        floor=sympy.floor,
        log=sympy.log,
        sqrt=sympy.sqrt,
        tanh=sympy.tanh,
        maximum=lambda one, other: sympy.Max(one, other, evaluate=False),
        minimum=lambda one, other: sympy.Min(one, other, evaluate=False),
        where=lambda condition, yes, no: sympy.Piecewise((yes, condition), (no, True), evaluate=False),
    )
