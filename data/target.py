"""The target column becomes numbers, or is refused with the reason."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import recipe
from data.split import LEAST_ROWS
from data.task import Kind
from words import Refusal

MOST_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Target:
    """`rows` (n,) are the table's rows whose target is known, `values` (n,) class numbers (int64) or float64."""

    rows: NDArray[np.int64]
    values: NDArray[Any]
    class_names: tuple[str, ...]


def read(column: pd.Series, kind: Kind, infinite_line: int | None) -> Target:
    """Return the target's known rows and their values; class names are sorted, as numbers where all are numbers.

    `infinite_line` is the file's first line with an infinite target, where known. A Refusal where the target is
    infinite, missing everywhere, constant, in too few rows, no number (kind number), or no useful set of classes.
    """
    name = str(column.name)
    _refuse_infinite(name, column, infinite_line)
    rows = np.flatnonzero(column.notna().to_numpy()).astype(np.int64)
    if len(rows) == 0:
        raise Refusal("The target {name} is missing in every row.", name=name)
    if len(rows) < LEAST_ROWS:
        raise Refusal(
            "Too few rows: training, validation and test need at least one row each, so {least} in all, got {count}.",
            least=LEAST_ROWS, count=len(rows),
        )  # fmt: skip
    known = column.iloc[rows]
    if known.nunique() == 1:
        raise Refusal("The target {name} is {value} in every row, so there is nothing to learn.",
                      name=name, value=recipe.texts([known.iloc[0]])[0])  # fmt: skip
    return _numbers(name, column, rows) if kind == "number" else _classes(name, known, rows)


def scaled(name: str, kind: Kind, values: NDArray[Any], train: NDArray[np.int64]) -> tuple[float, float, NDArray[Any]]:
    """Return mean, scale and values as a task has them: numbers standardised by the training rows, classes as they are.

    A Refusal where the training rows are all alike, or the numbers too far apart to be scaled.
    """
    if len(np.unique(values[train])) == 1:
        raise Refusal("All {count} training rows have the same {target}; more rows or another seed are needed.",
                      count=len(train), target=name)  # fmt: skip
    if kind == "classes":
        return 0.0, 1.0, values
    with np.errstate(all="ignore"):
        mean, scale = float(values[train].mean()), float(values[train].std())
        standardised = ((values - mean) / scale).astype(np.float32) if scale else values
    if not 0 < scale < np.inf or not np.isfinite(standardised).all():
        raise Refusal("The target {target} spans {low:g} to {high:g}, which cannot be scaled.",
                      target=name, low=values.min(), high=values.max())  # fmt: skip
    return mean, scale, standardised


def _refuse_infinite(name: str, column: pd.Series, line: int | None) -> None:
    place = f"line {line}" if line is not None else None
    if place is None and pd.api.types.is_float_dtype(column):
        found = np.flatnonzero(np.isinf(column.to_numpy(np.float64)))
        place = f"row {found[0] + 1}" if len(found) else None
    if place is not None:
        raise Refusal("The target {name} is infinite in {place}; it must be a finite number.", name=name, place=place)


def _numbers(name: str, column: pd.Series, rows: NDArray[np.int64]) -> Target:
    try:
        values = recipe.numbers(name, column.to_numpy())
    except recipe.CellError as error:
        raise Refusal("The target {name} must be a number in every row, got {value!r} in row {row}.",
                      name=name, value=error.value, row=error.row) from error  # fmt: skip
    return Target(rows, values[rows], ())


def _classes(name: str, known: pd.Series, rows: NDArray[np.int64]) -> Target:
    texts = np.array(recipe.texts(known.to_numpy()), dtype=object)
    found, numbered, counts = np.unique(texts, return_inverse=True, return_counts=True)
    single = int((counts == 1).sum())
    if len(found) == len(texts) or single >= 0.9 * len(found):
        raise Refusal(
            "The target {name} has {classes} classes in {rows} rows, {single} of them with one row only; classes must"
            " repeat (for amounts, choose number).",
            name=name, classes=len(found), rows=len(texts), single=single,
        )  # fmt: skip
    if len(found) > MOST_CLASSES:
        raise Refusal("The target {name} has {classes} classes; at most {most} are allowed.",
                      name=name, classes=len(found), most=MOST_CLASSES)  # fmt: skip
    order = sorted_names(found)
    return Target(rows, np.argsort(order)[numbered].astype(np.int64), tuple(str(found[at]) for at in order))


def sorted_names(names: NDArray[Any]) -> NDArray[np.int64]:
    """Return the order of sorted names: by number where all are numbers (2 before 10), otherwise as they are."""
    try:
        keys = np.array([float(name) for name in names])
    except ValueError:
        return np.arange(len(names))
    return np.argsort(keys, kind="stable")
