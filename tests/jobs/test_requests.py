"""What may be asked for, and the sentences that refuse the rest."""

import json

import pytest

from jobs import requests
from words import Refusal

DIGITS = {"builtin": "digits"}
COSINE = {"schedule": "cosine", "parameters": {"peak": 0.1}}


def find(**other):
    return {"kind": "find", "data": DIGITS, **other}


def train(**other):
    return {"kind": "train", "data": DIGITS, "schedules": [COSINE], **other}


def test_a_range_test_is_completed_with_defaults():
    checked = requests.check(find())
    assert checked.pop("data")["builtin"] == "digits"
    assert checked == {
        "kind": "find", "model": "mlp_64_64", "optimizer": "sgd", "batch_size": 64, "momentum": 0.9,
        "weight_decay": 0.0, "start": 1e-7, "end": 10.0, "num_it": 100,
        "seeds": [0, 1, 2], "device": "auto", "stop": True, "pace": None,
    }  # fmt: skip


def test_a_training_is_completed_with_its_schedules_defaults():
    checked = requests.check(train(schedules=[{"schedule": "constant"}, {**COSINE, "label": "mine"}], updates=50))
    first, second = checked["schedules"]
    assert first["label"]
    assert "peak" in second["parameters"]
    assert second["label"] == "mine"
    assert checked["updates"] == 50


def test_one_rate_for_all_layers_is_not_said_and_other_spreads_are_bounded():
    assert "layer_spread" not in requests.check(train(layer_spread=1))
    assert requests.check(train(layer_spread=100))["layer_spread"] == 100.0
    with pytest.raises(Refusal, match=r"^Train: layer_spread must be 1 to 1e6, got 0\.5\.$"):
        requests.check(train(layer_spread=0.5))


@pytest.mark.parametrize("request_", [find(seeds=[3], pace=5), train(seeds=[0, 7])])
def test_a_checked_request_is_plain_json_and_checks_to_itself(request_):
    checked = requests.check(request_)
    assert requests.check(json.loads(json.dumps(checked))) == checked


@pytest.mark.parametrize("kind", ["find", "train"])
def test_defaults_are_what_a_request_gets(kind):
    defaults = requests.defaults(kind)
    checked = requests.check(find() if kind == "find" else train())
    assert defaults == {name: checked[name] for name in defaults}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (7, "A request must be an object with a kind, got 7."),
        (
            {"kind": "crash"},
            "A request's kind must be one of find, train, verdict, map, recommend, critical, "
            "fine_tune, cross_validate, predict, export, got crash.",
        ),
        (find(batch_size=0), "Range test: batch size must be 1 to 8,192, got 0."),
        (find(end=1e-8), "Range test: end (learning rate) must be above start, 1e-7, got 1e-8."),
        (find(start=0), "Range test: start (learning rate) must be 1e-12 to 1e4, got 0."),
        (find(start=float("nan")), "Range test: start (learning rate) must be 1e-12 to 1e4, got nan."),
        (find(start="x"), "Range test: start (learning rate) must be 1e-12 to 1e4, got x."),
        (find(num_it=0), "Range test: number of updates must be 1 to 100,000, got 0."),
        (find(stop="no"), "Range test: stop must be true or false, got no."),
        (find(pace=0), "Range test: pace (updates per second) must be 0.1 to 1000, got 0."),
        (find(seeds=[]), "Range test: number of seeds must be 1 to 32, got 0."),
        (find(seeds=[1, 1]), "Range test: seeds must be different whole numbers, 0 to 2,147,483,647, got [1, 1]."),
        (find(seeds=[True]), "Range test: seeds must be different whole numbers, 0 to 2,147,483,647, got [True]."),
        (find(seeds=[[]]), "Range test: seeds must be different whole numbers, 0 to 2,147,483,647, got [[]]."),
        (find(schedules=[]), "Range test: allowed are batch_size, data, device, end, kind, model, momentum, num_it, "
         "optimizer, pace, seeds, start, stop, vary, weight_decay, got schedules."),
        (train(schedules=[]), "Train: choose 1 to 8 schedules, got 0."),
        (train(schedules=[COSINE] * 9), "Train: choose 1 to 8 schedules, got 9."),
        (train(updates=2.5), "Train: number of updates must be 1 to 100,000, got 2.5."),
        (train(momentum=1), "Train: momentum must be 0 to under 1, got 1."),
        (train(device="tpu"), "Train: device must be one of auto, cpu, cuda, mps, got tpu."),
        (train(schedules=[{**COSINE, "label": "x" * 81}]), f"Train: label must be 1 to 80 characters, got {'x' * 81}."),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_with_one_sentence(request_, sentence):
    with pytest.raises(Refusal) as refusal:
        requests.check(request_)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("schedules", [[{}], ["cosine"], [{"schedule": "nope"}], [{"schedule": []}]])
def test_an_unknown_schedule_is_refused_with_the_known_ones(schedules):
    with pytest.raises(Refusal, match=r"^Train: schedule must be one of .*cosine.*, got "):
        requests.check(train(schedules=schedules))


def test_a_rule_that_follows_the_loss_is_completed_and_named():
    constant = {"schedule": "constant", "rule": {"name": "plateau", "parameters": {"patience": 3}}}
    (entry,) = requests.check(train(schedules=[constant]))["schedules"]
    assert entry["label"] == "Constant, reduced on plateau"
    assert (entry["rule"]["parameters"]["patience"], entry["rule"]["parameters"]["factor"]) == (3, 0.1)
    assert requests.check(train(schedules=[entry]))["schedules"] == [entry]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("plateau", "Train: rule must be one of plateau, greedy, got plateau."),
        ({"name": "hope"}, "Train: rule must be one of plateau, greedy, got hope."),
        ({"name": "greedy", "parameters": 3}, "Greedy: parameters must be an object, got 3."),
        ({"name": "greedy", "parameters": {"factor": 2}}, "Greedy: factor must be 1e-2 to 0.999, got 2."),
        ({"name": "plateau", "parameters": {"T": 2}}, "Reduce on plateau: there is no parameter T; allowed: factor, "
         "patience, threshold, threshold_mode, cooldown, min_lr."),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_one_sentence(rule, sentence):
    with pytest.raises(Refusal) as refusal:
        requests.check(train(schedules=[{"schedule": "constant", "rule": rule}]))
    assert str(refusal.value) == sentence


def test_a_schedules_own_parameters_are_refused_in_its_own_words():
    with pytest.raises(Refusal, match=r"^Cosine decay: peak \(learning rate\) must be "):
        requests.check(train(schedules=[{"schedule": "cosine", "parameters": {"peak": -1}}]))
    with pytest.raises(Refusal, match=r"^Cosine decay: there is no parameter "):
        requests.check(train(schedules=[{"schedule": "cosine", "parameters": {"T": 3}}]))


RUN = "01234567-89ab-cdef-0123-456789abcdef"
FILE = {"upload": "0" * 64, "filename": "new.csv"}


def predict(**other):
    return {"kind": "predict", "data": DIGITS, "model_of": {"run": RUN}, "files": [FILE], **other}


def tune(**other):
    return {"kind": "fine_tune", "data": DIGITS, **other}


def folds(**other):
    return {"kind": "cross_validate", "data": DIGITS, **other}


def test_a_training_leaves_out_what_it_does_not_use_of_the_toolbox():
    assert not {"mixup", "tta", "ensemble", "start"} & set(requests.check(train()))
    used = {"mixup": 0.4, "tta": {}, "ensemble": True, "start": {"run": RUN}}
    checked = requests.check(train(**used))
    assert (checked["mixup"], checked["ensemble"]) == (0.4, True)
    assert checked["tta"] == {"n": 4, "beta": 0.25, "use_max": False}
    assert checked["start"] == {"run": RUN, "schedule": 0}
    assert requests.check(train(start=FILE))["start"] == FILE


@pytest.mark.parametrize(
    "request_",
    [
        tune(),
        folds(folds=3),
        predict(tta={"beta": None}),
        train(tta={"n": 8, "transforms": {"flip": True, "shift": 0.1}}),
    ],
)
def test_a_request_of_the_toolbox_is_plain_json_and_checks_to_itself(request_):
    checked = requests.check(request_)
    assert requests.check(json.loads(json.dumps(checked))) == checked


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (train(mixup=11), "Train: MixUp's alpha must be 0 to 10, got 11."),
        (train(ensemble=1), "Train: ensemble must be true or false, got 1."),
        (train(tta=4), "Train: tta may hold n, beta, use_max, transforms, got 4."),
        (train(tta={"m": 4}), "Train: tta may hold n, beta, use_max, transforms, got m."),
        (train(tta={"n": 0}), "Train: tta's n must be a whole number, 1 to 64, got 0."),
        (train(tta={"transforms": {"turn": 1}}),
         "Train: tta's transforms may hold flip, shift, got {'turn': 1}."),
        (train(tta={"transforms": {"shift": 0.7}}), "Train: tta's shift must be 0 to 0.5, got 0.7."),
        (train(tta={"beta": 2}), "Train: tta's beta must be 0 to 1, got 2."),
        (train(start="mine"), "Train: the model must be named by its run, got mine."),
        (train(start={"run": "../x"}), "Train: the model must be named by its run, got ../x."),
        (train(start={"upload": "x"}), "Train: a file must be named by its SHA-256, got x."),
        (predict(files=[]), "Predict: choose 1 to 64 files, got 0."),
        (predict(files=[{**FILE, "filename": ""}]), "Predict: a filename must be text of 1 to 255 characters, got ."),
        (predict(model="linear"), "Predict: allowed are data, files, kind, model_of, tta, got model."),
        (folds(folds=1), "Cross-validation: folds must be a whole number, 2 to 20, got 1."),
        (tune(first="0"), "Fine-tuning: first must be a list of class names, got 0."),
        (tune(lr_mult=0.5), "Fine-tuning: lr_mult must be 1 to 1e6, got 0.5."),
    ],
)  # fmt: skip
def test_a_wrong_request_of_the_toolbox_is_refused_with_one_sentence(request_, sentence):
    with pytest.raises(Refusal) as refusal:
        requests.check(request_)
    assert str(refusal.value) == sentence
