"""A user's own formula of t, T and p as a schedule, computed by simpleeval over NumPy; never by eval."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

from schedulers.declare import MOST_UPDATES, Curve, is_whole, written
from words import Refusal

LONGEST = 300  # characters
MOST_PARTS = 100  # operators, names and numbers; with MOST_UPDATES they bound the time to a few seconds
TITLE = "Your formula"

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "cos": np.cos,
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "where": np.where,
}
ARGUMENTS = {"max": 2, "min": 2, "where": 3}
NAMES = ("t", "T", "p", "pi")
OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.UAdd, ast.USub),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)
PARTS = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load)


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval without its power limit, which compares numbers where arrays come, and with numbers as float64."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        # float64 and not Python's whole numbers: 9**9**9 is then infinity at once rather than hours of work.
        operators = {kind: DEFAULT_OPERATORS[kind] for kind in OPERATORS if kind in DEFAULT_OPERATORS}
        operators |= {ast.Pow: np.power, ast.Mult: np.multiply, ast.Add: np.add}
        super().__init__(operators=operators, functions=FUNCTIONS, names=dict(names))
        self.nodes[ast.Constant] = lambda node: np.float64(node.value)


def rates(text: str, T: int, **names: float) -> Curve:
    """Return the learning rate that the formula gives at each of the T updates, float64 of shape (T,).

    The formula may use t (0 ... T-1), T, p = t / T, pi, the names given as keyword arguments (say, peak=0.1), the
    operators + - * / // % ** and comparisons, and the functions of FUNCTIONS; `where(p < 0.5, a, b)` chooses. In
    O(T x parts of the formula). Refusal for anything else, for a formula too long, and where a rate is negative or
    not finite.
    """
    if not (is_whole(T) and 1 <= T <= MOST_UPDATES):
        raise Refusal(
            "{title}: T (updates) must be a whole number, 1 to {high}, got {value}.",
            title=TITLE,
            high=f"{MOST_UPDATES:,}",
            value=written(T),
        )
    return at(text, np.arange(T, dtype=np.float64), T, **names)


def at(text: str, t: Curve, T: float, **names: float) -> Curve:
    """Return the learning rate that the formula gives at the updates t, shape (n,), of a run of T; as `rates` does."""
    given = {"t": t, "T": np.float64(T), "p": t / T, "pi": np.float64(np.pi)}
    curve = _computed(text, t, given | {name: np.float64(value) for name, value in names.items()})
    bad = ~(np.isfinite(curve) & (curve >= 0))
    if bad.any():
        raise Refusal(
            "{title}: each learning rate must be at least 0, got {value} at update {update}.",
            title=TITLE,
            value=written(float(curve[bad][0])),
            update=int(t[np.argmax(bad)]),
        )
    return curve


def factors(text: str, t: Curve) -> Curve:
    """Return what a formula of t and pi gives at the updates t, shape (n,), of any sign and finite or not.

    In O(n x parts of the formula). Refusal as in `rates` for how it is written.
    """
    return _computed(text, t, {"t": t, "pi": np.float64(np.pi)})


def _computed(text: str, t: Curve, given: Mapping[str, Any]) -> Curve:
    tree = _parsed(text, tuple(given))
    try:
        with np.errstate(all="ignore"):
            result = _Evaluator(given).eval(text, previously_parsed=tree)
            return np.array(np.broadcast_to(np.asarray(result, dtype=np.float64), t.shape))
    except (InvalidExpression, TypeError, ValueError, ArithmeticError):
        raise Refusal("{title}: it cannot be computed.", title=TITLE) from None


def check(text: object, *names: str) -> str:
    """Return the formula's text without the space around it; Refusal where `rates` would refuse how it is written."""
    _parsed(text, (*NAMES, *names))
    return str(text).strip()


def source(text: str) -> str:
    """Return a checked formula as Python source over NumPy: max(t, 1) becomes np.maximum(t, 1)."""
    tree = ast.parse(text.strip(), mode="eval")
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and part.id in FUNCTIONS:
            part.id = f"np.{FUNCTIONS[part.id].__name__}"
        elif isinstance(part, ast.Name) and part.id == "pi":
            part.id = "np.pi"
    return ast.unparse(tree)


def _parsed(text: object, names: tuple[str, ...]) -> ast.expr:
    """Return the formula's tree, every part of which is one that PARTS, OPERATORS, FUNCTIONS and `names` allow."""
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        length = len(text.strip()) if isinstance(text, str) else 0
        raise Refusal(
            "{title}: it must be 1 to {longest} characters long, got {length}.",
            title=TITLE,
            longest=LONGEST,
            length=length,
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Refusal("{title}: {text} is no formula.", title=TITLE, text=written(text)) from None
    parts = list(ast.walk(tree))
    called = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    if sum(not isinstance(part, (ast.Load, ast.operator, ast.cmpop, ast.unaryop)) for part in parts) > MOST_PARTS:
        raise Refusal("{title}: it must have at most {most} parts.", title=TITLE, most=MOST_PARTS)
    for part in parts:
        if not isinstance(part, (*PARTS, *OPERATORS)):
            _refuse("{title}: {part} is not allowed; use numbers, + - * / // % **, comparisons and functions.", part)
        if isinstance(part, ast.Constant) and type(part.value) not in (int, float):
            _refuse("{title}: {part} is not a number.", part)
        if isinstance(part, ast.Compare) and len(part.ops) > 1:
            _refuse("{title}: {part} compares more than two values; use where inside where.", part)
        if isinstance(part, ast.Name) and part.id not in (FUNCTIONS if id(part) in called else names):
            kind, known = ("function", tuple(FUNCTIONS)) if id(part) in called else ("name", names)
            raise Refusal(
                "{title}: there is no {kind} {name}; allowed: {known}.",
                title=TITLE,
                kind=kind,
                name=part.id,
                known=", ".join(known),
            )
        if isinstance(part, ast.Call):
            _check_call(part)
    return tree.body


def _check_call(call: ast.Call) -> None:
    wanted = ARGUMENTS.get(call.func.id, 1) if isinstance(call.func, ast.Name) else None
    if wanted is None or call.keywords or len(call.args) != wanted:
        _refuse("{title}: {part} is not allowed; min and max take two values, where takes three, others one.", call)


def _refuse(template: str, part: ast.AST) -> None:
    shown = ast.unparse(part) if isinstance(part, ast.expr) else type(part).__name__
    raise Refusal(template, title=TITLE, part=shown if len(shown) <= 60 else shown[:57] + "...")
