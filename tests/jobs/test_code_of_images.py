"""The exported script of image tasks, of several labels a row and of MixUp trains as the engine does, or is refused."""

import io
import runpy
import sys
from dataclasses import replace

import numpy as np
import pytest

from data import choice
from data.builtin import task as builtin_task
from jobs.code import DATA_FILE, data_file, script
from schedulers import CATALOGUE
from training import augment
from training.engine import train
from training.options import MODELS
from words import Refusal

T, SEEDS = 25, [0, 3]
SHAPES = {"builtin": "shapes", "options": {"rows": 150, "most": 2}}
LABELS = {"label_col": "shapes", "label_delim": ";"}


def load(name):
    chosen = {
        "digits": {"builtin": "digit_images"},
        "labels": {**SHAPES, "images": LABELS},
        "area": {**SHAPES, "images": {"label_col": "area", "y_block": "number"}},
    }
    return choice.load(chosen[name], lambda _: b"")


def request_for(model, peak, **changed):
    one = {"schedule": "one_cycle", "parameters": {"peak": peak}, "label": "mine"}
    return {
        "kind": "train", "model": model, "optimizer": "sgd", "batch_size": 32, "momentum": 0.9, "weight_decay": 0.01,
        "seeds": SEEDS, "updates": T, "schedules": [one], **changed,
    }  # fmt: skip


def ours(task, model, peak, **more):
    schedule = CATALOGUE["one_cycle"]
    return train(
        task, MODELS[model], np.stack([schedule.rates(T, peak=peak)] * 2), seeds=SEEDS, batch_size=32,
        momentum=np.stack([schedule.momentum(T, peak=peak)] * 2), weight_decay=0.01, device="cpu", **more,
    ).losses  # fmt: skip


def theirs(task, request, folder, monkeypatch):
    (folder / DATA_FILE).write_bytes(data_file(task))
    (folder / "script.py").write_text(script(request, task))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" in entry or "python3" in entry])
    fit = runpy.run_path("script.py")["fit"]
    return [fit(seed)[1] for seed in SEEDS]


@pytest.mark.parametrize(
    ("data", "model", "peak"),
    [
        ("digits", "cnn_8_16", 0.1),
        ("digits", "cnn_8_16_32", 0.1),
        ("digits", "mlp_16", 0.1),
        ("labels", "cnn_8", 0.1),
        ("area", "cnn_8_16", 0.01),
    ],
)
def test_the_script_of_images_is_the_engines_training(data, model, peak, tmp_path, monkeypatch):
    task = load(data)
    mine = ours(task, model, peak)
    assert mine[0, -1] < 0.97 * mine[0, 0]
    np.testing.assert_allclose(theirs(task, request_for(model, peak), tmp_path, monkeypatch), mine, rtol=2e-3)


def test_a_crop_that_leaves_nothing_to_chance_is_in_the_data(tmp_path, monkeypatch):
    task = load("digits")
    padded = np.pad(task.inputs, ((0, 0), (0, 0), (0, 2), (0, 3)))
    sizes = np.full((len(padded), 2), 8, dtype=np.int32)
    task = replace(
        task, inputs=padded, sizes=sizes, transforms={"crop": [8, 8], "flip": False, "shift": 0},
        recipe={**task.recipe, "crop": [8, 8]},
    )  # fmt: skip
    rows = np.arange(len(task.inputs))
    with np.load(io.BytesIO(data_file(task))) as kept:
        np.testing.assert_array_equal(kept["inputs"], augment.plain(task, rows))
    losses = theirs(task, request_for("cnn_8", 0.1), tmp_path, monkeypatch)
    np.testing.assert_allclose(losses, ours(task, "cnn_8", 0.1), rtol=2e-3)


@pytest.mark.parametrize("data", ["iris", "diabetes", "labels"])
def test_mixup_is_written_out(data, tmp_path, monkeypatch):
    task = load("labels") if data == "labels" else builtin_task(data)
    request = request_for("mlp_16", 0.02, mixup=0.4)
    mine = ours(task, "mlp_16", 0.02, mixup=0.4)
    np.testing.assert_allclose(theirs(task, request, tmp_path, monkeypatch), mine, rtol=2e-3)
    assert np.abs(mine - ours(task, "mlp_16", 0.02)).max() > 0.01


def test_convolutions_have_their_layer_rates(tmp_path, monkeypatch):
    task, spread = load("digits"), 100.0
    schedule = CATALOGUE["one_cycle"]
    rates = np.stack([schedule.rates(T, peak=0.1)] * 2)[:, :, None] * np.array([0.01, 0.1, 1.0])
    trained = train(
        task, MODELS["cnn_8_16"], rates, seeds=SEEDS, batch_size=32, weight_decay=0.01, device="cpu",
        momentum=np.stack([schedule.momentum(T, peak=0.1)] * 2),
    )  # fmt: skip
    request = request_for("cnn_8_16", 0.1, layer_spread=spread)
    np.testing.assert_allclose(theirs(task, request, tmp_path, monkeypatch), trained.losses, rtol=2e-3)


@pytest.mark.parametrize(
    ("transforms", "changed", "sentence"),
    [
        ({"flip": True}, {}, "the script trains on images as they are, and this run crops, flips or shifts them"),
        ({"shift": 0.1}, {}, "the script trains on images as they are"),
        ({"crop": [7, 7]}, {}, "the script trains on images as they are"),
        ({}, {"start": {"run": "x"}}, "the script begins with fresh weights, and this run goes on from a saved model"),
        ({}, {"ensemble": True}, "the script trains single models, and this run makes an ensemble of snapshots"),
        ({}, {"tta": {"n": 4}}, "the script has no test-time augmentation, and this run has"),
        ({}, {"vary": {"name": "momentum"}}, "the script is one range test, and this run is a family of them"),
    ],
)
def test_what_the_script_cannot_repeat_is_refused(transforms, changed, sentence):
    task = replace(load("digits"), transforms={"crop": None, "flip": False, "shift": 0, **transforms})
    with pytest.raises(Refusal, match=f"^Code: {sentence}"):
        script(request_for("cnn_8", 0.1, **changed), task)
