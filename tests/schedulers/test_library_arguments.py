import numpy as np
import pytest

from schedulers.libraries import curve
from words import Refusal


@pytest.mark.parametrize(
    ("library", "name", "kwargs", "steps", "sentence"),
    [
        ("numpy", "StepLR", {}, 9, r"^There is no library numpy; known: .*torch.*fastai.*\.$"),
        ("torch", "Cosine", {}, 9, r"^torch: there is no scheduler Cosine; known: ConstantLR, .*\.$"),
        (
            "torch",
            "StepLR",
            {"size": 3},
            9,
            r"^PyTorch StepLR: there is no argument size; allowed: step_size, gamma\.$",
        ),
        ("torch", "StepLR", {}, 9, r"^PyTorch StepLR: step_size must be given\.$"),
        ("torch", "LambdaLR", {"lr_lambda": len}, 9, r"^PyTorch LambdaLR: lr_lambda must be text, got "),
        ("torch", "LambdaLR", {"lr_lambda": "t / T"}, 9, r"^Your formula: there is no name T; allowed: t, pi\.$"),
        (
            "torch",
            "LambdaLR",
            {"lr_lambda": "1 / (t - 3)"},
            9,
            r"^PyTorch LambdaLR: lr_lambda is not finite at t = 3\.$",
        ),
        ("torch", "StepLR", None, 9, r"^torch StepLR: its arguments must be a table of names and values, got None\.$"),
        ("fastai", "fit_one_cycle", [0.1], 9, r"its arguments must be a table of names and values, got \[0\.1\]\.$"),
        ("torch", "StepLR", {"step_size": "3"}, 9, r"^PyTorch StepLR: step_size must be a whole number, got '3'\.$"),
        ("torch", "StepLR", {"step_size": 3, "gamma": float("nan")}, 9, r"gamma must be a number, got nan\.$"),
        ("torch", "StepLR", {"step_size": 3, "base_lr": -1}, 9, r"base_lr must be at least 0, got -1\.$"),
        ("torch", "StepLR", {"step_size": 3}, 0, r"^torch StepLR: steps must be a whole number, 1 to 1,000,000, got 0"),
        ("torch", "MultiStepLR", {"milestones": 3}, 9, r"milestones must be a list, each a whole number, got 3\.$"),
        ("torch", "OneCycleLR", {"max_lr": 1, "total_steps": 9, "anneal_strategy": "exp"}, 9, r"one of cos, linear"),
        ("torch", "ChainedScheduler", {"schedulers": [["x", {}]]}, 9, r"each of schedulers must be one of ConstantLR"),
        ("torch", "ChainedScheduler", {"schedulers": [["StepLR"]]}, 9, r"must be \[name, arguments\]"),
        ("fastai", "fit_sgdr", {"n_cycles": 3, "cycle_len": 1, "cycle_mult": 1}, 9, r"cycle_mult must be at least 2"),
        (
            "fastai",
            "fit_one_cycle",
            {"pct_start": 1.5},
            9,
            r"^fastai fit_one_cycle: pct_start must be 0 to 1, got 1\.5",
        ),
        ("fastai", "fit_one_cycle", {"moms": [0.9]}, 9, r"moms must be three numbers, got \[0\.9\]\.$"),
        (
            "fastai",
            "combine_scheds",
            {"pcts": [0.5], "scheds": [["SchedLin", 0, 1]]},
            9,
            r"pcts must sum to 1, got 0\.5",
        ),
        ("fastai", "combine_scheds", {"pcts": [1.0], "scheds": [["Linear", 0, 1]]}, 9, r"each sched must be one of"),
        (
            "transformers",
            "get_wsd_schedule",
            {"num_warmup_steps": 1, "num_decay_steps": 1},
            9,
            r"num_stable_steps must",
        ),
        (
            "transformers",
            "get_cosine_with_min_lr_schedule_with_warmup",
            {"num_warmup_steps": 1, "num_training_steps": 9},
            9,
            r"either min_lr or min_lr_rate must be given, and not both\.$",
        ),
        (
            "transformers",
            "get_polynomial_decay_schedule_with_warmup",
            {"num_warmup_steps": 1, "num_training_steps": 9, "lr_end": 1},
            9,
            r"lr_end must be below base_lr, got 1\.$",
        ),
        ("timm", "CosineLRScheduler", {"t_initial": 0}, 9, r"t_initial must be at least 1, got 0\.$"),
        ("timm", "CosineLRScheduler", {"t_initial": 9, "noise_pct": 1.0}, 9, r"there is no argument noise_pct"),
        ("timm", "CosineLRScheduler", {"t_initial": 2, "cycle_mul": 0.5}, 9, r"divide by zero or take a root below 0"),
        (
            "optax",
            "cosine_decay_schedule",
            {"init_value": 1, "decay_steps": 0},
            9,
            r"decay_steps must be above 0, got 0",
        ),
        (
            "optax",
            "piecewise_constant_schedule",
            {"init_value": 1, "boundaries_and_scales": {"x": 1}},
            9,
            r"each boundary must be a whole number, got 'x'\.$",
        ),
        ("keras", "PiecewiseConstantDecay", {"boundaries": [1], "values": [1]}, 9, r"values must be one more than"),
        ("keras", "ExponentialDecay", {"initial_learning_rate": 1, "decay_steps": 0, "decay_rate": 1}, 9, r"above 0"),
        ("fastai", "lr_find", {}, 101, r"steps must be at most num_it = 100, got 101\.$"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(library, name, kwargs, steps, sentence):
    with pytest.raises(Refusal, match=sentence):
        curve(library, name, kwargs, steps)


def test_omitted_arguments_take_the_librarys_defaults():
    np.testing.assert_allclose(curve("fastai", "fit_one_cycle", {}, 100)["lr"].max(), 1e-3)
    np.testing.assert_allclose(curve("torch", "ConstantLR", {"base_lr": 0.3}, 6)["lr"], [0.1] * 5 + [0.3])


def test_lr_find_rises_from_1e_7_towards_10():
    rates = curve("fastai", "lr_find", {}, 100)["lr"]
    np.testing.assert_allclose([rates[0], rates[50], rates[99]], [1e-7, 1e-3, 10 * 10**-0.08])


def test_a_million_updates_are_the_most():
    assert curve("fastai", "fit_flat_cos", {}, 1_000_000)["lr"].shape == (1_000_000,)
    with pytest.raises(Refusal, match="1,000,001"):
        curve("fastai", "fit_flat_cos", {}, 1_000_001)
