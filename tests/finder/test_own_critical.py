"""The critical rate of one's own model, by losses whose answer one can work out; everything is as it was afterwards."""

import math

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from finder import critical_rate
from finder.critical import PRECISION
from words import Refusal


class Bowl(torch.nn.Module):
    """Answers its weights scaled, so that half the square of the answer has the sharpness scale squared."""

    def __init__(self, scale):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        self.scale = scale

    def forward(self, inputs):
        return inputs * self.scale * self.weight


def half_square(outputs, _targets):
    return outputs.square().sum(1).mean() / 2


LOADER = [(torch.ones(3, 1), torch.zeros(3))]


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_it_is_two_over_the_sharpness_of_a_quadratic_loss(scale):
    model = Bowl(scale)
    found = critical_rate(model, LOADER, half_square, torch.optim.SGD(model.parameters(), lr=0.123))
    assert found.rate == pytest.approx(2 / scale**2, rel=2 * PRECISION)
    assert found.loss == pytest.approx(scale**2 * 5 / 2)
    assert found.passes < 40


def test_it_is_the_rate_of_the_group_with_the_largest():
    model = Bowl(1.0)
    other = torch.nn.Parameter(torch.zeros(1))
    groups = [{"params": [other], "lr": 0.01}, {"params": [model.weight], "lr": 0.1}]
    model.extra = other
    assert critical_rate(model, LOADER, half_square, torch.optim.SGD(groups)).rate == pytest.approx(2, rel=0.02)
    groups = [{"params": [other], "lr": 0.1}, {"params": [model.weight], "lr": 0.01}]
    assert critical_rate(model, LOADER, half_square, torch.optim.SGD(groups)).rate == pytest.approx(20, rel=0.02)


def test_a_loss_that_no_step_raises_has_none():
    model = Bowl(1.0)

    def falls(outputs, _targets):
        return outputs.sum()

    assert critical_rate(model, LOADER, falls, torch.optim.SGD(model.parameters(), lr=1.0)).rate == math.inf


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_model_optimizer_loader_and_random_numbers_are_as_they_were(optimizer):
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(16, 3)
    ).eval()
    rows = TensorDataset(torch.randn(64, 4), torch.randint(0, 3, (64,)))
    loader = DataLoader(rows, batch_size=16, shuffle=True)
    stepped = optimizer(model.parameters(), lr=0.01)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    states = torch.get_rng_state().clone(), np.random.get_state()[1].copy()
    first = critical_rate(model, loader, torch.nn.functional.cross_entropy, stepped)
    again = critical_rate(model, loader, torch.nn.functional.cross_entropy, stepped)
    assert first == again
    assert 0 < first.rate < math.inf
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert not model.training
    assert not stepped.state
    assert [group["lr"] for group in stepped.param_groups] == [0.01]
    assert all(one.grad is None for one in model.parameters())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])


def test_what_cannot_be_asked_is_refused():
    model = Bowl(1.0)
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(Refusal, match="the loader gives no batches"):
        critical_rate(model, [], half_square, sgd)
    with pytest.raises(Refusal, match="the loss is nan before any step"):
        critical_rate(model, LOADER, lambda outputs, _: outputs.sum() * math.nan, sgd)
    with pytest.raises(Refusal, match="LBFGS"):
        critical_rate(model, LOADER, half_square, torch.optim.LBFGS(model.parameters()))
