"""Schedules with a long middle part at one rate: explore first, anneal last."""

from typing import Any

from schedulers.decay import cosine_between, final, peak
from schedulers.declare import Param, Rule, Value, declare
from schedulers.warmup import rising, warmup_share
from words import Refusal, share


def _fit(title: str, *names: str) -> Rule:
    """Return the rule that these shares of the run leave room for one another."""

    def rule(T: int | None, values: dict[str, Value]) -> None:
        total = sum(float(values[name]) for name in names)
        if total > 1 + 1e-9:
            raise Refusal(
                "{title}: {names} must together be at most 100 % of the run, got {total}.",
                title=title,
                names=", ".join(names),
                total=share(total),
            )

    return rule


@declare(
    title="Warm-up, stable, decay (WSD)",
    family="plateau",
    source="arXiv 2404.06395; 1-sqrt of arXiv 2405.18392; Transformers 5.23 get_wsd_schedule",
    formula=r"\mathrm{peak} \cdot \min(1, \tfrac{t+1}{\mathrm{warmup} \cdot T}),\ \mathrm{then}\ 1 - f,\ "
    r"\tfrac{1 + \cos \pi f}{2}\ \mathrm{or}\ 1 - \sqrt f",
    params=(
        peak(1e-3),
        warmup_share(0.05),
        Param("decay", "Cool-down", 0.2, 0, 1, "share", "The share of the run, at its end, that falls."),
        Param(
            "shape",
            "Cool-down shape",
            "1-sqrt",
            0,
            0,
            "choice",
            "How it falls: a straight line, half a cosine wave, or 1 less the square root.",
            choices=("linear", "cosine", "1-sqrt"),
        ),
        final(0.0, "The learning rate that the last update has almost reached."),
    ),
    rule=_fit("Warm-up, stable, decay (WSD)", "warmup", "decay"),
)
def wsd(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, decay: Any, shape: str, final: Any) -> Any:
    """A short rise, a long plateau, and a cool-down at the end."""
    f = xp.maximum(0, (t / T - (1 - decay)) / decay)
    if shape == "cosine":
        left = (1 + xp.cos(xp.pi * f)) / 2
    else:
        left = 1 - f if shape == "linear" else 1 - xp.sqrt(f)
    return xp.where(t / T <= 1 - decay, peak * rising(xp, t, T, warmup), final + (peak - final) * left)


@declare(
    title="Knee",
    family="plateau",
    source="arXiv 2003.03977",
    formula=r"\mathrm{peak} \cdot \min(1, \tfrac{t+1}{\mathrm{warmup} \cdot T}),\ \mathrm{then\ a\ line\ to\ 0}",
    params=(
        peak(0.1),
        warmup_share(0.05),
        Param("explore", "Explore", 0.5, 0, 1, "share", "The share of the run at the peak, after the warm-up."),
    ),
    rule=_fit("Knee", "warmup", "explore"),
)
def knee(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, explore: Any) -> Any:
    """Explore at the peak for half of the run, then exploit along a straight line to 0."""
    bend = warmup + explore
    return peak * xp.where(t / T <= bend, rising(xp, t, T, warmup), (1 - t / T) / (1 - bend))


@declare(
    title="Power",
    family="plateau",
    source="arXiv 2408.13359, with shares of the run for tokens",
    formula=r"\min(\mathrm{peak},\ \mathrm{peak} \cdot (p / \mathrm{hold})^{-\mathrm{exponent}}),\ p = t/T,\ "
    r"\mathrm{with\ a\ warm-up\ and\ a\ line\ to\ 0}",
    params=(
        peak(0.02),
        warmup_share(0.02),
        Param("hold", "Hold", 0.1, 0.001, 1, "share", "Until this share of the run the peak bounds the rate."),
        Param("exponent", "Exponent", 0.51, 0.01, 5, "number", "How fast the rate then falls with time."),
        Param("decay", "Cool-down", 0.1, 0, 1, "share", "The share of the run, at its end, that falls to 0."),
    ),
    rule=_fit("Power", "warmup", "decay"),
)
def power(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, hold: Any, exponent: Any, decay: Any) -> Any:
    """A rate that falls with a power of time, whatever the length of the run, and a cool-down at the end."""
    p = t / T
    stable = peak * xp.minimum(1, (xp.maximum(t, 1) / T / hold) ** -exponent)
    return stable * rising(xp, t, T, warmup) * xp.where(p <= 1 - decay, 1, (1 - p) / decay)


@declare(
    title="Infinite",
    family="plateau",
    source="arXiv 2403.08763; arXiv 2503.02844",
    formula=r"\mathrm{warm-up} \to \mathrm{peak} \to \mathrm{constant\ along\ a\ cosine} \to "
    r"\mathrm{final\ exponentially\ in\ the\ last\ share}",
    params=(
        peak(3e-4),
        Param("constant", "Constant", 1.65e-4, 1e-12, 10, "rate", "The learning rate of the open-ended middle part."),
        Param("final", "Final", 1.5e-5, 1e-12, 10, "rate", "The learning rate at the end of the anneal."),
        warmup_share(0.02),
        Param("cooldown", "Cool-down", 0.3, 0, 1, "share", "The share of the run from the peak to the constant rate."),
        Param("anneal", "Anneal", 0.15, 0, 1, "share", "The share of the run, at its end, that anneals."),
    ),
    rule=_fit("Infinite", "warmup", "cooldown", "anneal"),
)
def infinite(
    xp: Any, t: Any, T: Any, *, peak: Any, constant: Any, final: Any, warmup: Any, cooldown: Any, anneal: Any
) -> Any:
    """A schedule that needs no length: a constant rate to go on from, and an anneal whenever a model is wanted."""
    p = t / T
    cooling = cosine_between(xp, peak, constant, (p - warmup) / cooldown)
    begun = xp.where(p < warmup, peak * rising(xp, t, T, warmup), xp.where(p < warmup + cooldown, cooling, constant))
    f = xp.maximum(0, (p - (1 - anneal)) / anneal)
    return xp.where(p <= 1 - anneal, begun, constant * (final / constant) ** f)
