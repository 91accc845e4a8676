import numpy as np
import pytest

from schedulers import (
    budgeted_linear,
    constant,
    cosine,
    cosine_restarts,
    cosine_warmup,
    cyclic,
    decaying_restarts,
    exponential,
    flat_cosine,
    infinite,
    inverse_sqrt,
    inverse_time,
    knee,
    linear_warmup,
    multistep,
    noam,
    one_cycle,
    polynomial,
    power,
    rex,
    step,
    tanh,
    torch_one_cycle,
    wsd,
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
        (exponential.rates(80, remaining=0.5**8), "torch", "ExponentialLR", {"base_lr": 0.1, "gamma": 0.5**0.1}, 1e-9),
        (multistep.rates(80), "torch", "MultiStepLR", {"base_lr": 0.1, "milestones": [40, 60]}, 1e-9),
        (
            polynomial.rates(80, final=0.01, power=2.0),
            "optax",
            "polynomial_schedule",
            {"init_value": 0.1, "end_value": 0.01, "power": 2.0, "transition_steps": 80},
            1e-9,
        ),
        (polynomial.rates(80), "torch", "PolynomialLR", {"base_lr": 0.1, "total_iters": 80, "power": 0.9}, 1e-6),
        (
            inverse_time.rates(80),
            "keras",
            "InverseTimeDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 80, "decay_rate": 19.0},
            1e-9,
        ),
        (
            tanh.rates(80, final=0.01),
            "timm",
            "TanhLRScheduler",
            {"base_lr": 0.1, "t_initial": 80, "lr_min": 0.01},
            1e-9,
        ),
        *(
            (
                cyclic.rates(80, low=0.01, cycles=4, rising=0.25, mode=mode, shrink=0.99**80),
                "torch",
                "CyclicLR",
                {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "step_size_down": 15, "mode": mode, "gamma": 0.99},
                1e-9,
            )
            for mode in ("triangular", "triangular2", "exp_range")
        ),
        (
            decaying_restarts.rates(70, final=1e-3),
            "timm",
            "CosineLRScheduler",
            {"base_lr": 0.1, "t_initial": 10, "lr_min": 1e-3, "cycle_mul": 2.0, "cycle_decay": 0.5, "cycle_limit": 3},
            1e-9,
        ),
        *(
            (schedule.rates(100), "transformers", name, {"base_lr": 1e-3, "num_warmup_steps": 10, **kwargs}, 1e-9)
            for schedule, name, kwargs in [
                (linear_warmup, "get_linear_schedule_with_warmup", {"num_training_steps": 100}),
                (cosine_warmup, "get_cosine_schedule_with_warmup", {"num_training_steps": 100}),
                (inverse_sqrt, "get_inverse_sqrt_schedule", {}),
            ]
        ),
        *(
            (
                wsd.rates(100, warmup=0.0, shape=shape),
                "transformers",
                "get_wsd_schedule",
                {
                    "base_lr": 1e-3,
                    "num_warmup_steps": 0,
                    "num_decay_steps": 20,
                    "num_training_steps": 100,
                    "decay_type": shape,
                },
                1e-9,
            )
            for shape in ("linear", "cosine", "1-sqrt")
        ),
        (step.rates(99, every=1 / 3), "torch", "StepLR", {"base_lr": 0.1, "step_size": 33}, 1e-9),
    ],
)
def test_a_declaration_equals_the_library_that_it_names(ours, library, name, kwargs, rtol):
    np.testing.assert_allclose(curve(library, name, kwargs, len(ours))["lr"], ours, rtol=rtol, atol=1e-17)


def test_cyclic_sends_the_momentum_the_other_way():
    close(cyclic.rates(8, peak=1.0, low=0.0, cycles=2), [0, 0.5, 1, 0.5] * 2)
    close(cyclic.momentum(8, peak=1.0, low=0.0, cycles=2), [0.9, 0.85, 0.8, 0.85] * 2)
    close(cyclic.rates(8, peak=1.0, low=0.0, cycles=2, mode="triangular2"), [0, 0.5, 1, 0.5, 0, 0.25, 0.5, 0.25])


def test_budgeted_linear_and_rex():
    close(budgeted_linear.rates(4, peak=1.0), [1, 0.75, 0.5, 0.25])
    close(rex.rates(4, peak=1.0), [1, 6 / 7, 2 / 3, 2 / 5])


def test_noam_peaks_at_the_end_of_its_warm_up():
    rates = noam.rates(100_000, width=512)
    assert rates.argmax() == 3999
    close(rates[3999], 512**-0.5 * 4000**-0.5)


def test_knee_explores_half_of_the_run():
    close(knee.rates(10, peak=1.0, warmup=0.2, explore=0.4), [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_wsd_is_at_the_peak_after_its_warm_up():
    close(wsd.rates(10, peak=1.0, warmup=0.2, decay=0.2, shape="linear"), [0.5, 1, 1, 1, 1, 1, 1, 1, 1, 0.5])


def test_power_halves_when_time_is_four_times_its_hold():
    rates = power.rates(100, peak=1.0, warmup=0.0, hold=0.1, exponent=0.5, decay=0.1)
    close(rates[[0, 10, 40, 90, 95]], [1, 1, 0.5, 1 / 3, (0.1 / 0.95) ** 0.5 / 2])


def test_infinite_cools_down_stays_and_anneals():
    rates = infinite.rates(100, peak=1.0, constant=0.25, final=0.01, warmup=0.1, cooldown=0.4, anneal=0.2)
    close(rates[[0, 9, 10, 30, 50, 80, 90]], [0.1, 1, 1, 0.625, 0.25, 0.25, 0.05])


def test_shares_that_overlap_are_refused():
    with pytest.raises(Refusal) as caught:
        wsd.rates(10, warmup=0.5, decay=0.6)
    assert str(caught.value) == (
        "Warm-up, stable, decay (WSD): warmup, decay must together be at most 100 % of the run, got 110 %."
    )


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
