import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.columns import Plan, propose
from words import Refusal

ROWS = 200
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=ROWS)
COLOURS = RANDOM.choice(["red", "green"], ROWS).astype(object)


def sentences(plan, column):
    return [warning.sentence for warning in plan.warnings if warning.column == column]


def table(**columns):
    return pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "target", "b"], "target"),
        (["price", "class", "b"], "class"),
        (["House_Price", "a", "b"], "House_Price"),
        (["a", "SalePrice", "b"], "SalePrice"),
        (["y", "a", "b"], "y"),
        (["a", "b", "c"], "c"),
        (["subclass_of", "b", "yearly"], "yearly"),
    ],
)
def test_the_target_is_found_by_its_usual_name_or_stands_last(names, expected):
    random = np.random.default_rng(1)
    assert propose(pd.DataFrame({name: random.normal(size=ROWS) for name in names})).target == expected


def test_identifiers_constants_dates_and_free_text_are_no_targets():
    given = table(
        x=NUMBERS, colour=COLOURS, day=np.array(["2024-01-01", "2024-01-02"] * 100, object), constant=[1.0] * ROWS,
        word=[f"w{n % 190}" for n in range(ROWS)], number=np.arange(ROWS) + 7.0,
    )  # fmt: skip
    plan = propose(given)
    assert plan.target == "colour"
    assert plan.kind == "classes"
    assert plan.columns == {"x": "number", "day": "date", "constant": "ignore", "word": "ignore", "number": "ignore"}


def test_an_identifier_named_like_a_target_is_no_target():
    assert propose(table(x=NUMBERS, label=np.arange(ROWS) * 1.0)).target == "x"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (COLOURS, "classes"),
        (np.arange(ROWS) % 2 * 1.0, "classes"),
        (np.arange(ROWS) % 20 * 1.0, "classes"),
        (np.arange(ROWS) % 21 * 1.0, "number"),
        (np.arange(ROWS) % 3 + 0.5, "number"),
        (NUMBERS, "number"),
    ],
)
def test_text_and_few_whole_numbers_are_classes(cells, kind):
    assert propose(table(x=NUMBERS, y=cells), "y").kind == kind


def test_few_rows_of_many_whole_numbers_are_numbers():
    assert propose(table(x=NUMBERS[:12], y=[3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]), "y").kind == "number"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["2024-05-31", None], "date"),
        (["2024-05-31 12:30", "2024-05-30 01:00:00"], "date"),
        (["31/05/2024", "01/02/2024"], "date"),
        (["05/31/2024", "01/02/2024"], "date"),
        (["01.02.2024", "02.03.2024"], "date"),
        (["1/2/2024 9:05", "13/2/2024 10:00"], "date"),
        (["01/02/2024", "02/03/2024"], "category"),
        (["31/05/2024", "05/31/2024"], "category"),
        (["2024-05-31", "tomorrow"], "category"),
        (["1.2.3", "2.3.4"], "category"),
    ],
)
def test_dates_are_seen_where_they_are_unambiguous(cells, kind):
    plan = propose(table(day=np.array(cells * 100, dtype=object), y=NUMBERS), "y")
    assert plan.columns == {"day": kind}


def test_what_the_user_is_told():
    given = table(
        id=np.arange(ROWS) * 1.0, order_id=np.arange(ROWS) * 3.0, name=[f"person {n}" for n in range(ROWS)],
        one=["same"] * ROWS, none=[None] * ROWS, text=[f"w{n % 190}" for n in range(ROWS)],
        many=[f"c{n % 60}" for n in range(ROWS)], when=["01/02/2024", "02/03/2024"] * 100,
        y=np.where(np.arange(ROWS) < 3, np.nan, NUMBERS),
    )  # fmt: skip
    plan = propose(given, "y")
    assert [(warning.column, warning.sentence) for warning in plan.warnings] == [
        ("y", "The target is missing in 3 of 200 rows; they are left out."),
        ("id", "It counts the rows, like an identifier."),
        ("order_id", "Every row has its own whole number, and its name says identifier."),
        ("name", "Every row has its own text, like an identifier."),
        ("one", "Every row holds same."),
        ("none", "Every cell is missing."),
        ("text", "It has nearly as many values as rows (190)."),
        ("many", "It has 60 categories; the 50 most frequent keep their own input, the rest share one."),
        (
            "when",
            "Its dates can be read day first or month first; write them as 2024-05-31 to use them as dates.",
        ),
    ]


def test_what_reading_found_is_followed():
    reading = SimpleNamespace(
        table=table(row=NUMBERS, x=NUMBERS**2, y=NUMBERS**3), infinite={"x": 17}, ignored=("row",)
    )
    plan = propose(reading, "y")
    assert plan.columns == {"row": "ignore", "x": "number"}
    assert sentences(plan, "x") == ["It holds infinite values, the first in line 17; they count as missing."]


def test_infinite_cells_of_a_plain_table_are_told_too():
    cells = np.where(np.arange(ROWS) == 5, np.inf, NUMBERS)
    assert "the first in line 7" in sentences(propose(table(x=cells, y=NUMBERS**2), "y"), "x")[0]


RANKED = np.sort(RANDOM.lognormal(size=ROWS))


@pytest.mark.parametrize(
    ("cells", "target", "told"),
    [
        (RANKED * 1.1 + 3, RANKED, "It may give y away: both rise and fall together (rank correlation 1.0000)."),
        (-np.exp(RANKED), RANKED, "It may give y away: both rise and fall together (rank correlation -1.0000)."),
        (np.where(COLOURS == "red", "r", "g"), np.where(COLOURS == "red", 1.5, 2.5),
         "It may give y away: rows of equal value have equal y (R2 1.0000)."),
        (np.where(COLOURS == "red", 1.0, 2.0), COLOURS,
         "It may give the target away: alone it tells the class of 100 % of the rows."),
        (np.where(COLOURS == "red", NUMBERS, NUMBERS + 50), COLOURS,
         "It may give the target away: its values alone part the classes (AUC 1.0000)."),
        (np.where(COLOURS == "red", np.nan, NUMBERS), COLOURS,
         "It may give the target away: its values alone part the classes (AUC 1.0000)."),
        (RANKED, np.array(["b"] * 60 + ["a"] * 70 + ["c"] * 70, object),
         "It may give the target away: its values alone part the classes (AUC 1.0000)."),
    ],
)  # fmt: skip
def test_columns_that_give_the_target_away_are_pointed_out_and_kept(cells, target, told):
    plan = propose(table(x=cells, y=target), "y")
    assert sentences(plan, "x") == [told]
    assert plan.columns["x"] != "ignore"


@pytest.mark.parametrize(
    ("cells", "target"),
    [
        (RANKED + RANDOM.normal(size=ROWS), RANKED),
        (COLOURS, NUMBERS),
        (NUMBERS + (COLOURS == "red"), COLOURS),
        (np.array([f"w{n % 100}" for n in range(ROWS)], object), np.array([f"c{n % 4}" for n in range(ROWS)], object)),
        (NUMBERS, np.array(["common"] * (ROWS - 2) + ["rare"] * 2, object)),
        (RANKED, np.array(["common"] * (ROWS - 1) + ["rare"], object)),
        (RANKED, np.array(["b"] * 60 + ["a"] * 70 + ["c", "b"] * 35, object)),
    ],
)
def test_honest_columns_are_not_pointed_out(cells, target):
    plan = propose(table(x=cells, y=target), "y")
    assert not [sentence for sentence in sentences(plan, "x") if "away" in sentence]


def test_chance_in_a_few_rows_is_not_pointed_out():
    plan = propose(table(x=[1.0, 2, 3, 10, 11, 12], y=["a", "a", "a", "b", "b", "b"]), "y")
    assert sentences(plan, "x") == []


def test_a_plan_survives_json():
    plan = propose(table(id=np.arange(ROWS) * 1.0, colour=COLOURS, y=NUMBERS))
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    stored = plan.to_json()
    del stored["warnings"]
    assert Plan.from_json(stored) == replace(plan, warnings=())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"target": 3}, "Plan: target must be the name of a column, got 3."),
        ({"kind": "regression"}, "Plan: kind must be classes or number, got regression."),
        ({"kind": ["classes"]}, "Plan: kind must be classes or number, got ['classes']."),
        ({"columns": ["x"]}, "Plan: columns must be an object from name to kind, got ['x']."),
        ({"columns": {"x": "text"}}, "Plan: column x must be one of number, category, date, ignore, got text."),
        ({"columns": {"y": "number"}}, "Plan: y is the target and cannot be a column to learn from too."),
        ({"warnings": ["x"]}, "Plan: warnings must be a list of objects with column and sentence."),
    ],
)
def test_stored_plans_are_checked(changed, sentence):
    with pytest.raises(Refusal) as refusal:
        Plan.from_json({"target": "y", "kind": "number", "columns": {"x": "number"}} | changed)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("given", "target", "sentence"),
    [
        (table(x=NUMBERS), "z", "The target z is not in the table; its columns are x."),
        (table(), None, "The table needs rows and columns, got 0 rows and 0 columns."),
    ],
)
def test_what_cannot_be_proposed(given, target, sentence):
    with pytest.raises(Refusal) as refusal:
        propose(given, target)
    assert str(refusal.value) == sentence
