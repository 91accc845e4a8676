"""Candidates of PyTorch's own schedulers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from schedulers.export.places import Call, Values, at, first_cycle


def _torch(name: str, base_lr: float, **kwargs: Any) -> Call:
    return name, {"base_lr": base_lr, **kwargs}


def _sequence(T: int, peak: float, *parts: tuple[int, str, dict[str, Any]]) -> Call:
    """Return a SequentialLR of the parts (length, name, arguments) that are not empty."""
    kept = [part for part in parts if part[0] > 0]
    ends = np.cumsum([length for length, _, _ in kept])[:-1].tolist()
    return _torch("SequentialLR", peak, schedulers=[[name, kwargs] for _, name, kwargs in kept], milestones=ends)


def _one_cycle(T: int, v: Values) -> Call:
    return "OneCycleLR", {
        "max_lr": v["peak"], "total_steps": T, "pct_start": v["warmup"], "anneal_strategy": v["anneal"],
        "base_momentum": v["momentum_at_peak"], "max_momentum": v["momentum"], "div_factor": v["div"],
        "final_div_factor": v["div_final"], "three_phase": v["three_phase"],
    }  # fmt: skip


def _cyclic(T: int, v: Values) -> Call:
    length = T / v["cycles"]
    up, down = length * v["rising"], length * (1 - v["rising"])
    return "CyclicLR", {
        "base_lr": v["low"], "max_lr": v["peak"], "step_size_up": _whole(up), "step_size_down": _whole(down),
        "mode": v["mode"], "gamma": v["shrink"] ** (1 / T), "base_momentum": v["momentum_at_peak"],
        "max_momentum": v["momentum"],
    }  # fmt: skip


def _whole(number: float) -> float:
    return round(number) if abs(number - round(number)) < 1e-9 else number


def _rise(W: int) -> tuple[int, str, dict[str, Any]]:
    """Return PyTorch's warm-up whose first rate is peak / W and whose update W - 1 is at the peak."""
    return W - 1, "LinearLR", {"start_factor": 1 / max(W, 1), "total_iters": W - 1}


def _fall(shape: str, length: int, v: Values, T: int) -> tuple[int, str, dict[str, Any]]:
    if shape == "cosine":
        return length, "CosineAnnealingLR", {"T_max": length, "eta_min": v["final"]}
    return length, "LinearLR", {"start_factor": 1.0, "end_factor": v["final"] / v["peak"], "total_iters": length}


def _torch_plateau(T: int, v: Values, bend: float, shape: str) -> Call:
    W, k = at(T, v["warmup"]), at(T, bend)
    hold = k - max(W - 1, 0)
    return _sequence(
        T, v["peak"], _rise(W), (hold, "ConstantLR", {"factor": 1.0, "total_iters": hold}), _fall(shape, T - k, v, T)
    )


TORCH: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (lambda T, v: _torch("ConstantLR", v["peak"], factor=1.0, total_iters=T),),
    "step": (lambda T, v: _torch("StepLR", v["peak"], step_size=at(T, v["every"]), gamma=v["factor"]),),
    "multistep": (
        lambda T, v: _torch(
            "MultiStepLR", v["peak"], milestones=[at(T, v["first"]), at(T, v["second"])], gamma=v["factor"]
        ),
    ),
    "exponential": (lambda T, v: _torch("ExponentialLR", v["peak"], gamma=v["remaining"] ** (1 / T)),),
    "polynomial": (lambda T, v: _torch("PolynomialLR", v["peak"], total_iters=T, power=v["power"]),),
    "budgeted_linear": (
        lambda T, v: _torch("LinearLR", v["peak"], start_factor=1.0, end_factor=0.0, total_iters=T),
    ),
    "cosine": (lambda T, v: _torch("CosineAnnealingLR", v["peak"], T_max=T, eta_min=v["final"]),),
    "flat_cosine": (
        lambda T, v: _torch_plateau(T, v | {"warmup": 0.0, "final": v["peak"] / v["div_final"]}, v["flat"], "cosine"),
    ),
    "torch_one_cycle": (_one_cycle,),
    "cyclic": (_cyclic,),
    "cosine_restarts": (
        lambda T, v: _torch(
            "CosineAnnealingWarmRestarts", v["peak"], T_0=first_cycle(T, v), T_mult=round(v["multiplier"]),
            eta_min=v["final"],
        ),
    ),
    "linear_warmup": (
        lambda T, v: _sequence(
            T, v["peak"],
            (at(T, v["warmup"]), "LinearLR",
             {"start_factor": v["first"] / v["peak"], "total_iters": at(T, v["warmup"])}),
            _fall("linear", T - at(T, v["warmup"]), v, T),
        ),
    ),
    "cosine_warmup": (
        lambda T, v: _sequence(
            T, v["peak"],
            (at(T, v["warmup"]), "LinearLR",
             {"start_factor": v["first"] / v["peak"], "total_iters": at(T, v["warmup"])}),
            _fall("cosine", T - at(T, v["warmup"]), v, T),
        ),
    ),
    "wsd": (lambda T, v: _torch_plateau(T, v, 1 - v["decay"], v["shape"]),),
    "knee": (lambda T, v: _torch_plateau(T, v | {"final": 0.0}, v["warmup"] + v["explore"], "linear"),),
}  # fmt: skip
