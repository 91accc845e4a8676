"""timm's schedulers (1.0.31) without noise, under their own names and arguments; `base_lr` is the optimizer's rate.

`t` counts epochs or updates there, as `t_in_epochs` says; here it is the index of the value that the scheduler gives.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from schedulers.declare import Curve
from schedulers.libraries.arguments import require

RATE = 1e-3  # the default of PyTorch's optimizers
Fall = Callable[[float, float, float], float]  # (highest rate of the cycle, time in it, its length) -> rate


def _warmed(t: Curve, base_lr: float, warmup_t: int, warmup_lr_init: float, after: Callable[[float], float]) -> Curve:
    """Return a line up to `base_lr` for `warmup_t` updates, then the curve `after(t)`."""
    slope = (base_lr - warmup_lr_init) / warmup_t if warmup_t else 1.0
    # In Python's own numbers: the float logarithm that finds the cycle then rounds as it does in timm.
    return np.array([warmup_lr_init + n * slope if n < warmup_t else after(n) for n in t.tolist()])


def _cycles(
    title: str,
    *,
    base_lr: float,
    t_initial: int,
    lr_min: float,
    cycle_mul: float,
    cycle_decay: float,
    cycle_limit: int,
    warmup_t: int,
    warmup_lr_init: float,
    warmup_prefix: bool,
    fall: Fall,
) -> Callable[[float], float]:
    """Return the rate at time n after the warm-up, from the shape of one cycle."""
    require(t_initial > 0, title, "t_initial", "at least 1", t_initial)
    require(lr_min >= 0, title, "lr_min", "at least 0", lr_min)
    require(cycle_mul > 0, title, "cycle_mul", "above 0", cycle_mul)
    require(cycle_limit >= 0, title, "cycle_limit", "at least 0", cycle_limit)
    require(warmup_t >= 0, title, "warmup_t", "at least 0", warmup_t)
    require(warmup_lr_init >= 0, title, "warmup_lr_init", "at least 0", warmup_lr_init)

    def at(n: float) -> float:
        if warmup_prefix:
            n -= warmup_t
        if cycle_mul == 1:
            cycle, length = n // t_initial, float(t_initial)
            time = n - t_initial * cycle
        else:
            cycle = math.floor(math.log(1 - n / t_initial * (1 - cycle_mul), cycle_mul))
            length = cycle_mul**cycle * t_initial
            time = n - (1 - cycle_mul**cycle) / (1 - cycle_mul) * t_initial
        return fall(base_lr * cycle_decay**cycle, time, length) if cycle < cycle_limit else lr_min

    return at


def cosine_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    t_initial: int,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    t_in_epochs: bool = True,
    k_decay: float = 1.0,
) -> Curve:
    """Return cosine cycles; without `warmup_prefix` the curve runs underneath the warm-up."""

    def fall(top: float, time: float, length: float) -> float:
        return lr_min + 0.5 * (top - lr_min) * (1 + math.cos(math.pi * time**k_decay / length**k_decay))

    after = _cycles(
        "timm CosineLRScheduler",
        base_lr=base_lr,
        t_initial=t_initial,
        lr_min=lr_min,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
        warmup_t=warmup_t,
        warmup_lr_init=warmup_lr_init,
        warmup_prefix=warmup_prefix,
        fall=fall,
    )
    return _warmed(t, base_lr, warmup_t, warmup_lr_init, after)


def tanh_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    t_initial: int,
    lb: float = -7.0,
    ub: float = 3.0,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    t_in_epochs: bool = True,
) -> Curve:
    """Return cycles along a hyperbolic tangent; without `warmup_prefix` the warm-up meets the curve underneath it."""
    require(lb < ub, "timm TanhLRScheduler", "lb", "below ub", lb)

    def fall(top: float, time: float, length: float) -> float:
        share = time / length
        return lr_min + 0.5 * (top - lr_min) * (1 - math.tanh(lb * (1.0 - share) + ub * share))

    after = _cycles(
        "timm TanhLRScheduler",
        base_lr=base_lr,
        t_initial=t_initial,
        lr_min=lr_min,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
        warmup_t=warmup_t,
        warmup_lr_init=warmup_lr_init,
        warmup_prefix=warmup_prefix,
        fall=fall,
    )
    top = base_lr if warmup_prefix or not warmup_t else after(warmup_t)
    return _warmed(t, top, warmup_t, warmup_lr_init, after)


def poly_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    t_initial: int,
    power: float = 0.5,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    t_in_epochs: bool = True,
    k_decay: float = 1.0,
) -> Curve:
    """Return cycles along (1 - p^k_decay)^power."""

    def fall(top: float, time: float, length: float) -> float:
        return float(lr_min + (top - lr_min) * (1 - time**k_decay / length**k_decay) ** power)

    after = _cycles(
        "timm PolyLRScheduler",
        base_lr=base_lr,
        t_initial=t_initial,
        lr_min=lr_min,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
        warmup_t=warmup_t,
        warmup_lr_init=warmup_lr_init,
        warmup_prefix=warmup_prefix,
        fall=fall,
    )
    return _warmed(t, base_lr, warmup_t, warmup_lr_init, after)


def step_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    decay_t: float,
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    t_in_epochs: bool = True,
) -> Curve:
    """Return steps down every `decay_t`."""
    title = "timm StepLRScheduler"
    require(decay_t > 0, title, "decay_t", "above 0", decay_t)
    require(warmup_t >= 0, title, "warmup_t", "at least 0", warmup_t)
    begin = warmup_t if warmup_prefix else 0
    return _warmed(
        t, base_lr, warmup_t, warmup_lr_init, lambda n: float(base_lr * decay_rate ** ((n - begin) // decay_t))
    )


def multi_step_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    decay_t: list[int],
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    t_in_epochs: bool = True,
) -> Curve:
    """Return steps down, each one before the time that `decay_t` names."""
    title = "timm MultiStepLRScheduler"
    require(warmup_t >= 0, title, "warmup_t", "at least 0", warmup_t)
    begin = warmup_t if warmup_prefix else 0
    return _warmed(
        t,
        base_lr,
        warmup_t,
        warmup_lr_init,
        lambda n: float(base_lr * decay_rate ** bisect_right(decay_t, n - begin + 1)),
    )


def wsd_lr_scheduler(
    t: Curve,
    *,
    base_lr: float = RATE,
    t_initial: int,
    decay_t: int,
    lr_min: float = 0.0,
    stable_fn: Literal["constant", "rsqrt", "power"] = "constant",
    stable_timescale: float | None = None,
    stable_power: float = 0.5,
    decay_fn: Literal["linear", "1-sqrt", "cosine", "power", "exp"] = "1-sqrt",
    decay_power: float = 0.5,
    decay_ratio: float = 0.1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    t_in_epochs: bool = True,
) -> Curve:
    """Return warm-up, plateau (or a slow decay of it) and a decay over the last `decay_t` of `t_initial`."""
    title = "timm WSDLRScheduler"
    require(t_initial > 0, title, "t_initial", "at least 1", t_initial)
    require(0 < decay_t <= t_initial, title, "decay_t", f"1 to t_initial = {t_initial}", decay_t)
    require(lr_min >= 0, title, "lr_min", "at least 0", lr_min)
    require(warmup_t >= 0, title, "warmup_t", "at least 0", warmup_t)
    require(0 < decay_ratio < 1, title, "decay_ratio", "above 0 and below 1", decay_ratio)
    require(decay_power > 0, title, "decay_power", "above 0", decay_power)
    require(stable_power > 0, title, "stable_power", "above 0", stable_power)
    timescale = float(warmup_t if stable_timescale is None else stable_timescale)
    require(stable_fn == "constant" or timescale > 0, title, "stable_timescale", "above 0", stable_timescale)
    since = np.maximum(t - warmup_t, 0.0)
    power = {"constant": 0.0, "rsqrt": 0.5, "power": stable_power}[stable_fn]
    stable = np.maximum(base_lr * (1 + since / timescale) ** -power if power else base_lr + 0 * t, lr_min)
    share = np.clip((since - (t_initial - decay_t)) / decay_t, 0, 1)
    left = {
        "linear": 1 - share,
        "1-sqrt": 1 - np.sqrt(share),
        "cosine": 0.5 * (1 + np.cos(np.pi * share)),
        "power": 1 - share**decay_power,
        "exp": (decay_ratio**share - decay_ratio) / (1 - decay_ratio),
    }[decay_fn]
    rise = warmup_lr_init + t * (base_lr - warmup_lr_init) / max(warmup_t, 1)
    return np.where(t < warmup_t, rise, lr_min + (stable - lr_min) * left)


SCHEDULERS: dict[str, Callable[..., Any]] = {
    "CosineLRScheduler": cosine_lr_scheduler,
    "TanhLRScheduler": tanh_lr_scheduler,
    "PolyLRScheduler": poly_lr_scheduler,
    "StepLRScheduler": step_lr_scheduler,
    "MultiStepLRScheduler": multi_step_lr_scheduler,
    "WSDLRScheduler": wsd_lr_scheduler,
}
