"""What a trained model answers: plainly, with test-time augmentation (values worked by hand), and as an ensemble."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training import augment, predict
from training.engine import train
from training.module import as_module
from training.options import MODELS, Model
from words import Refusal

MODEL = MODELS["cnn_8"]
MOVING = {"crop": [6, 6], "flip": True, "shift": 0.1}


def trained(task, model=MODEL, m=0, **more):
    return [part[m] for part in train(task, model, np.full((2, 20), 0.05), seeds=[0, 1], **more).parameters]


@pytest.fixture(params=["classes", "number", "multi-label"], name="shown")
def give_shown(request, pictures):
    task = replace(pictures(request.param, transforms=MOVING), target_mean=5.0, target_scale=2.0)
    return task, trained(task)


def test_outputs_are_the_modules_in_chunks_or_whole(shown, monkeypatch):
    task, parameters = shown
    module = as_module(MODEL, task, parameters)
    wanted = module(torch.from_numpy(augment.plain(task, task.test))).detach().numpy()
    np.testing.assert_allclose(predict.outputs(task, MODEL, parameters, task.test), wanted, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(predict, "AT_ONCE", 7)
    np.testing.assert_allclose(predict.outputs(task, MODEL, parameters, task.test), wanted, rtol=1e-4, atol=1e-5)
    new = predict.outputs(task, MODEL, parameters, task.inputs[task.test])
    np.testing.assert_allclose(new, wanted, rtol=1e-4, atol=1e-5)
    assert predict.outputs(task, MODEL, parameters, task.test[:0]).shape == (0, task.outputs)


def test_predictions_are_probabilities_or_own_units(shown):
    task, parameters = shown
    logits = predict.outputs(task, MODEL, parameters, task.test)
    wanted = {
        "classes": lambda: torch.softmax(torch.from_numpy(logits), 1).numpy(),
        "multi-label": lambda: torch.sigmoid(torch.from_numpy(logits)).numpy(),
        "number": lambda: logits * 2 + 5,
    }[task.kind]()
    np.testing.assert_allclose(predict.predictions(task, logits), wanted, rtol=1e-12)


def test_a_tables_rows_and_new_ones(build):
    task, dense = build(), Model("dense", "Dense", (4,))
    parameters = trained(task, dense)
    module = as_module(dense, task, parameters)
    wanted = module(torch.from_numpy(task.inputs)).detach().numpy()
    np.testing.assert_allclose(predict.outputs(task, dense, parameters, task.inputs), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        predict.outputs(task, dense, parameters, task.test), wanted[task.test], rtol=1e-5, atol=1e-6
    )
    plain = predict.predictions(task, predict.outputs(task, dense, parameters, task.test))
    np.testing.assert_allclose(predict.tta(task, dense, parameters, task.test), plain, rtol=1e-12)


def answers(monkeypatch, *turns):
    """Let the model answer these, the plain one first, whatever it is asked."""
    given = iter(turns)
    monkeypatch.setattr(predict, "predictions", lambda task, outputs: np.array([next(given)]))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        # The augmented mean of 0.2 and 0.6 is 0.4, plain is 0.8: a quarter of the way from 0.4 to 0.8.
        ({}, [0.5, 0.5]),
        ({"beta": 0.0}, [0.4, 0.6]),
        ({"beta": 1.0}, [0.8, 0.2]),
        ({"use_max": True}, [0.8, 0.8]),
        ({"use_max": True, "beta": None}, [0.8, 0.8]),
    ],
)
def test_augmented_and_plain_are_joined_as_fastai_does(build, monkeypatch, told, wanted):
    task = build()
    parameters = trained(task, MODELS["linear"])
    answers(monkeypatch, [0.8, 0.2], [0.2, 0.8], [0.6, 0.4])
    got = predict.tta(task, MODELS["linear"], parameters, task.test[:1], n=2, **told)
    np.testing.assert_allclose(got, [wanted])


def test_without_beta_both_come_back_the_augmented_first(build, monkeypatch):
    task = build()
    parameters = trained(task, MODELS["linear"])
    answers(monkeypatch, [0.8, 0.2], [0.2, 0.8], [0.6, 0.4])
    augmented, plain = predict.tta(task, MODELS["linear"], parameters, task.test[:1], n=2, beta=None)
    np.testing.assert_allclose(augmented, [[0.4, 0.6]])
    np.testing.assert_allclose(plain, [[0.8, 0.2]])


def test_the_augmented_ones_are_those_of_training_and_depend_on_the_seed(shown):
    task, parameters = shown
    told = {"n": 3, "beta": None}
    mean, plain = predict.tta(task, MODEL, parameters, task.test, seed=5, **told)
    images = augment.Images(task, task.inputs[task.test], None, torch.device("cpu"), torch.float32)
    module = as_module(MODEL, task, parameters)
    turns = [
        predict.predictions(task, module(images.augmented(np.arange(len(images))[None], [5], turn)[0]).detach().numpy())
        for turn in range(3)
    ]
    np.testing.assert_allclose(mean, np.mean(turns, axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(plain, predict.predictions(task, predict.outputs(task, MODEL, parameters, task.test)))
    np.testing.assert_array_equal(mean, predict.tta(task, MODEL, parameters, task.test, seed=5, **told)[0])
    assert not np.array_equal(mean, predict.tta(task, MODEL, parameters, task.test, seed=6, **told)[0])
    # A crop as large as the image, neither flipped nor shifted, leaves nothing to chance.
    whole = replace(task, transforms=MOVING | {"crop": [8, 8]})
    still = {"flip": False, "shift": 0.0}
    same, plain = predict.tta(whole, MODEL, trained(whole), task.test, transforms=still, **told)
    np.testing.assert_allclose(same, plain, rtol=1e-12)


def test_an_ensemble_is_the_mean_of_probabilities(shown):
    task, _ = shown
    run = train(task, MODEL, np.full((2, 20), 0.05), seeds=[0, 1], keep_at=[5, 20])
    snapshots = [predict.unstack(task, MODEL, run.kept[k, 1]) for k in (0, 1)]
    for mine, theirs in zip(snapshots[1], run.parameters, strict=True):
        np.testing.assert_array_equal(mine, theirs[1])
    each = [predict.predictions(task, predict.outputs(task, MODEL, one, task.test)) for one in snapshots]
    assert not np.allclose(each[0], each[1])
    together = predict.ensemble(task, MODEL, run.kept[:, 1], task.test)
    np.testing.assert_allclose(together, (each[0] + each[1]) / 2, rtol=1e-12)


def test_what_does_not_fit_is_refused(shown, build):
    task, parameters = shown
    must = r"^Predictions: inputs must be row numbers or uint8 images of shape \(rows, 1, 8, 8\), "
    with pytest.raises(Refusal, match=must + r"got \(2, 1, 9, 8\) of uint8\.$"):
        predict.outputs(task, MODEL, parameters, np.zeros((2, 1, 9, 8), dtype=np.uint8))
    with pytest.raises(Refusal, match=r"got \(2, 1, 8, 8\) of float64\.$"):
        predict.outputs(task, MODEL, parameters, np.zeros((2, 1, 8, 8)))
    with pytest.raises(Refusal, match=r"^Predictions: beta must be 0 to 1 or None, got 2\.$"):
        predict.tta(task, MODEL, parameters, task.test, beta=2)
    with pytest.raises(Refusal, match=r"^Predictions: augmented predictions must be 1 to 100, got 0\.$"):
        predict.tta(task, MODEL, parameters, task.test, n=0)
    with pytest.raises(
        Refusal, match=r"^Predictions: transforms must leave images of \(1, 6, 6\) \(channels, height, wid"
    ):
        predict.tta(task, MODEL, parameters, task.test, transforms={"crop": [5, 6]})
