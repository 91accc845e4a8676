"""What a recipe makes of rows equals what scikit-learn's own pipeline makes of them."""

import ast
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from data import recipe
from data.columns import Plan
from data.prepare import prepare
from data.split import Split

ROWS = 900


def made_table(seed=0, rows=ROWS):
    random = np.random.default_rng(seed)
    level = random.choice(["red", "green", "blue"], rows).astype(object)
    level[random.random(rows) < 0.1] = None
    many = np.array([f"v{int(number):03}" for number in random.geometric(0.03, rows)], dtype=object)
    area = random.lognormal(4, 1, rows)
    area[random.random(rows) < 0.1] = np.nan
    day = np.array(
        [(date(2020, 1, 1) + timedelta(days=int(n))).isoformat() for n in random.integers(0, 900, rows)], object
    )
    day[random.random(rows) < 0.05] = None
    return pd.DataFrame({
        "area": area, "rooms": random.integers(1, 9, rows).astype(float),
        "code": random.integers(1, 5, rows).astype(float),
        "level": level, "many": many, "day": day, "constant": 7.0, "empty": np.full(rows, np.nan),
        "price": random.normal(300, 50, rows),
    })  # fmt: skip


PLAN = Plan("price", "number", {
    "area": "number", "rooms": "number", "level": "category", "many": "category", "code": "category", "day": "date",
    "constant": "number", "empty": "number",
})  # fmt: skip


@pytest.fixture(scope="module")
def task():
    return prepare(made_table(), PLAN, Split(), "houses")


def oracle(train):
    """One-hot with the 50 most frequent levels and missing as a level of its own; medians, scaling, indicators."""
    numbers = FeatureUnion([
        ("value", make_pipeline(SimpleImputer(strategy="median"), StandardScaler())), ("missing", MissingIndicator()),
    ])  # fmt: skip
    encoder = OneHotEncoder(max_categories=51, handle_unknown="infrequent_if_exist", sparse_output=False)
    level = OneHotEncoder(categories=[["blue", "green", "red", None]], handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer([
        ("area", numbers, ["area"]), ("rooms", StandardScaler(), ["rooms"]), ("level", level, ["level"]),
        ("many", encoder, ["many"]), ("code", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["code"]),
    ]).fit(train)  # fmt: skip


def test_inputs_equal_the_pipeline_fitted_on_training_rows(task):
    table = made_table().astype({"level": object, "many": object})
    table["level"] = table["level"].where(table["level"].notna(), None)
    expected = oracle(table.iloc[task.train]).transform(table)
    assert "many = (other)" in task.feature_names
    assert list(task.feature_names[:7]) == [
        "area", "area missing", "rooms", "level = blue", "level = green", "level = red", "level missing",
    ]  # fmt: skip
    np.testing.assert_allclose(task.inputs[:, : expected.shape[1]], expected, rtol=1e-6, atol=1e-6)


def test_the_target_is_scaled_by_training_rows(task):
    price = made_table()["price"].to_numpy()
    scaler = StandardScaler().fit(price[task.train, None])
    np.testing.assert_allclose(task.targets, scaler.transform(price[:, None])[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(recipe.decode(task.recipe, task.targets[:, None]), price, rtol=1e-6)


def test_changing_rows_outside_training_changes_nothing_that_was_learned(task):
    table = made_table()
    outside = np.concatenate([task.validation, task.test])
    table.loc[outside, ["area", "rooms", "price"]] *= 100
    table.loc[outside, "level"] = "purple"
    again = prepare(table, PLAN, Split(), "houses")
    assert again.recipe == task.recipe
    np.testing.assert_array_equal(again.inputs[task.train], task.inputs[task.train])


def test_columns_alike_in_all_training_rows_are_skipped_and_named(task):
    assert task.recipe["skipped"] == ["constant", "empty"]


def columns_of(table):
    return {name: table[name].tolist() for name in PLAN.columns}


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(40)), as_json=st.booleans())
def test_shuffled_rows_give_shuffled_inputs(task, order, as_json):
    kept = json.loads(json.dumps(task.recipe)) if as_json else task.recipe
    rows = made_table().iloc[list(order)]
    np.testing.assert_array_equal(recipe.apply(kept, columns_of(rows)), task.inputs[list(order)])


@settings(max_examples=40, deadline=None)
@given(
    row=st.fixed_dictionaries(
        {
            "area": st.one_of(st.none(), st.floats()),
            "rooms": st.one_of(st.none(), st.floats(), st.integers(-(10**30), 10**30)),
            "level": st.one_of(st.none(), st.text()),
            "many": st.one_of(st.none(), st.text()),
            "code": st.one_of(st.none(), st.integers(), st.text()),
            "day": st.one_of(st.none(), st.dates().map(date.isoformat), st.datetimes()),
        }
    )
)
def test_whatever_new_rows_hold_inputs_stay_finite(task, row):
    inputs = recipe.apply(task.recipe, {name: [cell] for name, cell in row.items()})
    assert inputs.shape == (1, task.features)
    assert inputs.dtype == np.float32
    assert np.isfinite(inputs).all()


def test_unseen_levels_fall_to_other_or_to_none(task):
    row = {
        "area": [50],
        "rooms": [3],
        "level": ["purple"],
        "many": ["never seen"],
        "code": ["1"],
        "day": ["2020-01-01"],
    }
    named = dict(zip(task.feature_names, recipe.apply(task.recipe, row)[0].tolist(), strict=True))
    assert [value for name, value in named.items() if name.startswith("level")] == [0, 0, 0, 0]
    assert [name for name, value in named.items() if name.startswith("many") and value] == ["many = (other)"]
    assert [name for name, value in named.items() if name.startswith("code") and value] == ["code = 1"]


def test_new_rows_may_miss_everything(task):
    inputs = recipe.apply(task.recipe, {name: [None, None, None] for name in PLAN.columns})
    named = dict(zip(task.feature_names, inputs[2].tolist(), strict=True))
    assert (named["area missing"], named["level missing"], named["day missing"]) == (1, 1, 1)
    train = made_table()["area"].to_numpy()[task.train]
    filled = np.where(np.isnan(train), np.nanmedian(train), train)
    assert named["area"] == pytest.approx((np.nanmedian(train) - filled.mean()) / filled.std(), rel=1e-6)


def test_no_rows_give_no_inputs(task):
    assert recipe.apply(task.recipe, {name: [] for name in PLAN.columns}).shape == (0, task.features)


def test_dates_become_days_and_waves():
    days = ["1970-01-01", "1970-01-08", "1970-01-04T12:00", "1970-01-02T00:00+02:00"]
    table = pd.DataFrame({"when": days * 5, "y": np.arange(20.0)})
    task = prepare(table, Plan("y", "number", {"when": "date"}), Split(), "days")
    assert task.feature_names == (
        "when: days", "when: sine of the year", "when: cosine of the year", "when: sine of the week",
        "when: cosine of the week", "when: sine of the day", "when: cosine of the day",
    )  # fmt: skip
    entry = task.recipe["columns"][0]
    own = task.inputs[:4, 0] * entry["scale"] + entry["mean"] + entry["first"]
    np.testing.assert_allclose(own, [0, 7, 3.5, 22 / 24], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(task.inputs[0, 3:5], task.inputs[1, 3:5], rtol=1e-6, atol=1e-6)  # a week later
    assert task.inputs[2, 6] == pytest.approx(-1)  # noon is half a turn from midnight


@pytest.mark.parametrize(
    ("order", "cell"),
    [
        ("iso", "2024-05-31"), ("iso", "2024/05/31"), ("iso", "2024-05-31T00:00:00"), ("day first", "31/05/2024"),
        ("day first", "31.5.2024"), ("day first", "31-05-2024 0:00"), ("month first", "5/31/2024"),
        ("month first", "05/31/2024 00:00:00"), ("iso", date(2024, 5, 31)), ("iso", datetime(2024, 5, 31)),
        ("iso", pd.Timestamp("2024-05-31")),
    ],
)  # fmt: skip
def test_every_way_to_write_a_date_reads_alike(order, cell):
    expected = float((date(2024, 5, 31) - date(1970, 1, 1)).days)
    read = recipe.days("when", [cell, None, "", pd.NaT], order)
    assert read[0] == expected
    assert np.isnan(read[1:]).all()


def test_date_arrays_read_like_their_text():
    array = np.array(["2024-05-31T12:00", "NaT"], dtype="datetime64[ns]")
    np.testing.assert_allclose(recipe.days("when", array, "iso"), [19874.5, np.nan])


def test_classes_decode_to_their_names():
    table = pd.DataFrame({"x": np.arange(40.0), "y": np.tile([10.0, 2.0], 20)})
    task = prepare(table, Plan("y", "classes", {"x": "number"}), Split(), "two")
    assert task.class_names == ("2", "10")
    assert recipe.decode(task.recipe, np.eye(2)[task.targets[:4]]).tolist() == ["10", "2", "10", "2"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rooms": ["many"]}, "Column rooms, row 1: 'many' is not a number."),
        ({"day": ["31st of May"]}, "Column day, row 1: '31st of May' is not a date (iso)."),
        ({"rooms": [1, 2]}, "The columns differ in length: 1 to 2 rows."),
        ({"rooms": None}, "Column rooms is not in the new rows."),
    ],
)
def test_what_cannot_be_read_is_named(task, changed, sentence):
    row = {name: [None] for name in PLAN.columns} | changed
    with pytest.raises(ValueError, match=r".") as error:
        recipe.apply(task.recipe, {name: cells for name, cells in row.items() if cells is not None})
    assert str(error.value) == sentence


def test_the_recipe_file_needs_numpy_alone():
    tree = ast.parse(Path(recipe.__file__).read_text())
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported == {"collections", "datetime", "math", "numpy", "typing"}
