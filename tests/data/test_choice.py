import hashlib
import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from data import choice as choices
from data.columns import propose
from data.reading import read
from data.samples import sample_csv
from words import Refusal

RAW = sample_csv()
SHA = hashlib.sha256(RAW).hexdigest()


def upload():
    plan = propose(read(RAW, "houses.csv")).to_json()
    return {"upload": SHA, "filename": "houses.csv", "plan": plan, "split": {"seed": 3}}


def no_upload(name):
    raise AssertionError(name)


def test_a_built_in_choice_loads_without_an_upload():
    task = choices.load({"builtin": "moons", "options": {"rows": 200}, "split": {"test": 0.1}}, no_upload)
    assert (task.name, len(task.inputs), len(task.test)) == ("moons", 200, 20)


def test_defaults_are_filled_in():
    assert choices.check({"builtin": "iris"}) == {
        "builtin": "iris", "options": {}, "split": {"validation": 0.2, "test": 0.2, "seed": 0},
    }  # fmt: skip


def test_the_sample_goes_all_the_way_from_bytes_to_a_task_with_a_real_signal():
    plan = propose(read(RAW, "houses.csv"))
    assert (plan.target, plan.kind) == ("price", "number")
    assert plan.columns == {
        "sale": "ignore", "area": "number", "rooms": "number", "district": "category", "condition": "category",
        "built": "date", "distance": "number",
    }  # fmt: skip
    task = choices.load(upload(), {SHA: RAW}.__getitem__)
    assert (task.name, len(task.inputs), task.target_name) == ("houses", 400, "price")
    assert {"area missing", "condition missing", "built missing"} <= set(task.feature_names)
    model = HistGradientBoostingRegressor(max_iter=60).fit(task.inputs[task.train], task.targets[task.train])
    assert 0.7 < model.score(task.inputs[task.test], task.targets[task.test]) < 0.99


def test_the_sample_is_the_same_each_time():
    assert sample_csv() == RAW


def test_fingerprints_are_equal_exactly_for_equal_tasks():
    first = upload()
    second = json.loads(json.dumps({name: first[name] for name in reversed(first)}))
    second["plan"]["warnings"] = []
    second["split"] = {"seed": 3, "test": 0.2}
    assert choices.fingerprint(first) == choices.fingerprint(second)
    assert len(choices.fingerprint(first)) == 64
    second["split"]["seed"] = 4
    assert choices.fingerprint(first) != choices.fingerprint(second)
    assert choices.fingerprint({"builtin": "iris"}) == choices.fingerprint(
        {"builtin": "iris", "options": {}, "split": {}}
    )
    assert choices.fingerprint({"builtin": "iris"}) != choices.fingerprint({"builtin": "wine"})


def test_equal_choices_give_equal_arrays():
    first, second = (choices.load(upload(), {SHA: RAW}.__getitem__) for _ in range(2))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    np.testing.assert_array_equal(first.train, second.train)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"builtin": "iris"}, "The data must be either built in or uploaded, got "),
        ({"upload": "../../etc"}, "The upload must be named by its SHA-256, 64 digits of 0 to f, got ../../etc."),
        ({"filename": ""}, "The filename must be text of 1 to 255 characters, got ."),
        ({"plan": None}, "Plan: must be an object with target, kind and columns, got None."),
        ({"split": {"test": 2}}, "Split: test (share of rows) must be 0.01 to 0.5, got 2."),
        ({"rows": 3}, "The data's choice may hold upload, filename, plan, split, got rows."),
    ],
)
def test_refusals(changed, sentence):
    with pytest.raises(Refusal) as refusal:
        choices.check(upload() | changed)
    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize("choice", [None, [], {}, {"split": {}}])
def test_what_is_no_choice(choice):
    with pytest.raises(Refusal) as refusal:
        choices.check(choice)
    assert str(refusal.value) == f"The data must be either built in or uploaded, got {choice}."


def test_a_damaged_upload_is_refused():
    with pytest.raises(Refusal) as refusal:
        choices.load(upload(), lambda _: RAW + b"\n")
    assert str(refusal.value) == "The stored upload houses.csv is damaged; upload it again."
