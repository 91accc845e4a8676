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
    return end + (start - end) / 2 * (1 + xp.cos(xp.pi * share))


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
    title="Multi-step decay",
    family="decay",
    source="arXiv 1512.03385, section 4.2; PyTorch 2.13 MultiStepLR with two milestones",
    formula=r"\mathrm{peak} \cdot \mathrm{factor}^{[p \ge \mathrm{first}] + [p \ge \mathrm{second}]},\ p = t/T",
    params=(
        peak(0.1),
        Param("factor", "Factor", 0.1, 0, 1, "number", "Each drop multiplies the learning rate by this."),
        Param("first", "First drop", 0.5, 0, 1, "share", "The share of the run after which the first drop comes."),
        Param("second", "Second drop", 0.75, 0, 1, "share", "The share of the run after which the second drop comes."),
    ),
)
def multistep(xp: Any, t: Any, T: Any, *, peak: Any, factor: Any, first: Any, second: Any) -> Any:
    """Two drops, each by the same factor."""
    p = t / T
    return peak * xp.where(p < first, 1, factor) * xp.where(p < second, 1, factor)


@declare(
    title="Exponential decay",
    family="decay",
    source="PyTorch 2.13 ExponentialLR with gamma = remaining^(1/T); Keras 3.15 and optax 0.2.8 ExponentialDecay",
    formula=r"\eta_t = \mathrm{peak} \cdot \mathrm{remaining}^p,\ p = t/T",
    params=(
        peak(0.1),
        Param("remaining", "Remaining", 0.01, 1e-9, 1, "number", "The peak times this is the rate at the end."),
    ),
)
def exponential(xp: Any, t: Any, T: Any, *, peak: Any, remaining: Any) -> Any:
    """Every update multiplies the learning rate by the same factor."""
    return peak * remaining ** (t / T)


@declare(
    title="Inverse time decay",
    family="decay",
    source="Keras 3.15 InverseTimeDecay with decay_steps = T",
    formula=r"\eta_t = \frac{\mathrm{peak}}{1 + \mathrm{decay} \cdot p},\ p = t/T",
    params=(
        peak(0.1),
        Param("decay", "Decay", 19.0, 0, 1e6, "number", "At the end the peak is divided by one more than this."),
    ),
)
def inverse_time(xp: Any, t: Any, T: Any, *, peak: Any, decay: Any) -> Any:
    """A fast fall that becomes ever slower."""
    return peak / (1 + decay * t / T)


@declare(
    title="Polynomial decay",
    family="decay",
    source="PyTorch 2.13 PolynomialLR with total_iters = T; power 0.9 as in arXiv 1606.00915",
    formula=r"\eta_t = \mathrm{final} + (\mathrm{peak} - \mathrm{final})(1 - p)^{\mathrm{power}},\ p = t/T",
    params=(
        peak(0.1),
        final(0.0, "The learning rate that the last update has almost reached."),
        Param("power", "Power", 0.9, 0.01, 20, "number", "1 is a straight line, above it the fall comes first."),
    ),
)
def polynomial(xp: Any, t: Any, T: Any, *, peak: Any, final: Any, power: Any) -> Any:
    """A power of what is left of the run."""
    return final + (peak - final) * (1 - t / T) ** power


@declare(
    title="Budgeted linear decay",
    family="decay",
    source="arXiv 1905.04753",
    formula=r"\eta_t = \mathrm{peak}\,(1 - p),\ p = t/T",
    params=(peak(0.1),),
)
def budgeted_linear(xp: Any, t: Any, T: Any, *, peak: Any) -> Any:
    """A straight line from the peak to 0."""
    return peak * (1 - t / T)


@declare(
    title="REX",
    family="decay",
    source="arXiv 2107.04197",
    formula=r"\eta_t = \mathrm{peak} \frac{1 - p}{1 - p/2},\ p = t/T",
    params=(peak(0.1),),
)
def rex(xp: Any, t: Any, T: Any, *, peak: Any) -> Any:
    """Above the straight line at first, steep at the end."""
    return peak * (1 - t / T) / (1 - t / T / 2)


@declare(
    title="Tanh decay",
    family="decay",
    source="arXiv 1806.01593; timm 1.0.31 TanhLRScheduler",
    formula=r"\mathrm{final} + (\mathrm{peak} - \mathrm{final}) \frac{1 - \tanh(\mathrm{lower}(1-p) + "
    r"\mathrm{upper}\,p)}{2},\ p = t/T",
    params=(
        peak(0.1),
        final(0.0, "The learning rate towards which it falls; it stays a little above it."),
        Param("lower", "Lower bound", -7.0, -20, 0, "number", "Where on the tangent the run begins."),
        Param("upper", "Upper bound", 3.0, 0, 20, "number", "Where on the tangent the run ends."),
    ),
)
def tanh(xp: Any, t: Any, T: Any, *, peak: Any, final: Any, lower: Any, upper: Any) -> Any:
    """Flat, then down a hyperbolic tangent, which ends a little above its final rate."""
    p = t / T
    return final + (peak - final) * (1 - xp.tanh(lower * (1 - p) + upper * p)) / 2


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
