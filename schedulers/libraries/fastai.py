"""fastai's schedules (2.8.12), under its own names and arguments.

`t` is all updates of the run, 0 ... T-1, and t / T the position in it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from schedulers.declare import Curve, written
from schedulers.libraries.arguments import require
from words import Refusal

MOMENTA = (0.95, 0.85, 0.95)  # Learner's moms
RATE = 0.001  # Learner's lr
SHAPES = ("SchedLin", "SchedCos", "SchedNo", "SchedExp", "SchedPoly")


def _shape(title: str, position: Curve, name: str, start: float, end: float, *power: float) -> Curve:
    if name == "SchedNo":
        return np.full_like(position, start)
    if name == "SchedCos":
        return start + (1 + np.cos(np.pi * (1 - position))) * (end - start) / 2
    if name == "SchedExp":
        require(start != 0 and end / start >= 0, title, "SchedExp's start and end", "not 0 and of one sign", start)
        return np.asarray(start * (end / start) ** position)
    return np.asarray(start + (end - start) * position ** (power[0] if power else 1))


def _combine(title: str, shares: list[float], shapes: list[tuple[Any, ...]], positions: Curve) -> Curve:
    require(len(shares) == len(shapes) and shares, title, "pcts", "as many as scheds, at least one", shares)
    require(all(share >= 0 for share in shares), title, "pcts", "at least 0", shares)
    if abs(sum(shares) - 1) > 1e-6:
        raise Refusal("{title}: pcts must sum to 1, got {total}.", title=title, total=written(sum(shares)))
    bounds = np.concatenate([[0.0], np.cumsum(shares)])
    # The last bound at which the position has arrived, so that a segment without length is never seen.
    segment = np.minimum(np.searchsorted(bounds, positions + 1e-12, side="right") - 1, len(shapes) - 1)
    curve = np.empty_like(positions)
    for index, shape in enumerate(shapes):
        mine = segment == index
        if mine.any():
            within = (positions[mine] - bounds[index]) / (bounds[index + 1] - bounds[index])
            curve[mine] = _shape(title, np.maximum(within, 0), *shape)
    return curve


def _cosines(title: str, share: float, levels: tuple[float, float, float], positions: Curve) -> Curve:
    require(0 <= share <= 1, title, "pct_start", "0 to 1", share)
    start, middle, end = levels
    shapes = [("SchedCos", start, middle), ("SchedCos", middle, end)]
    return _combine(title, [share, 1 - share], shapes, positions)


def fit_one_cycle(
    t: Curve,
    *,
    lr_max: float | None = None,
    div: float = 25.0,
    div_final: float = 1e5,
    pct_start: float = 0.25,
    moms: list[float] | None = None,
) -> tuple[Curve, Curve]:
    """Return learning rate and momentum of Learner.fit_one_cycle."""
    title = "fastai fit_one_cycle"
    peak = RATE if lr_max is None else lr_max
    low, high, last = _momenta(title, moms)
    require(div != 0, title, "div", "not 0", div)
    require(div_final != 0, title, "div_final", "not 0", div_final)
    positions = t / len(t)
    return (
        _cosines(title, pct_start, (peak / div, peak, peak / div_final), positions),
        _cosines(title, pct_start, (low, high, last), positions),
    )


def _momenta(title: str, moms: list[float] | None) -> tuple[float, float, float]:
    require(moms is None or len(moms) == 3, title, "moms", "three numbers", moms)
    start, middle, end = MOMENTA if moms is None else moms
    return start, middle, end


def fit_flat_cos(t: Curve, *, lr: float | None = None, div_final: float = 1e5, pct_start: float = 0.75) -> Curve:
    """Return the learning rate of Learner.fit_flat_cos."""
    title = "fastai fit_flat_cos"
    peak = RATE if lr is None else lr
    require(div_final != 0, title, "div_final", "not 0", div_final)
    return _cosines(title, pct_start, (peak, peak, peak / div_final), t / len(t))


def fit_sgdr(
    t: Curve,
    *,
    n_cycles: int,
    cycle_len: int,
    lr_max: float | None = None,
    cycle_mult: int = 2,
    steps_per_epoch: int | None = None,
) -> Curve:
    """Return the learning rate of Learner.fit_sgdr.

    The run has cycle_len * (cycle_mult^n_cycles - 1) / (cycle_mult - 1) epochs of `steps_per_epoch` updates; without
    `steps_per_epoch`, `t` is the whole run.
    """
    title = "fastai fit_sgdr"
    require(1 <= n_cycles <= 64, title, "n_cycles", "1 to 64", n_cycles)
    require(cycle_len >= 1, title, "cycle_len", "at least 1", cycle_len)
    require(cycle_mult >= 2, title, "cycle_mult", "at least 2 (fastai divides by cycle_mult - 1)", cycle_mult)
    require(steps_per_epoch is None or steps_per_epoch >= 1, title, "steps_per_epoch", "at least 1", steps_per_epoch)
    epochs = cycle_len * (cycle_mult**n_cycles - 1) // (cycle_mult - 1)
    updates = len(t) if steps_per_epoch is None else epochs * steps_per_epoch
    require(len(t) <= updates, title, "steps", f"at most {updates:,}, the updates of all cycles", len(t))
    peak = RATE if lr_max is None else lr_max
    shares = [cycle_len * cycle_mult**cycle / epochs for cycle in range(n_cycles)]
    return _combine(title, shares, [("SchedCos", peak, 0.0)] * n_cycles, t / updates)


def combine_scheds(t: Curve, *, pcts: list[float], scheds: list[list[Any]]) -> Curve:
    """Return what combine_scheds gives; each sched is [name, start, end], SchedPoly's with a power after them."""
    title = "fastai combine_scheds"
    for sched in scheds:
        require(sched and sched[0] in SHAPES, title, "each sched", "one of " + ", ".join(SHAPES), sched)
        wanted = 4 if sched[0] == "SchedPoly" else 3
        numbers = all(isinstance(value, (int, float)) and np.isfinite(value) for value in sched[1:])
        require(numbers and len(sched) == wanted, title, sched[0], f"{wanted - 1} numbers after its name", sched)
    return _combine(title, list(pcts), [tuple(sched) for sched in scheds], t / len(t))


def fine_tune_frozen(
    t: Curve, *, base_lr: float = 2e-3, pct_start: float = 0.99, div: float = 25.0, div_final: float = 1e5
) -> tuple[Curve, Curve]:
    """Return rate and momentum of the head while Learner.fine_tune keeps the body frozen."""
    return fit_one_cycle(t, lr_max=base_lr, div=div, div_final=div_final, pct_start=pct_start)


def fine_tune_unfrozen(
    t: Curve, *, base_lr: float = 1e-3, pct_start: float = 0.3, div: float = 5.0, div_final: float = 1e5
) -> tuple[Curve, Curve]:
    """Return rate and momentum of the head once Learner.fine_tune trains everything.

    `base_lr` is the rate that this part uses, half of what fine_tune was called with.
    """
    return fit_one_cycle(t, lr_max=base_lr, div=div, div_final=div_final, pct_start=pct_start)


def lr_find(t: Curve, *, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100) -> Curve:
    """Return the rising rates of Learner.lr_find: start_lr * (end_lr / start_lr)^(t / num_it)."""
    title = "fastai lr_find"
    require(num_it >= 1, title, "num_it", "at least 1", num_it)
    require(start_lr > 0, title, "start_lr", "above 0", start_lr)
    require(end_lr > 0, title, "end_lr", "above 0", end_lr)
    require(len(t) <= num_it, title, "steps", f"at most num_it = {num_it}", len(t))
    return _shape(title, t / num_it, "SchedExp", start_lr, end_lr)


SCHEDULERS: dict[str, Callable[..., Any]] = {
    "fit_one_cycle": fit_one_cycle,
    "fit_flat_cos": fit_flat_cos,
    "fit_sgdr": fit_sgdr,
    "combine_scheds": combine_scheds,
    "fine_tune.frozen": fine_tune_frozen,
    "fine_tune.unfrozen": fine_tune_unfrozen,
    "lr_find": lr_find,
}
