"""Each of M models is the model that a plain PyTorch loop trains."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from training import engine, models
from training.batches import order
from training.engine import train
from training.module import as_module
from training.options import MODELS, Model

TWO = Model("two", "Two", (7, 6))
T = 50
CYCLE = 0.9 - 0.15 * np.sin(np.linspace(0, np.pi, T))
SEEDS = [3, 1, 3, 2]
RATES = np.outer([0.02, 0.05, 0.1, 0.03], np.linspace(1, 0.1, T))
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def plain(task, model, rates, seed, *, optimizer, momentum, decay, batch=16):
    """One model, trained as anybody would with torch.optim; returns its module and losses."""
    torch.manual_seed(seed)
    sizes = models.widths(model, task)
    modules = [part for a, b in pairwise(sizes) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    module = torch.nn.Sequential(*modules[:-1]).double()
    cycled = np.broadcast_to(momentum, rates.shape)
    first = {"momentum": cycled[0]} if optimizer == "sgd" else {"betas": (cycled[0], 0.999)}
    stepper = OPTIMIZERS[optimizer](module.parameters(), lr=0.1, weight_decay=decay, **first)
    rows, losses = len(task.train), []
    for t, rate in enumerate(rates):
        epoch, place = divmod(t, rows // batch)
        picked = task.train[order(seed, epoch, rows)[place * batch : (place + 1) * batch]]
        group = stepper.param_groups[0]
        group["lr"] = rate
        group.update({"momentum": cycled[t]} if optimizer == "sgd" else {"betas": (cycled[t], 0.999)})
        outputs = module(torch.from_numpy(task.inputs[picked]).double())
        targets = torch.from_numpy(task.targets[picked])
        if task.kind == "classes":
            loss = torch.nn.functional.cross_entropy(outputs, targets)
        else:
            loss = torch.nn.functional.mse_loss(outputs[:, 0], targets.double())
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    return module, losses


def row(trained, m):
    return [part[m] for part in trained.parameters]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("momentum", "decay"),
    [(0.0, 0.02), (0.9, 0.0), (CYCLE, 0.02)],
    ids=["no momentum, decay", "constant momentum, no decay", "cycled momentum, decay"],
)
def test_each_of_many_is_as_alone_and_as_torch_trains_it(task, optimizer, momentum, decay):
    told = {"optimizer": optimizer, "weight_decay": decay, "dtype": "float64", "batch_size": 16, "evaluate_every": 0}
    many = np.broadcast_to(momentum, RATES.shape) if np.ndim(momentum) else momentum
    trained = train(task, TWO, RATES, seeds=SEEDS, momentum=many, **told)
    for m, seed in enumerate(SEEDS):
        module, losses = plain(task, TWO, RATES[m], seed, optimizer=optimizer, momentum=momentum, decay=decay)
        weights = [
            array for layer in module[::2] for array in (layer.weight.detach().numpy().T, layer.bias.detach()[None])
        ]
        one = many[m : m + 1] if np.ndim(many) else many
        alone = train(task, TWO, RATES[m : m + 1], seeds=[seed], momentum=one, **told)
        for mine, lonely, theirs in zip(row(trained, m), row(alone, 0), weights, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(mine, lonely, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(trained.losses[m], losses, rtol=1e-9)
        np.testing.assert_allclose(trained.losses[m], alone.losses[0], rtol=1e-9)
    assert trained.reason == ("finished",) * 4
    assert trained.stopped.tolist() == [T] * 4


def test_momentum_and_weight_decay_may_differ_from_model_to_model(build):
    task = build("number")
    trained = train(
        task,
        TWO,
        RATES,
        seeds=SEEDS,
        momentum=[0.5, 0.9, 0.0, 0.7],
        weight_decay=[0.0, 0.1, 0.01, 0.0],
        dtype="float64",
    )
    for m, (momentum, decay) in enumerate([(0.5, 0.0), (0.9, 0.1), (0.0, 0.01), (0.7, 0.0)]):
        module, _ = plain(task, TWO, RATES[m], SEEDS[m], optimizer="sgd", momentum=momentum, decay=decay, batch=64)
        np.testing.assert_allclose(row(trained, m)[0], module[0].weight.detach().numpy().T, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_model_that_diverges_leaves_the_others_alone(build, optimizer):
    task = build("number")
    told = {"optimizer": optimizer, "dtype": "float64", "batch_size": 16, "evaluate_every": 10}
    rates = RATES.copy()
    rates[1, 5:] = 1e200
    trained = train(task, TWO, rates, seeds=SEEDS, **told)
    assert trained.reason == ("finished", "diverged", "finished", "finished")
    at = trained.stopped[1]
    assert 5 < at < T
    assert np.isfinite(trained.losses[1, :at]).all()
    assert not np.isfinite(trained.losses[1, at:]).any()
    assert np.isnan(trained.losses[1, at + 1 :]).all()
    assert np.isnan(trained.validation_loss[1, -1])
    others = train(task, TWO, rates[[0, 2, 3]], seeds=[3, 3, 2], **told)
    for name in ("losses", "validation_loss", "validation_metric", "test_loss", "test_metric"):
        np.testing.assert_allclose(getattr(trained, name)[[0, 2, 3]], getattr(others, name), rtol=1e-9)
    for mine, theirs in zip(trained.parameters, others.parameters, strict=True):
        np.testing.assert_allclose(mine[[0, 2, 3]], theirs, rtol=1e-9, atol=1e-14)


class Seldom(engine.Run):
    """Read as a GPU is: a diverged model stays masked in the stack until the next look, here the last."""

    def look(self):
        if self.done == self.settings.updates:
            super().look()


@pytest.mark.parametrize("how", [engine.Run, Seldom], ids=["read at each update", "read once"])
def test_a_diverged_model_keeps_its_last_weights(build, monkeypatch, how):
    monkeypatch.setattr(engine, "Run", how)
    task = build("number")
    # An input so large that its square, and so the loss of the batch that holds it, exceeds float32.
    task.inputs[task.train[order(0, 0, len(task.train))[32]]] = 1e30
    # Later batches of the first epoch (five in all) lack it: their losses are finite, and yet must count no more.
    told = {"seeds": [0], "batch_size": 16, "evaluate_every": 0}
    trained = train(task, MODELS["linear"], np.full((1, 5), 0.01), **told)
    before = train(task, MODELS["linear"], np.full((1, 2), 0.01), **told)
    assert trained.reason == ("diverged",)
    assert trained.stopped.tolist() == [2]
    assert trained.losses[0, 2] == np.inf
    assert np.isnan(trained.losses[0, 3:]).all()
    for mine, theirs in zip(trained.parameters, before.parameters, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_reading_the_losses_seldom_gives_the_same(build, monkeypatch):
    task = build("number")
    rates = RATES.copy()
    rates[1, 5:] = 1e200
    told = {"seeds": SEEDS, "dtype": "float64", "batch_size": 16, "evaluate_every": 0, "report_every": T}
    often = train(task, TWO, rates, **told)
    monkeypatch.setattr(engine, "Run", Seldom)
    seldom = train(task, TWO, rates, **told)
    assert seldom.reason == often.reason
    np.testing.assert_array_equal(seldom.stopped, often.stopped)
    np.testing.assert_allclose(seldom.losses, often.losses, rtol=1e-9)
    for mine, theirs in zip(seldom.parameters, often.parameters, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-14)


def test_first_weights_are_those_of_torch_linear_and_depend_on_the_seed_alone(task):
    sizes = models.widths(TWO, task)
    stacked = models.layers(models.initial(sizes, [5, 9, 5]), sizes)
    alone = models.layers(models.initial(sizes, [9]), sizes)
    torch.manual_seed(9)
    for (weight, bias), (one, _), (a, b) in zip(stacked, alone, pairwise(sizes), strict=True):
        linear = torch.nn.Linear(a, b)
        assert torch.equal(weight[1], linear.weight.T)
        assert torch.equal(bias[1, 0], linear.bias)
        assert torch.equal(weight[0], weight[2])
        assert torch.equal(weight[1], one[0])


def test_as_module_gives_the_validation_numbers(task):
    trained = train(task, MODELS["mlp_16"], np.full((2, 30), 0.05), seeds=[1, 2], dtype="float64")
    module = as_module(MODELS["mlp_16"], task, row(trained, 1))
    assert [type(part).__name__ for part in module] == ["Linear", "ReLU", "Linear"]
    for rows, loss, metric in (
        (task.validation, trained.validation_loss[1, -1], trained.validation_metric[1, -1]),
        (task.test, trained.test_loss[1], trained.test_metric[1]),
    ):
        outputs = module(torch.from_numpy(task.inputs[rows]).double()).detach()
        targets = torch.from_numpy(task.targets[rows])
        if task.kind == "classes":
            wanted = torch.nn.functional.cross_entropy(outputs, targets).item()
            score = (outputs.argmax(1) == targets).double().mean().item()
        else:
            wanted = torch.nn.functional.mse_loss(outputs[:, 0], targets.double()).item()
            own = outputs[:, 0].numpy() * 7 + 50
            score = float(np.sqrt(np.mean((own - (task.targets[rows].astype(float) * 7 + 50)) ** 2)))
        assert loss == pytest.approx(wanted, rel=1e-9)
        assert metric == pytest.approx(score, rel=1e-9)


def test_evaluation_in_small_chunks_is_the_same(task, monkeypatch):
    told = {"seeds": [1, 2, 3], "dtype": "float64"}
    whole = train(task, TWO, np.full((3, 10), 0.05), **told)
    monkeypatch.setattr("training.metrics.EVALUATION_NUMBERS", 3 * 7 * 4)
    parts = train(task, TWO, np.full((3, 10), 0.05), **told)
    np.testing.assert_allclose(parts.validation_loss, whole.validation_loss, rtol=1e-12)
    np.testing.assert_allclose(parts.test_metric, whole.test_metric, rtol=1e-12)
