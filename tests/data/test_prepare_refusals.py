import numpy as np
import pandas as pd
import pytest

from data.columns import Plan
from data.prepare import prepare
from data.split import Split, rows
from words import Refusal

ROWS = 40
X = np.arange(ROWS) * 1.0
WORDS = np.array(["a", "b"] * (ROWS // 2), dtype=object)


def with_cells(cells, changed):
    cells = np.array(cells, dtype=object if isinstance(cells[0], str) else float)
    for row, value in changed.items():
        cells[row] = value
    return cells


TARGETS = [
    ("number", np.full(ROWS, 3.0), "The target y is 3 in every row, so there is nothing to learn."),
    ("classes", with_cells(["a"] * ROWS, {3: None}), "The target y is a in every row, so there is nothing to learn."),
    ("number", np.full(ROWS, np.nan), "The target y is missing in every row."),
    ("classes", np.full(ROWS, None), "The target y is missing in every row."),
    ("number", with_cells(X, {6: np.inf}), "The target y is infinite in row 7; it must be a finite number."),
    ("number", WORDS, "The target y must be a number in every row, got 'a' in row 1."),
    ("number", with_cells(np.full(ROWS, np.nan), {0: 1, 1: 2}),
     "Too few rows: training, validation and test need at least one row each, so 3 in all, got 2."),
    ("classes", X, "The target y has 40 classes in 40 rows, 40 of them with one row only; classes must repeat (for"
     " amounts, choose number)."),
    ("classes", with_cells(X, {1: 0}), "The target y has 39 classes in 40 rows, 38 of them with one row only; classes"
     " must repeat (for amounts, choose number)."),
    ("number", with_cells(np.ones(ROWS), {31: 1e300, 30: -1e300}),
     "The target y spans -1e+300 to 1e+300, which cannot be scaled."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "target", "sentence"), TARGETS)
def test_targets_that_cannot_be_learned(kind, target, sentence):
    with pytest.raises(Refusal) as refusal:
        prepare(pd.DataFrame({"x": X, "y": target}), Plan("y", kind, {"x": "number"}), Split(), "bad")
    assert str(refusal.value) == sentence


COLUMNS = [
    (Plan("z", "number", {}), "The target z is not in the table; its columns are x, w, c, y."),
    (Plan("y", "number", {"v": "number"}), "The plan's column v is not in the table; its columns are x, w, c, y."),
    (Plan("y", "number", {"x": "amount"}), "Column x must be one of number, category, date, ignore, got amount."),
    (Plan("y", "number", {"w": "number"}), "Column w must hold a number in every row, got 'a' in row 2."),
    (Plan("y", "number", {"w": "date"}), "Column w must hold a date (iso) in every row, got 'a' in row 2."),
    (Plan("y", "number", {"x": "ignore"}), "No column is left to learn y from: all are ignored or constant."),
    (Plan("y", "number", {"c": "number"}), "No column is left to learn y from: all are ignored or constant."),
    (Plan("y", "number", {}), "No column is left to learn y from: all are ignored or constant."),
]


@pytest.mark.parametrize(("plan", "sentence"), COLUMNS)
def test_plans_that_cannot_be_followed(plan, sentence):
    """The first row has no target: cells are still named by the row that the user sees."""
    words = with_cells(list(WORDS), {0: None, 1: "a"})
    table = pd.DataFrame({"x": X, "w": words, "c": np.ones(ROWS), "y": with_cells(X, {0: np.nan})})
    with pytest.raises(Refusal) as refusal:
        prepare(table, plan, Split(), "bad")
    assert str(refusal.value) == sentence


def test_the_line_of_an_infinite_target_comes_from_the_file():
    table = pd.DataFrame({"x": X, "y": with_cells(X, {6: np.nan})})
    with pytest.raises(Refusal) as refusal:
        prepare(table, Plan("y", "number", {"x": "number"}), Split(), "bad", infinite={"y": 12})
    assert str(refusal.value) == "The target y is infinite in line 12; it must be a finite number."


def test_more_than_a_thousand_classes_are_refused():
    target = np.arange(2002) % 1001 * 1.0
    table = pd.DataFrame({"x": np.arange(2002.0), "y": target})
    with pytest.raises(Refusal) as refusal:
        prepare(table, Plan("y", "classes", {"x": "number"}), Split(), "bad")
    assert str(refusal.value) == "The target y has 1001 classes; at most 1000 are allowed."


def test_dates_that_read_both_ways_are_refused():
    table = pd.DataFrame({"d": np.array(["01/02/2024", "03/04/2024"] * 20, dtype=object), "y": X})
    with pytest.raises(Refusal) as refusal:
        prepare(table, Plan("y", "number", {"d": "date"}), Split(), "bad")
    assert str(refusal.value) == (
        "Column d holds dates that can be read day first or month first; write them as 2024-05-31."
    )


def test_training_rows_of_one_class_are_refused():
    table = pd.DataFrame({"x": X, "y": np.array(["a"] * 39 + ["b"], dtype=object)})
    plan = Plan("y", "classes", {"x": "number"})
    draws = [rows(Split(seed=seed), (table["y"] == "b").to_numpy(), "classes") for seed in range(20)]
    lucky = next(seed for seed in range(20) if 39 in draws[seed][0])
    unlucky = next(seed for seed in range(20) if 39 not in draws[seed][0])
    assert prepare(table, plan, Split(seed=lucky), "rare").class_names == ("a", "b")
    with pytest.raises(Refusal) as refusal:
        prepare(table, plan, Split(seed=unlucky), "rare")
    assert str(refusal.value) == "All 24 training rows have the same y; more rows or another seed are needed."


def test_columns_too_large_to_scale_are_refused():
    table = pd.DataFrame({"x": np.where(X % 2 == 0, 1e300, -1e300), "y": X})
    with pytest.raises(Refusal) as refusal:
        prepare(table, Plan("y", "number", {"x": "number"}), Split(), "bad")
    assert str(refusal.value) == "Column x spans -1e+300 to 1e+300, which cannot be scaled."


def test_rows_without_a_target_are_left_out():
    table = pd.DataFrame({"x": X, "y": with_cells(X**2, {0: np.nan, 5: np.nan})})
    assert len(prepare(table, Plan("y", "number", {"x": "number"}), Split(), "fine").inputs) == ROWS - 2


def test_three_rows_are_enough():
    table = pd.DataFrame({"x": [1.0, 2.0, 5.0, 7.0], "y": [1.0, 2.0, 3.0, 4.0]})
    task = prepare(table, Plan("y", "number", {"x": "number"}), Split(), "tiny")
    assert [len(task.train), len(task.validation), len(task.test)] == [2, 1, 1]


def test_several_labels_a_row_are_refused_for_a_table():
    table = pd.DataFrame({"x": X, "y": WORDS})
    with pytest.raises(Refusal) as refusal:
        prepare(table, Plan("y", "multi-label", {"x": "number"}), Split(), "table")
    assert str(refusal.value) == "The target y of a table must be of kind classes or number, got multi-label."
