"""Reading the whole file: cells by column, held compactly, and the physical line of every row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.reading.layout import Layout
from data.reading.record import LONGEST_CELL
from words import Refusal

CHUNK_CELLS = 400_000


@dataclass(frozen=True)
class Cells:
    """`columns`: one compact string array a column, as written; `lines` int64 (N,): the line on which a row starts."""

    columns: list[pd.Series]
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]


def read_cells(raw: bytes, encoding: str, place: Layout, filename: str) -> Cells:
    """Return the cells of all rows of data. Raises Refusal for a row of another length.

    One pass; time grows with the bytes. Memory: the bytes once more as strings, and one chunk of cells as objects.
    """
    chunks: list[list[pd.Series]] = [[] for _ in range(place.width)]
    lines: list[int] = []
    rows: list[list[str]] = []
    width = place.width
    many = max(CHUNK_CELLS // width, 1)
    for line, row in _rows(raw, encoding, place, filename):
        if len(row) != width:
            if len(row) == width + 1 and not row[-1].strip():
                row.pop()  # a delimiter ends the line
            else:
                raise Refusal(
                    "{file}, line {line}: the row has {cells} cells, but the table has {width} columns; every row "
                    "must have as many cells as there are columns.",
                    file=filename, line=line, cells=len(row), width=width,
                )  # fmt: skip
        lines.append(line)
        rows.append(row)
        if len(rows) == many:
            _store(rows, chunks)
            rows = []
    if rows or not lines:
        _store(rows, chunks)
    return Cells([pd.concat(chunk, ignore_index=True) for chunk in chunks], np.array(lines, dtype=np.int64))


def _store(rows: list[list[str]], chunks: list[list[pd.Series]]) -> None:
    columns = zip(*rows, strict=True) if rows else [()] * len(chunks)
    for chunk, column in zip(chunks, columns, strict=True):
        chunk.append(pd.Series(column, dtype="str"))


def _rows(raw: bytes, encoding: str, place: Layout, filename: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (physical line, row) of every row that is not blank."""
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="")
    skipped = place.data_after
    for _ in range(skipped):
        stream.readline()
    reader = csv.reader(stream, **place.marks.options())  # type: ignore[arg-type]
    line = skipped + 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield line, row
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(str(error), line, filename) from None


def _unreadable(error: str, line: int, filename: str) -> Refusal:
    if "unexpected end" in error:
        return Refusal("{file}, line {line}: a quote is opened that is never closed.", file=filename, line=line)
    if "field larger" in error:
        return Refusal(
            "{file}, line {line}: a cell has over {most:,} characters; a quote opened there is perhaps never closed.",
            file=filename, line=line, most=LONGEST_CELL,
        )  # fmt: skip
    return Refusal(
        "{file}, line {line}: a quoted cell goes on after its closing quote; a quote inside quotes must be doubled.",
        file=filename, line=line,
    )  # fmt: skip
