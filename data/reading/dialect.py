"""Which character separates the cells and which quotes them: every candidate reads a sample, the best reading wins."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

from data.reading.numbers import is_missing, looks_like_number

# Tables separated by spaces are rarer than texts that hold spaces: they must be even and mostly numbers.
DELIMITERS = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "~": 0.8, "^": 0.8, " ": 0.7}
TIME = re.compile(r"[0-9]{1,4}[-/.:][0-9]{1,2}(?:[-/.:][0-9]{1,4})?(?:[T ][0-9:.]{4,20}Z?)?")


@dataclass(frozen=True)
class Marks:
    """The characters that split text into cells; `quote` and `escape` are "" for none."""

    delimiter: str
    quote: str
    escape: str = ""

    def options(self) -> dict[str, object]:
        """Return the keyword arguments for csv.reader."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape or None,
            "doublequote": not self.escape,
            "skipinitialspace": True,
            "strict": True,
        }


def find(lines: list[str], cut: bool, delimiter: str | None = None) -> Marks | None:
    """Return the marks under which the sample makes the evenest, best-typed table; None for one column.

    `cut`: the file goes on after the sample. `delimiter`: the file itself names it.

    Score: share of rows with the commonest width, squared, x share of cells that are clean values x (width - 1)/width,
    after the consistency measure of van den Burg, Nazabal and Sutton (2019), "Wrangling messy CSV files by detecting
    row and type patterns". Here a number may have a decimal comma, which that measure's own number type does not know.
    """
    text, best, winner = "".join(lines), 0.0, None
    for candidate in [delimiter] if delimiter else DELIMITERS:
        for marks in _quotings(candidate, text) if candidate in text else ():
            read, broken = rows(lines, marks, cut)
            score = _score([row for _, row in read], candidate) * (0.5 if broken else 1)
            if score > best + 1e-9:
                best, winner = score, marks
    return winner


def _quotings(delimiter: str, text: str) -> list[Marks]:
    found = [Marks(delimiter, '"')]
    if '"' in text:
        found.append(Marks(delimiter, ""))
        if '\\"' in text:
            found.append(Marks(delimiter, '"', "\\"))
    if "'" in text:
        found.append(Marks(delimiter, "'"))
    return found


def rows(lines: list[str], marks: Marks, cut: bool) -> tuple[list[tuple[int, list[str]]], bool]:
    """Return (number of the last line, cells) of every row that is not blank, and whether the quotes are broken."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(lines, **marks.options())  # type: ignore[arg-type]
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, row))
    except csv.Error as error:
        return found, not (cut and "unexpected end" in str(error))
    return found, False


def _score(rows: list[list[str]], delimiter: str) -> float:
    # A delimiter at the end of every line adds an empty cell to it, and must not speak for another candidate.
    widths = Counter(len(row) - (row[-1] == "" and len(row) > 2) for row in rows)
    if not rows:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if width < 2:
        wider = [item for item in widths.items() if item[0] > 1]
        if not wider:
            return 0.0
        width, count = max(wider, key=lambda item: (item[1], item[0]))
    cells = Counter(cell.strip() for row in rows for cell in row)
    total = cells.total()
    worth = sum(_worth(cell) * times for cell, times in cells.items()) / total
    even = count / len(rows)
    if delimiter == " ":
        numbers = sum(times for cell, times in cells.items() if looks_like_number(cell))
        if even < 0.9 or numbers < 0.3 * total:
            return 0.0
    return DELIMITERS.get(delimiter, 1.0) * even**2 * worth * (width - 1) / width


def _worth(cell: str) -> float:
    """How much a cell looks like one value: 1 for numbers, times, missing and clean text, less when it holds marks."""
    if is_missing(cell) or looks_like_number(cell) or TIME.fullmatch(cell):
        return 1.0
    if cell[0] in "\"'" or cell[-1] in "\"'":
        return 0.1
    marked = sum(mark in cell for mark in ";\t|~^")
    return 0.2 if marked else 0.5 if "," in cell else 0.9
