"""A rate for each layer is what torch.optim does with one parameter group a layer."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from training import models
from training.batches import order
from training.engine import train
from training.options import MODELS, Model
from words import Refusal

TWO = Model("two", "Two", (7, 6))
T, BATCH = 40, 16
SPREAD = np.array([0.01, 0.1, 1.0])
RATES = np.outer([0.05, 0.1, 0.03], np.linspace(1, 0.1, T))[..., None] * SPREAD
RATES[1, :20, :2] = 0  # frozen layers at first
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
SEEDS = [3, 1, 3]


def plain(task, rates, seed, *, optimizer, momentum=0.8, decay=0.02):
    """One model trained by a plain loop with a parameter group for each layer; returns its weights."""
    torch.manual_seed(seed)
    sizes = models.widths(TWO, task)
    modules = [part for a, b in pairwise(sizes) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    module = torch.nn.Sequential(*modules[:-1]).double()
    groups = [{"params": list(layer.parameters())} for layer in module[::2]]
    own = {"momentum": momentum} if optimizer == "sgd" else {"betas": (momentum, 0.999)}
    stepper = OPTIMIZERS[optimizer](groups, lr=0.1, weight_decay=decay, **own)
    rows = len(task.train)
    for t in range(T):
        epoch, place = divmod(t, rows // BATCH)
        picked = task.train[order(seed, epoch, rows)[place * BATCH : (place + 1) * BATCH]]
        for group, rate in zip(stepper.param_groups, rates[t], strict=True):
            group["lr"] = rate
        outputs = module(torch.from_numpy(task.inputs[picked]).double())
        targets = torch.from_numpy(task.targets[picked])
        if task.kind == "classes":
            loss = torch.nn.functional.cross_entropy(outputs, targets)
        else:
            loss = torch.nn.functional.mse_loss(outputs[:, 0], targets.double())
        stepper.zero_grad()
        loss.backward()
        stepper.step()
    return [part.detach().numpy() for layer in module[::2] for part in (layer.weight.T, layer.bias[None])]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_layer_steps_at_its_own_rate_as_in_torch(task, optimizer):
    told = {"optimizer": optimizer, "dtype": "float64", "batch_size": BATCH, "momentum": 0.8, "weight_decay": 0.02}
    trained = train(task, TWO, RATES, seeds=SEEDS, **told)
    for m, seed in enumerate(SEEDS):
        theirs = plain(task, RATES[m], seed, optimizer=optimizer)
        for mine, wanted in zip(trained.parameters, theirs, strict=True):
            np.testing.assert_allclose(mine[m], wanted, rtol=1e-9, atol=1e-14)


def test_layers_at_rate_0_keep_their_weights(build):
    rates = np.full((1, 10, 3), 0.1) * [0, 0, 1]
    task = build()
    start = models.layers(models.initial(models.widths(TWO, task), [5]), models.widths(TWO, task))
    trained = train(task, TWO, rates, seeds=[5], batch_size=BATCH)
    for number in range(3):
        same = np.array_equal(trained.parameters[2 * number][0], start[number][0][0].numpy())
        assert same == (number < 2)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_equal_rates_for_all_groups_are_one_rate(build, optimizer):
    task, one = build(), RATES[:, :, 2]
    told = {"seeds": SEEDS, "optimizer": optimizer, "dtype": "float64", "batch_size": BATCH, "weight_decay": 0.01}
    plain = train(task, TWO, one, **told)
    for rates in (one[..., None], np.repeat(one[..., None], 3, axis=2)):
        grouped = train(task, TWO, rates, **told)
        np.testing.assert_array_equal(grouped.losses, plain.losses)
        np.testing.assert_array_equal(grouped.test_loss, plain.test_loss)


def test_groups_resume_and_adjust_like_one_rate(build):
    task, seen = build(), []
    told = {"seeds": SEEDS, "batch_size": BATCH, "evaluate_every": 10, "report_every": 10}
    told["adjust"] = lambda evaluation: np.full(3, 0.5) if evaluation.update >= 20 else None
    whole = train(task, TWO, RATES, on_progress=lambda now: seen.append((now.factors, now.snapshot())), **told)
    halved = RATES.copy()
    halved[:, 20:] *= 0.5
    plainly = train(task, TWO, halved, **(told | {"adjust": None}))
    np.testing.assert_array_equal(whole.losses, plainly.losses)
    assert [factors.tolist() for factors, _ in seen] == [[1] * 3] * 3 + [[0.5] * 3] * 2
    for _, snapshot in seen:
        np.testing.assert_array_equal(train(task, TWO, RATES, resume=snapshot, **told).losses, whole.losses)


def test_another_number_of_groups_is_refused(build):
    with pytest.raises(Refusal, match=r"^Train: groups of rates must be 1 or 3, one for each layer, got 2\.$"):
        train(build(), TWO, np.ones((1, 5, 2)), seeds=[0])
    with pytest.raises(Refusal, match=r"got -1\.0 for model 0 at update 3\.$"):
        train(build(), MODELS["linear"], np.array([[1, 1, 1, -1.0]])[..., None], seeds=[0])
