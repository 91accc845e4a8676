"""Where in the file the table lies: marks, lines above it, header, width."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.reading import dialect, header
from data.reading.dialect import Marks
from data.reading.record import MOST_COLUMNS
from words import Refusal

COMMENT = "#"
SAMPLE_LINES, LEAST_LINES, SAMPLE_CHARACTERS = 200, 10, 50_000
MOST_CHARACTERS = 2_000_000  # that the sample is taken from; bounds the time on files of enormous lines
NAMED = re.compile(r"sep=(.)", re.IGNORECASE)
BREAK = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Layout:
    """Where the table is and how to split it.

    `names`: header cells as written, None without header; `skipped`: physical lines above the table; `data_after`:
    those above its first row of data; `row_names`: the header lacks a name for the first column, the row numbers.
    """

    marks: Marks
    names: list[str] | None
    width: int
    skipped: int
    data_after: int
    row_names: bool = False


def find(text: str, filename: str) -> Layout:
    """Return the layout, told by the first lines. Raises Refusal for one column, or too many."""
    lines = list(io.StringIO(text[:MOST_CHARACTERS], newline=""))
    above = 0
    while above < len(lines) and (not lines[above].strip() or lines[above].lstrip().startswith(COMMENT)):
        above += 1
    comment = next((line for line in reversed(lines[:above]) if line.strip()), "")
    named = NAMED.fullmatch(lines[above].strip()) if above < len(lines) else None
    above += bool(named)
    lines, cut = _sample(lines[above:], len(text) > MOST_CHARACTERS)
    marks = dialect.find(lines, cut, named[1] if named else None)
    rows = dialect.rows(lines, marks, cut)[0] if marks else []
    if marks is None or header.width([row for _, row in rows] or [[]]) < 2:
        raise Refusal(
            "{file}: fewer than two columns were found; a table needs at least two, separated by commas, semicolons, "
            "tabs, vertical bars or spaces.",
            file=filename,
        )
    titles = header.title_rows([row for _, row in rows])
    return _place([(end + above, row) for end, row in rows[titles:]], marks, comment, filename)


def _place(rows: list[tuple[int, list[str]]], marks: Marks, comment: str, filename: str) -> Layout:
    cells = [row for _, row in rows]
    start = rows[0][0] - sum(len(BREAK.findall(cell)) for cell in cells[0])  # the line on which the first row starts
    end, width, row_names = rows[0][0], header.width(cells), False
    if width > 2 and all(row[-1].strip() == "" for row in cells if len(row) == width):
        width -= 1  # every line ends with a delimiter
    first: list[str] | None = cells[0]
    if comment and not header.is_header(cells):
        names, _ = dialect.rows([comment.lstrip().removeprefix(COMMENT)], marks, False)
        if names and len(names[0][1]) == width:
            return _checked(Layout(marks, names[0][1], width, start - 2, start - 1), filename)
    if not header.is_header(cells):
        first, end = None, start - 1
    elif len(cells[0]) == width - 1 and _number_the_rows(cells[1:]):
        first, row_names = ["", *cells[0]], True
    elif len(cells[0]) > width and not any(cell.strip() for cell in cells[0][width:]):
        first = cells[0][:width]
    else:
        width = len(cells[0])
    return _checked(Layout(marks, first, width, start - 1, end, row_names), filename)


def _checked(layout: Layout, filename: str) -> Layout:
    if layout.width > MOST_COLUMNS:
        raise Refusal(
            "{file} has {width:,} columns; up to {most:,} can be read.",
            file=filename, width=layout.width, most=MOST_COLUMNS,
        )  # fmt: skip
    return layout


def _sample(lines: list[str], cut: bool) -> tuple[list[str], bool]:
    size, taken = 0, 0
    for line in lines[:SAMPLE_LINES]:
        size += len(line)
        if size > SAMPLE_CHARACTERS and taken >= LEAST_LINES:
            break
        taken += 1
    return lines[:taken], cut or taken < len(lines)


def _number_the_rows(rows: Sequence[Sequence[str]]) -> bool:
    return len(rows) > 1 and all(row[0].strip() == str(number) for number, row in enumerate(rows, 1))
