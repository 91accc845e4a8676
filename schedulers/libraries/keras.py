"""Keras's learning rate schedules (3.15.1), under their own names and arguments; Keras computes them in float32."""

from collections.abc import Callable
from typing import Any

import numpy as np

from schedulers.declare import Curve
from schedulers.libraries.arguments import require


def _positive(title: str, name: str, value: float) -> None:
    require(value > 0, f"keras {title}", name, "above 0", value)


def exponential_decay(
    t: Curve,
    *,
    initial_learning_rate: float,
    decay_steps: float,
    decay_rate: float,
    staircase: bool = False,
    name: str = "ExponentialDecay",
) -> Curve:
    """Return initial_learning_rate * decay_rate^(t / decay_steps)."""
    _positive("ExponentialDecay", "decay_steps", decay_steps)
    share = np.floor(t / decay_steps) if staircase else t / decay_steps
    return np.asarray(initial_learning_rate * np.power(float(decay_rate), share))


def inverse_time_decay(
    t: Curve,
    *,
    initial_learning_rate: float,
    decay_steps: float,
    decay_rate: float,
    staircase: bool = False,
    name: str = "InverseTimeDecay",
) -> Curve:
    """Return initial_learning_rate / (1 + decay_rate * t / decay_steps)."""
    _positive("InverseTimeDecay", "decay_steps", decay_steps)
    share = np.floor(t / decay_steps) if staircase else t / decay_steps
    return np.asarray(initial_learning_rate / (1 + decay_rate * share))


def polynomial_decay(
    t: Curve,
    *,
    initial_learning_rate: float,
    decay_steps: float,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
    name: str = "PolynomialDecay",
) -> Curve:
    """Return (1 - p)^power down to `end_learning_rate`; `cycle` stretches the decay whenever t has passed its end."""
    _positive("PolynomialDecay", "decay_steps", decay_steps)
    if cycle:
        share = t / (decay_steps * np.maximum(1, np.ceil(t / decay_steps)))
    else:
        share = np.minimum(t, decay_steps) / decay_steps
    fall = np.power(1 - share, float(power))
    return np.asarray((initial_learning_rate - end_learning_rate) * fall + end_learning_rate)


def piecewise_constant_decay(
    t: Curve, *, boundaries: list[float], values: list[float], name: str = "PiecewiseConstant"
) -> Curve:
    """Return values[i] up to and including boundaries[i], and the last value after the last boundary."""
    title = "keras PiecewiseConstantDecay"
    require(boundaries, title, "boundaries", "at least one", boundaries)
    require(len(boundaries) == len(values) - 1, title, "values", "one more than boundaries", len(values))
    bounds = np.trunc(np.array(boundaries, dtype=np.float64))  # Keras casts them to the type of the step
    curve = (t <= bounds[0]) * values[0] + (t > bounds[-1]) * values[-1]
    for low, high, value in zip(bounds, bounds[1:], values[1:-1], strict=False):
        curve = curve + ((t > low) & (t <= high)) * value
    return np.asarray(curve, dtype=np.float64)


def cosine_decay(
    t: Curve,
    *,
    initial_learning_rate: float,
    decay_steps: float,
    alpha: float = 0.0,
    name: str = "CosineDecay",
    warmup_target: float | None = None,
    warmup_steps: float = 0,
) -> Curve:
    """Return an optional line up to `warmup_target`, then half a cosine wave of `decay_steps` after the warm-up."""
    _positive("CosineDecay", "decay_steps", decay_steps)
    top = initial_learning_rate if warmup_target is None else warmup_target
    begin = 0 if warmup_target is None else warmup_steps
    share = np.minimum(t - begin, decay_steps) / decay_steps
    decay = top * ((1 - alpha) * 0.5 * (1 + np.cos(np.pi * share)) + alpha)
    rise = (top - initial_learning_rate) * t / np.float64(begin) + initial_learning_rate
    return np.where(t < begin, rise, decay)


def cosine_decay_restarts(
    t: Curve,
    *,
    initial_learning_rate: float,
    first_decay_steps: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str = "SGDRDecay",
) -> Curve:
    """Return half cosine waves, each `t_mul` times as long and `m_mul` times as high as the one before."""
    _positive("CosineDecayRestarts", "first_decay_steps", first_decay_steps)
    _positive("CosineDecayRestarts", "t_mul", t_mul)
    share = t / first_decay_steps
    if t_mul == 1:
        cycle = np.floor(share)
        share = share - cycle
    else:
        # In float32, as in Keras: its rounding decides whether a cycle restarts on time or an update late.
        single = np.float32(1) - share.astype(np.float32) * (np.float32(1) - np.float32(t_mul))
        cycle = np.floor(np.log(single) / np.log(np.float32(t_mul))).astype(np.float64)
        share = (share - (1 - t_mul**cycle) / (1 - t_mul)) / t_mul**cycle
    wave = 0.5 * m_mul**cycle * (1 + np.cos(np.pi * share))
    return np.asarray(initial_learning_rate * ((1 - alpha) * wave + alpha))


SCHEDULERS: dict[str, Callable[..., Any]] = {
    "ExponentialDecay": exponential_decay,
    "InverseTimeDecay": inverse_time_decay,
    "PolynomialDecay": polynomial_decay,
    "PiecewiseConstantDecay": piecewise_constant_decay,
    "CosineDecay": cosine_decay,
    "CosineDecayRestarts": cosine_decay_restarts,
}
