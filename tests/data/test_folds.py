import numpy as np
import pytest

from data import choice, folds, samples
from data.split import Split, rows
from data.split import folds as parts
from words import Refusal

DIGITS = {"builtin": "digits", "split": {"seed": 3}}
SHAPES = {"builtin": "shapes"}


def nothing(_):
    raise AssertionError("a built-in set needs no upload")


def test_each_row_that_is_not_for_testing_validates_once():
    whole = choice.load(DIGITS, nothing)
    tasks = list(folds.load(DIGITS, 5, nothing))
    seen = np.concatenate([task.validation for task in tasks])
    assert sorted(seen) == sorted([*whole.train, *whole.validation])
    for task in tasks:
        np.testing.assert_array_equal(task.test, whole.test)
        assert not set(task.train) & set(task.validation)
        assert len(task.train) + len(task.validation) == len(seen)
        counts = np.bincount(task.targets[task.validation])
        assert counts.max() - counts.min() <= 3  # of about 29 a class: spread evenly


def test_a_table_is_prepared_anew_on_each_folds_training_rows():
    raw = samples.sample_csv()
    chosen = _sample(raw)
    first, second = list(folds.load(chosen, 2, lambda _: raw))
    assert first.recipe["columns"][0]["mean"] != second.recipe["columns"][0]["mean"]
    assert first.target_mean != second.target_mean
    # The scale was learned on the fold's own training rows: these have mean 0 and deviation 1.
    place = first.feature_names.index("distance")
    for task in (first, second):
        column = task.inputs[task.train, place].astype(np.float64)
        assert column.mean() == pytest.approx(0, abs=1e-6)
        assert column.std() == pytest.approx(1, rel=1e-6)


def test_the_folds_of_a_task_are_those_of_its_choice():
    whole = choice.load(DIGITS, nothing)
    for loaded, made in zip(folds.load(DIGITS, 3, nothing), folds.folds(whole, 3, seed=3), strict=True):
        np.testing.assert_array_equal(loaded.validation, made.validation)
        np.testing.assert_array_equal(loaded.train, made.train)


def test_images_get_the_mean_and_deviation_of_each_folds_training_rows():
    tasks = list(folds.load(SHAPES, 2, nothing))
    assert tasks[0].recipe["mean"] != tasks[1].recipe["mean"]
    for task in tasks:
        assert task.recipe["mean"] == pytest.approx(task.inputs[task.train].mean(axis=(0, 2, 3)) / 255)
        assert task.recipe["std"] == pytest.approx(task.inputs[task.train].std(axis=(0, 2, 3)) / 255)


def test_a_number_target_is_scaled_by_each_folds_training_rows():
    whole = choice.load({"builtin": "diabetes"}, nothing)
    own = whole.targets * whole.target_scale + whole.target_mean
    for task in folds.folds(whole, 3):
        assert task.targets[task.train].mean() == pytest.approx(0, abs=1e-6)
        np.testing.assert_allclose(task.targets * task.target_scale + task.target_mean, own, rtol=1e-5)


def test_a_fold_is_part_of_the_split_and_without_one_nothing_changes():
    assert Split().to_json() == {"validation": 0.2, "test": 0.2, "seed": 0}
    assert Split.from_json(Split(fold=(1, 4)).to_json()) == Split(fold=(1, 4))
    targets = np.arange(20.0)
    train, validation, test = rows(Split(fold=(0, 4)), targets, "number")
    assert (len(train), len(validation), len(test)) == (12, 4, 4)
    np.testing.assert_array_equal(test, rows(Split(), targets, "number")[2])


def test_a_class_with_fewer_rows_than_folds_is_in_as_many_as_it_has_rows():
    targets = np.array([0] * 10 + [1] * 2)
    found = parts(np.arange(12), targets, "classes", 3, 0)
    assert sorted(int(targets[part].sum()) for part in found) == [0, 1, 1]
    # No class has as many rows as there are folds: parted without regard to classes.
    assert sorted(len(part) for part in parts(np.arange(4), np.array([0, 0, 1, 1]), "classes", 4, 0)) == [1] * 4


@pytest.mark.parametrize(("k", "count"), [(1, 10), (5, 4), (21, 100)])
def test_refusals(k, count):
    with pytest.raises(Refusal) as refusal:
        parts(np.arange(count), np.zeros(count, dtype=int), "classes", k, 0)
    wanted = f"Cross-validation: folds must be 2 to 20, at most one a row, got {k} for {count} rows."
    assert str(refusal.value) == wanted


def _sample(raw):
    from hashlib import sha256

    from data.columns import propose
    from data.reading import read

    plan = propose(read(raw, "sales.csv"), "price").to_json()
    return {"upload": sha256(raw).hexdigest(), "filename": "sales.csv", "plan": plan, "split": {}}
