"""optax's schedules (0.2.8), under their own names and arguments: functions of the update alone."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from schedulers.declare import Curve
from schedulers.libraries.arguments import checked, require


def constant_schedule(t: Curve, *, value: float) -> Curve:
    """Return the same value throughout."""
    return np.full_like(t, value)


def polynomial_schedule(
    t: Curve, *, init_value: float, end_value: float, power: float, transition_steps: int, transition_begin: int = 0
) -> Curve:
    """Return (1 - p)^power from one value to the other; without steps the first value."""
    if transition_steps <= 0:
        return np.full_like(t, init_value)
    left = 1 - np.clip(t - max(transition_begin, 0), 0, transition_steps) / transition_steps
    return np.asarray((init_value - end_value) * left**power + end_value)


def linear_schedule(
    t: Curve, *, init_value: float, end_value: float, transition_steps: int, transition_begin: int = 0
) -> Curve:
    """Return a line from one value to the other."""
    return polynomial_schedule(
        t,
        init_value=init_value,
        end_value=end_value,
        power=1,
        transition_steps=transition_steps,
        transition_begin=transition_begin,
    )


def exponential_decay(
    t: Curve,
    *,
    init_value: float,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Curve:
    """Return init_value * decay_rate^(t / transition_steps); `end_value` bounds it."""
    if transition_steps <= 0 or decay_rate == 0:
        return np.full_like(t, init_value)
    count = t - max(transition_begin, 0)
    share = np.floor(count / transition_steps) if staircase else count / transition_steps
    curve = np.where(count <= 0, init_value, init_value * np.power(decay_rate, share))
    if end_value is None:
        return curve
    return np.maximum(curve, end_value) if decay_rate < 1 else np.minimum(curve, end_value)


def cosine_decay_schedule(
    t: Curve, *, init_value: float, decay_steps: float, alpha: float = 0.0, exponent: float = 1.0
) -> Curve:
    """Return half a cosine wave to the power of `exponent`, down to alpha * init_value."""
    require(decay_steps > 0, "optax cosine_decay_schedule", "decay_steps", "above 0", decay_steps)
    wave = 0.5 * (1 + np.cos(np.pi * np.minimum(t, decay_steps) / decay_steps))
    return np.asarray(init_value * ((1 - alpha) * wave**exponent + alpha))


def piecewise_constant_schedule(
    t: Curve, *, init_value: float, boundaries_and_scales: dict[str, float] | None = None
) -> Curve:
    """Return the value times the scale of each boundary b with t >= b."""
    bounds, scales = _boundaries("optax piecewise_constant_schedule", boundaries_and_scales)
    curve = np.full_like(t, init_value)
    for bound, scale in zip(bounds, scales, strict=True):
        curve = np.where(t >= bound, curve * scale, curve)
    return curve


def piecewise_interpolate_schedule(
    t: Curve,
    *,
    interpolate_type: Literal["linear", "cosine"],
    init_value: float,
    boundaries_and_scales: dict[str, float] | None = None,
) -> Curve:
    """Return lines or half cosine waves between the values that the scales give at the boundaries."""
    bounds, scales = _boundaries("optax piecewise_interpolate_schedule", boundaries_and_scales)
    values = np.cumprod([init_value, *scales])
    curve = np.zeros_like(t)
    for first, last, low, high in zip([0, *bounds], bounds, values, values[1:], strict=False):
        share = (t - first) / max(last - first, 1)
        if interpolate_type == "cosine":
            share = (1 - np.cos(np.pi * share)) / 2
        curve += np.where((first <= t) & (t < last), low + (high - low) * share, 0.0)
    return np.asarray(curve + (t >= [0, *bounds][-1]) * values[-1])


def _boundaries(title: str, table: Mapping[str, float] | None) -> tuple[list[int], list[float]]:
    """Return updates and scales in order; the table's keys may be numbers or, as in JSON, their text."""
    pairs = []
    for key, scale in (table or {}).items():
        whole = str(key).lstrip("-").isdecimal()
        require(whole, title, "each boundary", "a whole number", key)
        require(scale >= 0, title, "each scale", "at least 0", scale)
        pairs.append((int(key), scale))
    pairs.sort()
    return [bound for bound, _ in pairs], [scale for _, scale in pairs]


def linear_onecycle_schedule(
    t: Curve,
    *,
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Curve:
    """Return a line up, a line back to the first value and a line to that over `final_div_factor`."""
    require(transition_steps > 0, "optax linear_onecycle_schedule", "transition_steps", "above 0", transition_steps)
    # A table, as in optax: where two boundaries coincide, the later scale replaces the earlier one.
    table = {
        str(int(pct_start * transition_steps)): div_factor,
        str(int(pct_final * transition_steps)): 1.0 / div_factor,
        str(transition_steps): 1.0 / final_div_factor,
    }
    return piecewise_interpolate_schedule(
        t, interpolate_type="linear", init_value=peak_value / div_factor, boundaries_and_scales=table
    )


def cosine_onecycle_schedule(
    t: Curve,
    *,
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Curve:
    """Return half a cosine wave up and one down to the first value over `final_div_factor`."""
    require(transition_steps > 0, "optax cosine_onecycle_schedule", "transition_steps", "above 0", transition_steps)
    table = {
        str(int(pct_start * transition_steps)): div_factor,
        str(transition_steps): 1.0 / (div_factor * final_div_factor),
    }
    return piecewise_interpolate_schedule(
        t, interpolate_type="cosine", init_value=peak_value / div_factor, boundaries_and_scales=table
    )


def warmup_constant_schedule(t: Curve, *, init_value: float, peak_value: float, warmup_steps: int) -> Curve:
    """Return a line up, then the peak."""
    return linear_schedule(t, init_value=init_value, end_value=peak_value, transition_steps=warmup_steps)


def warmup_cosine_decay_schedule(
    t: Curve,
    *,
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    decay_steps: int,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> Curve:
    """Return a line up, then half a cosine wave; `decay_steps` includes the warm-up."""
    title = "optax warmup_cosine_decay_schedule"
    require(decay_steps > warmup_steps, title, "decay_steps", f"above warmup_steps = {warmup_steps}", decay_steps)
    decay = cosine_decay_schedule(
        t - warmup_steps,
        init_value=peak_value,
        decay_steps=decay_steps - warmup_steps,
        alpha=0.0 if peak_value == 0 else end_value / peak_value,
        exponent=exponent,
    )
    rise = linear_schedule(t, init_value=init_value, end_value=peak_value, transition_steps=warmup_steps)
    return np.where(t < warmup_steps, rise, decay)


def warmup_exponential_decay_schedule(
    t: Curve,
    *,
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Curve:
    """Return a line up, then an exponential decay."""
    decay = exponential_decay(
        t - warmup_steps,
        init_value=peak_value,
        transition_steps=transition_steps,
        decay_rate=decay_rate,
        transition_begin=transition_begin,
        staircase=staircase,
        end_value=end_value,
    )
    rise = linear_schedule(t, init_value=init_value, end_value=peak_value, transition_steps=warmup_steps)
    return np.where(t < warmup_steps, rise, decay)


def sgdr_schedule(t: Curve, *, cosine_kwargs: list[dict[str, float]]) -> Curve:
    """Return one warmup_cosine_decay_schedule after another, each `decay_steps` long."""
    title = "optax sgdr_schedule"
    require(len(cosine_kwargs) > 0, title, "cosine_kwargs", "at least one cycle", cosine_kwargs)
    curve, begin = np.zeros_like(t), 0
    for kwargs in cosine_kwargs:
        values = checked(title, warmup_cosine_decay_schedule, kwargs)
        curve = np.where(t >= begin, warmup_cosine_decay_schedule(t - begin, **values), curve)
        begin += values["decay_steps"]
    return curve


def join_schedules(t: Curve, *, schedules: list[list[Any]], boundaries: list[int]) -> Curve:
    """Return schedules, each [name, arguments], one after another; each counts from its own boundary."""
    title = "optax join_schedules"
    require(len(schedules) > 0, title, "schedules", "at least one", schedules)
    require(len(boundaries) == len(schedules) - 1, title, "boundaries", "one fewer than schedules", len(boundaries))
    curve = np.zeros_like(t)
    for index, (entry, begin) in enumerate(zip(schedules, [0, *boundaries], strict=True)):
        well_formed = len(entry) == 2 and isinstance(entry[1], Mapping)
        require(well_formed, title, "each schedule", "[name, arguments]", entry)
        require(entry[0] in SCHEDULERS, title, "each schedule", "one of " + ", ".join(SCHEDULERS), entry[0])
        function = SCHEDULERS[entry[0]]
        values = function(t - begin, **checked(f"optax {entry[0]}", function, entry[1]))
        curve = np.where((t >= begin) | (index == 0), values, curve)
    return curve


SCHEDULERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        constant_schedule,
        linear_schedule,
        polynomial_schedule,
        exponential_decay,
        cosine_decay_schedule,
        piecewise_constant_schedule,
        piecewise_interpolate_schedule,
        linear_onecycle_schedule,
        cosine_onecycle_schedule,
        warmup_constant_schedule,
        warmup_cosine_decay_schedule,
        warmup_exponential_decay_schedule,
        sgdr_schedule,
        join_schedules,
    )
}
