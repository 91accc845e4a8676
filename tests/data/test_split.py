import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.split import Split, rows
from words import Refusal


@given(
    count=st.integers(3, 300),
    validation=st.floats(0.01, 0.4),
    test=st.floats(0.01, 0.4),
    seed=st.integers(0, 2**31 - 1),
    classes=st.integers(2, 5),
)
def test_parts_are_disjoint_whole_never_empty_and_repeatable(count, validation, test, seed, classes):
    split = Split(validation, test, seed)
    targets = np.random.default_rng(seed).integers(0, classes, count)
    parts = rows(split, targets, "classes")
    assert all(len(part) >= 1 and part.dtype == np.int64 for part in parts)
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    assert all(np.array_equal(one, two) for one, two in zip(parts, rows(split, targets, "classes"), strict=True))


def test_shares_are_kept_and_classes_are_drawn_in_proportion():
    targets = np.array([0] * 80 + [1] * 20)
    train, validation, test = rows(Split(), targets, "classes")
    assert [len(train), len(validation), len(test)] == [60, 20, 20]
    assert [int(targets[part].sum()) for part in (train, validation, test)] == [12, 4, 4]


def test_another_seed_draws_other_rows():
    targets = np.arange(100.0)
    assert not np.array_equal(rows(Split(seed=0), targets, "number")[2], rows(Split(seed=1), targets, "number")[2])


def test_a_class_with_one_row_falls_back_to_a_plain_draw():
    train, validation, test = rows(Split(), np.array([0] * 50 + [1] * 49 + [2]), "classes")
    assert [len(train), len(validation), len(test)] == [60, 20, 20]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"validation": 0.6}, "Split: validation (share of rows) must be 0.01 to 0.5, got 0.6."),
        ({"test": 0}, "Split: test (share of rows) must be 0.01 to 0.5, got 0."),
        ({"test": float("nan")}, "Split: test (share of rows) must be 0.01 to 0.5, got nan."),
        ({"test": "0.2"}, "Split: test (share of rows) must be 0.01 to 0.5, got 0.2."),
        ({"validation": 0.45, "test": 0.45}, "Split: validation and test together must be at most 0.8, got 0.9."),
        ({"seed": 1.5}, "Split: seed must be a whole number 0 to 2147483647, got 1.5."),
        ({"seed": -1}, "Split: seed must be a whole number 0 to 2147483647, got -1."),
        ({"fold": 2}, "Split: fold must be [number from 0, count of 2 to 20], got 2."),
        ({"fold": [5, 5]}, "Split: fold must be [number from 0, count of 2 to 20], got [5, 5]."),
        ({"fold": [0, 21]}, "Split: fold must be [number from 0, count of 2 to 20], got [0, 21]."),
        ({"fold": [0.0, 5]}, "Split: fold must be [number from 0, count of 2 to 20], got [0.0, 5]."),
        ({"shuffle": True}, "Split: allowed are validation, test, seed and fold, got shuffle."),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(Refusal) as refusal:
        Split.from_json(arguments)
    assert str(refusal.value) == sentence


def test_two_rows_are_too_few():
    with pytest.raises(Refusal) as refusal:
        rows(Split(), np.array([1.0, 2.0]), "number")
    assert str(refusal.value) == (
        "Too few rows: training, validation and test need at least one row each, so 3 in all, got 2."
    )


def test_it_survives_json():
    split = Split(0.1, 0.3, 7)
    assert Split.from_json(json.loads(json.dumps(split.to_json()))) == split
    assert Split.from_json({}) == Split()
