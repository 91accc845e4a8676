"""The exported script is run in a process of its own, away from the project, and compared with the engine."""

import runpy
import sys

import numpy as np
import pytest

from data.builtin import task as builtin_task
from finder.range_test import range_test
from jobs import code, requests, work
from jobs.code import DATA_FILE, data_file, script
from schedulers import CATALOGUE
from schedulers.loss_driven import RULES
from training import checks
from training.engine import train
from training.loss_driven import adjust
from training.options import MODELS

COMMON = {"model": "mlp_16", "batch_size": 32, "momentum": 0.9, "weight_decay": 0.01, "seeds": [0, 3]}


def losses_of(text, task, folder, monkeypatch):
    (folder / DATA_FILE).write_bytes(data_file(task))
    (folder / "script.py").write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" in entry or "python3" in entry])
    fit = runpy.run_path("script.py")["fit"]
    return [fit(seed)[1] for seed in COMMON["seeds"]]


@pytest.mark.parametrize(
    ("optimizer", "schedule", "data"),
    [("sgd", "one_cycle", "iris"), ("adam", "cosine", "diabetes"), ("adamw", "one_cycle", "diabetes")],
)
def test_the_exported_training_is_the_engines(optimizer, schedule, data, tmp_path, monkeypatch):
    task, updates, parameters = builtin_task(data), 30, {"peak": 0.02}
    one = {"schedule": schedule, "parameters": parameters, "label": 'The "peak"'}
    request = {**COMMON, "kind": "train", "optimizer": optimizer, "updates": updates, "schedules": [one]}
    rates = CATALOGUE[schedule].rates(updates, **parameters)
    momentum = CATALOGUE[schedule].momentum(updates, **parameters)
    ours = train(
        task, MODELS["mlp_16"], np.stack([rates, rates]), optimizer=optimizer, batch_size=32, seeds=[0, 3],
        momentum=0.9 if momentum is None else np.stack([momentum, momentum]), weight_decay=0.01, device="cpu",
    )  # fmt: skip
    theirs = losses_of(script(request, task), task, tmp_path, monkeypatch)
    np.testing.assert_allclose(theirs, ours.losses, rtol=2e-3)


@pytest.mark.parametrize(
    ("rule", "given", "schedule"),
    [
        ("plateau", {"patience": 1, "factor": 0.5, "threshold": 0.02}, "constant"),
        ("greedy", {"patience": 1, "factor": 0.7, "max_lr": 0.3}, "one_cycle"),
    ],
)
def test_the_exported_training_follows_the_loss_as_the_engine_does(rule, given, schedule, tmp_path, monkeypatch):
    task, updates, parameters = builtin_task("iris"), 80, {"peak": 0.1}
    entry = {"name": rule, "parameters": RULES[rule].check(**given)}
    one = {"schedule": schedule, "parameters": parameters, "label": "mine", "rule": entry}
    request = {**COMMON, "kind": "train", "optimizer": "sgd", "updates": updates, "schedules": [one]}
    rates = np.stack([CATALOGUE[schedule].rates(updates, **parameters)] * 2)
    momentum = CATALOGUE[schedule].momentum(updates, **parameters)
    factors = []
    ours = train(
        task, MODELS["mlp_16"], rates, batch_size=32, seeds=[0, 3], weight_decay=0.01, device="cpu",
        momentum=0.9 if momentum is None else np.stack([momentum] * 2), on_progress=lambda p: factors.append(p.factors),
        adjust=adjust([(rule, entry["parameters"])] * 2, rates),
    )  # fmt: skip
    assert len(np.unique(factors)) > 2
    theirs = losses_of(script(request, task), task, tmp_path, monkeypatch)
    np.testing.assert_allclose(theirs, ours.losses, rtol=2e-3)


def test_the_exported_training_has_its_layer_rates(tmp_path, monkeypatch):
    task, updates = builtin_task("iris"), 40
    one = {"schedule": "cosine", "parameters": {"peak": 0.1}, "label": "mine"}
    data = {"builtin": "iris"}
    asked = {**COMMON, "kind": "train", "data": data, "updates": updates, "schedules": [one], "layer_spread": 100}
    request = requests.check(asked)
    rates = np.stack([CATALOGUE["cosine"].rates(updates, peak=0.1)] * 2)
    layered = work.spread(rates, request)
    np.testing.assert_allclose(layered[0, 0], [0.001, 0.1], rtol=1e-12)
    ours = train(
        task, MODELS["mlp_16"], layered, batch_size=32, seeds=[0, 3], weight_decay=0.01, momentum=0.9, device="cpu"
    )
    theirs = losses_of(script(request, task), task, tmp_path, monkeypatch)
    np.testing.assert_allclose(theirs, ours.losses, rtol=2e-3)
    plain = train(
        task, MODELS["mlp_16"], rates, batch_size=32, seeds=[0, 3], weight_decay=0.01, momentum=0.9, device="cpu"
    )
    assert np.abs(plain.losses[:, -1] - ours.losses[:, -1]).min() > 0.01


def test_the_script_evaluates_as_often_as_the_engine():
    assert code.EVALUATIONS == checks.EVALUATIONS


def test_the_exported_range_test_is_the_engines(tmp_path, monkeypatch):
    task = builtin_task("diabetes")
    request = {**COMMON, "kind": "find", "optimizer": "sgd", "num_it": 60, "start": 1e-6, "end": 100.0, "stop": True}
    ours = range_test(
        task, MODELS["mlp_16"], start=1e-6, end=100.0, num_it=60, seeds=[0, 3], optimizer="sgd", momentum=0.9,
        weight_decay=0.01, batch_size=32, device="cpu",
    )  # fmt: skip
    theirs = losses_of(script(request, task), task, tmp_path, monkeypatch)
    for row, losses, stopped in zip(ours.raw, theirs, ours.stopped, strict=True):
        assert stopped is not None
        assert len(losses) == stopped + 1
        np.testing.assert_allclose(losses[:30], row[:30], rtol=2e-3)
