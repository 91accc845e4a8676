"""Which calls in pasted code make schedulers, and which of their arguments are which."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedulers import libraries
from schedulers.pasted import calls
from schedulers.pasted.values import refuse, value
from words import Refusal

SUSPECTS = ("LR", "Scheduler", "_schedule", "LRSchedule")
NO_CURVE = (
    "ReduceLROnPlateau",
    "GreedyLR",
    "PlateauLRScheduler",
    "get_reduce_on_plateau_schedule",
    "reduce_on_plateau",
)


@dataclass
class Made:
    """A scheduler that the text makes, whether another one is made of it, and the momentum of its optimizer."""

    library: str
    name: str
    kwargs: dict[str, Any]
    line: int
    notes: tuple[str, ...] = ()
    used: bool = False
    momentum: float | None = None


def dotted(node: ast.expr, imports: Mapping[str, str]) -> str:
    """Return the name under which a function is called, with what it was imported from; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return "." + ".".join(reversed(parts)) if parts else ""
    return ".".join([imports.get(node.id, node.id), *reversed(parts)])


def scheduler(call: ast.Call, imports: Mapping[str, str]) -> tuple[str, str] | None:
    """Return library and name of the scheduler that the call makes, or None. Refusal for one with no curve."""
    path = dotted(call.func, imports)
    name = path.rpartition(".")[2]
    root = path.split(".")[0]
    imported = isinstance(call.func, ast.Name) and call.func.id in imports
    if name in calls.LEARNER or name == "fine_tune":
        return ("fastai", name) if isinstance(call.func, ast.Attribute) else None
    if name == "ParamScheduler":
        return "fastai", name
    library = calls.library_of(name)
    known = {package for packages in calls.PACKAGES.values() for package in packages}
    if library is not None:
        if (imported or root in known) and root not in calls.PACKAGES[library]:
            raise refuse(call.func, "{part} is not the {name} of {library}.", name=name, library=library)
        return library, name
    if name in NO_CURVE:
        raise refuse(call.func, "{part} waits for a metric, so that it has no curve before training.")
    package = ("torch.optim.lr_scheduler", "timm.scheduler", "keras.optimizers.schedules", "optax")
    if name.endswith(SUSPECTS) or (path.startswith(package) and name[:1].isupper() and "optax" not in path):
        raise refuse(call.func, "the scheduler {part} is not understood; understood are {known}.", known=understood())
    return None


def given(call: ast.Call, name: str, order: Sequence[str | None]) -> dict[str, ast.expr]:
    """Return the call's arguments by their names, not yet read."""
    known: dict[str, ast.expr] = {}
    if len(call.args) > len(order):
        raise refuse(call.args[len(order)], "{name} does not take so many arguments.", name=name)
    for argument, each in zip(order, call.args, strict=False):
        if isinstance(each, ast.Starred):
            raise refuse(each, "{part} is not understood; write the arguments out.")
        if argument is not None:
            known[argument] = each
        elif not (isinstance(each, ast.Constant) and each.value in (None, -1)):
            value_of = ast.unparse(each)
            raise refuse(each, "{name} with {value} there is not understood.", name=name, value=value_of[:40])
    for keyword in call.keywords:
        if keyword.arg is None:
            raise refuse(keyword.value, "**{part} is not understood; write the arguments out.")
        if keyword.arg in known:
            raise refuse(call, "{name} is given {argument} twice.", name=name, argument=keyword.arg)
        known[keyword.arg] = keyword.value
    return known


def harmless(argument: str, each: ast.expr, names: Mapping[str, Any]) -> None:
    """Refuse an argument that would change the curve in a way that is not understood."""
    allowed = calls.HARMLESS[argument]
    if allowed and not (isinstance(each, ast.Constant) and each.value in allowed):
        try:
            plain = value(each, names)
        except Refusal:
            plain = each
        if plain not in allowed:
            raise refuse(each, "{argument} = {part} is not understood; leave {argument} out.", argument=argument)


def understood() -> str:
    """Return the names of all schedulers that are understood, for a sentence."""
    listed = [f"{library}: {', '.join(names)}" for library, names in libraries.NAMES.items()]
    return "; ".join(listed)
