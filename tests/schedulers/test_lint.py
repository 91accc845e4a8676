import numpy as np
import pytest

from schedulers import CATALOGUE, cosine, one_cycle
from schedulers.join import then
from schedulers.libraries import curve
from schedulers.lint import facts, lints

# What these libraries and papers do is what the lint is about.
NOT_WELL_FORMED = {
    "constant": "never annealed",
    "linear_warmup": "Update 0",
    "cosine_warmup": "Update 0",
    "inverse_sqrt": "Update 0",
    "combined": "Update 0",  # its first segment is linear_warmup
    "noam": "above a tenth",
}


def sentences(library, name, kwargs, steps, **more):
    result = curve(library, name, kwargs, steps)
    found = lints(result["lr"], result.get("momentum"), library=library, name=name, kwargs=kwargs, **more)
    return [(lint.sentence, lint.update) for lint in found]


@pytest.mark.parametrize("schedule", [each for each in CATALOGUE.values() if each.name not in NOT_WELL_FORMED])
@pytest.mark.parametrize("T", [100, 101, 1000, 4096])
def test_a_well_formed_schedule_gets_no_lint(schedule, T):
    assert lints(schedule.rates(T), schedule.momentum(T), peak=schedule.check().get("peak")) == []


@pytest.mark.parametrize(("name", "expected"), NOT_WELL_FORMED.items())
def test_the_others_get_the_lint_that_they_deserve(name, expected):
    assert any(expected in lint.sentence for lint in lints(CATALOGUE[name].rates(1000)))


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
@pytest.mark.parametrize("cycles", [1, 2, 5])
def test_cyclic_in_all_its_modes_is_well_formed(mode, cycles):
    assert lints(CATALOGUE["cyclic"].rates(1000, mode=mode, cycles=cycles)) == []


def test_the_facts_of_one_cycle():
    found = facts(one_cycle.rates(100, peak=1.0), one_cycle.momentum(100))
    np.testing.assert_allclose([found.first, found.peak, found.warmup_share], [1 / 25, 1, 0.25])
    np.testing.assert_allclose([found.lowest_momentum, found.highest_momentum], [0.85, 0.95])
    np.testing.assert_allclose(found.area, one_cycle.rates(100, peak=1.0).sum())
    assert found.last < 1e-3
    assert facts([1.0, 0.5, 0.2]).at_half_or_above == 2
    assert facts([1.0, 0.5, 0.2]).lowest_momentum is None


def test_a_cosine_past_its_end():
    assert sentences("torch", "CosineAnnealingLR", {"base_lr": 0.1, "T_max": 60}, 100) == [
        ("The learning rate rises again from update 60 to the end: its decay was over before the run.", 60)
    ]


def test_one_cycle_one_update_too_long():
    found = sentences("torch", "OneCycleLR", {"max_lr": 0.1, "total_steps": 100, "cycle_momentum": False}, 101)
    assert [update for _, update in found] == [99]


@pytest.mark.parametrize("steps", [100, 130])
def test_a_cycle_cut_while_it_falls(steps):
    (found,) = sentences("torch", "CosineAnnealingWarmRestarts", {"base_lr": 0.1, "T_0": 80}, steps)
    assert found[0].startswith("The last cycle is cut in the middle: it ends at ")
    assert found[1] == steps - 1


def test_a_cycle_cut_while_it_rises():
    kwargs = {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 20, "cycle_momentum": False}
    assert sentences("torch", "CyclicLR", kwargs, 100) == [
        ("The last cycle is cut in the middle: the run ends while the learning rate rises.", 99)
    ]
    assert sentences("torch", "CyclicLR", kwargs, 120) == []


def test_a_first_update_at_0():
    kwargs = {"num_warmup_steps": 10, "num_training_steps": 100}
    assert sentences("transformers", "get_linear_schedule_with_warmup", kwargs, 100) == [
        ("Update 0 has the learning rate 0: its batch is read and nothing is learnt from it.", 0)
    ]


def test_a_jump_after_a_warm_up_with_the_curve_underneath():
    kwargs = {"base_lr": 0.1, "t_initial": 100, "warmup_t": 30, "warmup_lr_init": 1e-3}
    assert sentences("timm", "CosineLRScheduler", kwargs, 100) == [
        ("The learning rate jumps from 9.67e-2 to 7.94e-2 at update 30: two parts do not meet.", 30)
    ]


def test_parts_that_do_not_meet():
    joined = then((0.5, cosine, {"peak": 0.1, "final": 0.05}), (0.5, cosine, {"peak": 0.01}))
    assert lints(joined.rates(100)) == []  # a step between flat ends is meant
    rising = np.concatenate([np.linspace(0.01, 0.05, 50), np.linspace(0.1, 0.0, 50)])
    assert [lint.update for lint in lints(rising)] == [50]


def test_never_annealed_and_annealed_too_little():
    assert [lint.sentence for lint in lints(np.full(100, 0.1))] == [
        "The learning rate is never annealed: it ends at its peak of 0.1."
    ]
    assert [lint.sentence for lint in lints(np.linspace(1.0, 0.2, 100))] == [
        "The run ends at 0.2, above a tenth of its peak of 1."
    ]
    assert lints(np.linspace(1.0, 0.1, 100)) == []


def test_a_peak_that_is_never_reached():
    (found,) = lints([0.01, 0.02, 0.03, 0.001], peak=0.1)
    assert (found.sentence, found.update) == (
        "The peak of 0.1 is never reached: the highest rate is 3e-2, at update 2.",
        2,
    )


def test_a_rate_of_0_throughout():
    assert [lint.update for lint in lints(np.zeros(9))] == [0]


def test_momentum_that_rises_with_the_rate():
    rates = one_cycle.rates(100)
    (found,) = lints(rates, 0.85 + 0.1 * rates / rates.max())
    assert (found.sentence, found.update) == (
        "Momentum and learning rate rise together at update 1; they are meant to go opposite ways.",
        1,
    )


def test_momentum_that_is_overwritten_silently():
    kwargs = {"max_lr": 0.1, "total_steps": 100}
    assert sentences("torch", "OneCycleLR", kwargs, 100) == [
        ("OneCycleLR silently overwrites the optimizer's momentum or beta1 with 0.85 to 0.95.", 0)
    ]
    assert sentences("torch", "OneCycleLR", {**kwargs, "cycle_momentum": True}, 100) == []
    assert sentences("torch", "OneCycleLR", {**kwargs, "cycle_momentum": True}, 100, optimizer_momentum=0.9) == [
        ("The schedule overwrites the optimizer's momentum or beta1 of 0.9 with 0.85 to 0.95.", 0)
    ]
