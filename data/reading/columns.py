"""Cells of one column become its distinct values, and then numbers or text."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.reading import numbers
from data.reading.record import NumberStyle


@dataclass(frozen=True)
class Column:
    """One column and what can be said of it.

    `distinct`: its distinct cells, stripped; `codes` (N,): the position of each row's cell among them; `missing`: which
    of them stand for a missing value, `said` how often each of those occurs; `padded`: some cell had spaces around it;
    `styles`: the number styles that fit, none for text.
    """

    name: str
    distinct: list[str]
    codes: np.ndarray[tuple[int], np.dtype[np.intp]]
    missing: np.ndarray[tuple[int], np.dtype[np.bool_]]
    said: Counter[str]
    padded: bool
    styles: tuple[NumberStyle, ...]


@dataclass(frozen=True)
class Finding:
    """What the notes tell of a column once its cells are typed.

    `text` is why numbers stayed text, see numbers.why_text; `odd` the one cell, with its row, that made numbers text.
    """

    name: str
    said: Counter[str]
    padded: bool
    empty: bool
    text: str = ""
    odd: tuple[str, int] | None = None


def prepare(name: str, cells: pd.Series) -> Column:
    """Reduce a column to its distinct cells and find the number styles that fit. Time and memory grow with the rows."""
    codes, found = pd.factorize(cells)
    written = found.tolist()
    distinct = [cell.strip() for cell in written]
    gone = [index for index, cell in enumerate(distinct) if len(cell) <= 7 and cell.lower() in numbers.MISSING]
    missing = np.zeros(len(distinct), dtype=np.bool_)
    missing[gone] = True
    said = Counter[str]()
    if gone:
        counts = np.bincount(codes, minlength=len(distinct))
        for index in gone:
            said[distinct[index]] += int(counts[index])
    present = _present(distinct, missing)
    styles = numbers.styles(present) if present else ()
    return Column(name, distinct, codes, missing, said, distinct != written, styles)


def as_numbers(column: Column, style: NumberStyle) -> tuple[pd.Series, int | None]:
    """Return float64 values with NaN for missing and infinite, and the first row that was infinite, if any."""
    values = np.full(len(column.distinct), np.nan)
    values[~column.missing] = numbers.values(_present(column.distinct, column.missing), style)
    infinite = np.isinf(values)
    row = int(np.argmax(infinite[column.codes])) if infinite.any() else None
    values[infinite] = np.nan
    return pd.Series(values[column.codes], dtype="float64"), row


def _present(distinct: list[str], missing: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[str]:
    return (
        [cell for cell, gone in zip(distinct, missing.tolist(), strict=True) if not gone] if missing.any() else distinct
    )


def as_text(column: Column) -> pd.Series:
    """Return object values: str, None for missing. Equal cells share one string, so memory grows with distinct ones."""
    cells = np.array([*column.distinct, None], dtype=object)[:-1]
    cells[column.missing] = None
    return pd.Series(cells[column.codes], dtype=object)


def finding(column: Column) -> Finding:
    """Return what the notes need, without the cells."""
    if column.styles or column.missing.all():
        return Finding(column.name, column.said, column.padded, bool(column.missing.all()))
    present = [index for index in range(len(column.distinct)) if not column.missing[index]]
    odd = []
    for index in present:
        if not numbers.PLAIN.fullmatch(column.distinct[index]):
            odd.append(index)
            if len(odd) > 1:
                break
    alone = None
    if len(odd) == 1 and len(present) > 4:
        alone = column.distinct[odd[0]], int(np.argmax(column.codes == odd[0]))
    text = numbers.why_text([column.distinct[index] for index in present])
    return Finding(column.name, column.said, column.padded, False, text, alone)


def are_row_numbers(values: pd.Series) -> bool:
    """Whether the values count the rows: 0, 1, 2 ... or 1, 2, 3 ..."""
    start = values.iloc[0]
    return start in (0, 1) and bool((values.to_numpy() == start + np.arange(len(values))).all())
