"""One rise to the peak and one long fall, while the momentum goes the other way."""

from typing import Any

from schedulers.decay import cosine_between, peak
from schedulers.declare import Param, declare


def _momentum(name: str, title: str, default: float, help: str) -> Param:
    return Param(name, title, default, 0, 0.999, "number", help)


def _up_and_down(xp: Any, p: Any, warmup: Any, levels: tuple[Any, Any, Any]) -> Any:
    """Return two half cosines that meet at p = warmup; one cosine is computed, as that is what takes the time."""
    first, middle, last = levels
    rising = p < warmup
    share = (p - xp.where(rising, 0, warmup)) / xp.where(rising, warmup, 1 - warmup)
    return cosine_between(xp, xp.where(rising, first, middle), xp.where(rising, middle, last), share)


def _fastai_momentum(
    xp: Any, t: Any, T: Any, *, warmup: Any, momentum: Any, momentum_at_peak: Any, **others: Any
) -> Any:
    return _up_and_down(xp, t / T, warmup, (momentum, momentum_at_peak, momentum))


@declare(
    title="1cycle (fastai)",
    family="one cycle",
    source="arXiv 1708.07120; fastai 2.8 fit_one_cycle",
    formula=r"\mathrm{peak/div} \to \mathrm{peak}\ (p < \mathrm{warmup}) \to \mathrm{peak/div\_final},\ "
    r"\mathrm{both\ half\ cosines},\ p = t/T",
    params=(
        peak(0.01),
        Param("warmup", "Warm-up", 0.25, 0, 1, "share", "The share of the run that rises to the peak."),
        Param("div", "First divisor", 25.0, 1, 1e6, "number", "The peak divided by this is the first rate."),
        Param("div_final", "Final divisor", 1e5, 1, 1e9, "number", "The peak divided by this is the final rate."),
        _momentum("momentum", "Momentum", 0.95, "The momentum at the start and at the end."),
        _momentum("momentum_at_peak", "Momentum at the peak", 0.85, "The momentum while the learning rate is highest."),
    ),
    momentum=_fastai_momentum,
)
def one_cycle(xp: Any, t: Any, T: Any, *, peak: Any, warmup: Any, div: Any, div_final: Any, **momenta: Any) -> Any:
    """Half a cosine wave up to the peak, then one far below the first rate; the momentum goes the other way."""
    return _up_and_down(xp, t / T, warmup, (peak / div, peak, peak / div_final))


def _torch_phases(
    xp: Any, t: Any, T: Any, *, warmup: Any, anneal: str, three_phase: bool, levels: tuple[Any, Any, Any, Any]
) -> Any:
    low, high, after, end = levels  # before the rise, at the peak, after the fall, at the end
    # PyTorch counts the peak and the end of the fall as the last update of their phase, hence -1 and -2.
    top, bottom = warmup * T - 1, 2 * warmup * T - 2
    rising = t <= top
    # What each phase begins and ends with is chosen first, so that one quotient and one cosine are computed: they are
    # what takes the time.
    since, length, begun, ended = top, T - 1 - top, high, end
    if three_phase:
        falling = t <= bottom
        since, length = xp.where(falling, top, bottom), xp.where(falling, bottom - top, T - 1 - bottom)
        begun, ended = xp.where(falling, high, after), xp.where(falling, after, end)
    since, length = xp.where(rising, 0, since), xp.where(rising, top, length)
    begun, ended = xp.where(rising, low, begun), xp.where(rising, high, ended)
    share = (t - since) / length
    return cosine_between(xp, begun, ended, share) if anneal == "cos" else begun + (ended - begun) * share


def _torch_momentum(
    xp: Any,
    t: Any,
    T: Any,
    *,
    warmup: Any,
    anneal: str,
    three_phase: bool,
    momentum: Any,
    momentum_at_peak: Any,
    **others: Any,
) -> Any:
    levels = (momentum, momentum_at_peak, momentum, momentum)
    return _torch_phases(xp, t, T, warmup=warmup, anneal=anneal, three_phase=three_phase, levels=levels)


@declare(
    title="1cycle (PyTorch)",
    family="one cycle",
    source="PyTorch 2.13 OneCycleLR with total_steps = T",
    formula=r"\mathrm{peak/div} \to \mathrm{peak}\ (t \le \mathrm{warmup} \cdot T - 1) \to "
    r"\mathrm{peak/div/div\_final}\ (t = T - 1)",
    params=(
        peak(0.1),
        Param("warmup", "Warm-up", 0.3, 0, 1, "share", "The share of the run that rises to the peak (pct_start)."),
        Param("anneal", "Shape", "cos", 0, 0, "choice", "Half cosines or straight lines.", choices=("cos", "linear")),
        Param("div", "First divisor", 25.0, 1, 1e6, "number", "The peak divided by this is the first rate."),
        Param("div_final", "Final divisor", 1e4, 1, 1e9, "number", "The first rate divided by this is the final rate."),
        Param(
            "three_phase",
            "Three phases",
            False,
            0,
            1,
            "flag",
            "Fall back to the first rate as fast as it rose, then on to the final rate.",
        ),
        _momentum("momentum", "Momentum", 0.95, "The momentum at the start and at the end."),
        _momentum("momentum_at_peak", "Momentum at the peak", 0.85, "The momentum while the learning rate is highest."),
    ),
    momentum=_torch_momentum,
)
def torch_one_cycle(
    xp: Any,
    t: Any,
    T: Any,
    *,
    peak: Any,
    warmup: Any,
    anneal: str,
    div: Any,
    div_final: Any,
    three_phase: bool,
    **momenta: Any,
) -> Any:
    """One rise and one fall (or two) in PyTorch's own counting; the momentum goes the other way."""
    levels = (peak / div, peak, peak / div, peak / div / div_final)
    return _torch_phases(xp, t, T, warmup=warmup, anneal=anneal, three_phase=three_phase, levels=levels)
