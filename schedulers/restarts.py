"""Cosine cycles that restart at the peak (SGDR)."""

from typing import Any

from schedulers.decay import cosine_between, final, peak
from schedulers.declare import Param, declare


@declare(
    title="Cosine with restarts (SGDR)",
    family="restarts",
    source="arXiv 1608.03983; PyTorch 2.13 CosineAnnealingWarmRestarts with T_0 = the first cycle; fastai 2.8 fit_sgdr",
    formula=r"\mathrm{final} + (\mathrm{peak} - \mathrm{final}) \frac{1 + \cos \pi c}{2},\ "
    r"c = \mathrm{share\ of\ the\ cycle},\ T_{i+1} = \mathrm{multiplier} \cdot T_i",
    params=(
        peak(0.1),
        final(0.0, "The learning rate that the last update of a cycle has almost reached."),
        Param("cycles", "Cycles", 3, 1, 50, "count", "How many cycles fill the run.", unit="cycles"),
        Param(
            "multiplier",
            "Multiplier",
            2.0,
            1,
            10,
            "number",
            "Each cycle is this many times as long as the one before.",
        ),
    ),
)
def cosine_restarts(xp: Any, t: Any, T: Any, *, peak: Any, final: Any, cycles: Any, multiplier: Any) -> Any:
    """Cosine cycles, each longer than the one before, that restart at the peak."""
    # `grown` is multiplier^n at the start of cycle n. The small amount keeps rounding from restarting an update late.
    grown = 1 + t / T * (multiplier**cycles - 1)
    start = multiplier ** xp.floor(xp.log(grown) / xp.log(multiplier) + 1e-9)
    equal = t / T * cycles
    share = xp.where(multiplier <= 1, equal - xp.floor(equal + 1e-9), (grown / start - 1) / (multiplier - 1))
    return cosine_between(xp, peak, final, share)
