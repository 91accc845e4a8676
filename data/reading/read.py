"""The one entrance: bytes of an upload become a Reading."""

import io

import pandas as pd

from data.reading.contents import refuse_foreign
from data.reading.encoding import decode
from data.reading.record import Dialect, NumberStyle, Reading


def read(raw: bytes, filename: str) -> Reading:
    """Return the typed table that the file holds; see Reading. Raises Refusal, one sentence, for what is no table."""
    refuse_foreign(raw, filename)
    encoding, text = decode(raw, filename)
    table = pd.read_csv(io.StringIO(text))
    styles = {}
    for name in table:
        if table[name].dtype.kind in "ifu":
            table[name] = table[name].astype("float64")
            styles[name] = NumberStyle()
        else:
            column = table[name].astype(object)
            table[name] = column.where(column.notna(), None).astype(object)
    return Reading(table, (), Dialect(encoding, ",", '"', True, ".", 0), (), styles, {})
