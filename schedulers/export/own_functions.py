"""Candidates of optax's, Keras's and fastai's own schedules."""

from collections.abc import Callable
from typing import Any

import numpy as np

from schedulers.export.places import Call, Values, at, first_cycle, lengths
from words import Refusal


def _join(*parts: tuple[int, str, dict[str, Any]]) -> Call:
    kept = [part for part in parts if part[0] > 0]
    ends = np.cumsum([length for length, _, _ in kept])[:-1].tolist()
    return "join_schedules", {"schedules": [[name, kwargs] for _, name, kwargs in kept], "boundaries": ends}


def _line(length: int, start: float, end: float) -> tuple[int, str, dict[str, Any]]:
    return length, "linear_schedule", {"init_value": start, "end_value": end, "transition_steps": length}


def _wave(length: int, start: float, end: float) -> tuple[int, str, dict[str, Any]]:
    return length, "cosine_decay_schedule", {"init_value": start, "decay_steps": length, "alpha": end / start}


def _flat(length: int, value: float) -> tuple[int, str, dict[str, Any]]:
    return length, "constant_schedule", {"value": value}


def _optax_plateau(T: int, v: Values, bend: float, shape: str) -> Call:
    W, k, peak = at(T, v["warmup"]), at(T, bend), v["peak"]
    rise = max(W - 1, 0)
    fall = _wave if shape == "cosine" else _line
    return _join(_line(rise, peak / max(W, 1), peak), _flat(k - rise, peak), fall(T - k, peak, v["final"]))


def _optax_infinite(T: int, v: Values) -> Call:
    W, k, a = at(T, v["warmup"]), at(T, v["warmup"] + v["cooldown"]), at(T, 1 - v["anneal"])
    anneal = {
        "init_value": v["constant"],
        "transition_steps": T - a,
        "decay_rate": v["final"] / v["constant"],
    }
    return _join(
        _line(W, v["peak"] / max(W, 1), v["peak"] * (W + 1) / max(W, 1)),
        _wave(k - W, v["peak"], v["constant"]),
        _flat(a - k, v["constant"]),
        (T - a, "exponential_decay", anneal),
    )


def _optax_torch_cycle(T: int, v: Values) -> Call:
    top, bottom = round(v["warmup"] * T - 1), round(2 * v["warmup"] * T - 2)
    table = {str(top): v["div"], str(T - 1): 1 / v["div"] / v["div_final"]}
    if v["three_phase"]:
        table = {str(top): v["div"], str(bottom): 1 / v["div"], str(T - 1): 1 / v["div_final"]}
    return "piecewise_interpolate_schedule", {
        "interpolate_type": "cosine" if v["anneal"] == "cos" else "linear",
        "init_value": v["peak"] / v["div"],
        "boundaries_and_scales": table,
    }


def _optax_cycles(T: int, v: Values) -> Call:
    tops = [v["peak"] * v.get("decay", 1.0) ** cycle for cycle in range(v["cycles"])]
    return _join(*(_wave(length, top, v["final"]) for length, top in zip(lengths(T, v), tops, strict=True)))


OPTAX: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (lambda T, v: ("constant_schedule", {"value": v["peak"]}),),
    "step": (
        lambda T, v: (
            "exponential_decay",
            {"init_value": v["peak"], "transition_steps": at(T, v["every"]), "decay_rate": v["factor"],
             "staircase": True},
        ),
    ),
    "multistep": (
        lambda T, v: (
            "piecewise_constant_schedule",
            {"init_value": v["peak"],
             "boundaries_and_scales": {str(at(T, v["first"])): v["factor"], str(at(T, v["second"])): v["factor"]}},
        ),
    ),
    "exponential": (
        lambda T, v: (
            "exponential_decay",
            {"init_value": v["peak"], "transition_steps": T, "decay_rate": v["remaining"]},
        ),
    ),
    "polynomial": (
        lambda T, v: (
            "polynomial_schedule",
            {"init_value": v["peak"], "end_value": v["final"], "power": v["power"], "transition_steps": T},
        ),
    ),
    "budgeted_linear": (lambda T, v: _line(T, v["peak"], 0.0)[1:],),
    "cosine": (lambda T, v: _wave(T, v["peak"], v["final"])[1:],),
    "linear_warmup": (
        lambda T, v: _join(
            _line(W := at(T, v["warmup"]), v["first"], v["peak"]), _line(T - W, v["peak"], v["final"])
        ),
    ),
    "cosine_warmup": (
        lambda T, v: (
            "warmup_cosine_decay_schedule",
            {"init_value": v["first"], "peak_value": v["peak"], "warmup_steps": at(T, v["warmup"]), "decay_steps": T,
             "end_value": v["final"]},
        ),
    ),
    "flat_cosine": (
        lambda T, v: _optax_plateau(T, v | {"warmup": 0.0, "final": v["peak"] / v["div_final"]}, v["flat"], "cosine"),
    ),
    "one_cycle": (
        lambda T, v: (
            "cosine_onecycle_schedule",
            {"transition_steps": T, "peak_value": v["peak"], "pct_start": v["warmup"], "div_factor": v["div"],
             "final_div_factor": v["div_final"] / v["div"]},
        ),
    ),
    "torch_one_cycle": (_optax_torch_cycle,),
    "cosine_restarts": (_optax_cycles,),
    "decaying_restarts": (_optax_cycles,),
    "wsd": (lambda T, v: _optax_plateau(T, v, 1 - v["decay"], v["shape"]),),
    "knee": (lambda T, v: _optax_plateau(T, v | {"final": 0.0}, v["warmup"] + v["explore"], "linear"),),
    "infinite": (_optax_infinite,),
}  # fmt: skip


def _keras(name: str, v: Values, **kwargs: Any) -> Call:
    return name, {"initial_learning_rate": v["peak"], **kwargs}


def _keras_cycles(T: int, v: Values) -> Call:
    return _keras(
        "CosineDecayRestarts", v, first_decay_steps=first_cycle(T, v), t_mul=v["multiplier"],
        m_mul=v.get("decay", 1.0), alpha=v["final"] / v["peak"],
    )  # fmt: skip


def _keras_multistep(T: int, v: Values) -> Call:
    # A boundary of Keras is the last update at the rate before it.
    drops = sorted([at(T, v["first"]) - 1, at(T, v["second"]) - 1])
    values = [v["peak"] * v["factor"] ** drop for drop in range(3)]
    return "PiecewiseConstantDecay", {"boundaries": drops, "values": values}


KERAS: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (
        lambda T, v: ("PiecewiseConstantDecay", {"boundaries": [T], "values": [v["peak"], v["peak"]]}),
    ),
    "step": (
        lambda T, v: _keras(
            "ExponentialDecay", v, decay_steps=at(T, v["every"]), decay_rate=v["factor"], staircase=True
        ),
    ),
    "multistep": (_keras_multistep,),
    "exponential": (lambda T, v: _keras("ExponentialDecay", v, decay_steps=T, decay_rate=v["remaining"]),),
    "inverse_time": (lambda T, v: _keras("InverseTimeDecay", v, decay_steps=T, decay_rate=v["decay"]),),
    "polynomial": (
        lambda T, v: _keras("PolynomialDecay", v, decay_steps=T, end_learning_rate=v["final"], power=v["power"]),
    ),
    "budgeted_linear": (lambda T, v: _keras("PolynomialDecay", v, decay_steps=T, end_learning_rate=0.0),),
    "cosine": (lambda T, v: _keras("CosineDecay", v, decay_steps=T, alpha=v["final"] / v["peak"]),),
    "cosine_warmup": (
        lambda T, v: (
            "CosineDecay",
            {"initial_learning_rate": v["first"], "decay_steps": T - at(T, v["warmup"]),
             "alpha": v["final"] / v["peak"], "warmup_target": v["peak"], "warmup_steps": at(T, v["warmup"])},
        ),
    ),
    "cosine_restarts": (_keras_cycles,),
    "decaying_restarts": (_keras_cycles,),
}  # fmt: skip


def _combined(*parts: tuple[float, str, float, float]) -> Call:
    kept = [part for part in parts if part[0] > 0]
    return "combine_scheds", {"pcts": [part[0] for part in kept], "scheds": [list(part[1:]) for part in kept]}


def _fastai_cycle(T: int, v: Values) -> Call:
    return "fit_one_cycle", {
        "lr_max": v["peak"], "div": v["div"], "div_final": v["div_final"], "pct_start": v["warmup"],
        "moms": [v["momentum"], v["momentum_at_peak"], v["momentum"]],
    }  # fmt: skip


def _fastai_cycles(T: int, v: Values) -> Call:
    m, n = v["multiplier"], v["cycles"]
    shares = [1 / n if m == 1 else m**cycle * (m - 1) / (m**n - 1) for cycle in range(n)]
    shares[-1] = 1 - sum(shares[:-1])  # fastai wants a sum of 1 to the last digit
    # fastai compares positions in single precision: where that would restart an update late, this is not the same.
    begin = np.cumsum(np.array([0.0, *shares[:-1]], dtype=np.float32), dtype=np.float32)
    updates = np.round(begin * T)
    if (np.float32(updates / T) < begin).any() or np.abs(updates - begin * T).max() > 1e-4 * T / 100:
        raise Refusal("fastai: the restarts do not fall on updates.")
    tops = [v["peak"] * v.get("decay", 1.0) ** cycle for cycle in range(n)]
    return _combined(*((share, "SchedCos", top, v["final"]) for share, top in zip(shares, tops, strict=True)))


FASTAI: dict[str, tuple[Callable[[int, Values], Call], ...]] = {
    "constant": (lambda T, v: _combined((1.0, "SchedNo", v["peak"], v["peak"])),),
    "exponential": (lambda T, v: _combined((1.0, "SchedExp", v["peak"], v["peak"] * v["remaining"])),),
    "budgeted_linear": (lambda T, v: _combined((1.0, "SchedLin", v["peak"], 0.0)),),
    "cosine": (lambda T, v: _combined((1.0, "SchedCos", v["peak"], v["final"])),),
    "flat_cosine": (
        lambda T, v: ("fit_flat_cos", {"lr": v["peak"], "div_final": v["div_final"], "pct_start": v["flat"]}),
    ),
    "one_cycle": (_fastai_cycle,),
    "linear_warmup": (
        lambda T, v: _combined(
            (v["warmup"], "SchedLin", v["first"], v["peak"]), (1 - v["warmup"], "SchedLin", v["peak"], v["final"])
        ),
    ),
    "cosine_warmup": (
        lambda T, v: _combined(
            (v["warmup"], "SchedLin", v["first"], v["peak"]), (1 - v["warmup"], "SchedCos", v["peak"], v["final"])
        ),
    ),
    "cosine_restarts": (_fastai_cycles,),
    "decaying_restarts": (_fastai_cycles,),
}  # fmt: skip
