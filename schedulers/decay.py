"""Schedules that start at their peak and decay."""

from typing import Any

from schedulers.declare import Param, declare


def peak(default: float, help: str = "The highest learning rate of the run.") -> Param:
    """Return the parameter that nearly every schedule has."""
    return Param("peak", "Peak", default, 0, 10, "rate", help)


def final(default: float, help: str = "The learning rate at the end of the run.") -> Param:
    """Return the learning rate towards which a schedule decays."""
    return Param("final", "Final", default, 0, 10, "rate", help)


def cosine_between(xp: Any, start: Any, end: Any, share: Any) -> Any:
    """Return the half cosine wave from `start` (share 0) to `end` (share 1)."""
    return end + (start - end) * (1 + xp.cos(xp.pi * share)) / 2


@declare(
    title="Constant",
    family="constant",
    source="no schedule at all",
    formula=r"\eta_t = \mathrm{peak}",
    params=(peak(0.01, "The learning rate of every update."),),
)
def constant(xp: Any, t: Any, T: Any, *, peak: Any) -> Any:
    """The same learning rate for the whole run."""
    return peak + 0 * t


@declare(
    title="Step decay",
    family="decay",
    source="PyTorch 2.13 StepLR with step_size = share x T; drops in thirds as in arXiv 1512.03385",
    formula=r"\eta_t = \mathrm{peak} \cdot \mathrm{factor}^{\lfloor p / \mathrm{every} \rfloor},\ p = t/T",
    params=(
        peak(0.1),
        Param("factor", "Factor", 0.1, 0, 1, "number", "Each drop multiplies the learning rate by this."),
        Param("every", "Drops every", 1 / 3, 0.001, 1, "share", "The share of the run between two drops."),
    ),
)
def step(xp: Any, t: Any, T: Any, *, peak: Any, factor: Any, every: Any) -> Any:
    """The learning rate is multiplied by a factor at regular intervals."""
    # The small amount keeps 0.3 / 0.1, which is a little under 3 in floating point, from dropping one update late.
    return peak * factor ** xp.floor(t / (T * every) + 1e-9)


@declare(
    title="Cosine decay",
    family="decay",
    source="arXiv 1608.03983, equation 5; PyTorch 2.13 CosineAnnealingLR with T_max = T",
    formula=r"\eta_t = \mathrm{final} + (\mathrm{peak} - \mathrm{final}) \frac{1 + \cos \pi p}{2},\ p = t/T",
    params=(peak(0.1), final(0.0, "The learning rate that the last update has almost reached.")),
)
def cosine(xp: Any, t: Any, T: Any, *, peak: Any, final: Any) -> Any:
    """Half a cosine wave from the peak to the final rate."""
    return cosine_between(xp, peak, final, t / T)


@declare(
    title="Flat, then cosine (fastai)",
    family="decay",
    source="fastai 2.8 fit_flat_cos",
    formula=r"\eta_t = \mathrm{peak}\ (p < \mathrm{flat}),\ \mathrm{then\ cosine\ to\ peak / div\_final},\ p = t/T",
    params=(
        peak(0.01),
        Param("flat", "Flat", 0.75, 0, 1, "share", "The share of the run that stays at the peak."),
        Param("div_final", "Final divisor", 1e5, 1, 1e9, "number", "The peak divided by this is the final rate."),
    ),
)
def flat_cosine(xp: Any, t: Any, T: Any, *, peak: Any, flat: Any, div_final: Any) -> Any:
    """The peak for most of the run, then half a cosine wave down."""
    p = t / T
    return xp.where(p < flat, peak, cosine_between(xp, peak, peak / div_final, (p - flat) / (1 - flat)))
