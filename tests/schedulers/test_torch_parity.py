"""Every scheduler of torch.optim.lr_scheduler over drawn arguments, against the installed PyTorch."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers.libraries import NAMES, curve
from words import Refusal

factor = st.floats(0.01, 1.0)
count = st.integers(1, 25)
small = st.floats(0.0, 0.01)


def fields(**strategies):
    """Arguments of which any may be left out."""
    return st.fixed_dictionaries({}, optional=strategies)


# What PyTorch is given as a function, by the formula that it is here.
FACTORS = {
    "0.9**t": lambda t: 0.9**t,
    "min((t + 1) / 5, 1) * 0.5**(t // 10)": lambda t: min((t + 1) / 5, 1) * 0.5 ** (t // 10),
    "where(t < 7, t / 7, (1 + cos(pi * t / 30)) / 2)": lambda t: (
        t / 7 if t < 7 else (1 + math.cos(math.pi * t / 30)) / 2
    ),
    "1 / (t - 20)": lambda t: 1 / (t - 20),
    "1 - t / 25": lambda t: 1 - t / 25,
    "2": lambda t: 2,
}

SIMPLE = {
    "LambdaLR": st.fixed_dictionaries({"lr_lambda": st.sampled_from(sorted(FACTORS))}),
    "MultiplicativeLR": st.fixed_dictionaries({"lr_lambda": st.sampled_from(sorted(FACTORS))}),
    "ConstantLR": fields(factor=factor, total_iters=st.integers(0, 25)),
    "LinearLR": fields(start_factor=factor, end_factor=st.floats(0.0, 1.0), total_iters=st.integers(0, 25)),
    "ExponentialLR": st.fixed_dictionaries({"gamma": st.floats(0.5, 1.1)}),
    "StepLR": st.fixed_dictionaries({"step_size": count}, optional={"gamma": factor}),
    "MultiStepLR": st.fixed_dictionaries({"milestones": st.lists(st.integers(0, 30), max_size=5)}),
    "PolynomialLR": fields(total_iters=st.integers(0, 25), power=st.floats(0.1, 4.0)),
    "CosineAnnealingLR": st.fixed_dictionaries({"T_max": count}, optional={"eta_min": small}),
    "CosineAnnealingWarmRestarts": st.fixed_dictionaries(
        {"T_0": count}, optional={"T_mult": st.integers(1, 3), "eta_min": small}
    ),
    "CyclicLR": st.fixed_dictionaries(
        {"base_lr": small, "max_lr": st.floats(0.01, 1.0)},
        optional={
            "step_size_up": count,
            "step_size_down": st.none() | st.integers(0, 25),
            "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
            "gamma": st.floats(0.8, 1.0),
            "cycle_momentum": st.booleans(),
            "base_momentum": st.floats(0.0, 0.8),
            "max_momentum": st.floats(0.8, 0.99),
        },
    ),
    "OneCycleLR": st.fixed_dictionaries(
        {"max_lr": st.floats(0.01, 1.0), "total_steps": st.integers(1, 80)},
        optional={
            "pct_start": st.floats(0.0, 1.0),
            "anneal_strategy": st.sampled_from(["cos", "linear"]),
            "cycle_momentum": st.booleans(),
            "base_momentum": st.floats(0.0, 0.8),
            "max_momentum": st.floats(0.8, 0.99),
            "div_factor": st.floats(1.0, 100.0),
            "final_div_factor": st.floats(1.0, 1e5),
            "three_phase": st.booleans(),
        },
    ),
}


def named(names):
    return st.sampled_from(sorted(names)).flatmap(lambda name: SIMPLE[name].map(lambda kwargs: [name, kwargs]))


@st.composite
def compound(draw, inner):
    children = draw(st.lists(inner, min_size=1, max_size=3))
    if draw(st.booleans()):
        return ["ChainedScheduler", {"schedulers": children}]
    many = len(children) - 1
    milestones = sorted(draw(st.lists(st.integers(1, 40), min_size=many, max_size=many, unique=True)))
    return ["SequentialLR", {"schedulers": children, "milestones": milestones}]


def made(optimizer, name, kwargs):
    if "schedulers" in kwargs:
        children = [made(optimizer, *child) for child in kwargs["schedulers"]]
        if name == "ChainedScheduler":
            return torch.optim.lr_scheduler.ChainedScheduler(children, optimizer=optimizer)
        return torch.optim.lr_scheduler.SequentialLR(optimizer, children, milestones=kwargs["milestones"])
    if name in ("LambdaLR", "MultiplicativeLR"):
        return getattr(torch.optim.lr_scheduler, name)(optimizer, FACTORS[kwargs["lr_lambda"]])
    return getattr(torch.optim.lr_scheduler, name)(optimizer, **kwargs)


def original(name, kwargs, base_lr, steps):
    """What PyTorch does, or the exception that it raises."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=base_lr, momentum=0.5)
    rates, momenta = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the optimizer was not stepped
        scheduler = made(optimizer, name, kwargs)
        for t in range(steps):
            if t:
                scheduler.step()
            rates.append(float(optimizer.param_groups[0]["lr"]))
            momenta.append(optimizer.param_groups[0]["momentum"])
    return np.array(rates), np.array(momenta)


def compare(name, kwargs, base_lr, steps):
    given = kwargs if name == "CyclicLR" else {"base_lr": base_lr, **kwargs}
    try:
        rates, momenta = original(name, kwargs, base_lr, steps)
    except (ValueError, ZeroDivisionError, NotImplementedError) as raised:
        with pytest.raises(Refusal):
            curve("torch", name, given, steps)
        return type(raised)
    ours = curve("torch", name, given, steps)
    np.testing.assert_allclose(ours["lr"], rates, rtol=1e-6, atol=1e-15)
    if "momentum" in ours:
        np.testing.assert_allclose(ours["momentum"], momenta, rtol=1e-6)
    else:
        assert (momenta == 0.5).all()
    return None


@pytest.mark.parametrize("name", SIMPLE)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), base_lr=st.floats(1e-4, 1.0), steps=st.integers(1, 90))
def test_a_scheduler_alone(name, data, base_lr, steps):
    compare(name, data.draw(SIMPLE[name]), base_lr, steps)


@settings(max_examples=150, deadline=None)
@given(entry=compound(named(SIMPLE)), base_lr=st.floats(1e-3, 1.0), steps=st.integers(1, 60))
def test_schedulers_joined_and_chained(entry, base_lr, steps):
    compare(*entry, base_lr, steps)


@settings(max_examples=80, deadline=None)
@given(entry=compound(named(SIMPLE) | compound(named(SIMPLE))), base_lr=st.floats(1e-3, 1.0))
def test_joined_schedulers_within_joined_schedulers(entry, base_lr):
    compare(*entry, base_lr, 50)


def test_every_name_is_compared():
    assert set(NAMES["torch"]) == {*SIMPLE, "SequentialLR", "ChainedScheduler"}


@pytest.mark.parametrize(
    ("name", "kwargs", "steps"),
    [
        ("ConstantLR", {"factor": 0.0}, 9),
        ("CosineAnnealingLR", {"T_max": 0}, 9),
        ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 0}, 9),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 10, "pct_start": 0.1}, 9),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 10}, 12),
        ("OneCycleLR", {"max_lr": 0.1}, 9),
        ("StepLR", {"step_size": 0}, 9),
        ("SequentialLR", {"schedulers": [["ConstantLR", {}]], "milestones": [3]}, 9),
        ("ChainedScheduler", {"schedulers": []}, 9),
    ],
)
def test_what_pytorch_raises_for_is_refused(name, kwargs, steps):
    assert compare(name, kwargs, 0.1, steps) is not None


def test_one_update_beyond_the_end_of_one_cycle_rises_again():
    assert compare("OneCycleLR", {"max_lr": 0.1, "total_steps": 10}, 0.1, 11) is None
    rates = curve("torch", "OneCycleLR", {"max_lr": 0.1, "total_steps": 10}, 11)["lr"]
    assert rates[10] > rates[9]
