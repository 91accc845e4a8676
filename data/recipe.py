"""Prepares new rows for a trained model. This file needs NumPy alone, so that an exported model can ship it unchanged.

A recipe is plain JSON: `{"version", "kind": "classes" | "number", "target", "class_names", "target_mean",
"target_scale", "columns": [...]}`. Its columns are, in the order of their inputs:

- `{"name", "kind": "number", "median", "mean", "scale", "missing"}`: (value, or the median where missing, - mean) /
  scale, limited to +-1e6; `scale` null where the training rows were constant, which then give no such input; `missing`
  true adds a 0/1 input.
- `{"name", "kind": "category", "levels", "other", "missing"}`: one 0/1 input per level; `other` true adds one for
  every value outside the levels, otherwise such a row is zero in all; `missing` true adds one for missing cells.
- `{"name", "kind": "date", "order": see `days`, "time", "first", "mean", "scale", "middle", "missing"}`: days
  since `first`, standardised, then sine and cosine of the day of the year and of the day of the week and, where `time`
  is true, of the time of day; missing dates become `middle` (days since `first`).
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 1
YEAR, WEEK = 365.25, 7.0
FARTHEST = 1e6  # scaled values end here, so that one absurd cell cannot overflow a model
EPOCH = datetime(1970, 1, 1)

Column = Sequence[Any] | NDArray[Any]


class CellError(ValueError):
    """A cell that is not what its column says: `column`, `row` (1 is the first row of data), `value`, `wanted`."""

    def __init__(self, column: str, row: int, value: object, wanted: str) -> None:
        self.column, self.row, self.value, self.wanted = column, row, value, wanted
        super().__init__(f"Column {column}, row {row}: {value!r} is not {wanted}.")


def apply(recipe: Mapping[str, Any], columns: Mapping[str, Column]) -> NDArray[np.float32]:
    """Return the inputs of new rows, float32 (n, F).

    `columns` holds every column of the recipe by name, n values each; None, NaN, infinity and empty text are missing.
    A ValueError names the column that is absent, of another length, or holds an unreadable cell.
    Grows as n * F; each column is read once.
    """
    if recipe.get("version") != VERSION:
        raise ValueError(f"This recipe has version {recipe.get('version')}; version {VERSION} is read here.")
    for entry in recipe["columns"]:
        if entry["name"] not in columns:
            raise ValueError(f"Column {entry['name']} is not in the new rows.")
    lengths = {len(columns[entry["name"]]) for entry in recipe["columns"]}
    if len(lengths) > 1:
        raise ValueError(f"The columns differ in length: {min(lengths)} to {max(lengths)} rows.")
    names = feature_names(recipe)
    inputs = np.zeros((lengths.pop() if lengths else 0, len(names)), dtype=np.float32)
    at = 0
    for entry in recipe["columns"]:
        width = len(_names(entry))
        _FILL[entry["kind"]](entry, columns[entry["name"]], inputs[:, at : at + width])
        at += width
    return inputs


def feature_names(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the name of each of the F inputs that `apply` makes."""
    return tuple(name for entry in recipe["columns"] for name in _names(entry))


def decode(recipe: Mapping[str, Any], outputs: NDArray[Any]) -> NDArray[Any]:
    """Return what a model's outputs mean: class names (n,) as text, or numbers float64 (n,) in the target's own units.

    `outputs` is (n, classes), the largest wins, or (n,) or (n, 1) scaled numbers.
    """
    values = np.asarray(outputs, dtype=np.float64)
    if recipe["kind"] == "classes":
        if values.ndim != 2 or values.shape[1] != len(recipe["class_names"]):
            raise ValueError(f"Outputs must be (rows, {len(recipe['class_names'])}), got {values.shape}.")
        names: NDArray[Any] = np.array(recipe["class_names"], dtype=object)
        return np.asarray(names[values.argmax(axis=1)])
    return np.asarray(values.reshape(len(values)) * recipe["target_scale"] + recipe["target_mean"])


def numbers(name: str, column: Column) -> NDArray[np.float64]:
    """Return the column as float64 with NaN where missing or infinite; text must read as a number."""
    array = np.asarray(column)
    if array.dtype.kind in "fiub":
        values = array.astype(np.float64)
    else:
        values = np.empty(len(array))
        for row, cell in enumerate(array.tolist()):
            try:
                values[row] = math.nan if _absent(cell) else float(cell)
            except (TypeError, ValueError, OverflowError):
                raise CellError(name, row + 1, cell, "a number") from None
    values[~np.isfinite(values)] = math.nan
    return values


def texts(column: Column) -> list[str | None]:
    """Return the column as text, None where missing; whole numbers are written without a decimal point."""
    return [
        None
        if _absent(cell)
        else str(int(cell))
        if isinstance(cell, float) and cell.is_integer()
        else str(cell).strip()
        for cell in np.asarray(column, dtype=object).tolist()
    ]


def days(name: str, column: Column, order: str) -> NDArray[np.float64]:
    """Return the column's dates as days since 1970-01-01 with the time as a fraction, NaN where missing.

    `order` says how text is read: "iso" (2024-05-31, also with a time), "day first" (31/05/2024) or "month first"
    (05/31/2024), with "/", "." or "-" between. Time zones are turned into UTC.
    """
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        micro = column.astype("datetime64[us]")
        return np.where(np.isnat(micro), math.nan, micro.astype(np.int64) / 86_400e6)
    seen: dict[Any, float] = {}
    values = np.empty(len(column))
    for row, cell in enumerate(np.asarray(column, dtype=object).tolist()):
        if cell not in seen:
            try:
                seen[cell] = math.nan if _absent(cell) else (_moment(cell, order) - EPOCH).total_seconds() / 86400
            except (TypeError, ValueError, OverflowError):
                raise CellError(name, row + 1, cell, f"a date ({order})") from None
        values[row] = seen[cell]
    return values


def _moment(cell: object, order: str) -> datetime:
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime(cell.year, cell.month, cell.day)
    elif not isinstance(cell, str):
        raise TypeError
    elif order == "iso":
        text = cell.strip()
        if len(text) < 10 or text[4] not in "-/":  # Python also reads 20240531, which looks like a number
            raise ValueError
        moment = datetime.fromisoformat(text.replace("/", "-"))
    else:
        day_text, _, time_text = cell.strip().partition(" ")
        first, second, year = (int(part) for part in day_text.replace(".", "/").replace("-", "/").split("/"))
        if year < 1000:
            raise ValueError
        day, month = (first, second) if order == "day first" else (second, first)
        time = ("0" * (time_text.find(":") == 1) + time_text) or "00:00"
        moment = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{time}")
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _absent(cell: object) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or bool(cell != cell)  # noqa: PLR0124 - NaN and NaT alone differ from themselves


def _names(entry: Mapping[str, Any]) -> list[str]:
    name = entry["name"]
    if entry["kind"] == "number":
        made = [name] if entry["scale"] is not None else []
    elif entry["kind"] == "category":
        made = [f"{name} = {level}" for level in entry["levels"]] + ([f"{name} = (other)"] if entry["other"] else [])
    else:
        parts = ["of the year", "of the week"] + (["of the day"] if entry["time"] else [])
        made = [f"{name}: days"] if entry["scale"] is not None else []
        made += [f"{name}: {wave} {part}" for part in parts for wave in ("sine", "cosine")]
    return made + ([f"{name} missing"] if entry["missing"] else [])


def _scaled(values: NDArray[np.float64], entry: Mapping[str, Any]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = np.clip((values - entry["mean"]) / entry["scale"], -FARTHEST, FARTHEST)
    return scaled


def _fill_number(entry: Mapping[str, Any], column: Column, inputs: NDArray[np.float32]) -> None:
    values = numbers(entry["name"], column)
    absent = np.isnan(values)
    if entry["scale"] is not None:
        values[absent] = entry["median"]
        inputs[:, 0] = _scaled(values, entry)
    if entry["missing"]:
        inputs[:, -1] = absent


def _fill_category(entry: Mapping[str, Any], column: Column, inputs: NDArray[np.float32]) -> None:
    place: dict[str | None, int] = {level: at for at, level in enumerate(entry["levels"])}
    if entry["missing"]:
        place[None] = inputs.shape[1] - 1
    other = len(entry["levels"]) if entry["other"] else -1
    cells = texts(column)
    at = np.array([place.get(cell, -1 if cell is None else other) for cell in cells], dtype=np.int64)
    known = np.flatnonzero(at >= 0)
    inputs[known, at[known]] = 1


def _fill_date(entry: Mapping[str, Any], column: Column, inputs: NDArray[np.float32]) -> None:
    since = days(entry["name"], column, entry["order"])
    absent = np.isnan(since)
    since[absent] = entry["first"] + entry["middle"]
    at = 0
    if entry["scale"] is not None:
        inputs[:, 0] = _scaled(since - entry["first"], entry)
        at = 1
    # Day 0 is a Thursday and the first of January; which phase a wave starts in does not matter to a model.
    for period in [YEAR, WEEK] + ([1.0] if entry["time"] else []):
        angle = 2 * np.pi * ((np.floor(since) if period > 1 else since) % period) / period
        inputs[:, at], inputs[:, at + 1] = np.sin(angle), np.cos(angle)
        at += 2
    if entry["missing"]:
        inputs[:, -1] = absent


_FILL = {"number": _fill_number, "category": _fill_category, "date": _fill_date}
