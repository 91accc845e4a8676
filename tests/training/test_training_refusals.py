import numpy as np
import pytest
import torch

from training import options
from training.engine import train
from training.options import MODELS
from words import Refusal

RATES = np.full((2, 5), 0.1)
NOT_A_RATE = RATES.copy()
NOT_A_RATE[1, 3] = np.nan


@pytest.mark.parametrize(
    ("rates", "changed", "sentence"),
    [
        (RATES, {"batch_size": 0}, "Train: batch size must be 1 to 8,192, got 0."),
        (RATES, {"batch_size": 9000}, "Train: batch size must be 1 to 8,192, got 9,000."),
        (RATES, {"batch_size": 2.5}, "Train: batch size must be 1 to 8,192, got 2.5."),
        (RATES, {"momentum": 1}, "Train: momentum must be 0 to under 1, got 1."),
        (RATES, {"momentum": [0.9, np.nan]}, "Train: momentum must be 0 to under 1, got nan."),
        (RATES, {"weight_decay": -0.1}, "Train: weight decay must be 0 to 1, got -0.1."),
        (RATES, {"weight_decay": [0, 0, 0]},
         "Train: weight decay must be one number, or have shape (2,) or (2, 5), got (3,)."),
        (RATES, {"momentum": "high"}, "Train: momentum must be numbers in one array."),
        (RATES, {"optimizer": "lion"}, "Train: optimizer must be one of sgd, adam, adamw, got lion."),
        (RATES, {"device": "tpu"}, "Train: device must be one of auto, cpu, cuda, mps, got tpu."),
        (RATES, {"dtype": "int8"}, "Train: dtype must be one of float32, float64, got int8."),
        (RATES, {"seeds": [0]}, "Train: seeds must be 2 whole numbers from 0 up, one for each model, got [0]."),
        (RATES, {"seeds": [0, -1]}, "Train: seeds must be 2 whole numbers from 0 up, one for each model, got [0, -1]."),
        (RATES, {"evaluate_every": 6}, "Train: evaluate every must be 1 to 5 updates, got 6."),
        (RATES, {"report_every": 0}, "Train: report every must be 1 to 5 updates, got 0."),
        (RATES[0], {}, "Train: rates must have shape (models, updates) or (models, updates, groups), got (5,)."),
        (RATES[:, :0], {}, "Train: number of updates must be 1 to 100,000, got 0."),
        (np.ones((600, 1)), {}, "Train: number of models at once must be 1 to 512, got 600."),
        (np.ones((40, 1)), {"seeds": range(40)}, "Train: number of seeds must be 1 to 32, got 40."),
        (-RATES, {}, "Train: rates must be finite and at least 0, got -0.1 for model 0 at update 0."),
        (NOT_A_RATE, {}, "Train: rates must be finite and at least 0, got nan for model 1 at update 3."),
        (np.ones((1, 100_000)), {"seeds": [0], "evaluate_every": 7},
         "Train: evaluate every must be 50 to 100,000 updates, got 7."),
        (RATES, {"stop": lambda t, losses: [True]}, "Train: stop must answer 2 times true or false, got [True]."),
        (RATES, {"adjust": lambda seen: [1, -1]}, "Train: adjust must answer 2 finite numbers from 0 up, got [1, -1]."),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_in_one_sentence(build, rates, changed, sentence):
    with pytest.raises(Refusal) as refused:
        train(build(), MODELS["linear"], rates, **({"seeds": [0, 1]} | changed))
    assert str(refused.value) == sentence


def test_a_device_that_is_not_there_is_refused_naming_what_is(build, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(Refusal) as refused:
        train(build(), MODELS["linear"], RATES, seeds=[0, 1], device="cuda")
    assert str(refused.value) == "Train: device must be one that this machine has (cpu), got cuda."
    assert train(build(), MODELS["linear"], RATES, seeds=[0, 1], device="auto").device == "cpu"


def test_mps_has_no_float64(monkeypatch):
    from training.device import find_device

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert find_device("auto").type == "mps"
    assert find_device("auto", "float64").type == "cpu"
    with pytest.raises(Refusal, match=r"^Train: device mps has no float64; use float32 or the cpu\.$"):
        find_device("mps", "float64")


def test_names_of_models_are_checked():
    assert options.check_model("mlp_64_64").hidden == (64, 64)
    with pytest.raises(Refusal, match=r"^Find: model must be one of linear, mlp_16, .*, got mlp_9\.$"):
        options.check_model("mlp_9", "Find")


def test_options_name_every_choice_in_words():
    for catalogue in (options.MODELS, options.OPTIMIZERS):
        for name, choice in catalogue.items():
            assert choice.name == name
            assert choice.title
            assert choice.help.endswith(".")
    assert options.OPTIMIZERS["adamw"].weight_decay == 0.01
    assert options.OPTIMIZERS["adam"].momentum_title == "beta1"
