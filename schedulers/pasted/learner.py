"""What fastai makes schedules of: fine_tune, and ParamScheduler with its annealers."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schedulers.pasted import calls
from schedulers.pasted.recognise import Made, dotted, given
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
    """Return the rate of ParamScheduler({"lr": an annealer, or combine_scheds([shares], [annealers])}).

    What the text made above by combine_scheds, of the rate or of anything else, is then no scheduler of its own.
    """
    table = call.args[0] if len(call.args) == 1 else None
    if isinstance(table, ast.Name):
        table = getattr(names.get(table.id), "node", None)
    keys = [key.value if isinstance(key, ast.Constant) else None for key in getattr(table, "keys", [])]
    if not isinstance(table, ast.Dict) or "lr" not in keys:
        raise refuse(call, '{part} is not understood; write ParamScheduler({{"lr": ...}}).')
    made = [names.get(ast.unparse(each)) for each in table.values]
    for known in made:
        if isinstance(known, Made) and known.name == "combine_scheds":
            known.used = True
    known = made[keys.index("lr")]
    if isinstance(known, Made) and known.used:
        return known.name, known.kwargs
    sched = _followed(table.values[keys.index("lr")], names)
    if isinstance(sched, ast.Call) and dotted(sched.func, imports).rpartition(".")[2] == "combine_scheds":
        return combined(sched, read, names, imports)
    return "combine_scheds", {"pcts": [1.0], "scheds": _annealers([sched], read, names, imports)}


def combined(call: ast.Call, read: Read, names: Mapping[str, Any], imports: Mapping[str, str]) -> Named:
    """Return combine_scheds([shares], [annealers]) with its annealers as [name, start, end]."""
    known = given(call, "combine_scheds", ("pcts", "scheds"))
    if set(known) != {"pcts", "scheds"}:
        raise refuse(call, "{part} is not understood; write combine_scheds([shares], [annealers]).")
    inner = _followed(known["scheds"], names)
    parts = inner.elts if isinstance(inner, ast.List | ast.Tuple) else [inner]
    return "combine_scheds", {"pcts": read(known["pcts"]), "scheds": _annealers(parts, read, names, imports)}


def _annealers(
    parts: Sequence[ast.expr], read: Read, names: Mapping[str, Any], imports: Mapping[str, str]
) -> list[list[Any]]:
    scheds = []
    for part in (_followed(each, names) for each in parts):
        name = dotted(part.func, imports).rpartition(".")[2] if isinstance(part, ast.Call) else ""
        if name not in calls.ANNEALERS or not isinstance(part, ast.Call) or part.keywords:
            raise refuse(part, "{part} is none of fastai's {known}.", known=", ".join(calls.ANNEALERS))
        scheds.append([name, *(read(argument) for argument in part.args)])
    return scheds


def _followed(node: ast.expr, names: Mapping[str, Any]) -> ast.expr:
    """Return the expression that a name stands for."""
    known = names.get(node.id) if isinstance(node, ast.Name) else None
    return known.node if isinstance(known, Unknown) and isinstance(known.node, ast.expr) else node
