"""Learning rates that go up and down in cycles."""

from typing import Any

from schedulers.decay import peak
from schedulers.declare import Param, declare


def _height(xp: Any, t: Any, T: Any, *, cycles: Any, rising: Any, mode: str, shrink: Any) -> Any:
    """Return how far the cycle stands between its lower and its upper rate, 0 to 1."""
    # The small amount keeps rounding from beginning a cycle an update late.
    cycle = xp.floor(t / T * cycles + 1e-9)
    share = xp.maximum(t / T * cycles - cycle, 0)
    triangle = xp.where(share <= rising, share / rising, (1 - share) / (1 - rising))
    if mode == "triangular2":
        return triangle / 2**cycle
    return triangle * shrink ** (t / T) if mode == "exp_range" else triangle


def _momentum(
    xp: Any,
    t: Any,
    T: Any,
    *,
    cycles: Any,
    rising: Any,
    mode: str,
    shrink: Any,
    momentum: Any,
    momentum_at_peak: Any,
    **others: Any,
) -> Any:
    height = _height(xp, t, T, cycles=cycles, rising=rising, mode=mode, shrink=shrink)
    return momentum - (momentum - momentum_at_peak) * height


@declare(
    title="Cyclic (PyTorch)",
    family="cyclic",
    source="arXiv 1506.01186; PyTorch 2.13 CyclicLR with step_size_up = rising x T / cycles",
    formula=r"\eta_t = \mathrm{low} + (\mathrm{peak} - \mathrm{low}) \cdot \mathrm{triangle} \cdot s,\ "
    r"s = 1,\ 2^{-\mathrm{cycle}}\ \mathrm{or}\ \mathrm{shrink}^p",
    params=(
        peak(0.1),
        Param("low", "Low", 1e-3, 0, 10, "rate", "The learning rate at the start and the end of each cycle."),
        Param("cycles", "Cycles", 4, 1, 50, "count", "How many cycles fill the run.", unit="cycles"),
        Param(
            "rising", "Rising", 0.5, 0.01, 0.99, "share", "The share of each cycle that rises.", unit="share of cycle"
        ),
        Param(
            "mode",
            "Mode",
            "triangular",
            0,
            0,
            "choice",
            "All cycles alike, each half as high as the one before, or shrinking at every update.",
            choices=("triangular", "triangular2", "exp_range"),
        ),
        Param(
            "shrink", "Shrink", 0.1, 1e-9, 1, "number", "For exp_range: the height of a cycle at the end of the run."
        ),
        Param("momentum", "Momentum", 0.9, 0, 0.999, "number", "The momentum at the lowest learning rate."),
        Param("momentum_at_peak", "Momentum at the peak", 0.8, 0, 0.999, "number", "The momentum at the highest rate."),
    ),
    momentum=_momentum,
)
def cyclic(
    xp: Any,
    t: Any,
    T: Any,
    *,
    peak: Any,
    low: Any,
    cycles: Any,
    rising: Any,
    mode: str,
    shrink: Any,
    **momenta: Any,
) -> Any:
    """Triangles between two rates, while the momentum goes the other way."""
    height = _height(xp, t, T, cycles=cycles, rising=rising, mode=mode, shrink=shrink)
    return low + (peak - low) * height
