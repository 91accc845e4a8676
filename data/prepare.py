"""A table and a plan become a task. Everything is fitted on the training rows alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from data import recipe as recipes
from data import target as targets
from data.columns import Plan, some
from data.kinds import KINDS, MANY_CATEGORIES, ORDERS, ColumnKind, date_order
from data.split import Rows, Split, rows
from data.task import TABLE_KINDS, Task
from words import Refusal

MOST_CELLS = 250_000_000  # a gigabyte of inputs

Entry = dict[str, Any]


def prepare(
    table: pd.DataFrame,
    plan: Plan,
    split: Split,
    name: str,
    *,
    infinite: Mapping[str, int] | None = None,
    scaling: tuple[float, float] | None = None,
) -> Task:
    """Return the task that a plan makes of a table (float64 columns, and text columns with None).

    Numbers: the median where missing, standardised, and a 0/1 input where any was missing. Categories: one 0/1 input
    per level, beyond 51 levels the 50 most frequent and one for the rest; missing is a level. Dates: days, and waves of
    the year, the week and the day. What scikit-learn 1.9 (SimpleImputer, StandardScaler, OneHotEncoder) learns from the
    training rows is kept as the recipe, and `data.recipe.apply` makes the inputs, so that new rows are prepared alike.
    Columns that are constant over the training rows give no input and stand in the recipe under "skipped". Rows without
    a target are left out. `infinite` gives the file's line of a column's first infinite value, `scaling` a (mean,
    scale) for all numbers instead of the training rows' own.

    A Refusal with one sentence for every plan that cannot be followed. Time and memory grow with rows x inputs.
    """
    _check(table, plan)
    column = table[plan.target]
    target = targets.read(column, plan.kind, (infinite or {}).get(plan.target))
    train, validation, test = rows(split, target.values, plan.kind)
    mean, scale, values = targets.scaled(plan.target, plan.kind, target.values, train)
    used = {
        label: table[label].to_numpy()[target.rows] if len(target.rows) < len(table) else table[label].to_numpy()
        for label, kind in plan.columns.items()
        if kind != "ignore" and label != plan.target
    }
    entries: dict[str, Entry | None] = {}
    for label, cells in used.items():
        try:
            entries[label] = _fitted(label, plan.columns[label], cells, train, scaling)
        except recipes.CellError as error:
            raise Refusal(
                "Column {name} must hold {wanted} in every row, got {value!r} in row {row}.",
                name=label, wanted=error.wanted, value=error.value, row=int(target.rows[error.row - 1]) + 1,
            ) from error  # fmt: skip
    recipe: dict[str, Any] = {
        "version": recipes.VERSION,
        "kind": plan.kind,
        "target": plan.target,
        "class_names": list(target.class_names),
        "target_mean": mean,
        "target_scale": scale,
        "columns": [entry for entry in entries.values() if entry],
        "skipped": [label for label, entry in entries.items() if not entry],
    }
    feature_names = recipes.feature_names(recipe)
    if not feature_names:
        raise Refusal("No column is left to learn {target} from: all are ignored or constant.", target=plan.target)
    if len(feature_names) * len(target.rows) > MOST_CELLS:
        raise Refusal(
            "The plan makes {inputs} inputs of {rows} rows; inputs x rows must be at most {most}.",
            inputs=len(feature_names), rows=len(target.rows), most=MOST_CELLS,
        )  # fmt: skip
    return Task(
        name=name, inputs=recipes.apply(recipe, used), targets=values, kind=plan.kind, class_names=target.class_names,
        train=train, validation=validation, test=test, recipe=recipe, target_name=plan.target, target_mean=mean,
        target_scale=scale, feature_names=feature_names,
    )  # fmt: skip


def _check(table: pd.DataFrame, plan: Plan) -> None:
    if plan.target not in table.columns:
        raise Refusal("The target {name} is not in the table; its columns are {names}.",
                      name=plan.target, names=some([str(label) for label in table.columns]))  # fmt: skip
    if plan.kind not in TABLE_KINDS:
        raise Refusal("The target {name} of a table must be of kind {kinds}, got {value}.",
                      name=plan.target, kinds=" or ".join(TABLE_KINDS), value=plan.kind)  # fmt: skip
    for label, kind in plan.columns.items():
        if label not in table.columns:
            raise Refusal("The plan's column {name} is not in the table; its columns are {names}.",
                          name=label, names=some([str(other) for other in table.columns]))  # fmt: skip
        if kind not in KINDS:
            raise Refusal("Column {name} must be one of {kinds}, got {value}.",
                          name=label, kinds=", ".join(KINDS), value=kind)  # fmt: skip


def _fitted(
    label: str, kind: ColumnKind, cells: NDArray[Any], train: Rows, scaling: tuple[float, float] | None
) -> Entry | None:
    """Return the recipe's entry for a column, or None where its training rows are all alike."""
    if kind == "number":
        return _number(label, recipes.numbers(label, cells), train, scaling)
    if kind == "category":
        return _category(label, cells[train])
    return _date(label, cells, train)


def _number(label: str, values: NDArray[Any], train: Rows, scaling: tuple[float, float] | None) -> Entry | None:
    seen = values[train, None]
    missing = bool(np.isnan(seen).any())
    if np.isnan(seen).all():
        return None
    imputer = SimpleImputer(strategy="median")
    filled = imputer.fit_transform(seen)
    mean, scale = scaling or _standardised(label, filled)
    if scale is None and not missing:
        return None
    return {"name": label, "kind": "number", "median": float(imputer.statistics_[0]), "mean": mean, "scale": scale,
            "missing": missing}  # fmt: skip


def _standardised(label: str, filled: NDArray[Any]) -> tuple[float, float | None]:
    """Return mean and scale of a column (n, 1); no scale where it is constant."""
    if filled.min() == filled.max():
        return float(filled[0, 0]), None
    with np.errstate(all="ignore"):
        scaler = StandardScaler().fit(filled)
    mean, scale = float(scaler.mean_[0]), float(scaler.scale_[0])
    if not np.isfinite(mean) or not np.isfinite(scale):
        raise Refusal("Column {name} spans {low:g} to {high:g}, which cannot be scaled.",
                      name=label, low=filled.min(), high=filled.max())  # fmt: skip
    return mean, scale


def _category(label: str, cells: NDArray[Any]) -> Entry | None:
    texts = np.array(recipes.texts(cells), dtype=object)
    absent = np.array([text is None for text in texts], dtype=bool)
    if absent.all():
        return None
    encoder = OneHotEncoder(max_categories=MANY_CATEGORIES + 1, handle_unknown="infrequent_if_exist")
    encoder.fit(texts[~absent, None])
    rare = encoder.infrequent_categories_[0]
    levels = [str(level) for level in encoder.categories_[0] if rare is None or level not in rare]
    if len(levels) == 1 and not absent.any():
        return None
    return {"name": label, "kind": "category", "levels": levels, "other": rare is not None,
            "missing": bool(absent.any())}  # fmt: skip


def _date(label: str, cells: NDArray[Any], train: Rows) -> Entry | None:
    order = date_order(pd.Series(cells, dtype=object).dropna()) if cells.dtype == object else "iso"
    if order == "ambiguous":
        raise Refusal(
            "Column {name} holds dates that can be read day first or month first; write them as 2024-05-31.", name=label
        )
    # Where no order reads every cell, reading as ISO names the first cell that is no date.
    since = recipes.days(label, cells, order if order in ORDERS else "iso")[train]
    known = since[~np.isnan(since)]
    if len(known) == 0 or (known.min() == known.max() and len(known) == len(since)):
        return None
    first, middle = float(known.min()), float(np.median(known) - known.min())
    filled = np.where(np.isnan(since), middle, since - first)
    mean, scale = _standardised(label, filled[:, None])
    return {"name": label, "kind": "date", "order": order, "time": bool((known % 1 != 0).any()), "first": first,
            "mean": mean, "scale": scale, "middle": middle, "missing": len(known) < len(since)}  # fmt: skip
