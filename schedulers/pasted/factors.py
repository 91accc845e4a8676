"""LambdaLR's function in pasted code: arithmetic of one argument becomes a formula of t, and nothing is run.

So does MultiplicativeLR's. A `def` is read as the one expression that it returns: its local names are put in, and each
condition becomes a choice.
"""

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from schedulers import formula
from schedulers.pasted.values import Unknown, refuse, value
from words import Refusal

MODULES = ("math", "np", "numpy")
# Parts of a local name's value, since names put into names could grow without end, and conditions in a function.
LARGEST, MOST_CONDITIONS = 2 * formula.MOST_PARTS, 20


def factor(node: ast.expr, names: Mapping[str, Any]) -> str:
    """Return the formula of t, the update, that a lambda or a `def` writes, as `libraries.curve` takes it for LambdaLR.

    Names that the text gives a number are replaced by it, math.cos by cos, and `a if b else c` by where(b, a, c).
    Refusal, with the line, for all that `schedulers.formula` does not compute. O(length of the function).
    """
    known = names.get(node.id) if isinstance(node, ast.Name) else None
    made = known.node if isinstance(known, Unknown) else node
    if isinstance(made, ast.List) and len(made.elts) == 1:
        return factor(made.elts[0], names)  # the function of the only parameter group
    if not isinstance(made, ast.Lambda | ast.FunctionDef):
        raise refuse(node, "{part} is not understood; write LambdaLR(optimizer, lambda t: 0.95**t).")
    arguments = made.args
    if len(arguments.args) != 1 or ast.unparse(arguments).partition(":")[0] != arguments.args[0].arg:
        shown = node if isinstance(made, ast.FunctionDef) else made
        raise refuse(shown, "{part} must have one argument, the update.")
    writer = _Formula(arguments.args[0].arg, names)
    body = writer.visit(copy.deepcopy(made.body)) if isinstance(made, ast.Lambda) else writer.returned(made.body, made)
    try:
        text = ast.unparse(body)
        formula.factors(text, np.zeros(1))
    except Refusal:
        raise refuse(
            made.body if isinstance(made, ast.Lambda) else node,
            "{part} is not understood; a factor may hold numbers, the argument, + - * / // % **, one comparison,"
            " a if b else c, and {functions}, in at most {most} parts.",
            functions=", ".join(formula.FUNCTIONS),
            most=formula.MOST_PARTS,
        ) from None
    return text


class _Formula(ast.NodeTransformer):
    """Rewrites a function's body as a formula of t."""

    def __init__(self, argument: str, names: Mapping[str, Any]) -> None:
        self.argument, self.names = argument, names
        self.local: dict[str, ast.expr] = {}
        self.conditions = 0

    def returned(self, body: Sequence[ast.stmt], inside: ast.stmt) -> ast.expr:
        """Return what these statements, the rest of those `inside` another, return. A branch must return."""
        for place, statement in enumerate(body):
            match statement:
                case ast.Return(value=ast.expr() as given):
                    return self.visit(copy.deepcopy(given))
                case ast.Expr(value=ast.Constant(value=str())):  # a docstring
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=given):
                    found = self.visit(copy.deepcopy(given))
                    if sum(1 for _ in ast.walk(found)) > LARGEST:
                        raise refuse(statement, "{part} is too long.")
                    self.local[name] = found
                case ast.If():
                    self.conditions += 1
                    if self.conditions > MOST_CONDITIONS:
                        raise refuse(statement, "{part} is one condition too many.")
                    before = dict(self.local)
                    test = self.visit(copy.deepcopy(statement.test))
                    yes = self.returned(statement.body, statement)
                    self.local = before
                    return _choice(test, yes, self.returned([*statement.orelse, *body[place + 1 :]], inside))
                case _:
                    raise refuse(statement, "{part} is not understood; a function may hold name = ..., if and return.")
        raise refuse(inside, "{part} does not return a number in the end.")

    def visit(self, node: ast.AST) -> ast.expr:
        return cast(ast.expr, super().visit(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.local:
            return self.local[node.id]
        return ast.Name("t", ast.Load()) if node.id == self.argument else self._number(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._number(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return _choice(self.visit(node.test), self.visit(node.body), self.visit(node.orelse))

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


def _choice(test: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("where", ast.Load()), [test, yes, no], [])
