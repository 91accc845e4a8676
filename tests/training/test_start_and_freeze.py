"""Going on from a start is one uninterrupted training; frozen layers are as with torch's requires_grad off."""

import numpy as np
import pytest
import torch

from tests.training import plain_loop as images
from training.engine import train
from training.options import Model
from training.start import Start
from words import Refusal

TWO = Model("two", "Two", (6,), convolutions=(3, 4))
DENSE = Model("dense", "Dense", (7, 6))
RATES = np.outer([0.05, 0.1, 0.03], np.linspace(1, 0.2, 24))
SEEDS = [3, 1, 3]


def after(trained, done):
    return Start(trained.parameters, trained.memory, done)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("kind", ["table", "images"])
def test_a_start_goes_on_to_the_bit(build, pictures, optimizer, kind):
    task = build() if kind == "table" else pictures(transforms=images.MOVING)
    model = DENSE if kind == "table" else TWO
    told = {"seeds": SEEDS, "optimizer": optimizer, "batch_size": 8, "mixup": 0.4, "weight_decay": 0.01}
    whole = train(task, model, RATES, **told)
    # Neither at an epoch's end nor all models at once.
    first = train(task, model, RATES[:, :11], **told)
    rest = train(task, model, RATES[:, 11:], start=after(first, 11), **told)
    np.testing.assert_array_equal(np.concatenate([first.losses, rest.losses], 1), whole.losses)
    for mine, theirs in zip([*rest.parameters, *rest.memory], [*whole.parameters, *whole.memory], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    one = Start([part[1] for part in first.parameters], [array[1] for array in first.memory], 11)
    alone = train(task, model, RATES[1:2, 11:], start=one, **(told | {"seeds": [1]}))
    np.testing.assert_allclose(alone.losses[0], whole.losses[1, 11:], rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("frozen", [1, 2, 3])
def test_freezing_then_training_all_is_what_torch_does(pictures, optimizer, frozen):
    """As fine_tune: the head first, then all; the body's moments and step counts begin with the second part."""
    task = pictures()
    told = {"optimizer": optimizer, "dtype": "float64", "batch_size": images.BATCH, "momentum": 0.8}
    told["weight_decay"] = images.DECAY
    head = train(task, TWO, RATES[:, :10], seeds=SEEDS, freeze=frozen, **told)
    for m, seed in enumerate(SEEDS):
        module, losses = images.plain(
            task, TWO, RATES[m, :10], seed, optimizer=optimizer, frozen=frozen, updates=range(10)
        )
        images.assert_trained(head, m, module)
        np.testing.assert_allclose(head.losses[m], losses, rtol=1e-8)
    if optimizer != "sgd":
        assert head.memory[2].tolist() == [[0] * frozen + [10] * (4 - frozen)] * 3
    body = sum(np.size(part[0]) for part in head.parameters[: 2 * frozen])
    assert not head.memory[0][:, :body].any()
    assert head.memory[0][:, body:].all(axis=0).any()


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_unfreezing_goes_on_as_one_torch_optimizer_would(pictures, optimizer):
    task, frozen = pictures(), 2
    told = {"optimizer": optimizer, "dtype": "float64", "batch_size": images.BATCH, "momentum": 0.8}
    told["weight_decay"] = images.DECAY
    head = train(task, TWO, RATES[:, :10], seeds=SEEDS, freeze=frozen, **told)
    tuned = train(task, TWO, RATES[:, 10:], seeds=SEEDS, start=after(head, 10), **told)
    seed, module = SEEDS[1], images.module_of(TWO, task, SEEDS[1])
    layers = [part for part in module if isinstance(part, torch.nn.Conv2d | torch.nn.Linear)]
    own = {"momentum": 0.8} if optimizer == "sgd" else {"betas": (0.8, 0.999)}
    stepper = images.OPTIMIZERS[optimizer](module.parameters(), lr=0.1, weight_decay=images.DECAY, **own)
    rows, losses = len(task.train), []
    pictures_ = images.augment.Images(task, task.inputs, task.sizes, torch.device("cpu"), torch.float64)
    for t, rate in enumerate(RATES[1]):
        for number, layer in enumerate(layers):
            layer.requires_grad_(number >= frozen or t >= 10)
        epoch, place = divmod(t, rows // images.BATCH)
        picked = task.train[images.order(seed, epoch, rows)[place * images.BATCH : (place + 1) * images.BATCH]]
        stepper.param_groups[0]["lr"] = rate
        loss = torch.nn.functional.cross_entropy(module(pictures_[picked]), torch.from_numpy(task.targets[picked]))
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    images.assert_trained(tuned, 1, module)
    np.testing.assert_allclose(np.concatenate([head.losses[1], tuned.losses[1]]), losses, rtol=1e-8)


def test_a_body_of_another_training_gets_a_head_of_its_own(build):
    first, second = build(classes=3), build(classes=5, seed=2)
    trained = train(first, DENSE, np.full((1, 20), 0.1), seeds=[0])
    body = Start([part[0] for part in trained.parameters[:4]])
    still = train(second, DENSE, np.zeros((2, 1)), seeds=[4, 5], start=body)
    fresh = train(second, DENSE, np.zeros((2, 1)), seeds=[4, 5])
    for number, (mine, drawn) in enumerate(zip(still.parameters, fresh.parameters, strict=True)):
        for m in (0, 1):
            np.testing.assert_array_equal(mine[m], trained.parameters[number][0] if number < 4 else drawn[m])


def test_frozen_layers_keep_their_weights_and_the_rest_does_not(build):
    task = build()
    start = train(task, DENSE, np.full((2, 1), 0.0), seeds=[0, 1]).parameters
    for optimizer in ("sgd", "adamw"):
        trained = train(
            task, DENSE, np.full((2, 20), 0.1), seeds=[0, 1], optimizer=optimizer, weight_decay=0.1, freeze=2
        )
        for number, (mine, before) in enumerate(zip(trained.parameters, start, strict=True)):
            assert np.array_equal(mine, before) == (number < 4)


def test_memory_without_momentum_is_none(build):
    assert train(build(), DENSE, np.full((2, 3), 0.1), seeds=[0, 1], momentum=0).memory == []


def test_models_that_stopped_remember_where_they_were(build):
    task, told = build(), {"seeds": [1, 1], "optimizer": "adam", "batch_size": 8}
    stopped = train(task, DENSE, np.full((2, 12), 0.01), stop=lambda t, losses: np.array([t == 4, False]), **told)
    short = train(task, DENSE, np.full((2, 5), 0.01), **told)
    assert stopped.memory[2].tolist() == [[5] * 3, [12] * 3]
    for mine, theirs in zip(stopped.memory, short.memory, strict=True):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-5, atol=1e-9)


def test_weights_are_kept_where_asked_and_last_ones_of_who_stopped(build):
    task, told = build(), {"seeds": [1, 1], "batch_size": 8}
    rates = np.full((2, 12), 0.05)
    kept = train(task, DENSE, rates, keep_at=[12, 5], stop=lambda t, losses: np.array([t == 6, False]), **told)
    flat = np.concatenate([part.reshape(2, -1) for part in kept.parameters], axis=1)
    assert kept.kept.shape == (2, 2, flat.shape[1])
    np.testing.assert_array_equal(kept.kept[1], flat)
    short = train(task, DENSE, rates[:, :5], **told)
    np.testing.assert_array_equal(
        kept.kept[0], np.concatenate([part.reshape(2, -1) for part in short.parameters], axis=1)
    )
    assert train(task, DENSE, rates, **told).kept.shape == (0, 2, flat.shape[1])
    ended = train(task, DENSE, rates, keep_at=[2, 8, 12], stop=lambda t, losses: np.full(2, t == 3), **told)
    assert ended.kept.shape[0] == 3
    np.testing.assert_array_equal(ended.kept[1], ended.kept[2])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"freeze": 3}, "Train: frozen layers must be 0 to 2, one less than the model has, got 3."),
        ({"freeze": -1}, "Train: frozen layers must be 0 to 2, one less than the model has, got -1."),
        ({"keep_at": [3, 7]}, "Train: keep at must be 1 to 6 updates, got 7."),
        ({"start": Start([np.zeros((5, 7))])},
         "Train: start must hold weights and biases of up to 3 layers, got 1 arrays."),
        ({"start": Start([np.zeros((5, 8)), np.zeros(7)])},
         "Train: start must have shape (5, 7) for layer 1, with or without 2 models before it, got (5, 8)."),
        ({"start": Start([np.full((5, 7), np.nan), np.zeros(7)])}, "Train: start must be finite, layer 1 is not."),
        ({"start": Start([], [np.zeros(111)] * 2)},
         "Train: start must hold 1 arrays of the optimizer's memory or none, got 2."),
        ({"start": Start([], [np.zeros(3)])},
         "Train: start must have shape (111,) for the optimizer's memory, "
         "with or without 2 models before it, got (3,)."),
        ({"start": Start([], done=-1)}, "Train: updates done before must be 0 to 1,000,000,000, got -1."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(build, changed, sentence):
    with pytest.raises(Refusal) as refused:
        train(build(), DENSE, np.ones((2, 6)), seeds=[0, 1], **changed)
    assert str(refused.value) == sentence


def test_a_snapshot_of_another_start_is_refused(build):
    task, seen = build(), []
    told = {"seeds": [0], "report_every": 3}
    train(task, DENSE, np.ones((1, 6)) / 9, **told, on_progress=lambda now: seen.append(now.snapshot()))
    for changed in ({"start": Start([], done=1)}, {"freeze": 1}, {"mixup": 0.1}, {"keep_at": [2]}):
        with pytest.raises(Refusal, match=r"^Train: this snapshot belongs to another training\.$"):
            train(task, DENSE, np.ones((1, 6)) / 9, **told, **changed, resume=seen[0])


STEPS = "Train: start must hold whole numbers of steps, 0 to 1,000,000,000, in the optimizer's memory, got "


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize(
    ("spoilt", "value", "sentence"),
    [
        (2, -1, STEPS + "-1."),
        (2, 2**62, f"{STEPS}{2**62}."),
        (2, 1.5, STEPS + "1.5."),
        (1, -0.5, "Train: start must hold mean squares of at least 0 in the optimizer's memory, got -0.5."),
    ],
)
def test_an_adam_memory_that_cannot_have_come_about_is_refused(build, optimizer, spoilt, value, sentence):
    task, told = build(), {"seeds": [1], "optimizer": optimizer, "batch_size": 8}
    first = train(task, DENSE, np.full((1, 3), 0.01), **told)
    memory = [array.copy() for array in first.memory]
    memory[spoilt] = memory[spoilt].astype(type(value))
    memory[spoilt][0, 1] = value
    with pytest.raises(Refusal) as refusal:
        train(task, DENSE, np.full((1, 3), 0.01), **told, start=Start(first.parameters, memory, 3))
    assert str(refusal.value) == sentence
