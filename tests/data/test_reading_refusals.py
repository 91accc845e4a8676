"""What is no table is refused with one sentence that says what, where and what is allowed."""
# ruff: noqa: E501 - one case a line

import contextlib
import gzip
import io
import json
import pickle
import sqlite3
import time
import zipfile

import pytest

from data.reading import read
from words import Refusal


def refused(raw, filename="f.csv"):
    with pytest.raises(Refusal) as caught:
        read(raw, filename)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def xlsx():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return stream.getvalue()


def database():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    return connection.serialize()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"%PDF-1.7 ...", "a PDF document"), (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (b"\xff\xd8\xff\xe0..", "a JPEG image"),
        (b"GIF89a....", "a GIF image"), (b"PK\x03\x04....", "a ZIP archive"), (xlsx(), "an Excel workbook (XLSX)"),
        (gzip.compress(b"a,b\n1,2\n"), "a GZIP archive"), (b"<!DOCTYPE html><html><p>a,b</p>", "an HTML page"),
        (b'<?xml version="1.0"?><a>1,2</a>', "an XML file"), (json.dumps([{"a": 1, "b": 2}]).encode(), "a JSON file"),
        (json.dumps({"a": [1, 2]}, indent=1).encode(), "a JSON file"), (pickle.dumps([1, 2]), "a Python pickle"),
        (database(), "an SQLite database"), (b"PAR1....PAR1", "a Parquet file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_another_kind_of_file_is_named(raw, kind):
    assert refused(raw) == (f"f.csv is {kind}, not a CSV file; please save its table as CSV (text) and upload that.")


@pytest.mark.parametrize("raw", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file(raw):
    assert refused(raw) == "f.csv is empty; a CSV file with a header and at least two rows is needed."


@pytest.mark.parametrize("raw", [b"a\n1\n2\n", b"one line\n", b"Ann Lee\nBob Ray\nCy Fox\n"])
def test_one_column(raw):
    assert refused(raw) == (
        "f.csv: fewer than two columns were found; a table needs at least two, separated by commas, semicolons, tabs, "
        "vertical bars or spaces."
    )


def test_too_few_rows():
    assert refused(b"a,b\n") == "f.csv has a header and no row of data; at least two rows are needed."
    assert refused(b"a,b\n1,2\n") == "f.csv has only one row of data; at least two rows are needed."


@pytest.mark.parametrize(
    ("raw", "line", "cells"),
    [
        (b"a,b,c\n1,2,3\n1,2\n1,2,3\n", 3, 2),
        (b"a,b,c\n1,2,3\n1,2,3,4\n1,2,3\n", 3, 4),
        (b"# note\n# more, or less\n\na,b,c\n1,2,3\n1,2\n1,2,3\n", 6, 2),
        (b'a,b,c\r\n"1\r\n\r\n",2,3\r\n1,2\r\n1,2,3\r\n', 5, 2),
        (b"a,b,c\r1,2,3\r\r1,2\r1,2,3\r", 4, 2),
        (b"a,b,c\n" + b"1,2,3\n" * 30_000 + b"1,2\n", 30_002, 2),
    ],
)
def test_a_row_of_another_length_is_named_by_its_line(raw, line, cells):
    assert refused(raw) == (
        f"f.csv, line {line}: the row has {cells} cells, but the table has 3 columns; every row must have as many cells as "
        "there are columns."
    )


def test_nul_bytes_and_bytes_that_are_no_text():
    assert refused(b"a,b\n1,2\n3,\x004\n") == "f.csv, line 3: a NUL byte was found; a CSV file holds text only."
    raw = "ä,ö\nü,ß\né,è\nà,ç\n".encode() + b"x,\xff\n"
    assert refused(raw) == "f.csv, line 5: byte 0xff is not valid UTF-8; please save the file as UTF-8."
    assert refused(b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8\x01\x00").startswith("f.csv, line ")
    assert refused(bytes(range(1, 32)) * 50) == "f.csv is not text but binary data; a CSV file holds text only."


def test_size_and_width():
    assert refused(bytes(100_000_001)) == "f.csv has 100 MB; files of up to 100 MB can be read."
    row = b",".join([b"1"] * 2_001) + b"\n"
    assert refused(row * 3) == "f.csv has 2,001 columns; up to 2,000 can be read."


def test_nothing_but_missing_cells():
    assert refused(b"a,b\nNA,\n?,-\n") == "f.csv: every cell is missing; at least one value is needed."


def test_quotes_that_do_not_close():
    assert refused(b'a,b\n1,"x"\n2,"open\n3,y\n') == "f.csv, line 3: a quote is opened that is never closed."
    raw = b'a,b\n1,"x"\n2,"' + b"y,z\n" * 60_000
    assert refused(raw) == (
        "f.csv, line 3: a cell has over 131,072 characters; a quote opened there is perhaps never closed."
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"u,v\n" + (b"http://" + b"a." * 1_500 + b",2\n") * 60, b"u,v\n" + (b"1," * 20_000 + b"\n") * 2,
        b"u,v\n" + (b"1." * 30_000 + b",2\n") * 3, b"u,v\n" + (b"1 " * 30_000 + b"x,2\n") * 3, b",;|\t \"'\n" * 3_000,
        b"#" * 1_000_000,
        b"<a" * 200_000, b"{\"" * 200_000, b"a" * 1_000_000, b"\"" * 300_001 + b",1\n", b"'," * 200_000,
    ],
    ids=lambda raw: raw[:12].decode(),
)  # fmt: skip
def test_a_hostile_file_takes_no_quadratic_time(raw):
    start = time.process_time()
    with contextlib.suppress(Refusal):
        read(raw, "f.csv")
    assert time.process_time() - start < 10
