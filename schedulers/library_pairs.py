"""The "same" schedule of two libraries on equal terms: peak and length given, all else at the libraries' defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Side = tuple[str, str, Mapping[str, Any]]  # library, name and arguments, as schedulers.libraries.curve takes them
TITLES = {
    "torch": "PyTorch", "fastai": "fastai", "transformers": "Transformers", "timm": "timm", "optax": "optax",
    "keras": "Keras",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two libraries' schedulers of one kind; `sides(T)` gives both for T updates, what is not needed at its default."""

    title: str
    sides: Callable[[int], tuple[Side, Side]]


PEAK = 0.1


def _one_cycle(T: int) -> dict[str, Side]:
    return {
        "fastai": ("fastai", "fit_one_cycle", {"lr_max": PEAK}),
        "torch": ("torch", "OneCycleLR", {"max_lr": PEAK, "total_steps": T}),
        "torch, linear": ("torch", "OneCycleLR", {"max_lr": PEAK, "total_steps": T, "anneal_strategy": "linear"}),
        "optax": ("optax", "cosine_onecycle_schedule", {"transition_steps": T, "peak_value": PEAK}),
        "optax, linear": ("optax", "linear_onecycle_schedule", {"transition_steps": T, "peak_value": PEAK}),
    }


def _cosine(T: int) -> dict[str, Side]:
    return {
        "torch": ("torch", "CosineAnnealingLR", {"base_lr": PEAK, "T_max": T}),
        "transformers": (
            "transformers", "get_cosine_schedule_with_warmup",
            {"base_lr": PEAK, "num_warmup_steps": 0, "num_training_steps": T},
        ),
        "timm": ("timm", "CosineLRScheduler", {"base_lr": PEAK, "t_initial": T}),
        "keras": ("keras", "CosineDecay", {"initial_learning_rate": PEAK, "decay_steps": T}),
        "optax": ("optax", "cosine_decay_schedule", {"init_value": PEAK, "decay_steps": T}),
    }  # fmt: skip


def _restarts(T: int) -> dict[str, Side]:
    first = max(T // 7, 1)
    return {
        "torch": ("torch", "CosineAnnealingWarmRestarts", {"base_lr": PEAK, "T_0": first}),
        "keras": ("keras", "CosineDecayRestarts", {"initial_learning_rate": PEAK, "first_decay_steps": first}),
        "timm": ("timm", "CosineLRScheduler", {"base_lr": PEAK, "t_initial": first, "cycle_limit": 7}),
        "fastai": ("fastai", "fit_sgdr", {"n_cycles": 3, "cycle_len": 1, "lr_max": PEAK}),
        # As long as fastai's first cycle of three, which doubles twice, also where that is no whole number.
        "keras, three cycles": (
            "keras",
            "CosineDecayRestarts",
            {"initial_learning_rate": PEAK, "first_decay_steps": T / 7},
        ),
    }


def _warm(T: int) -> dict[str, Side]:
    W = max(T // 10, 1)
    return {
        "transformers": (
            "transformers", "get_cosine_schedule_with_warmup",
            {"base_lr": PEAK, "num_warmup_steps": W, "num_training_steps": T},
        ),
        "timm": ("timm", "CosineLRScheduler", {"base_lr": PEAK, "t_initial": T, "warmup_t": W}),
        "keras": (
            "keras", "CosineDecay",
            {"initial_learning_rate": 0.0, "decay_steps": T, "warmup_target": PEAK, "warmup_steps": W},
        ),
        "optax": (
            "optax", "warmup_cosine_decay_schedule",
            {"init_value": 0.0, "peak_value": PEAK, "warmup_steps": W, "decay_steps": T},
        ),
    }  # fmt: skip


def _polynomial(T: int) -> dict[str, Side]:
    return {
        "torch": ("torch", "PolynomialLR", {"base_lr": PEAK, "total_iters": T}),
        "transformers": (
            "transformers", "get_polynomial_decay_schedule_with_warmup",
            {"base_lr": PEAK, "num_warmup_steps": 0, "num_training_steps": T},
        ),
        "keras": ("keras", "PolynomialDecay", {"initial_learning_rate": PEAK, "decay_steps": T}),
        "timm": ("timm", "PolyLRScheduler", {"base_lr": PEAK, "t_initial": T}),
    }  # fmt: skip


def _exponential(T: int) -> dict[str, Side]:
    return {
        "torch": ("torch", "ExponentialLR", {"base_lr": PEAK, "gamma": 0.01 ** (1 / T)}),
        "keras": (
            "keras", "ExponentialDecay", {"initial_learning_rate": PEAK, "decay_steps": T, "decay_rate": 0.01}
        ),
        "optax": ("optax", "exponential_decay", {"init_value": PEAK, "transition_steps": T, "decay_rate": 0.01}),
    }  # fmt: skip


def _steps(T: int) -> dict[str, Side]:
    a, b = max(T // 2, 1), max(T * 3 // 4, 2)
    return {
        "torch": ("torch", "MultiStepLR", {"base_lr": PEAK, "milestones": [a, b]}),
        "timm": ("timm", "MultiStepLRScheduler", {"base_lr": PEAK, "decay_t": [a, b], "decay_rate": 0.1}),
        "keras": ("keras", "PiecewiseConstantDecay", {"boundaries": [a, b], "values": [PEAK, PEAK / 10, PEAK / 100]}),
        "optax": (
            "optax", "piecewise_constant_schedule",
            {"init_value": PEAK, "boundaries_and_scales": {str(a): 0.1, str(b): 0.1}},
        ),
    }  # fmt: skip


_KINDS: tuple[tuple[str, Callable[[int], dict[str, Side]], tuple[tuple[str, str], ...]], ...] = (
    ("1cycle", _one_cycle, (("fastai", "torch"), ("fastai", "optax"), ("torch", "optax"),
                            ("torch, linear", "optax, linear"))),
    ("Cosine", _cosine, (("torch", "transformers"), ("torch", "timm"), ("torch", "keras"), ("torch", "optax"),
                         ("transformers", "keras"), ("keras", "optax"))),
    ("Restarts", _restarts, (("torch", "keras"), ("torch", "timm"), ("keras, three cycles", "fastai"))),
    ("Warm-up and cosine", _warm, (("transformers", "timm"), ("transformers", "keras"), ("transformers", "optax"),
                                   ("keras", "optax"))),
    ("Polynomial", _polynomial, (("torch", "transformers"), ("torch", "keras"), ("torch", "timm"),
                                 ("transformers", "keras"))),
    ("Exponential", _exponential, (("torch", "keras"), ("torch", "optax"))),
    ("Steps", _steps, (("torch", "timm"), ("torch", "keras"), ("torch", "optax"), ("timm", "keras"))),
)  # fmt: skip


def _pair(kind: str, make: Callable[[int], dict[str, Side]], one: str, other: str) -> Pair:
    titles = [_titled(side) for side in (one, other)]
    return Pair(f"{kind}: {titles[0]} and {titles[1]}", lambda T: (make(T)[one], make(T)[other]))


def _titled(name: str) -> str:
    library, *more = name.split(",")
    return ",".join([TITLES[library], *more])


PAIRS: dict[str, Pair] = {
    pair.title: pair for kind, make, pairs in _KINDS for pair in (_pair(kind, make, one, other) for one, other in pairs)
}
