"""A schedule as Python source that stands alone: what its declaration says, with NumPy and without this project."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from schedulers.declare import Schedule


def source(schedule: Schedule, parameters: dict[str, Any]) -> str:
    """Return source that defines `learning_rate(T)` and, where the schedule cycles it, `momentum(T)`.

    Both give float64 arrays of shape (T,), equal to `Schedule.rates` and `Schedule.momentum`. The source is taken from
    the declaration itself, so it cannot drift from it; it needs NumPy, imported as np. Raises Refusal for parameters
    that the schedule refuses.
    """
    values = ", ".join(f"{name}={value!r}" for name, value in schedule.check(**parameters).items())
    wanted: list[tuple[str, Callable[..., Any]]] = [("learning_rate", schedule.rate_function)]
    if schedule.momentum_function is not None:
        wanted.append(("momentum", schedule.momentum_function))
    functions: dict[str, str] = {}
    for _, function in wanted:
        _collect(function, functions)
    for name, function in wanted:
        call = f"{function.__name__}(np, np.arange(T, dtype=float), T, {values})"
        functions[name] = f"def {name}(T):\n    return np.broadcast_to({call}, (T,)).astype(float)"
    return "\n\n\n".join(functions.values())


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
