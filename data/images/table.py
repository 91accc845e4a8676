"""The table beside an archive of images: its cells as they are written, with the line of each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.columns import some
from data.images.arguments import TITLE
from data.reading import Reading, layout, read
from data.reading.encoding import decode
from data.reading.rows import Cells, read_cells
from words import Refusal

MOST_ROWS = 50_000


@dataclass(frozen=True)
class Table:
    """Rows that name images. `reading` has them typed, for numbers; `cells` as written, since 007 is a file name."""

    filename: str
    reading: Reading
    written: Cells

    @cached_property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self.reading.table.columns]

    def column(self, argument: str, wanted: str | int) -> int:
        """Return which column an argument means, by name or by number from 0; a Refusal where there is no such."""
        if isinstance(wanted, str) and wanted in self.names:
            return self.names.index(wanted)
        if isinstance(wanted, int) and 0 <= wanted < len(self.names):
            return wanted
        raise Refusal("{title}: {argument} must be one of the columns {names}, or a number 0 to {last}, got {value}.",
                      title=TITLE, argument=argument, names=some(self.names), last=len(self.names) - 1,
                      value=wanted)  # fmt: skip

    def cells(self, column: int) -> list[str]:
        """Return a column as written, (N,), without the spaces around."""
        return [str(cell).strip() for cell in self.written.columns[column].tolist()]

    def numbers(self, column: int) -> NDArray[np.float64] | None:
        """Return a column as numbers, (N,), NaN where missing; None where it was read as text."""
        values = self.reading.table.iloc[:, column]
        return values.to_numpy(np.float64) if pd.api.types.is_numeric_dtype(values) else None

    def refusal(self, row: int, template: str, **values: object) -> Refusal:
        """Return a Refusal that begins with the file and the line of a row (0 is the first row of data)."""
        line = int(self.written.lines[row])
        return Refusal("{file}, line {line}: " + template, file=self.filename, line=line, **values)


def table(raw: bytes, filename: str) -> Table:
    """Return the table in a CSV's bytes; a Refusal, as for every CSV, or where it has over 50,000 rows.

    Read twice, typed and as written; time and memory grow with the bytes.
    """
    reading = read(raw, filename)
    if len(reading.table) > MOST_ROWS:
        raise Refusal("{file} has {rows:,} rows; at most {most:,} images are allowed.",
                      file=filename, rows=len(reading.table), most=MOST_ROWS)  # fmt: skip
    encoding, text = decode(raw, filename)
    return Table(filename, reading, read_cells(raw, encoding, layout.find(text, filename), filename))
