"""The one entrance: bytes of an upload become a Reading."""

import re

import pandas as pd

from data.reading import columns, header, layout, notes, numbers
from data.reading.contents import refuse_foreign
from data.reading.encoding import decode
from data.reading.layout import Layout
from data.reading.record import Dialect, NumberStyle, Reading
from data.reading.rows import Cells, read_cells
from words import Refusal, say

NUMBERED = re.compile(r"(?:Unnamed: 0|column 1)(?: \(\d+\))?")


def read(raw: bytes, filename: str, *, least: int = 2) -> Reading:
    """Return the typed table that the file holds; see Reading.

    Raises Refusal, one sentence, for what is no table: another kind of file, undecodable bytes, one column, under
    `least` rows (two to learn from, one to predict), rows of unequal length, over 100 MB or 2,000 columns, or no value
    at all. Time and memory grow with the bytes; nothing in the file is evaluated.
    """
    refuse_foreign(raw, filename)
    encoding, text = decode(raw, filename)
    place = layout.find(text, filename)
    del text
    cells = read_cells(raw, encoding, place, filename)
    if len(cells.lines) < least:
        raise Refusal(
            "{file} has {rows} of data; at least {least} needed.",
            file=filename, rows=say("only one row") if len(cells.lines) else say("a header and no row"),
            least=say("two rows are") if least > 1 else say("one row is"),
        )  # fmt: skip
    return _typed(cells, place, encoding, filename)


def _typed(cells: Cells, place: Layout, encoding: str, filename: str) -> Reading:
    """Type the columns one after the other, letting go of each one's cells; only those with two readings wait."""
    names, repeated, empty = header.names(place.names or [""] * place.width)
    typed: dict[str, pd.Series] = dict.fromkeys(names)
    styles: dict[str, NumberStyle] = dict.fromkeys(names, NumberStyle())
    rows: dict[str, int | None] = {}
    known: set[str] = set()
    waiting, findings = [], []
    for position, name in enumerate(names):
        column = columns.prepare(name, cells.columns[position])
        cells.columns[position] = None
        findings.append(columns.finding(column))
        known |= numbers.sure_mark(column.styles)
        if len(column.styles) > 1:
            waiting.append(column)
        elif column.styles:
            styles[name] = column.styles[0]
            typed[name], rows[name] = columns.as_numbers(column, styles[name])
        else:
            del styles[name]
            typed[name] = columns.as_text(column)
    for column in waiting:
        styles[column.name] = numbers.settle(column.styles, known, place.marks.delimiter)
        typed[column.name], rows[column.name] = columns.as_numbers(column, styles[column.name])
    if all(found.empty for found in findings):
        raise Refusal("{file}: every cell is missing; at least one value is needed.", file=filename)

    infinite = {name: int(cells.lines[row]) for name, row in rows.items() if row is not None}
    ignored = [name for name in names[:1] if _only_numbers_rows(name, typed[name], place, empty)]
    marks = {style.decimal for style in styles.values() if style.marked}
    decimal = "mixed" if len(marks) > 1 else marks.pop() if marks else "."
    dialect = Dialect(
        encoding, place.marks.delimiter, place.marks.quote, place.names is not None, decimal, place.skipped
    )
    lines = cells.lines.tolist()
    told = [
        *notes.about_file(dialect),
        *notes.about_names(repeated, [names[at] for at in empty] if place.names else [], ignored, place.row_names),
        *notes.about_numbers(styles),
        *notes.about_missing(findings),
        *notes.about_infinite(infinite),
        *notes.about_text(findings, lines),
    ]
    return Reading(pd.DataFrame(typed), tuple(told), dialect, tuple(ignored), styles, infinite)


def _only_numbers_rows(name: str, values: pd.Series, place: Layout, empty: list[int]) -> bool:
    unnamed = place.names is not None and (0 in empty or NUMBERED.fullmatch(name) is not None)
    return unnamed and values.dtype.kind == "f" and columns.are_row_numbers(values)
