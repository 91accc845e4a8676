"""How many updates a run has, how much of a schedule it goes through, and what resuming does."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from schedulers import CATALOGUE, budgeted_linear, constant, cosine
from schedulers.resume import CASES, resumed
from schedulers.steps import count, taken_rates, traversal
from words import Refusal

whole = st.integers(1, 40)


def test_a_run_by_eye():
    steps = count(50_000, 32, accumulation=4, devices=2, epochs=10)
    assert (steps.rows_per_update, steps.batches_per_epoch, steps.updates_per_epoch) == (256, 781, 196)
    assert (steps.updates, steps.unused) == (1960, 16)
    assert count(50_000, 32, accumulation=4, devices=2, epochs=10, drop_last=False).unused == 0


@given(st.integers(1, 300), whole, st.integers(1, 5), st.booleans())
def test_batches_are_those_of_the_data_loader(rows, batch_size, devices, drop_last):
    data = TensorDataset(torch.zeros(rows))
    sampler = DistributedSampler(data, devices, 0, drop_last=drop_last) if devices > 1 else None
    if devices > 1 and drop_last and rows < devices:
        batches = 0
    else:
        batches = len(DataLoader(data, batch_size, sampler=sampler, drop_last=drop_last))
    if batches == 0:
        with pytest.raises(Refusal, match="rows must fill one batch on each device"):
            count(rows, batch_size, devices=devices, drop_last=drop_last)
    else:
        assert count(rows, batch_size, devices=devices, drop_last=drop_last).batches_per_epoch == batches


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"rows": 0}, "Steps: rows must be a whole number of at least 1, got 0."),
        ({"rows": 10, "batch_size": 1.5}, "Steps: batch size must be a whole number of at least 1, got 1.5."),
        ({"rows": 10, "devices": 2}, "Steps: rows must fill one batch on each device, at least 16, got 10."),
    ],
)
def test_what_makes_no_run_is_refused(arguments, sentence):
    with pytest.raises(Refusal) as caught:
        count(**{"batch_size": 8, **arguments})
    assert str(caught.value) == sentence


STEPS = count(50_000, 32, accumulation=4, devices=2, epochs=10)


@pytest.mark.parametrize(
    ("declared", "each_epoch", "sentence", "cause"),
    [
        (1960, False, "You will run this schedule exactly once, from its start to its end.", ""),
        (1960, True, "You will run 0.51 % of this schedule: it was told 1,960 steps and is taken 10.",
         "It is stepped once an epoch, but its total counts updates: step it after every update."),
        (7810, False, "You will run 25.1 % of this schedule: it was told 7,810 steps and is taken 1,960.",
         "Its total counts batches, but 4 of them make one update: divide it by 4."),
        (3920, False, "You will run 50 % of this schedule: it was told 3,920 steps and is taken 1,960.",
         "Its total counts all batches, but 2 devices share them: divide it by 2."),
        (15620, False, "You will run 12.5 % of this schedule: it was told 15,620 steps and is taken 1,960.",
         "Its total forgets accumulation and devices: 8 batches make one update."),
        (10, False, "The schedule is over after 0.51 % of the run: it was told 10 steps and is taken 1,960.",
         "Its total counts epochs, but it is stepped at every update: give it the number of updates."),
        (980, False, "The schedule is over after 50 % of the run: it was told 980 steps and is taken 1,960.",
         "Give the schedule the run's 1,960 updates as its total."),
    ],
)  # fmt: skip
def test_a_wrong_total_is_told_with_its_likely_cause(declared, each_epoch, sentence, cause):
    went = traversal(declared, STEPS, accumulation=4, devices=2, each_epoch=each_epoch)
    assert (went.sentence, went.cause) == (sentence, cause)
    assert went.part == pytest.approx(went.taken / declared)


def test_stepping_once_an_epoch_holds_the_rate_for_the_epoch():
    steps = count(40, 10, epochs=2)
    intended, actual = taken_rates(budgeted_linear, {"peak": 1.0}, steps, traversal(8, steps, each_epoch=True))
    np.testing.assert_allclose(intended, np.arange(8, 0, -1) / 8)
    np.testing.assert_allclose(actual, [1] * 4 + [0.875] * 4)


def test_past_the_declared_end_the_last_rate_stays():
    steps = count(40, 10, epochs=2)
    _, actual = taken_rates(budgeted_linear, {"peak": 1.0}, steps, traversal(4, steps))
    np.testing.assert_allclose(actual, [1, 0.75, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25])


def test_everything_loaded_is_as_intended_for_every_schedule():
    for schedule in CATALOGUE.values():
        result = resumed(schedule, {}, 50, 20, "continued")
        assert result.good
        np.testing.assert_array_equal(result.actual, schedule.rates(50))


def test_a_scheduler_that_was_not_loaded_begins_anew():
    result = resumed(cosine, {"peak": 0.1}, 10, 6, "restarted")
    np.testing.assert_array_equal(result.actual, np.concatenate([cosine.rates(10)[:6], cosine.rates(10)[:4]]))
    assert not result.good
    assert "begins at update 0 again, at 0.1 instead of 3.45e-2" in result.sentence


def torch_rates(scheduler, optimizer, count):
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_last_epoch_minus_one_takes_the_loaded_rate_for_its_base_as_torch_does():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    first = torch_rates(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10), optimizer, 6)
    reached = first[-1]
    loaded = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=reached)
    second = torch_rates(torch.optim.lr_scheduler.CosineAnnealingLR(loaded, 10, last_epoch=-1), loaded, 4)
    result = resumed(cosine, {"peak": 0.1}, 10, 6, "rebased")
    np.testing.assert_allclose(result.actual, first + second, rtol=1e-9)
    assert "instead of 0.1 and begins anew" in result.sentence


def test_a_cosine_past_its_end_rises_again_as_in_torch():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    expected = torch_rates(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10), optimizer, 20)
    result = resumed(cosine, {"peak": 0.1}, 10, 6, "extended", longer=20)
    np.testing.assert_allclose(result.actual, expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(result.intended[6:], cosine.rates(20)[6:])
    assert "rises again from 2.45e-3 to 9.76e-2" in result.sentence


def test_a_formula_that_ends_has_no_rate_after_its_end():
    result = resumed(budgeted_linear, {"peak": 0.1}, 10, 5, "extended", longer=15)
    assert np.isnan(result.actual[11:]).all()
    assert result.sentence.endswith("Continued, its formula has no learning rate from update 11.")


def test_a_formula_of_ones_own_goes_on_as_far_as_it_gives_rates():
    result = resumed(
        CATALOGUE["own_formula"], {"formula": "where(T < 15, 0.1 * (12 - t), 1)"}, 10, 5, "extended", longer=20
    )
    np.testing.assert_allclose(result.actual[:13], 0.1 * (12 - np.arange(13)))
    assert np.isnan(result.actual[13:]).all()
    assert "no learning rate from update 13" in result.sentence


def test_a_formula_that_has_a_rate_again_later_has_ended_all_the_same():
    result = resumed(
        CATALOGUE["own_formula"], {"formula": "where(T < 15, abs(t - 12) - (t > 9), 1)"}, 10, 5, "extended", longer=20
    )
    np.testing.assert_allclose(result.actual[:12], [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 1, 0])
    assert np.isnan(result.actual[12:]).all()


def test_a_constant_rate_does_not_mind():
    assert all(resumed(constant, {}, 10, 5, case).good for case in CASES)


def test_a_stop_outside_the_run_is_refused():
    with pytest.raises(Refusal, match=r"^Resume: stop \(update\) must be 1 to 9, got 10\.$"):
        resumed(cosine, {}, 10, 10, "continued")
    with pytest.raises(Refusal, match=r"^Resume: the longer run \(updates\) must be 11 to 1,000,000, got 10\.$"):
        resumed(cosine, {}, 10, 5, "extended", longer=10)
