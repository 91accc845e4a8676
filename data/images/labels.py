"""The labels of images: one category a row, several, or a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import target as targets
from data.images.table import Table
from data.reading.numbers import is_missing
from data.task import Kind
from words import Refusal


@dataclass(frozen=True, eq=False)
class Labels:
    """`values`: int64 (N,), float64 (N,), or float32 (N, K) of 0 and 1; `name` is the label column's, or theirs."""

    name: str
    values: NDArray[Any]
    class_names: tuple[str, ...]


def read(table: Table, arguments: Mapping[str, Any], kind: Kind) -> Labels:
    """Return every row's label, as checked arguments say; a Refusal with the line of the first that is none.

    Grows with the rows and, for several labels, with rows x labels.
    """
    asked = arguments["label_col"]
    columns = [table.column("label_col", one) for one in (asked if isinstance(asked, list) else [asked])]
    name = ", ".join(table.names[column] for column in columns)
    if kind == "multi-label":
        return _several(table, columns, arguments["label_delim"], name)
    if kind == "number":
        return Labels(name, _numbers(table, columns[0], name), ())
    cells = table.cells(columns[0])
    for row, cell in enumerate(cells):
        if not cell:  # NA and None may well be classes
            raise table.refusal(row, "the label in column {name} is missing: {value!r}.", name=name, value=cell)
    target = targets.read(pd.Series(cells, name=name, dtype=object), kind, None)
    return Labels(name, target.values, target.class_names)


def _numbers(table: Table, column: int, name: str) -> NDArray[np.float64]:
    cells, values = table.cells(column), table.numbers(column)
    for row, cell in enumerate(cells):
        if is_missing(cell):
            raise table.refusal(row, "the label in column {name} is missing: {value!r}.", name=name, value=cell)
        if (values is None and not _is_number(cell)) or (values is not None and np.isnan(values[row])):
            raise table.refusal(row, "the label in column {name} must be a finite number, got {value!r}.",
                                name=name, value=cell)  # fmt: skip
    if values is None:
        raise Refusal("{file}: column {name} cannot be read as numbers of one style.", file=table.filename, name=name)
    return targets.read(pd.Series(values, name=name), "number", None).values


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _several(table: Table, columns: list[int], delimiter: str | None, name: str) -> Labels:
    """Return which labels a row has. An empty cell has none; an empty one among several is refused."""
    rows: list[set[str]] = [set() for _ in range(len(table.written.lines))]
    for column in columns:
        for row, cell in enumerate(table.cells(column)):
            if not cell:
                continue
            parts = [part.strip() for part in cell.split(delimiter)] if delimiter else [cell]
            if "" in parts:
                raise table.refusal(row, "one of the labels in column {name} is empty: {value!r}.",
                                    name=table.names[column], value=cell)  # fmt: skip
            rows[row].update(parts)
    found = np.array(sorted(set().union(*rows)), dtype=object)
    if len({frozenset(row) for row in rows}) == 1:
        raise Refusal("All {count} rows have the same labels in {name}, so there is nothing to learn.",
                      count=len(rows), name=name)  # fmt: skip
    if len(found) > targets.MOST_CLASSES:
        raise Refusal("The target {name} has {classes} classes; at most {most} are allowed.",
                      name=name, classes=len(found), most=targets.MOST_CLASSES)  # fmt: skip
    class_names = tuple(str(found[at]) for at in targets.sorted_names(found))
    place = {label: at for at, label in enumerate(class_names)}
    values = np.zeros((len(rows), len(place)), dtype=np.float32)
    for row, given in enumerate(rows):
        values[row, [place[label] for label in given]] = 1
    return Labels(name, values, class_names)
