import numpy as np
import pytest

from schedulers import (
    constant,
    cosine,
    cosine_restarts,
    flat_cosine,
    linear_warmup,
    one_cycle,
    step,
    torch_one_cycle,
)
from schedulers.join import then
from schedulers.libraries import curve
from words import Refusal


def close(values, expected):
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-15)


def test_constant():
    close(constant.rates(3, peak=0.1), [0.1, 0.1, 0.1])


def test_cosine_is_halfway_in_the_middle():
    close(cosine.rates(4, peak=1.0), [1, (1 + np.sqrt(0.5)) / 2, 0.5, (1 - np.sqrt(0.5)) / 2])
    close(cosine.rates(4, peak=1.0, final=1.0), [1, 1, 1, 1])


@pytest.mark.parametrize("T", [10, 30, 70, 100, 1000])
def test_steps_drop_on_time_although_a_tenth_is_no_binary_number(T):
    drops = step.rates(T, peak=1.0, factor=0.5, every=0.1)
    close(drops, 0.5 ** (np.arange(T) * 10 // T))


def test_one_cycle_peaks_at_a_quarter_while_the_momentum_is_lowest():
    rates, momentum = one_cycle.rates(100, peak=1.0), one_cycle.momentum(100)
    close([rates[0], rates[25]], [1 / 25, 1])
    close([momentum[0], momentum[25]], [0.95, 0.85])
    assert rates.argmax() == momentum.argmin() == 25
    assert 1e-5 < rates[-1] < 1e-3


def test_one_cycle_of_pytorch_peaks_one_update_early_and_reaches_its_end():
    rates = torch_one_cycle.rates(100, peak=1.0)
    assert rates.argmax() == 29
    close([rates[0], rates[29], rates[99]], [1 / 25, 1, 1 / 25e4])


def test_one_cycle_of_pytorch_refuses_the_warm_up_that_divides_by_zero():
    with pytest.raises(Refusal, match=r"^1cycle \(PyTorch\): these parameters divide by zero at update 0\.$"):
        torch_one_cycle.rates(10, warmup=0.1)


def test_three_cycles_that_double_restart_after_1_and_3_sevenths():
    rates = cosine_restarts.rates(70, peak=1.0, cycles=3, multiplier=2.0)
    close(np.flatnonzero(rates == rates.max()), [0, 10, 30])
    close(cosine_restarts.rates(9, peak=1.0, cycles=3, multiplier=1.0), [1, 0.75, 0.25] * 3)


def test_flat_for_three_quarters():
    rates = flat_cosine.rates(100, peak=1.0)
    close(rates[:76], 1)
    assert rates[76] < 1


def test_warm_up_and_decay_are_straight_lines():
    close(linear_warmup.rates(10, peak=1.0, warmup=0.2), [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])


@pytest.mark.parametrize(
    ("ours", "library", "name", "kwargs", "rtol"),
    [
        (cosine.rates(100, peak=0.2), "torch", "CosineAnnealingLR", {"base_lr": 0.2, "T_max": 100}, 1e-6),
        (torch_one_cycle.rates(100), "torch", "OneCycleLR", {"max_lr": 0.1, "total_steps": 100}, 1e-9),
        (
            torch_one_cycle.rates(100, three_phase=True, anneal="linear"),
            "torch",
            "OneCycleLR",
            {"max_lr": 0.1, "total_steps": 100, "three_phase": True, "anneal_strategy": "linear"},
            1e-6,
        ),
        (
            cosine_restarts.rates(100, cycles=5, multiplier=1.0),
            "torch",
            "CosineAnnealingWarmRestarts",
            {"base_lr": 0.1, "T_0": 20},
            1e-9,
        ),
        (
            cosine_restarts.rates(70, cycles=3, multiplier=2.0),
            "fastai",
            "fit_sgdr",
            {"lr_max": 0.1, "n_cycles": 3, "cycle_len": 1, "steps_per_epoch": 10},
            1e-9,
        ),
        (one_cycle.rates(100), "fastai", "fit_one_cycle", {"lr_max": 0.01}, 1e-9),
        (flat_cosine.rates(100), "fastai", "fit_flat_cos", {"lr": 0.01}, 1e-9),
        (step.rates(99, every=1 / 3), "torch", "StepLR", {"base_lr": 0.1, "step_size": 33}, 1e-9),
    ],
)
def test_a_declaration_equals_the_library_that_it_names(ours, library, name, kwargs, rtol):
    np.testing.assert_allclose(curve(library, name, kwargs, len(ours))["lr"], ours, rtol=rtol)


def test_then_runs_each_segment_on_its_own_clock():
    joined = then((0.5, constant, {"peak": 1.0}), (0.5, cosine, {"peak": 1.0}))
    close(joined.rates(8), [1, 1, 1, 1, *cosine.rates(4, peak=1.0)])
    assert joined.momentum(8) is None


def test_then_equals_combine_scheds():
    joined = then((0.3, constant, {"peak": 0.1}), (0.7, cosine, {"peak": 0.1}))
    scheds = [["SchedNo", 0.1, 0.1], ["SchedCos", 0.1, 0.0]]
    theirs = curve("fastai", "combine_scheds", {"pcts": [0.3, 0.7], "scheds": scheds}, 100)["lr"]
    close(joined.rates(100), theirs)


def test_then_keeps_the_momentum_where_a_segment_leaves_it_alone():
    joined = then((0.25, constant, {}), (0.5, one_cycle, {"momentum": 0.9}), (0.25, constant, {}))
    momentum = joined.momentum(40)
    close(momentum[:11], 0.9)
    close(momentum[10:30], one_cycle.momentum(20, momentum=0.9))
    close(momentum[30:], momentum[29])


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ((0.5, 0.6), "Joined schedules: the shares must sum to 1, got 1.1."),
        ((1.5, -0.5), "Joined schedules: each share must be 0 to 1, got 1.5."),
        ((), "Joined schedules: the shares must sum to 1, got 0."),
    ],
)
def test_then_refuses_shares_that_are_no_whole_run(shares, sentence):
    with pytest.raises(Refusal) as caught:
        then(*[(share, constant, {}) for share in shares])
    assert str(caught.value) == sentence
