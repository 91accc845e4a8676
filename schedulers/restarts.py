"""Cosine cycles that restart at the peak (SGDR)."""

from typing import Any

from schedulers.decay import cosine_between, final, peak
from schedulers.declare import Param, declare

CYCLES = Param("cycles", "Cycles", 3, 1, 50, "count", "How many cycles fill the run.", unit="cycles")
MULTIPLIER = Param(
    "multiplier", "Multiplier", 2.0, 1, 10, "number", "Each cycle is this many times as long as the one before."
)


def _cycle(xp: Any, t: Any, T: Any, *, cycles: Any, multiplier: Any) -> tuple[Any, Any]:
    """Return the number of the cycle, from 0, and the share of it that has passed."""
    # `grown` is multiplier^n at the start of cycle n. The small amounts keep rounding from restarting an update late.
    grown = 1 + t / T * (multiplier**cycles - 1)
    growing = xp.floor(xp.log(grown) / xp.log(multiplier) + 1e-9)
    equal = xp.floor(t / T * cycles + 1e-9)
    share = xp.where(multiplier <= 1, t / T * cycles - equal, (grown / multiplier**growing - 1) / (multiplier - 1))
    return xp.where(multiplier <= 1, equal, growing), share


@declare(
    title="Cosine with restarts (SGDR)",
    family="restarts",
    source="arXiv 1608.03983; PyTorch 2.13 CosineAnnealingWarmRestarts with T_0 = the first cycle; fastai 2.8 fit_sgdr",
    formula=r"\mathrm{final} + (\mathrm{peak} - \mathrm{final}) \frac{1 + \cos \pi c}{2},\ "
    r"c = \mathrm{share\ of\ the\ cycle},\ T_{i+1} = \mathrm{multiplier} \cdot T_i",
    params=(
        peak(0.1),
        final(0.0, "The learning rate that the last update of a cycle has almost reached."),
        CYCLES,
        MULTIPLIER,
    ),
)
def cosine_restarts(xp: Any, t: Any, T: Any, *, peak: Any, final: Any, cycles: Any, multiplier: Any) -> Any:
    """Cosine cycles, each longer than the one before, that restart at the peak."""
    _, share = _cycle(xp, t, T, cycles=cycles, multiplier=multiplier)
    return cosine_between(xp, peak, final, share)


@declare(
    title="Cosine with lower restarts",
    family="restarts",
    source="timm 1.0.31 CosineLRScheduler with cycle_decay; Keras 3.15 CosineDecayRestarts with m_mul",
    formula=r"\mathrm{final} + (\mathrm{peak} \cdot \mathrm{decay}^n - \mathrm{final}) \frac{1 + \cos \pi c}{2},\ "
    r"n = \mathrm{cycle},\ c = \mathrm{share\ of\ it}",
    params=(
        peak(0.1),
        final(0.0, "The learning rate that the last update of a cycle has almost reached."),
        CYCLES,
        MULTIPLIER,
        Param("decay", "Decay", 0.5, 0, 1, "number", "Each cycle begins at this times the one before."),
    ),
)
def decaying_restarts(
    xp: Any, t: Any, T: Any, *, peak: Any, final: Any, cycles: Any, multiplier: Any, decay: Any
) -> Any:
    """Cosine cycles that restart lower each time."""
    cycle, share = _cycle(xp, t, T, cycles=cycles, multiplier=multiplier)
    return cosine_between(xp, peak * decay**cycle, final, share)
