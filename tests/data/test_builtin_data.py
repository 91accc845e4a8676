import json

import numpy as np
import pytest
from sklearn import datasets
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from data import builtin, recipe
from data.split import Split
from data.task import load, save
from words import Refusal


@pytest.mark.parametrize("name", builtin.BUILTIN)
def test_every_set_is_a_sound_task(name):
    task = builtin.task(name)
    built = builtin.BUILTIN[name]
    assert task.inputs.shape == (built.rows, len(task.feature_names)) == (built.rows, task.features)
    assert task.inputs.dtype == np.float32
    assert np.isfinite(task.inputs).all()
    assert task.kind == built.kind
    assert sorted(np.concatenate([task.train, task.validation, task.test]).tolist()) == list(range(built.rows))
    assert json.loads(json.dumps(task.recipe)) == task.recipe
    if task.kind == "classes":
        assert task.targets.dtype == np.int64
        assert set(task.targets.tolist()) == set(range(task.outputs))
        assert list(task.class_names) == sorted(task.class_names)
    else:
        assert task.outputs == 1
        assert task.targets.dtype == np.float32
        assert task.targets[task.train].mean() == pytest.approx(0, abs=1e-6)
        assert task.targets[task.train].std() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(("name", "least"), [("iris", 0.9), ("wine", 0.9), ("moons", 0.9), ("circles", 0.9),
                                             ("spirals", 0.9), ("breast_cancer", 0.9), ("digits", 0.95)])  # fmt: skip
def test_classes_can_be_learned(name, least):
    task = builtin.task(name)
    model = KNeighborsClassifier(7).fit(task.inputs[task.train], task.targets[task.train])
    assert model.score(task.inputs[task.test], task.targets[task.test]) >= least


@pytest.mark.parametrize(("name", "least"), [("diabetes", 0.25), ("regression", 0.6)])
def test_numbers_can_be_learned(name, least):
    task = builtin.task(name)
    model = KNeighborsRegressor(9).fit(task.inputs[task.train], task.targets[task.train])
    assert model.score(task.inputs[task.test], task.targets[task.test]) >= least


def test_inputs_are_standardised_by_training_rows_alone():
    task = builtin.task("wine")
    np.testing.assert_allclose(task.inputs[task.train].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(task.inputs[task.train].std(axis=0), 1, rtol=1e-5)
    assert abs(task.inputs.mean(axis=0)).max() > 1e-4


def test_digits_stay_images():
    task = builtin.task("digits")
    np.testing.assert_array_equal(task.inputs, (datasets.load_digits().data / 16).astype(np.float32))
    np.testing.assert_array_equal(task.targets, datasets.load_digits().target)


def test_own_units_come_back():
    task = builtin.task("diabetes")
    np.testing.assert_allclose(recipe.decode(task.recipe, task.targets), datasets.load_diabetes().target, rtol=1e-5)


def test_options_decide_rows_and_seed():
    small = builtin.task("spirals", {"rows": 300, "seed": 3}, Split(0.1, 0.1, 5))
    assert (len(small.inputs), len(small.test)) == (300, 30)
    assert not np.array_equal(small.inputs, builtin.task("spirals", {"rows": 300, "seed": 4}).inputs)
    assert builtin.check("moons", {}) == {"rows": 1000, "noise": 0.2, "seed": 0}


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("mnist", {}, f"Built-in data: must be one of {', '.join(builtin.BUILTIN)}, got mnist."),
        (["iris"], {}, f"Built-in data: must be one of {', '.join(builtin.BUILTIN)}, got ['iris']."),
        ("iris", {"rows": 100}, "Iris: allowed options are none, got rows."),
        ("moons", {"rows": 50}, "Two moons: rows must be a whole number 100 to 20000, got 50."),
        ("moons", {"rows": 100.5}, "Two moons: rows must be a whole number 100 to 20000, got 100.5."),
        ("moons", {"noise": float("nan")}, "Two moons: noise must be a number 0 to 1, got nan."),
        ("moons", {"noise": True}, "Two moons: noise must be a number 0 to 1, got True."),
        ("moons", [], "Two moons: options must be an object, got []."),
    ],
)
def test_refusals(name, options, sentence):
    with pytest.raises(Refusal) as refusal:
        builtin.check(name, options)
    assert str(refusal.value) == sentence


def test_a_stored_task_comes_back_whole():
    task = builtin.task("regression", {"rows": 100})
    back = load(save(task))
    for name in ("inputs", "targets", "train", "validation", "test"):
        np.testing.assert_array_equal(getattr(back, name), getattr(task, name))
        assert getattr(back, name).dtype == getattr(task, name).dtype
    for name in (
        "name",
        "kind",
        "class_names",
        "recipe",
        "target_name",
        "target_mean",
        "target_scale",
        "feature_names",
    ):
        assert getattr(back, name) == getattr(task, name)


@pytest.mark.parametrize("stored", [b"", b"nonsense", save(builtin.task("iris"))[:-50]])
def test_bytes_that_are_no_task_are_refused(stored):
    with pytest.raises(Refusal, match=f"These {len(stored)} bytes are not a stored task"):
        load(stored)
