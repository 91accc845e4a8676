"""What users of these libraries stumble over, in numbers that one can check by eye."""

import numpy as np
import pytest

from schedulers.libraries import NAMES, curve


@pytest.mark.parametrize(
    ("library", "name", "kwargs", "expected"),
    [
        # PyTorch's ConstantLR is not constant by default.
        ("torch", "ConstantLR", {"base_lr": 0.3}, [0.1, 0.1, 0.1, 0.1, 0.1, 0.3]),
        # PyTorch's cosine climbs again after T_max.
        ("torch", "CosineAnnealingLR", {"base_lr": 1, "T_max": 2}, [1, 0.5, 0, 0.5, 1, 0.5]),
        # Transformers wastes the first step at 0.
        ("transformers", "get_constant_schedule_with_warmup", {"base_lr": 1, "num_warmup_steps": 2}, [0, 0.5, 1, 1]),
        # Its cosine goes on past the last step; with hard restarts it does not.
        (
            "transformers",
            "get_cosine_schedule_with_warmup",
            {"base_lr": 1, "num_warmup_steps": 0, "num_training_steps": 2},
            [1, 0.5, 0, 0.5],
        ),
        (
            "transformers",
            "get_cosine_with_hard_restarts_schedule_with_warmup",
            {"base_lr": 1, "num_warmup_steps": 0, "num_training_steps": 4, "num_cycles": 2},
            [1, 0.5, 1, 0.5, 0, 0],
        ),
        (
            "transformers",
            "get_inverse_sqrt_schedule",
            {"base_lr": 1, "num_warmup_steps": 1},
            [0, 1, 0.5**0.5, 3**-0.5, 0.5],
        ),
        (
            "transformers",
            "get_cosine_with_min_lr_schedule_with_warmup",
            {"base_lr": 2, "num_warmup_steps": 0, "num_training_steps": 2, "min_lr": 1},
            [2, 1.5, 1],
        ),
        (
            "transformers",
            "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
            {"base_lr": 1, "num_warmup_steps": 3, "num_training_steps": 5, "min_lr_rate": 0.1, "warmup_lr_rate": 0.5},
            [0.5, 0.75, 1, 0.55, 0.1],
        ),
        (
            "transformers",
            "get_wsd_schedule",
            {"base_lr": 1, "num_warmup_steps": 2, "num_stable_steps": 1, "num_decay_steps": 2, "decay_type": "linear"},
            [0, 0.5, 1, 1, 0.5, 0, 0],
        ),
        # timm's multi-step drops one step before its milestone.
        ("timm", "MultiStepLRScheduler", {"base_lr": 1, "decay_t": [2], "decay_rate": 0.5}, [1, 0.5, 0.5]),
        # Without warmup_prefix timm's curve runs underneath the warm-up, so that the rate drops after it.
        (
            "timm",
            "CosineLRScheduler",
            {"base_lr": 1, "t_initial": 4, "warmup_t": 2},
            [0, 0.5, 0.5, 0.5 - 0.125**0.5, 0, 0],
        ),
        (
            "timm",
            "CosineLRScheduler",
            {"base_lr": 1, "t_initial": 2, "warmup_t": 2, "warmup_prefix": True, "t_in_epochs": False},
            [0, 0.5, 1, 0.5, 0, 0],
        ),
        (
            "timm",
            "CosineLRScheduler",
            {"base_lr": 1, "t_initial": 2, "cycle_limit": 2, "cycle_decay": 0.5},
            [1, 0.5, 0.5, 0.25, 0],
        ),
        (
            "timm",
            "WSDLRScheduler",
            {"base_lr": 1, "t_initial": 5, "decay_t": 4},
            [1, 1, 0.5, 1 - 0.5**0.5, 1 - 0.75**0.5, 0, 0],
        ),
        # Keras holds the old value at its boundary, optax the new one; optax's scales multiply.
        ("keras", "PiecewiseConstantDecay", {"boundaries": [2], "values": [1.0, 0.5]}, [1, 1, 1, 0.5]),
        (
            "optax",
            "piecewise_constant_schedule",
            {"init_value": 1.0, "boundaries_and_scales": {2: 0.5, 3: 0.5}},
            [1, 1, 0.5, 0.25],
        ),
        # Keras counts decay_steps after the warm-up, optax from the start.
        (
            "keras",
            "CosineDecay",
            {"initial_learning_rate": 0, "decay_steps": 2, "warmup_target": 1, "warmup_steps": 2},
            [0, 0.5, 1, 0.5, 0, 0],
        ),
        (
            "optax",
            "warmup_cosine_decay_schedule",
            {"init_value": 0, "peak_value": 1, "warmup_steps": 2, "decay_steps": 4},
            [0, 0.5, 1, 0.5, 0, 0],
        ),
        (
            "keras",
            "PolynomialDecay",
            {"initial_learning_rate": 1, "decay_steps": 2, "end_learning_rate": 0, "cycle": True},
            [1, 0.5, 0, 0.25, 0],
        ),
        (
            "keras",
            "ExponentialDecay",
            {"initial_learning_rate": 1, "decay_steps": 2, "decay_rate": 0.25},
            [1, 0.5, 0.25],
        ),
        (
            "keras",
            "ExponentialDecay",
            {"initial_learning_rate": 1, "decay_steps": 2, "decay_rate": 0.5, "staircase": True},
            [1, 1, 0.5, 0.5],
        ),
        (
            "keras",
            "InverseTimeDecay",
            {"initial_learning_rate": 1, "decay_steps": 1, "decay_rate": 1},
            [1, 1 / 2, 1 / 3],
        ),
        (
            "keras",
            "CosineDecayRestarts",
            {"initial_learning_rate": 1, "first_decay_steps": 2, "t_mul": 1},
            [1, 0.5, 1, 0.5],
        ),
        (
            "optax",
            "exponential_decay",
            {"init_value": 1, "transition_steps": 1, "decay_rate": 0.5, "end_value": 0.3},
            [1, 0.5, 0.3],
        ),
        ("optax", "linear_schedule", {"init_value": 0, "end_value": 1, "transition_steps": 2}, [0, 0.5, 1, 1]),
        (
            "optax",
            "join_schedules",
            {
                "schedules": [
                    ["linear_schedule", {"init_value": 0, "end_value": 1, "transition_steps": 2}],
                    ["constant_schedule", {"value": 1}],
                ],
                "boundaries": [2],
            },
            [0, 0.5, 1, 1],
        ),
    ],
)
def test_a_trap(library, name, kwargs, expected):
    np.testing.assert_allclose(curve(library, name, kwargs, len(expected))["lr"], expected, rtol=1e-9, atol=1e-15)


def test_six_libraries_are_covered():
    assert set(NAMES) == {"torch", "fastai", "transformers", "timm", "optax", "keras"}
    assert sum(len(names) for names in NAMES.values()) == 57
