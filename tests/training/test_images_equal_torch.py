"""Networks trained on images, with several labels a row or with MixUp, are what a plain PyTorch loop trains."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.plain_loop import BATCH, DECAY, MOVING, OPTIMIZERS, T, assert_trained, loss_of, plain
from training import augment, run
from training.engine import train
from training.module import as_module
from training.options import MODELS, Model

TWO = Model("two", "Two", (6,), convolutions=(3, 4))
SEEDS = [3, 1, 3]
RATES = np.outer([0.05, 0.1, 0.03], np.linspace(1, 0.2, T))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["classes", "number", "multi-label"])
def test_each_of_many_networks_is_as_torch_trains_it(pictures, kind, optimizer, monkeypatch):
    # Blocks of one and of several models alike.
    monkeypatch.setattr(run, "BLOCK_NUMBERS", 10**5)
    task = pictures(kind, channels=2, transforms=MOVING)
    told = {"optimizer": optimizer, "dtype": "float64", "batch_size": BATCH, "momentum": 0.8, "weight_decay": DECAY}
    trained = train(task, TWO, RATES, seeds=SEEDS, **told)
    for m, seed in enumerate(SEEDS):
        module, losses = plain(task, TWO, RATES[m], seed, optimizer=optimizer)
        assert_trained(trained, m, module)
        np.testing.assert_allclose(trained.losses[m], losses, rtol=1e-8)
        alone = train(task, TWO, RATES[m : m + 1], seeds=[seed], **told)
        np.testing.assert_allclose(alone.losses[0], losses, rtol=1e-8)


@pytest.mark.parametrize("kind", ["classes", "number", "multi-label"])
def test_validation_numbers_are_those_of_the_module_on_the_recipes_view(pictures, kind):
    task = replace(pictures(kind, transforms=MOVING), target_mean=5.0, target_scale=2.0)
    trained = train(task, TWO, RATES, seeds=SEEDS, dtype="float64", batch_size=BATCH)
    module = as_module(TWO, task, [part[1] for part in trained.parameters])
    for rows, loss, metric in (
        (task.validation, trained.validation_loss[1, -1], trained.validation_metric[1, -1]),
        (task.test, trained.test_loss[1], trained.test_metric[1]),
    ):
        outputs = module(torch.from_numpy(augment.plain(task, rows)).double()).detach()
        targets = torch.from_numpy(task.targets[rows])
        wanted = loss_of(kind, outputs, targets if kind == "classes" else targets.double()).mean().item()
        assert loss == pytest.approx(wanted, rel=1e-5)
        if kind == "number":
            score = 2 * wanted**0.5
        else:
            right = outputs.argmax(1) == targets if kind == "classes" else (outputs.sigmoid() > 0.5) == (targets == 1)
            score = right.double().mean().item()
        assert metric == pytest.approx(score, rel=1e-5)


@pytest.mark.parametrize("kind", ["classes", "number", "multi-label"])
def test_mixup_is_the_interpolated_loss(pictures, kind):
    task = pictures(kind, transforms={"crop": None, "flip": True, "shift": 0})
    told = {"dtype": "float64", "batch_size": BATCH, "momentum": 0.8, "weight_decay": DECAY}
    trained = train(task, TWO, RATES, seeds=SEEDS, mixup=0.4, **told)
    for m, seed in enumerate(SEEDS):
        module, losses = plain(task, TWO, RATES[m], seed, alpha=0.4)
        assert_trained(trained, m, module)
        np.testing.assert_allclose(trained.losses[m], losses, rtol=1e-8)


def test_a_dense_model_sees_images_flattened(pictures):
    task = pictures()
    told = {"dtype": "float64", "batch_size": BATCH, "momentum": 0.8, "weight_decay": DECAY}
    trained = train(task, MODELS["mlp_16"], RATES, seeds=SEEDS, **told)
    module, losses = plain(task, MODELS["mlp_16"], RATES[1], SEEDS[1])
    assert_trained(trained, 1, module)
    np.testing.assert_allclose(trained.losses[1], losses, rtol=1e-8)


def test_resuming_is_bit_identical_with_augmentation_and_mixup(pictures):
    task, snapshots = pictures(transforms=MOVING), []
    rates = RATES.copy()
    rates[1, 9:] = 1e30

    def go(**more):
        return train(
            task, TWO, rates, seeds=SEEDS, optimizer="adam", batch_size=BATCH, mixup=0.4, evaluate_every=6,
            report_every=5, keep_at=[4, 12], **more,
        )  # fmt: skip

    whole = go(on_progress=lambda now: snapshots.append(now.snapshot()))
    assert whole.reason == ("finished", "diverged", "finished")
    assert len(snapshots) > 6
    for snapshot in snapshots:
        again = go(resume=snapshot)
        for name in ("losses", "validation_loss", "test_loss", "kept"):
            np.testing.assert_array_equal(getattr(again, name), getattr(whole, name), err_msg=name)
        for mine, theirs in zip([*again.parameters, *again.memory], [*whole.parameters, *whole.memory], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_a_network_learns_where_moved_bars_are(pictures):
    task = pictures(rows=400, transforms={"crop": None, "flip": True, "shift": 0.1})
    trained = train(task, MODELS["cnn_8_16"], np.full((2, 150), 0.05), seeds=[0, 1], batch_size=32)
    assert (trained.test_metric > 0.9).all()
