"""Schedules that begin low and rise before they decay."""

from typing import Any

from schedulers.decay import cosine_between, final, peak
from schedulers.declare import Param, declare


def warmup_share(default: float) -> Param:
    """Return the parameter for the share of the run that rises to the peak."""
    return Param("warmup", "Warm-up", default, 0, 1, "share", "The share of the run that rises to the peak.")


@declare(
    title="Linear warm-up, linear decay",
    family="warm-up",
    source="Transformers 5.23 get_linear_schedule_with_warmup, whose first rate is 0",
    formula=r"\mathrm{first} \to \mathrm{peak}\ (p < \mathrm{warmup}) \to \mathrm{final},\ p = t/T",
    params=(
        peak(1e-3),
        warmup_share(0.1),
        Param("first", "First", 0.0, 0, 10, "rate", "The learning rate of the first update."),
        final(0.0, "The learning rate that the last update has almost reached."),
    ),
)
def linear_warmup(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, first: Any, final: Any) -> Any:
    """A straight line up to the peak and a straight line down."""
    p = t / T
    rise = first + (peak - first) * p / warmup
    return xp.where(p < warmup, rise, peak + (final - peak) * (p - warmup) / (1 - warmup))


@declare(
    title="Linear warm-up, cosine decay",
    family="warm-up",
    source="Transformers 5.23 get_cosine_schedule_with_warmup, whose first rate is 0",
    formula=r"\mathrm{first} \to \mathrm{peak}\ (p < \mathrm{warmup}) \to \mathrm{final\ along\ a\ cosine},\ p = t/T",
    params=(
        peak(1e-3),
        warmup_share(0.1),
        Param("first", "First", 0.0, 0, 10, "rate", "The learning rate of the first update."),
        final(0.0, "The learning rate that the last update has almost reached."),
    ),
)
def cosine_warmup(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, first: Any, final: Any) -> Any:
    """A straight line up to the peak, then half a cosine wave down."""
    p = t / T
    rise = first + (peak - first) * p / warmup
    return xp.where(p < warmup, rise, cosine_between(xp, peak, final, (p - warmup) / (1 - warmup)))


def rising(xp: Any, t: Any, T: Any, warmup: Any) -> Any:
    """Return the factor of a warm-up that reaches 1 with its last update and does not waste its first one at 0."""
    return xp.minimum(1, (t + 1) / (warmup * T))


@declare(
    title="Inverse square root",
    family="warm-up",
    source="Transformers 5.23 get_inverse_sqrt_schedule with num_warmup_steps = warmup x T; arXiv 2106.04560",
    formula=r"\mathrm{peak} \cdot \min(p / \mathrm{warmup}, \sqrt{\mathrm{warmup} / p}),\ p = t/T",
    params=(peak(1e-3), Param("warmup", "Warm-up", 0.1, 0.0001, 1, "share", "The share of the run that rises.")),
)
def inverse_sqrt(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any) -> Any:
    """A straight line up to the peak, then a fall with the square root of time."""
    return peak * xp.minimum(t / (warmup * T), xp.sqrt(warmup * T / xp.maximum(t, 1)))


@declare(
    title="Noam",
    family="warm-up",
    source="arXiv 1706.03762, equation 3",
    formula=r"\eta_t = \mathrm{factor} \cdot d^{-1/2} \min(s^{-1/2},\ s \cdot W^{-3/2}),\ s = t + 1,\ "
    r"W = \mathrm{warmup} \cdot T",
    params=(
        Param("factor", "Factor", 1.0, 0, 100, "number", "Multiplies the learning rate, which has no peak of its own."),
        Param("width", "Width", 512, 1, 100_000, "count", "The width d of the model.", unit="numbers"),
        Param("warmup", "Warm-up", 0.04, 0.0001, 1, "share", "The share of the run that rises."),
    ),
)
def noam(xp: Any, t: Any, T: Any, *, factor: Any, width: Any, warmup: Any) -> Any:
    """A straight line up, then a fall with the square root of time; the model's width sets the height."""
    rise = (t + 1) / (warmup * T) ** 1.5
    return factor * xp.minimum(1 / xp.sqrt(t + 1), rise) / xp.sqrt(width)
