"""A schedule as Python source that stands alone: what its declaration says, with NumPy and without this project."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

from schedulers.combined import Combination, Part
from schedulers.combined import read as read_combination
from schedulers.declare import CATALOGUE, Schedule
from schedulers.formula import source as formula_source


def source(
    schedule: Schedule, parameters: dict[str, Any], names: tuple[str, ...] = ("learning_rate", "momentum")
) -> str:
    """Return source that defines `learning_rate(T)` and, where the schedule cycles it, `momentum(T)`.

    `names` says which of the two. Both give float64 arrays of shape (T,), equal to `Schedule.rates` and
    `Schedule.momentum`. The source is taken from the declaration itself, so it cannot drift from it; it needs NumPy,
    imported as np. Raises Refusal for parameters that the schedule refuses.
    """
    checked = schedule.check(**parameters)
    if schedule.name in ("own_formula", "combined"):
        return _of_text(schedule.name, checked)
    values = ", ".join(f"{name}={value!r}" for name, value in checked.items())
    wanted: list[tuple[str, Callable[..., Any]]] = [("learning_rate", schedule.rate_function)]
    if schedule.momentum_function is not None:
        wanted.append(("momentum", schedule.momentum_function))
    wanted = [(name, function) for name, function in wanted if name in names]
    functions: dict[str, str] = {}
    for _, function in wanted:
        _collect(function, functions)
    for name, function in wanted:
        call = f"{function.__name__}(np, np.arange(T, dtype=float), T, {values})"
        functions[name] = f"def {name}(T):\n    return np.broadcast_to({call}, (T,)).astype(float)"
    return "\n\n\n".join(functions.values())


def _of_text(name: str, values: Mapping[str, Any]) -> str:
    """Return source for a schedule that is itself written as text: the user's formula, or a combination."""
    if name == "own_formula":
        return (
            "def learning_rate(T):\n"
            f"    t, peak = np.arange(T, dtype=float), {values['peak']!r}\n"
            "    p = t / T\n"
            f"    return np.broadcast_to({formula_source(values['formula'])}, (T,)).astype(float)"
        )
    combination = read_combination("", values["segments"])
    functions: dict[str, str] = {}
    rates = _calls(combination, "rate_function", functions)
    if combination.multiplied:
        product = " * ".join([repr(values["peak"]), *(rate.format(start="0.0", span="T") for rate in rates)])
        functions["learning_rate"] = f"def learning_rate(T):\n    return np.broadcast_to({product}, (T,)).astype(float)"
        return "\n\n\n".join(functions.values())
    momenta = _calls(combination, "momentum_function", functions)
    shares = [part.share for part in combination.parts]
    functions["in_turn"] = (
        "def in_turn(T, parts):\n"
        f"    shares = {shares!r}\n"
        "    starts = np.cumsum([0.0, *shares])\n"
        "    turn = np.searchsorted(starts[1:-1], np.arange(T) / T + 1e-12, side='right')\n"
        "    return np.select([turn == i for i in range(len(parts))],"
        " [part(starts[i] * T, shares[i] * T) for i, part in enumerate(parts)])"
    )

    def parts(calls: list[str]) -> str:
        lines = [f"        lambda start, span: {call.format(start='start', span='span')},\n" for call in calls]
        return f"[\n{''.join(lines)}    ]"

    functions["learning_rate"] = f"def learning_rate(T):\n    return {values['peak']!r} * in_turn(T, {parts(rates)})"
    if any(momenta):
        functions["momentum"] = (
            f"def momentum(T):\n    curve = in_turn(T, {parts([call or 'np.nan' for call in momenta])})\n"
            "    known = np.flatnonzero(~np.isnan(curve))  # where no part cycles it, it stays as it was\n"
            "    return curve[known[np.maximum(np.searchsorted(known, np.arange(T), side='right') - 1, 0)]]"
        )
    return "\n\n\n".join(functions.values())


def _calls(combination: Combination, kind: str, into: dict[str, str]) -> list[str]:
    """Return each part's call, with {start} and {span} to fill in, "" where there is none; its functions go `into`."""
    updates = "np.maximum(np.arange(T, dtype=float) - {start}, 0)"
    return [_call(part, kind, into, updates, "{span}") for part in combination.parts]


def _call(part: Part, kind: str, into: dict[str, str], t: str, T: str) -> str:
    """Return the call that gives a part's rates or momentum at the updates `t` of `T`, "" where it has none."""
    function = getattr(CATALOGUE[part.schedule], kind)
    if part.schedule in ("own_formula", "combined"):
        name = _nested(part, kind, into)
        return f"{name}({t}, {T})" if name else ""
    if function is None:
        return ""
    _collect(function, into)
    given = ", ".join(f"{name}={value!r}" for name, value in part.parameters.items())
    return f"{function.__name__}(np, {t}, {T}, {given})"


def _nested(part: Part, kind: str, into: dict[str, str]) -> str:
    """Add the function (t, T) of a part that is itself a text, and return its name; "" where it has none."""
    values = part.parameters
    if part.schedule == "own_formula":
        if kind != "rate_function":
            return ""
        name = f"formula_{len(into)}"
        into[name] = (
            f"def {name}(t, T):\n    peak, p = {values['peak']!r}, t / T\n"
            f"    return np.broadcast_to({formula_source(str(values['formula']))}, np.shape(t))"
        )
        return name
    combination = read_combination("", values["segments"])
    if combination.multiplied and kind != "rate_function":
        return ""
    calls = [_call(inner, kind, into, "t", "T") for inner in combination.parts]
    if not any(calls):
        return ""
    name = f"combined_{len(into)}"
    if combination.multiplied:
        into[name] = f"def {name}(t, T):\n    return {' * '.join([repr(values['peak']), *calls])}"
        return name
    into["one_of"] = (
        "def one_of(t, T, shares, parts):\n"
        "    starts = np.cumsum([0.0, *shares])\n"
        "    turn = np.searchsorted(starts[1:-1], t / T + 1e-12, side='right')\n"
        "    return np.select([turn == i for i in range(len(parts))],"
        " [part(np.maximum(t - starts[i] * T, 0), shares[i] * T) for i, part in enumerate(parts)])"
    )
    lines = "".join(f"        lambda t, T: {call or 'np.nan'},\n" for call in calls)
    curve = f"one_of(t, T, {[inner.share for inner in combination.parts]!r}, [\n{lines}    ])"
    if kind == "rate_function":
        into[name] = f"def {name}(t, T):\n    return {values['peak']!r} * {curve}"
    else:
        into[name] = (
            f"def {name}(t, T):\n    curve = {curve}\n    known = np.flatnonzero(~np.isnan(curve))\n"
            "    return curve[known[np.maximum(np.searchsorted(known, np.arange(len(t)), side='right') - 1, 0)]]"
        )
    return name


def _collect(function: Callable[..., Any], into: dict[str, str]) -> None:
    """Add the source of a function and, before it, of the functions of this package that it calls."""
    assert isinstance(function, FunctionType)
    for name in _names(function.__code__):
        used = function.__globals__.get(name)
        if isinstance(used, FunctionType) and used.__module__.startswith("schedulers.") and name not in into:
            _collect(used, into)
        elif isinstance(used, int | float) and name not in into:
            into[name] = f"{name} = {used!r}"
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    _strip_annotations(definition)
    into[function.__name__] = ast.unparse(tree)


def _names(code: CodeType) -> list[str]:
    """Return the global names that the code and the functions inside it use."""
    inner = [name for constant in code.co_consts if isinstance(constant, CodeType) for name in _names(constant)]
    return [*code.co_names, *inner]


def _strip_annotations(definition: ast.FunctionDef) -> None:
    """Drop the annotations, which name types that the source would have to import."""
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
