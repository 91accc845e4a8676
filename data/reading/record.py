"""What reading gives back, and the limits it works under. These types are the contract with the rest of data/."""

from dataclasses import dataclass, field

import pandas as pd

MOST_BYTES = 100_000_000
MOST_COLUMNS = 2_000
LONGEST_CELL = 131_072  # characters; also what stops a quote that is never closed from swallowing the file


@dataclass(frozen=True)
class Dialect:
    """How the file is written.

    `encoding` is Python's name of it; `quote` is "" where quotes are plain characters; `decimal` is ".", "," or "mixed"
    when the columns differ ("." when none has decimals); `skipped_lines` counts the physical lines above the table.
    """

    encoding: str
    delimiter: str
    quote: str
    header: bool
    decimal: str
    skipped_lines: int


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of one column are written: `$1,234.50` has decimal ".", group ",", affix "$".

    `group` is the thousands separator, "" for none (" " for every kind of space, "'" for every apostrophe); `affix` is
    "%", a currency sign or "". A percentage keeps its number: 12 % is read as 12, not 0.12. `marked` is True when some
    cell shows a decimal mark, `ambiguous` when the cells fit another style too and neither they nor the other columns
    decide.
    """

    decimal: str = "."
    group: str = ""
    affix: str = ""
    marked: bool = False
    ambiguous: bool = False


@dataclass(frozen=True)
class Reading:
    """A file that became a typed table.

    `table`: unique str column names, rows in file order under a plain 0 ... N-1 index. A number column is float64 with
    NaN for missing; every other column is of dtype object and holds str, with None for missing (a column without any
    value is of that second kind). `notes`: sentences for the page, what was found and what was done. `ignored`: columns
    that stay in the table and should not be learnt from (row numbers under an empty header); the notes say why.
    `number_styles`: one entry for each number column. `infinite`: column -> physical line of its first infinite cell,
    for number columns; those cells are NaN in the table.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    dialect: Dialect
    ignored: tuple[str, ...] = ()
    number_styles: dict[str, NumberStyle] = field(default_factory=dict)
    infinite: dict[str, int] = field(default_factory=dict)
