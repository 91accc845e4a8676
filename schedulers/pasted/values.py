"""The value of an expression in pasted code: numbers, texts, lists, tables, and arithmetic of numbers; nothing else."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from words import Refusal

EXAMPLE = "OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)"
HIGHEST = 1e18
LONGEST_TEXT = 200
LONGEST_LIST = 1000

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_ROUNDING: dict[str, Callable[..., Any]] = {"int": int, "float": float, "round": round, "min": min, "max": max}
_MATHS = {"math.pi": math.pi, "numpy.pi": math.pi, "np.pi": math.pi}


class Unknown:
    """What a name stands for when the text does not give it as a number: used, it is refused at its own line."""

    def __init__(self, node: ast.AST) -> None:
        self.node = node


def refuse(node: ast.AST, template: str, **values: object) -> Refusal:
    """Return the refusal of a part of the text, with its line and the part itself."""
    try:
        shown = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError):
        shown = type(node).__name__
    part = shown if len(shown) <= 60 else shown[:57] + "..."
    return Refusal("Pasted code, line {line}: " + template, line=getattr(node, "lineno", 1), part=part, **values)


def value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """Return what the expression is; Refusal for what is no number, text, list, table or arithmetic of numbers."""
    read = next((read for kinds, read in _READERS if isinstance(node, kinds)), _not_understood)
    return read(node, names)


def _signed(node: ast.UnaryOp, names: Mapping[str, Any]) -> Any:
    if not isinstance(node.op, ast.USub | ast.UAdd):
        _not_understood(node)
    number = _number(node.operand, names)
    return -number if isinstance(node.op, ast.USub) else number


def _list(node: ast.List | ast.Tuple, names: Mapping[str, Any]) -> list[Any]:
    entries = [value(each, names) for each in node.elts]
    _measured(node, entries)
    return entries


def _table(node: ast.Dict, names: Mapping[str, Any]) -> dict[str, Any]:
    keys = [value(key, names) if key is not None else _not_understood(node) for key in node.keys]
    if not all(isinstance(key, str | int) for key in keys):
        _not_understood(node)
    entries = [value(each, names) for each in node.values]
    _measured(node, entries)
    return {str(key): each for key, each in zip(keys, entries, strict=True)}


def _measured(node: ast.AST, entries: list[Any], levels: int = 2) -> int:
    """Return the number of values in a list; Refusal for too many, and for lists in lists in lists.

    Names may stand for lists, so a short text could make a list of any size: it is measured as it grows.
    """
    total = 0
    for entry in entries:
        inner = list(entry.values()) if isinstance(entry, dict) else entry
        if not isinstance(inner, list):
            total += 1
        elif levels == 0:
            raise refuse(node, "{part} is nested too deeply.")
        else:
            total += _measured(node, inner, levels - 1)
    if total > LONGEST_LIST:
        raise refuse(node, "a list may have at most {most} entries.", most=f"{LONGEST_LIST:,}")
    return total


def _constant(node: ast.Constant, names: Mapping[str, Any]) -> Any:
    given = node.value
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int | float):
        return _bounded(node, given)
    if isinstance(given, str) and len(given) <= LONGEST_TEXT:
        return given
    return _not_understood(node)


def _named(node: ast.Name | ast.Attribute, names: Mapping[str, Any]) -> Any:
    name = ast.unparse(node)
    if name in _MATHS:
        return _MATHS[name]
    if name not in names:
        raise refuse(node, "{part} has no value in the text; write its number, or a line {part} = ... above.")
    known = names[name]
    if isinstance(known, Unknown):
        raise refuse(
            known.node, "the value of {name} is not understood: {part}; write a number in its place.", name=name
        )
    return known


def _number(node: ast.AST, names: Mapping[str, Any]) -> Any:
    number = value(node, names)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise refuse(node, "{part} is not a number.")
    return number


def _computed(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
    left, right = _number(node.left, names), _number(node.right, names)
    try:
        if isinstance(node.op, ast.Pow):
            # In floating point, which overflows at once where whole numbers would grow for hours.
            size = float(abs(left)) ** float(right)
            if not math.isfinite(size) or abs(size) > HIGHEST:
                raise OverflowError
            result = left**right
        elif type(node.op) in _ARITHMETIC:
            result = _ARITHMETIC[type(node.op)](left, right)
        else:
            _not_understood(node)
    except ZeroDivisionError:
        raise refuse(node, "{part} divides by zero.") from None
    except (OverflowError, ValueError):
        raise refuse(node, "{part} is too large a number.") from None
    return _bounded(node, result)


def _rounded(node: ast.Call, names: Mapping[str, Any]) -> Any:
    if not isinstance(node.func, ast.Name) or node.func.id not in _ROUNDING:
        return _not_understood(node)
    numbers = [_number(argument, names) for argument in node.args]
    wanted = len(numbers) >= 2 if node.func.id in ("min", "max") else len(numbers) == 1
    if node.keywords or not wanted:
        return _not_understood(node)
    return _ROUNDING[node.func.id](*numbers)


def _bounded(node: ast.AST, number: Any) -> Any:
    if isinstance(number, complex) or not abs(number) <= HIGHEST:
        raise refuse(node, "{part} is too large a number.")
    return number


def _not_understood(node: ast.AST, names: Mapping[str, Any] | None = None) -> Any:
    raise refuse(node, "{part} is not understood; write numbers, texts, lists, or names that the text gives a value.")


_READERS: tuple[tuple[Any, Callable[..., Any]], ...] = (
    (ast.Constant, _constant),
    (ast.Name | ast.Attribute, _named),
    (ast.UnaryOp, _signed),
    (ast.BinOp, _computed),
    (ast.List | ast.Tuple, _list),
    (ast.Dict, _table),
    (ast.Call, _rounded),
)
