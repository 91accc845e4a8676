"""PyTorch's schedulers (torch.optim.lr_scheduler 2.13.0), under their own names and arguments, without PyTorch.

Here are those made of others or of a function, and what runs them all; `torch_single` has those that stand alone.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import numpy as np

from schedulers import formula
from schedulers.declare import Curve
from schedulers.libraries import torch_single as single
from schedulers.libraries.arguments import checked, require
from schedulers.libraries.stepping import Chain, Group, Leaf, Sequence, Stepping
from words import Refusal

BLOCK = 1024  # updates of which a formula of t is computed at once


def sequential_lr(group: Group, *, schedulers: list[list[Any]], milestones: list[int]) -> Stepping:
    """Run schedulers, each [name, arguments], one after another; the next one begins at its milestone."""
    title = "PyTorch SequentialLR"
    require(len(schedulers) >= 1, title, "schedulers", "at least one", schedulers)
    require(len(milestones) == len(schedulers) - 1, title, "milestones", "one fewer than schedulers", len(milestones))
    children = [_made(group, title, entry) for entry in schedulers]
    return Sequence(group, children, list(milestones))


def chained_scheduler(group: Group, *, schedulers: list[list[Any]]) -> Stepping:
    """Run schedulers, each [name, arguments], all at once: their factors multiply."""
    title = "PyTorch ChainedScheduler"
    require(len(schedulers) >= 1, title, "schedulers", "at least one", schedulers)
    return Chain([_made(group, title, entry) for entry in schedulers])


def lambda_lr(group: Group, *, lr_lambda: str) -> Stepping:
    """Multiply the first rate by what the formula `lr_lambda` of t gives at update t, written as `formula.factors`."""
    factor = _factors("PyTorch LambdaLR", lr_lambda)
    return Leaf(group, lambda leaf, n, initial: leaf.base * factor(n))


def multiplicative_lr(group: Group, *, lr_lambda: str) -> Stepping:
    """Multiply the rate, at every update but the first, by what the formula `lr_lambda` of t gives there."""
    factor = _factors("PyTorch MultiplicativeLR", lr_lambda)
    return Leaf(group, lambda leaf, n, initial: group.rate if initial else group.rate * factor(n))


def _factors(title: str, text: str) -> Callable[[int], float]:
    """Return the function of t that a formula is; it raises a Refusal where the formula is not finite."""
    formula.factors(text, np.zeros(1))

    @cache
    def block(number: int) -> list[float]:
        updates = np.arange(number * BLOCK, (number + 1) * BLOCK, dtype=np.float64)
        return cast(list[float], formula.factors(text, updates).tolist())

    def factor(n: int) -> float:
        found = block(n // BLOCK)[n % BLOCK]
        if not math.isfinite(found):
            raise Refusal("{title}: lr_lambda is not finite at t = {t}.", title=title, t=n)
        return found

    return factor


MAKERS: dict[str, Callable[..., Stepping]] = {
    "ConstantLR": single.constant_lr,
    "LinearLR": single.linear_lr,
    "ExponentialLR": single.exponential_lr,
    "StepLR": single.step_lr,
    "MultiStepLR": single.multi_step_lr,
    "PolynomialLR": single.polynomial_lr,
    "CosineAnnealingLR": single.cosine_annealing_lr,
    "CosineAnnealingWarmRestarts": single.cosine_annealing_warm_restarts,
    "CyclicLR": single.cyclic_lr,
    "OneCycleLR": single.one_cycle_lr,
    "SequentialLR": sequential_lr,
    "ChainedScheduler": chained_scheduler,
    "LambdaLR": lambda_lr,
    "MultiplicativeLR": multiplicative_lr,
}


def _made(group: Group, title: str, entry: list[Any]) -> Stepping:
    well_formed = len(entry) == 2 and isinstance(entry[1], Mapping)
    require(well_formed, title, "each of schedulers", "[name, arguments]", entry)
    name, kwargs = entry
    require(name in MAKERS, title, "each of schedulers", "one of " + ", ".join(MAKERS), name)
    return MAKERS[name](group, **checked(f"PyTorch {name}", MAKERS[name], kwargs))


def run(name: str, kwargs: Mapping[str, object], steps: int) -> tuple[Curve, Curve | None]:
    """Return rate and momentum (None where nothing cycles it) at each of `steps` updates, in O(steps).

    `base_lr` among the arguments is the optimizer's learning rate (default 1e-3, as in SGD); for CyclicLR it is also
    the scheduler's own argument.
    """
    title = f"PyTorch {name}"
    given = dict(kwargs)
    base = given.get("base_lr", 1e-3) if name == "CyclicLR" else given.pop("base_lr", 1e-3)
    base = checked(title, _optimizer, {"base_lr": base})["base_lr"]
    require(base >= 0, title, "base_lr", "at least 0", base)
    group = Group(rate=float(base))
    rates, momenta = np.empty(steps), np.empty(steps)
    t = 0
    try:
        arguments = checked(title, MAKERS[name], given)
        scheduler = MAKERS[name](group, **arguments)
        for t in range(steps):
            if t:
                scheduler.step()
            rates[t] = group.rate
            momenta[t] = np.nan if group.momentum is None else group.momentum
    except ArithmeticError:
        raise Refusal("{title}: these arguments divide by zero at update {t}.", title=title, t=t) from None
    return rates, None if group.momentum is None else momenta


def _optimizer(*, base_lr: float = 1e-3) -> None:
    pass
