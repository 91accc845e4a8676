import numpy as np
import pytest
import torch

from data import builtin
from finder.critical import critical_rate, smallest_rise
from training.batches import order
from words import Refusal


def test_on_a_quadratic_it_is_two_over_the_sharpness():
    # L = sharpness * x^2 / 2, a step along its gradient: L (1 - step * sharpness)^2, over L from 2 / sharpness
    sharpness = np.array([0.001, 0.5, 2.0, 37.0, 1e5])
    found = smallest_rise(lambda step: sharpness * (3 - step * sharpness * 3) ** 2 / 2, 5)
    np.testing.assert_array_less(2 / sharpness, found.rates)
    np.testing.assert_allclose(found.rates, 2 / sharpness, rtol=0.01)
    exact = smallest_rise(lambda step: sharpness * (1 - step * sharpness) ** 2, 5, precision=1e-9)
    np.testing.assert_allclose(exact.rates, 2 / sharpness, rtol=1e-8)
    assert (exact.passes > found.passes).all()


def test_passes_are_counted_for_each():
    calls = []

    def loss_at(step):
        calls.append(step)
        return np.array([1.0, 0.01]) * (1 - step * np.array([1.0, 0.01])) ** 2

    found = smallest_rise(loss_at, 2, first=1.0, precision=0.1)
    # no step, 1 (not over), 2 (not over), 4 (over); then 2.83, 2.38, 2.18 (their ends then differ by under a tenth)
    assert found.passes[0] == 7
    assert found.passes[1] == len(calls) == 13


def test_where_nothing_or_everything_raises_the_loss():
    found = smallest_rise(lambda step: np.array([0.0, 1.0, np.nan, 1.0]) * step, 4)
    assert found.rates.tolist() == [np.inf, 0.0, 0.0, 0.0]
    with np.errstate(over="ignore", invalid="ignore"):
        burst = smallest_rise(lambda step: np.where(step > 3, np.nan, -step), 1)
    assert burst.rates[0] == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_model_of_the_engine_is_asked_on_its_first_batch(optimizer):
    task = builtin.task("iris")
    found = critical_rate(task, "mlp_16", seeds=(0, 3), optimizer=optimizer, batch_size=32, device="cpu")
    assert found.rates.shape == found.passes.shape == (2,)
    rows = task.train[order(3, 0, len(task.train))[:32]]
    inputs, targets = torch.from_numpy(task.inputs[rows]), torch.from_numpy(task.targets[rows])

    def loss_after(lr):
        torch.manual_seed(3)
        model = torch.nn.Sequential(
            torch.nn.Linear(task.features, 16), torch.nn.ReLU(), torch.nn.Linear(16, task.outputs)
        )
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]
        made = kind(model.parameters(), lr=lr)
        loss = torch.nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        made.step()
        return loss.item(), torch.nn.functional.cross_entropy(model(inputs), targets).item()

    before, after = loss_after(found.rates[1] * 1.001)
    assert after > before
    before, after = loss_after(found.rates[1] / 1.02)
    assert after <= before
    alone = critical_rate(task, "mlp_16", seeds=(3,), optimizer=optimizer, batch_size=32, device="cpu")
    assert alone.rates[0] == pytest.approx(found.rates[1], rel=1e-3)
    assert alone.passes[0] == found.passes[1] <= 30


def test_bad_requests_are_refused():
    with pytest.raises(Refusal, match=r"Critical rate: model must be one of .* got resnet"):
        critical_rate(builtin.task("iris"), "resnet")
    with pytest.raises(Refusal, match=r"Critical rate: first must be above 0 and precision 0 to 1, got 0 and 0.01"):
        smallest_rise(lambda step: step, 1, first=0)
