"""PyTorch's schedulers that stand alone (torch.optim.lr_scheduler 2.13.0), each as a `Leaf` that is stepped.

Most of them are recursive there: each step changes the rate that the step before left behind. So they are stepped here
too, which keeps what recursion does beyond their ends and inside SequentialLR and ChainedScheduler.
"""

import math
from bisect import bisect_right
from collections import Counter
from typing import Literal

from schedulers.libraries.arguments import require
from schedulers.libraries.stepping import Group, Leaf, Stepping
from words import Refusal


def constant_lr(group: Group, *, factor: float = 1 / 3, total_iters: float = 5) -> Stepping:
    """Multiply the rate by `factor` for `total_iters` updates."""
    require(0 <= factor <= 1, "PyTorch ConstantLR", "factor", "0 to 1", factor)

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        if n == 0:
            return group.rate * factor
        return group.rate * (1.0 / factor) if n == total_iters else group.rate

    return Leaf(group, rate, lambda base, n: base * (1.0 if n >= total_iters else factor))


def linear_lr(
    group: Group, *, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: float = 5
) -> Stepping:
    """Move the factor of the rate along a line for `total_iters` updates."""
    title = "PyTorch LinearLR"
    require(0 < start_factor <= 1, title, "start_factor", "above 0, at most 1", start_factor)
    require(0 <= end_factor <= 1, title, "end_factor", "0 to 1", end_factor)
    rise = end_factor - start_factor

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        if n == 0:
            return group.rate * start_factor
        if initial or n > total_iters:
            return group.rate
        return group.rate * (1.0 + rise / (total_iters * start_factor + (n - 1) * rise))

    return Leaf(group, rate, lambda base, n: base * (start_factor + rise * min(total_iters, n) / total_iters))


def exponential_lr(group: Group, *, gamma: float) -> Stepping:
    """Multiply the rate by `gamma` at every update."""
    return Leaf(
        group,
        lambda leaf, n, initial: group.rate if initial else group.rate * gamma,
        lambda base, n: base * gamma**n,
    )


def step_lr(group: Group, *, step_size: int, gamma: float = 0.1) -> Stepping:
    """Multiply the rate by `gamma` every `step_size` updates."""
    require(step_size != 0, "PyTorch StepLR", "step_size", "not 0", step_size)
    return Leaf(
        group,
        lambda leaf, n, initial: group.rate if n == 0 or n % step_size else group.rate * gamma,
        lambda base, n: base * gamma ** (n // step_size),
    )


def multi_step_lr(group: Group, *, milestones: list[int], gamma: float = 0.1) -> Stepping:
    """Multiply the rate by `gamma` at each milestone, twice at a milestone that is named twice."""
    counts = Counter(milestones)
    ordered = sorted(milestones)
    return Leaf(
        group,
        lambda leaf, n, initial: group.rate * gamma ** counts[n] if n in counts else group.rate,
        lambda base, n: base * gamma ** bisect_right(ordered, n),
    )


def polynomial_lr(group: Group, *, total_iters: float = 5, power: float = 1.0) -> Stepping:
    """Take the rate to 0 in `total_iters` updates, along (1 - t / total_iters)^power."""

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        if initial or n > total_iters:
            return group.rate
        left, before = 1.0 - n / total_iters, 1.0 - (n - 1) / total_iters
        return float(group.rate * (left / before) ** power)

    return Leaf(group, rate, lambda base, n: float(base * (1.0 - min(total_iters, n) / total_iters) ** power))


def cosine_annealing_lr(group: Group, *, T_max: float, eta_min: float = 0.0) -> Stepping:
    """Take the rate to `eta_min` in `T_max` updates along half a cosine wave, and up again after them."""
    require(T_max != 0, "PyTorch CosineAnnealingLR", "T_max", "not 0", T_max)

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        if initial:
            return group.rate
        if (n - 1 - T_max) % (2 * T_max) == 0:
            return group.rate + (leaf.base - eta_min) * (1 - math.cos(math.pi / T_max)) / 2
        now, before = 1 + math.cos(math.pi * n / T_max), 1 + math.cos(math.pi * (n - 1) / T_max)
        return now / before * (group.rate - eta_min) + eta_min

    return Leaf(group, rate, lambda base, n: eta_min + (base - eta_min) * (1 + math.cos(math.pi * n / T_max)) / 2)


def cosine_annealing_warm_restarts(group: Group, *, T_0: int, T_mult: int = 1, eta_min: float = 0.0) -> Stepping:
    """Restart half a cosine wave after `T_0` updates, and each next one after `T_mult` times as many."""
    title = "PyTorch CosineAnnealingWarmRestarts"
    require(T_0 >= 1, title, "T_0", "at least 1", T_0)
    require(T_mult >= 1, title, "T_mult", "at least 1", T_mult)
    since, length = 0, T_0

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        nonlocal since, length
        if n == 0:
            since, length = 0, T_0
        else:
            since += 1
            if since >= length:
                since, length = since % length, length * T_mult
        return eta_min + (leaf.base - eta_min) * (1 + math.cos(math.pi * since / length)) / 2

    return Leaf(group, rate)


def cyclic_lr(
    group: Group,
    *,
    base_lr: float,
    max_lr: float,
    step_size_up: float = 2000,
    step_size_down: float | None = None,
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
    gamma: float = 1.0,
    scale_mode: Literal["cycle", "iterations"] = "cycle",
    cycle_momentum: bool = True,
    base_momentum: float = 0.8,
    max_momentum: float = 0.9,
) -> Stepping:
    """Go up and down between two rates; `base_lr` overwrites the optimizer's. `scale_mode` does nothing, as there."""
    down = step_size_up if step_size_down is None else step_size_down
    require(step_size_up > 0, "PyTorch CyclicLR", "step_size_up", "above 0", step_size_up)
    require(down >= 0, "PyTorch CyclicLR", "step_size_down", "at least 0", down)
    group.rate = base_lr
    if cycle_momentum:
        group.momentum = group.high_momentum = max_momentum
        group.low_momentum = base_momentum
    total = float(step_size_up) + float(down)
    ratio = step_size_up / total
    lowest: float | None = None

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        cycle = math.floor(1 + n / total)
        x = 1.0 + n / total - cycle
        height = x / ratio if x <= ratio else (x - 1) / (ratio - 1)
        if mode == "triangular2":
            height *= 1 / 2.0 ** (cycle - 1)
        elif mode == "exp_range":
            height *= gamma**n
        if cycle_momentum:
            group.momentum = max_momentum - (max_momentum - base_momentum) * height
        # Until its constructor returns, PyTorch's has the group's initial rate where `base_lr` belongs.
        low = leaf.base if lowest is None else lowest
        return low + (max_lr - low) * height

    leaf = Leaf(group, rate)
    lowest = base_lr
    return leaf


def one_cycle_lr(
    group: Group,
    *,
    max_lr: float,
    total_steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    pct_start: float = 0.3,
    anneal_strategy: Literal["cos", "linear"] = "cos",
    cycle_momentum: bool = True,
    base_momentum: float = 0.85,
    max_momentum: float = 0.95,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> Stepping:
    """Rise to `max_lr` and fall far below the first rate; may be stepped once beyond `total_steps`, not twice."""
    title = "PyTorch OneCycleLR"
    if total_steps is None:
        require(
            epochs is not None and steps_per_epoch is not None,
            title,
            "total_steps",
            "given, or epochs and steps_per_epoch",
            total_steps,
        )
        require(epochs and epochs > 0, title, "epochs", "at least 1", epochs)
        require(steps_per_epoch and steps_per_epoch > 0, title, "steps_per_epoch", "at least 1", steps_per_epoch)
        total = (epochs or 0) * (steps_per_epoch or 0)
    else:
        require(total_steps > 0, title, "total_steps", "at least 1", total_steps)
        total = total_steps
    require(
        isinstance(pct_start, float) and 0 <= pct_start <= 1,
        title,
        "pct_start",
        "0.0 to 1.0, with its decimal point",
        pct_start,
    )
    require(div_factor != 0, title, "div_factor", "not 0", div_factor)
    require(final_div_factor != 0, title, "final_div_factor", "not 0", final_div_factor)
    group.initial, group.peak, group.last = max_lr / div_factor, max_lr, max_lr / div_factor / final_div_factor
    if cycle_momentum:
        group.momentum = group.high_momentum = max_momentum
        group.low_momentum = base_momentum
    # (last update of the phase, rates from and to, momentum from and to), all read from the group at every step.
    rise = (pct_start * total - 1, "initial", "peak", "high_momentum", "low_momentum")
    if three_phase:
        fall = (2 * pct_start * total - 2, "peak", "initial", "low_momentum", "high_momentum")
        phases = [rise, fall, (total - 1, "initial", "last", "high_momentum", "high_momentum")]
    else:
        phases = [rise, (total - 1, "peak", "last", "low_momentum", "high_momentum")]

    def between(level: str, next_level: str, share: float) -> float:
        start, end = getattr(group, level), getattr(group, next_level)
        if anneal_strategy == "linear":
            return float((end - start) * share + start)
        return float(end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1))

    def rate(leaf: Leaf, n: int, initial: bool) -> float:
        if n > total:
            raise Refusal("{title}: it ends after total_steps = {total}.", title=title, total=total)
        start = 0.0
        for index, (end, low, high, before, after) in enumerate(phases):  # noqa: B007 - the last one stays
            if n <= end or index == len(phases) - 1:
                break
            start = end
        share = (n - start) / (end - start)
        if cycle_momentum:
            group.momentum = between(before, after, share)
        return between(low, high, share)

    return Leaf(group, rate)
