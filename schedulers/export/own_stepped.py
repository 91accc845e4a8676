"""Candidates of Transformers' and timm's own schedulers."""

from collections.abc import Callable
from typing import Any

from schedulers.export.places import Call, Values, at, first_cycle


def _hf(name: str, v: Values, W: int | None = None, **kwargs: Any) -> Call:
    warmup = {} if W is None else {"num_warmup_steps": W}
    return f"get_{name}", {"base_lr": v["peak"], **warmup, **kwargs}


def _hf_wsd(T: int, v: Values, W: int, k: int, *, shape: str, least: float) -> Call:
    return _hf("wsd_schedule", v, W, num_decay_steps=T - k, num_training_steps=T, decay_type=shape, min_lr_ratio=least)


TRANSFORMERS: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (lambda T, v: _hf("constant_schedule", v),),
    "polynomial": (
        lambda T, v: _hf(
            "polynomial_decay_schedule_with_warmup", v, 0, num_training_steps=T, lr_end=v["final"], power=v["power"]
        ),
    ),
    "budgeted_linear": (lambda T, v: _hf("linear_schedule_with_warmup", v, 0, num_training_steps=T),),
    "cosine": (
        lambda T, v: _hf("cosine_schedule_with_warmup", v, 0, num_training_steps=T),
        lambda T, v: _hf("cosine_with_min_lr_schedule_with_warmup", v, 0, num_training_steps=T, min_lr=v["final"]),
    ),
    "cosine_restarts": (
        lambda T, v: _hf(
            "cosine_with_hard_restarts_schedule_with_warmup", v, 0, num_training_steps=T, num_cycles=v["cycles"]
        ),
    ),
    "linear_warmup": (
        lambda T, v: _hf("linear_schedule_with_warmup", v, at(T, v["warmup"]), num_training_steps=T),
        lambda T, v: _hf_wsd(T, v, W := at(T, v["warmup"]), W, shape="linear", least=v["final"] / v["peak"]),
    ),
    "cosine_warmup": (
        lambda T, v: _hf("cosine_schedule_with_warmup", v, at(T, v["warmup"]), num_training_steps=T),
        lambda T, v: _hf(
            "cosine_with_min_lr_schedule_with_warmup", v, at(T, v["warmup"]), num_training_steps=T, min_lr=v["final"]
        ),
    ),
    "inverse_sqrt": (lambda T, v: _hf("inverse_sqrt_schedule", v, at(T, v["warmup"])),),
    "flat_cosine": (lambda T, v: _hf_wsd(T, v, 0, at(T, v["flat"]), shape="cosine", least=1 / v["div_final"]),),
    "wsd": (
        lambda T, v: _hf_wsd(
            T, v, at(T, v["warmup"]), at(T, 1 - v["decay"]), shape=v["shape"], least=v["final"] / v["peak"]
        ),
    ),
    "knee": (
        lambda T, v: _hf_wsd(T, v, at(T, v["warmup"]), at(T, v["warmup"] + v["explore"]), shape="linear", least=0.0),
    ),
}  # fmt: skip


def _timm(name: str, v: Values, **kwargs: Any) -> Call:
    return f"{name}LRScheduler", {"base_lr": v["peak"], **kwargs, "t_in_epochs": False}


def _timm_warm(name: str, T: int, v: Values, **kwargs: Any) -> Call:
    W = at(T, v["warmup"])
    return _timm(
        name, v, t_initial=T - W, lr_min=v["final"], warmup_t=W, warmup_lr_init=v["first"], warmup_prefix=True, **kwargs
    )


def _timm_wsd(T: int, v: Values, k: int, shape: str, least: float) -> Call:
    """Return timm's plateau with our warm-up, which begins at peak / W and is at the peak with its update W - 1."""
    W = at(T, v["warmup"])
    rise = max(W - 1, 0)
    return _timm(
        "WSD", v, t_initial=T - rise, decay_t=T - k, lr_min=least, decay_fn=shape, warmup_t=rise,
        warmup_lr_init=v["peak"] / max(W, 1),
    )  # fmt: skip


def _timm_cycles(T: int, v: Values, **kwargs: Any) -> Call:
    return _timm(
        "Cosine", v, t_initial=first_cycle(T, v), lr_min=v["final"], cycle_mul=v["multiplier"],
        cycle_limit=v["cycles"], **kwargs,
    )  # fmt: skip


TIMM: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (lambda T, v: _timm("Step", v, decay_t=T, decay_rate=1.0),),
    "step": (lambda T, v: _timm("Step", v, decay_t=at(T, v["every"]), decay_rate=v["factor"]),),
    # timm drops one update before the time that it is given.
    "multistep": (
        lambda T, v: _timm(
            "MultiStep", v, decay_t=sorted([at(T, v["first"]) + 1, at(T, v["second"]) + 1]), decay_rate=v["factor"]
        ),
    ),
    "exponential": (lambda T, v: _timm("Step", v, decay_t=1, decay_rate=v["remaining"] ** (1 / T)),),
    "polynomial": (lambda T, v: _timm("Poly", v, t_initial=T, power=v["power"], lr_min=v["final"]),),
    "budgeted_linear": (lambda T, v: _timm("Poly", v, t_initial=T, power=1.0),),
    "tanh": (lambda T, v: _timm("Tanh", v, t_initial=T, lb=v["lower"], ub=v["upper"], lr_min=v["final"]),),
    "cosine": (lambda T, v: _timm("Cosine", v, t_initial=T, lr_min=v["final"]),),
    "linear_warmup": (lambda T, v: _timm_warm("Poly", T, v, power=1.0),),
    "cosine_warmup": (lambda T, v: _timm_warm("Cosine", T, v),),
    "cosine_restarts": (_timm_cycles,),
    "decaying_restarts": (lambda T, v: _timm_cycles(T, v, cycle_decay=v["decay"]),),
    "flat_cosine": (
        lambda T, v: _timm_wsd(T, v | {"warmup": 0.0}, at(T, v["flat"]), "cosine", v["peak"] / v["div_final"]),
    ),
    "wsd": (lambda T, v: _timm_wsd(T, v, at(T, 1 - v["decay"]), v["shape"], v["final"]),),
    "knee": (lambda T, v: _timm_wsd(T, v, at(T, v["warmup"] + v["explore"]), "linear", 0.0),),
    # Its decay begins at the end of the run.
    "inverse_sqrt": (
        lambda T, v: _timm(
            "WSD", v, t_initial=T - at(T, v["warmup"]), decay_t=1, stable_fn="rsqrt", warmup_t=at(T, v["warmup"])
        ),
    ),
}  # fmt: skip
