"""A table written by Python's csv module is read back equal, whatever its dialect."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from data.reading import read

# Letters that all of the encodings below can write; words that no rule takes for numbers, dates or missing values.
WORD = st.text("abcdefghijklmnopqrstuvwxyzéüß", min_size=3, max_size=8).map(lambda word: "w" + word)
TEXT = st.lists(WORD, min_size=1, max_size=3).map(" ".join) | st.builds(
    '{}, {}; {}\n{}"'.format, WORD, WORD, WORD, WORD
)
NUMBER = st.integers(-(10**6), 10**6).map(lambda cents: cents / 100)


@st.composite
def tables(draw):
    kinds = ["number", "text", *draw(st.lists(st.sampled_from(["number", "text"]), max_size=3))]
    rows = draw(st.integers(2, 12))
    cell = {"number": NUMBER | st.none(), "text": TEXT | st.none()}
    columns = [
        [draw({"number": NUMBER, "text": TEXT}[kind]), *(draw(cell[kind]) for _ in range(rows - 1))] for kind in kinds
    ]
    return kinds, columns


@settings(max_examples=60, deadline=None)
@given(
    tables(), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from([".", ","]),
    st.tuples(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"])),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"]),
)  # fmt: skip
def test_a_written_table_is_read_back_equal(table, delimiter, decimal, style, encoding):
    kinds, columns = table
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=style[0], lineterminator=style[1])
    writer.writerow([f"{kind}{index}" for index, kind in enumerate(kinds)])
    for row in zip(*columns, strict=True):
        writer.writerow(
            ["" if v is None else v if isinstance(v, str) else f"{v:.2f}".replace(".", decimal) for v in row]
        )
    reading = read(stream.getvalue().encode(encoding), "t.csv")
    assert reading.dialect.delimiter == delimiter
    assert reading.dialect.decimal == decimal
    back = reading.table.astype(object).where(reading.table.notna(), None)
    assert [back[name].tolist() for name in back] == columns
