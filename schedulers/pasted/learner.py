"""What fastai makes schedules of: fine_tune, and ParamScheduler with its annealers."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from schedulers.pasted import calls
from schedulers.pasted.recognise import dotted, given
from schedulers.pasted.values import Unknown, refuse

Read = Callable[[ast.expr], Any]
Named = tuple[str, dict[str, Any]]


def fine_tune(call: ast.Call, read: Read) -> list[Named]:
    """Return fine_tune's two: one cycle with the body frozen, then one at half the rate with everything."""
    own = {
        key: read(each)
        for key, each in given(call, "fine_tune", calls.FINE_TUNE).items()
        if key in ("base_lr", "pct_start", "div")
    }
    base = own.pop("base_lr", 2e-3)
    if not isinstance(base, int | float):
        raise refuse(call, "base_lr must be a number.")
    return [("fine_tune.frozen", {"base_lr": float(base)}), ("fine_tune.unfrozen", {"base_lr": base / 2, **own})]


def param_scheduler(call: ast.Call, read: Read, names: Mapping[str, Any], imports: Mapping[str, str]) -> Named:
    """Return the rate of ParamScheduler({"lr": an annealer, or combine_scheds([shares], [annealers])})."""
    table = call.args[0] if len(call.args) == 1 else None
    if isinstance(table, ast.Name):
        table = getattr(names.get(table.id), "node", None)
    keys = [key.value if isinstance(key, ast.Constant) else None for key in getattr(table, "keys", [])]
    if not isinstance(table, ast.Dict) or "lr" not in keys:
        raise refuse(call, '{part} is not understood; write ParamScheduler({{"lr": ...}}).')
    sched = _followed(table.values[keys.index("lr")], names)
    shares: list[Any] = [1.0]
    parts: list[ast.expr] = [sched]
    if isinstance(sched, ast.Call) and dotted(sched.func, imports).endswith("combine_scheds") and len(sched.args) == 2:
        shares, inner = read(sched.args[0]), _followed(sched.args[1], names)
        parts = inner.elts if isinstance(inner, ast.List | ast.Tuple) else [inner]
    scheds = []
    for part in (_followed(each, names) for each in parts):
        name = dotted(part.func, imports).rpartition(".")[2] if isinstance(part, ast.Call) else ""
        if name not in calls.ANNEALERS or not isinstance(part, ast.Call) or part.keywords:
            raise refuse(part, "{part} is none of fastai's {known}.", known=", ".join(calls.ANNEALERS))
        scheds.append([name, *(read(argument) for argument in part.args)])
    return "combine_scheds", {"pcts": shares, "scheds": scheds}


def _followed(node: ast.expr, names: Mapping[str, Any]) -> ast.expr:
    """Return the expression that a name stands for."""
    known = names.get(node.id) if isinstance(node, ast.Name) else None
    return known.node if isinstance(known, Unknown) and isinstance(known.node, ast.expr) else node
