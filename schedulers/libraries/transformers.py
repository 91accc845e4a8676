"""Transformers' schedules (5.23.0), under their own names and arguments; `base_lr` is the optimizer's rate.

Each is a factor of (t) by which the library's LambdaLR multiplies that rate.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from schedulers.declare import Curve
from schedulers.libraries.arguments import require
from words import Refusal

RATE = 1e-3  # AdamW's own default
Shape = Literal["linear", "cosine", "1-sqrt"]


def _warmed(t: Curve, warmup: float, after: Curve) -> Curve:
    return np.where(t < warmup, t / max(1.0, warmup), after)


def _progress(t: Curve, warmup: float, training: float) -> Curve:
    return (t - warmup) / max(1, training - warmup)


def _wave(progress: Curve, cycles: float) -> Curve:
    return np.asarray(0.5 * (1.0 + np.cos(np.pi * cycles * 2.0 * progress)))


def get_constant_schedule(t: Curve, *, base_lr: float = RATE) -> Curve:
    """Return the optimizer's rate, unchanged."""
    return np.full_like(t, base_lr)


def get_constant_schedule_with_warmup(t: Curve, *, base_lr: float = RATE, num_warmup_steps: float) -> Curve:
    """Return a line from 0, then the optimizer's rate."""
    return base_lr * _warmed(t, num_warmup_steps, np.ones_like(t))


def get_linear_schedule_with_warmup(
    t: Curve, *, base_lr: float = RATE, num_warmup_steps: float, num_training_steps: float
) -> Curve:
    """Return a line from 0, then a line back to 0."""
    left = (num_training_steps - t) / max(1, num_training_steps - num_warmup_steps)
    return base_lr * _warmed(t, num_warmup_steps, np.maximum(0.0, left))


def get_cosine_schedule_with_warmup(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
) -> Curve:
    """Return a line from 0, then `num_cycles` cosine waves; they go on past the last step."""
    wave = _wave(_progress(t, num_warmup_steps, num_training_steps), num_cycles)
    return base_lr * _warmed(t, num_warmup_steps, np.maximum(0.0, wave))


def get_cosine_with_hard_restarts_schedule_with_warmup(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 1,
) -> Curve:
    """Return a line from 0, then half cosine waves that restart; 0 past the last step."""
    progress = _progress(t, num_warmup_steps, num_training_steps)
    half = np.where(progress >= 1.0, 0.0, np.maximum(0.0, _wave((num_cycles * progress) % 1.0, 0.5)))
    return base_lr * _warmed(t, num_warmup_steps, half)


def get_polynomial_decay_schedule_with_warmup(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_training_steps: float,
    lr_end: float = 1e-7,
    power: float = 1.0,
) -> Curve:
    """Return a line from 0, then (1 - p)^power down to `lr_end`."""
    require(
        base_lr > lr_end, "transformers get_polynomial_decay_schedule_with_warmup", "lr_end", "below base_lr", lr_end
    )
    left = 1 - (t - num_warmup_steps) / np.float64(num_training_steps - num_warmup_steps)
    decay = np.where(t > num_training_steps, lr_end, (base_lr - lr_end) * left**power + lr_end)
    return np.where(t < num_warmup_steps, base_lr * t / max(1, num_warmup_steps), decay)


def get_inverse_sqrt_schedule(
    t: Curve, *, base_lr: float = RATE, num_warmup_steps: float, timescale: float | None = None
) -> Curve:
    """Return a line from 0, then sqrt(s / (t + s - warm-up)) with s the timescale, or the warm-up, or 10,000."""
    scale = np.float64((num_warmup_steps or 10_000) if timescale is None else timescale)
    return base_lr * _warmed(t, num_warmup_steps, 1.0 / np.sqrt((t + scale - num_warmup_steps) / scale))


def _least(title: str, base_lr: float, min_lr: float | None, min_lr_rate: float | None) -> float:
    if (min_lr is None) == (min_lr_rate is None):
        raise Refusal("{title}: either min_lr or min_lr_rate must be given, and not both.", title=title)
    return min_lr / base_lr if min_lr is not None else min_lr_rate or 0.0


def get_cosine_with_min_lr_schedule_with_warmup(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> Curve:
    """Return a line from 0, then cosine waves that end at `min_lr`, or `min_lr_rate` times the optimizer's rate."""
    least = _least("transformers get_cosine_with_min_lr_schedule_with_warmup", base_lr, min_lr, min_lr_rate)
    wave = _wave(_progress(t, num_warmup_steps, num_training_steps), num_cycles) * (1 - least) + least
    return base_lr * _warmed(t, num_warmup_steps, np.maximum(0.0, wave))


def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
) -> Curve:
    """Return the same one step earlier, from `warmup_lr_rate` times the optimizer's rate instead of from 0."""
    least = _least("transformers get_cosine_with_min_lr_schedule_with_warmup_lr_rate", base_lr, min_lr, min_lr_rate)
    if warmup_lr_rate is None:
        rise = (t + 1.0) / max(1.0, num_warmup_steps)
    else:
        rise = warmup_lr_rate + (1.0 - warmup_lr_rate) * t / max(1, num_warmup_steps - 1)
    progress = (t - num_warmup_steps + 1.0) / max(1.0, num_training_steps - num_warmup_steps)
    wave = np.maximum(0.0, _wave(progress, num_cycles) * (1 - least) + least)
    return base_lr * np.where(t < num_warmup_steps, rise, wave)


def get_wsd_schedule(
    t: Curve,
    *,
    base_lr: float = RATE,
    num_warmup_steps: float,
    num_decay_steps: float,
    num_training_steps: float | None = None,
    num_stable_steps: float | None = None,
    warmup_type: Shape = "linear",
    decay_type: Shape = "cosine",
    min_lr_ratio: float = 0.0,
    num_cycles: float = 0.5,
) -> Curve:
    """Return warm-up, plateau and decay; `num_stable_steps` goes before `num_training_steps` where both are given."""
    title = "transformers get_wsd_schedule"
    if num_stable_steps is None:
        if num_training_steps is None:
            raise Refusal("{title}: num_training_steps or num_stable_steps must be given.", title=title)
        num_stable_steps = num_training_steps - num_warmup_steps - num_decay_steps
    rising = t / max(1, num_warmup_steps)
    falling = (t - num_warmup_steps - num_stable_steps) / max(1, num_decay_steps)
    rises = {"linear": rising, "cosine": 0.5 * (1 - np.cos(np.pi * rising)), "1-sqrt": 1 - np.sqrt(1 - rising)}
    falls = {"linear": 1 - falling, "cosine": _wave(falling, num_cycles), "1-sqrt": 1 - np.sqrt(falling)}
    rise, fall = (
        np.maximum(0.0, factor * (1.0 - min_lr_ratio) + min_lr_ratio)
        for factor in (rises[warmup_type], falls[decay_type])
    )
    stable = num_warmup_steps + num_stable_steps
    phases = [t < num_warmup_steps, t < stable, t < stable + num_decay_steps]
    return base_lr * np.select(phases, [rise, np.ones_like(t), fall], min_lr_ratio)


SCHEDULERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        get_constant_schedule,
        get_constant_schedule_with_warmup,
        get_linear_schedule_with_warmup,
        get_cosine_schedule_with_warmup,
        get_cosine_with_hard_restarts_schedule_with_warmup,
        get_polynomial_decay_schedule_with_warmup,
        get_inverse_sqrt_schedule,
        get_cosine_with_min_lr_schedule_with_warmup,
        get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
        get_wsd_schedule,
    )
}
