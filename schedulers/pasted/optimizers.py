"""The optimizer's line in pasted code, for its learning rate and its momentum."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schedulers.pasted.values import Unknown, value
from words import Refusal, say

# The learning rate of PyTorch's optimizers where none is given; 1e-3 for all others.
RATES = {
    "Adadelta": 1.0,
    "Adagrad": 1e-2,
    "ASGD": 1e-2,
    "LBFGS": 1.0,
    "RMSprop": 1e-2,
    "Rprop": 1e-2,
    "Adafactor": 1e-2,
}
# Where an optimizer takes its momentum, or as the first of two its betas, when it is given by place.
MOMENTUM = {"SGD": 2, "RMSprop": 5, "Muon": 3}
BETAS = {"Adam": 2, "AdamW": 2, "Adamax": 2, "NAdam": 2, "RAdam": 2, "SparseAdam": 2, "Lion": 2, "LAMB": 2}
OPTIMIZERS = (*RATES, "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam", "Muon", "Lion", "LAMB")


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's line: its learning rate, and its momentum or beta1 where the text says it as a number."""

    lr: float | Unknown
    note: str | None = None
    momentum: float | None = None


def optimizer(name: str, call: ast.Call, names: Mapping[str, Any]) -> Optimizer | None:
    """Return the optimizer, or fastai's Learner, that the call of this name makes; None for anything else."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in OPTIMIZERS:
        rate = given.get("lr", call.args[1] if len(call.args) > 1 else None)
        note = None
        if rate is None:
            note = say("{name} is given no learning rate: its default is taken.", name=name)
        grouped = bool(call.args) and isinstance(call.args[0], ast.List)
        if grouped:
            note = say("{name} has parameter groups: the rate that they share is drawn.", name=name)
        lr = RATES.get(name, 1e-3) if rate is None else _rate(rate, names)
        return Optimizer(lr, note, _momentum(name, call, given, names))
    if name == "Learner" or name.endswith("_learner"):
        return Optimizer(_rate(given["lr"], names)) if "lr" in given else None
    return None


def _momentum(
    name: str, call: ast.Call, given: Mapping[str | None, ast.expr], names: Mapping[str, Any]
) -> float | None:
    argument, place = ("betas", BETAS[name]) if name in BETAS else ("momentum", MOMENTUM.get(name, len(call.args)))
    node = given.get(argument, call.args[place] if len(call.args) > place else None)
    if node is None:
        return None
    try:
        read = value(node, names)
    except Refusal:
        return None
    first = read[0] if isinstance(read, list | tuple) and read else read
    return float(first) if isinstance(first, int | float) and not isinstance(first, bool) else None


def _rate(node: ast.expr, names: Mapping[str, Any]) -> float | Unknown:
    try:
        read = value(node, names)
    except Refusal:
        return Unknown(node)
    return float(read) if isinstance(read, int | float) else Unknown(node)
