"""Which character separates the cells and which quotes them."""

import csv
import re
from dataclasses import dataclass

from clevercsv import Detector
from clevercsv.dialect import SimpleDialect

from data.reading.numbers import looks_like_number

UNCLOSED, TOO_LONG, GOES_ON = "unclosed", "too long", "goes on"  # what can be wrong with quotes
DELIMITERS = [",", ";", "\t", "|", " ", "~", "^"]
# CleverCSV matches cells against patterns whose time explodes with their length, so long ones are cut in the sample.
LONG_RUN = re.compile(r"([^,;\t| ~^\"'\r\n]{30})[^,;\t| ~^\"'\r\n]+")
MOST_CHARACTERS = 200_000  # that CleverCSV is given: under a second


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
    """Return the marks of the sample, or None for one column. `delimiter`: the file itself names it.

    CleverCSV 0.8.5 decides: van den Burg, Nazabal and Sutton (2019), "Wrangling messy CSV files by detecting row and
    type patterns". `cut`: the file goes on after the sample.
    """
    text = LONG_RUN.sub(r"\1", "".join(lines))[:MOST_CHARACTERS]
    found = Detector().detect(text, delimiters=[delimiter] if delimiter else DELIMITERS)
    if not delimiter and (found is None or not found.delimiter):
        return None
    found = found or SimpleDialect(delimiter, "", "")
    quote = found.quotechar if found.quotechar in ('"', "'") else ""
    escape = "\\" if quote and found.escapechar == "\\" else ""
    marks = Marks(delimiter or str(found.delimiter), quote or '"', escape)
    read, trouble = rows(lines, marks, cut)
    if not quote and trouble == GOES_ON:
        return Marks(marks.delimiter, "")  # quotes are plain characters here; one that never closes is refused later
    # Two words a line are a text, not a table: spaces separate cells only where there are numbers.
    if marks.delimiter == " " and not any(looks_like_number(cell.strip()) for _, row in read for cell in row):
        return None
    return marks


def rows(lines: list[str], marks: Marks, cut: bool) -> tuple[list[tuple[int, list[str]]], str]:
    """Return (number of the last line, cells) of every row that is not blank, and what ails the quotes or ""."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(lines, **marks.options())  # type: ignore[arg-type]
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, row))
    except csv.Error as error:
        trouble = UNCLOSED if "unexpected end" in str(error) else TOO_LONG if "larger" in str(error) else GOES_ON
        return found, "" if cut and trouble == UNCLOSED else trouble
    return found, ""
