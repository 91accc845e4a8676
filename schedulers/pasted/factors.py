"""LambdaLR's function in pasted code: arithmetic of one argument becomes a formula of t, and nothing is run."""

import ast
import copy
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from schedulers import formula
from schedulers.pasted.values import Unknown, refuse, value
from words import Refusal

MODULES = ("math", "np", "numpy")


def factor(node: ast.expr, names: Mapping[str, Any]) -> str:
    """Return the formula of t, the update, that `lambda t: ...` writes, as `libraries.curve` takes it for LambdaLR.

    Names that the text gives a number are replaced by it, math.cos by cos, and `a if b else c` by where(b, a, c).
    Refusal, with the line, for all that `schedulers.formula` does not compute. O(length of the expression).
    """
    known = names.get(node.id) if isinstance(node, ast.Name) else None
    made = known.node if isinstance(known, Unknown) else node
    if isinstance(made, ast.List) and len(made.elts) == 1:
        made = made.elts[0]  # the function of the only parameter group
    if not isinstance(made, ast.Lambda):
        raise refuse(node, "{part} is not understood; write LambdaLR(optimizer, lambda t: 0.95**t).")
    arguments = made.args
    if len(arguments.args) != 1 or ast.unparse(arguments) != arguments.args[0].arg:
        raise refuse(made, "{part} must have one argument, the update.")
    body = _Formula(arguments.args[0].arg, names).visit(copy.deepcopy(made.body))
    try:
        text = ast.unparse(body)
        formula.factors(text, np.zeros(1))
    except Refusal:
        raise refuse(
            made.body,
            "{part} is not understood; a factor may hold numbers, the argument, + - * / // % **, one comparison,"
            " a if b else c, and {functions}.",
            functions=", ".join(formula.FUNCTIONS),
        ) from None
    return text


class _Formula(ast.NodeTransformer):
    """Rewrites a function's body as a formula of t."""

    def __init__(self, argument: str, names: Mapping[str, Any]) -> None:
        self.argument, self.names = argument, names

    def visit(self, node: ast.AST) -> ast.expr:
        return cast(ast.expr, super().visit(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.argument:
            return ast.Name("t", ast.Load())
        return self._number(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._number(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        parts = [self.visit(part) for part in (node.test, node.body, node.orelse)]
        return ast.Call(ast.Name("where", ast.Load()), parts, [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        module, _, name = ast.unparse(node.func).rpartition(".")
        arguments = [self.visit(argument) for argument in node.args]
        if (module, name, len(arguments)) == ("", "float", 1):
            return arguments[0]  # all numbers of a formula are floating point
        if module not in ("", *MODULES) or name not in formula.FUNCTIONS or node.keywords:
            raise refuse(node, "{part} is not understood; known are {known}.", known=", ".join(formula.FUNCTIONS))
        return ast.Call(ast.Name(name, ast.Load()), arguments, [])

    def _number(self, node: ast.expr) -> ast.expr:
        number = value(node, self.names)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise refuse(node, "{part} is not a number.")
        # A negative constant would be written without the brackets that (-3) ** 2 needs.
        size = ast.Constant(abs(number))
        return ast.UnaryOp(ast.USub(), size) if number < 0 else size
