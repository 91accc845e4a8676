"""What a column holds: numbers, categories, dates, or nothing to learn from."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import recipe
from words import say

ColumnKind = Literal["number", "category", "date", "ignore"]
KINDS: tuple[ColumnKind, ...] = ("number", "category", "date", "ignore")

MANY_CATEGORIES = 50
FEW_INTEGERS = 20
ORDERS = ("iso", "day first", "month first")
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(\D.*)?")


@dataclass(frozen=True)
class Finding:
    """What a column was found to hold. `why` are sentences for the user; `identifier` where it names its rows."""

    kind: ColumnKind
    why: tuple[str, ...] = ()
    identifier: bool = False


def find(column: pd.Series) -> Finding:
    """Return the kind proposed for a column (float64, or text with None).

    Ignored are: empty and constant columns, whole numbers that count the rows, and text with nearly as many values as
    rows. Grows with the rows; text is read once per distinct value.
    """
    present = column.dropna()
    count = len(present)
    if count == 0:
        return Finding("ignore", (say("Every cell is missing."),))
    distinct = int(present.nunique())
    if distinct == 1 and count == len(column):
        return Finding("ignore", (say("Every row holds {value}.", value=recipe.texts([present.iloc[0]])[0]),))
    if pd.api.types.is_numeric_dtype(column):
        if count == len(column) and counts_rows(present):
            return Finding("ignore", (say("It counts the rows, like an identifier."),), identifier=True)
        if distinct == count >= 10 and last_word(str(column.name)) in ("id", "index", "key") and _whole(present):
            return Finding("ignore", (say("Every row has its own whole number, and its name says identifier."),),
                           identifier=True)  # fmt: skip
        return Finding("number")
    return _text(present.astype(str), count, distinct)


def _text(present: pd.Series, count: int, distinct: int) -> Finding:
    order = date_order(present)
    if order in ORDERS:
        return Finding("date")
    why: tuple[str, ...] = ()
    if order == "ambiguous":
        why = (say("Its dates can be read day first or month first; write them as 2024-05-31 to use them as dates."),)
    if count >= 10 and distinct == count:
        return Finding("ignore", (*why, say("Every row has its own text, like an identifier.")), identifier=True)
    if count >= 10 and distinct > 0.8 * count:
        return Finding("ignore", (*why, say("It has nearly as many values as rows ({count}).", count=distinct)))
    if distinct > MANY_CATEGORIES:
        why += (say("It has {count} categories; the {kept} most frequent keep their own input, the rest share one.",
                    count=distinct, kept=MANY_CATEGORIES),)  # fmt: skip
    return Finding("category", why)


def last_word(name: str) -> str:
    """Return a name's last word in lower case: "price" of house_price, SalePrice and Price."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return words[-1].lower() if words else ""


def counts_rows(present: pd.Series) -> bool:
    """Whether the numbers are consecutive whole numbers without repetition, in any order, at least five of them."""
    values = present.to_numpy(np.float64)
    if not _whole(present) or len(values) < 5 or values.max() - values.min() != len(values) - 1:
        return False
    return bool((np.diff(np.sort(values)) == 1).all())


def _whole(present: pd.Series) -> bool:
    values = present.to_numpy(np.float64)
    return bool((np.isfinite(values) & (values == np.floor(values))).all())


def date_order(present: pd.Series) -> str | None:
    """Return how all cells read as dates: "iso", "day first", "month first", "ambiguous", or None where some do not.

    31/05/2024 anywhere settles a column as day first, 05/31/2024 as month first; with dots it is day first.
    """
    distinct = present.drop_duplicates().to_numpy(dtype=object)
    if not all(isinstance(cell, str) and _DATE.fullmatch(cell) for cell in distinct[:100]):
        return None
    readable = [order for order in ORDERS if _reads(distinct, order)]
    if len(readable) == 2:
        return "day first" if all("." in cell for cell in distinct) else "ambiguous"
    return readable[0] if readable else None


def _reads(distinct: NDArray[Any], order: str) -> bool:
    try:
        recipe.days("", distinct, order)
    except recipe.CellError:
        return False
    return True


def is_classes(target: pd.Series) -> bool:
    """Whether a target names classes: text, or at most 20 distinct whole numbers that repeat (five rows each or more).

    Two distinct whole numbers always are classes.
    """
    if not pd.api.types.is_numeric_dtype(target):
        return True
    present = target.dropna()
    if not _whole(present):
        return False
    distinct = int(present.nunique())
    return distinct <= 2 or (distinct <= FEW_INTEGERS and len(present) >= 5 * distinct)
