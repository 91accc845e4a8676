"""Schedules that begin low and rise before they decay."""

from typing import Any

from schedulers.decay import final, peak
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
