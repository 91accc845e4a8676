"""Numbers in every style, missing words, names, encodings, and the notes that tell of them."""
# ruff: noqa: E501 - one case a line

import codecs
import math

import pytest

from data.reading import read


def column(cells, delimiter=";", others=()):
    rows = [delimiter.join([f'"{cell}"', f"t{i % 2}", *(o[i] for o in others)]) for i, cell in enumerate(cells)]
    head = delimiter.join(["x", "t", *(f"o{i}" for i in range(len(others)))])
    return read("\n".join([head, *rows]).encode(), "t.csv")


def note(reading, part):
    return next((sentence for sentence in reading.notes if part in sentence), None)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2.5", "-3e-2", "+4", ".5", "6."], [1, 2.5, -0.03, 4, 0.5, 6]),
        (["1,5", "2,25", "-3"], [1.5, 2.25, -3]),
        (["1,234.5", "12.25", "1,234,567"], [1234.5, 12.25, 1234567]),
        (["1.234,5", "12,25"], [1234.5, 12.25]),
        (["1 234,5", "7", "1 000 000"], [1234.5, 7, 1e6]),
        (["1\u00a0234,5", "7,5"], [1234.5, 7.5]),
        (["1'234.50", "7"], [1234.5, 7]),
        (["1’234", "7"], [1234, 7]),
        (["12 %", "3.5%", "-1%"], [12, 3.5, -1]),
        (["$1,234.50", "-$3.25", "$ 4"], [1234.5, -3.25, 4]),
        (["1.234,50 €", "3,25€"], [1234.5, 3.25]),
        (["£5", "£0.5"], [5, 0.5]),
        (["¥500", "￥600"], [500, 600]),
        (["−5", "3"], [-5, 3]),
        (["0,123", "0,456"], [0.123, 0.456]),
        (["1,234,567", "2,345"], [1234567, 2345]),
    ],
)
def test_numbers_are_read_in_every_style(cells, values):
    assert column(cells).table["x"].tolist() == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-31", "2024-02-01"], ["31.01.2024", "01.02.2024"], ["00123", "45678"], ["1.2.3", "1.10.0"], ["10:30", "11:45"],
        ["+4915112345678", "+4915198765432"], ["555 123 456", "555 987 654"], ["555-1234", "555-9876"],
        ["192.168.100.200", "192.168.101.201"], ["$5", "€6"], ["$5", "7"], ["1,5", "2.5"], ["12345678901234567890", "1"],
        ["1_000", "2"], ["0x10", "2"], ["१२", "3"], ["true", "false"], ["1", "two"], ["1,23,4", "5"], ["inf", "-inf"],
        ["$", "%"], [",", "'"], ["1e5e5", "2"],
    ],
    ids=lambda cells: cells[0],
)  # fmt: skip
def test_what_is_no_number_stays_text_as_written(cells):
    assert column(cells).table["x"].tolist() == cells


def test_leading_zeros_and_the_odd_cell_are_said():
    assert note(column(["00123", "456"]), "leading zeros") == 'Codes with leading zeros stay text in: "x".'
    reading = column(["1", "2", "3", "4", "oops", "6"])
    assert note(reading, "oops") == 'Column "x" is text because of "oops" on line 6; its other cells are numbers.'


def test_one_comma_three_digits_is_settled_by_its_column_then_by_the_others():
    assert column(["1,234", "2,5"]).table["x"].tolist() == [1.234, 2.5]
    assert column(["1,234", "2,345"], others=[["0,5", "1,5"]]).table["x"].tolist() == [1.234, 2.345]
    assert column(["1,234", "2,345"], others=[["0.5", "1.5"]]).table["x"].tolist() == [1234, 2345]
    assert column(["1.234", "2.345"], others=[["0,5", "1,5"]]).table["x"].tolist() == [1234, 2345]


@pytest.mark.parametrize(
    ("cells", "delimiter", "values", "mark", "meaning"),
    [(["1,234", "2,345"], ";", [1.234, 2.345], ",", "decimals"), (["1,234", "2,345"], "|", [1234, 2345], ",", "thousands"),
     (["1.234", "2.345"], ";", [1.234, 2.345], ".", "decimals")],
)  # fmt: skip
def test_what_stays_ambiguous_is_chosen_and_said(cells, delimiter, values, mark, meaning):
    reading = column(cells, delimiter)
    assert reading.table["x"].tolist() == values
    assert reading.number_styles["x"].ambiguous
    assert (
        note(reading, "two ways") == f'The numbers of "x" can be read in two ways; "1{mark}234" was read as {meaning}.'
    )


def test_the_decimal_mark_of_a_file_may_be_mixed():
    assert column(["1,5", "2,5"], others=[["0.5", "1.5"]]).dialect.decimal == "mixed"
    assert column(["1,5", "2,5"]).dialect.decimal == ","
    assert column(["1", "2"]).dialect.decimal == "."


def test_words_for_missing_become_missing_in_numbers_and_text():
    words = ["", "NA", "n/a", "N/A", "nan", "NaN", "null", "None", "-", "?"]
    raw = "x,t\n1,a\n" + "\n".join(f"{word},{word}" for word in words)
    reading = read(raw.encode(), "t.csv")
    assert reading.table["x"].dtype == "float64"
    assert reading.table["x"].isna().sum() == reading.table["t"].isna().sum() == len(words)
    assert reading.table["t"].dtype == object
    assert reading.table["t"].tolist() == ["a"] + [None] * len(words)
    assert note(reading, "Empty") == "Empty cells, read as missing: 2."
    assert note(reading, "Cells that say").endswith("and 4 more, read as missing: 18.")


def test_infinite_numbers_become_missing_and_their_line_is_told():
    reading = read(b'x,t\n1,"a\nb"\n-inf,c\n2,d\nInfinity,e\n1e999,f\n', "t.csv")
    assert [None if math.isnan(v) else v for v in reading.table["x"]] == [1, None, 2, None, None]
    assert reading.infinite == {"x": 4}
    assert note(reading, "Infinite") == 'Infinite numbers in "x", the first on line 4, are read as missing.'


def test_repeated_and_empty_names_become_unique():
    reading = read(b"a,a,,a (2),a\n1,2,3,4,5\n1,2,3,4,5\n", "t.csv")
    assert list(reading.table.columns) == ["a", "a (3)", "column 3", "a (2)", "a (4)"]
    assert note(reading, "Repeated") == 'Repeated column names were numbered, as in "a (2)": "a".'
    assert note(reading, "without a name") == 'Columns without a name were named by their place: "column 3".'


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_row_numbers_are_ignored_and_stay_in_the_table(name):
    reading = read(f"{name},a\n0,5\n1,7\n2,6\n".encode(), "t.csv")
    first = name or "column 1"
    assert reading.ignored == (first,)
    assert reading.table[first].tolist() == [0, 1, 2]
    assert note(reading, "only numbers") == f'Column "{first}" only numbers the rows and is ignored.'
    assert read(f"{name},a\n0,5\n2,7\n1,6\n".encode(), "t.csv").ignored == ()


def test_a_file_without_header_gets_numbered_columns():
    reading = read(b"5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n", "t.csv")
    assert (list(reading.table.columns), reading.dialect.header) == (["column 1", "column 2", "column 3"], False)
    assert len(reading.table) == 3
    assert note(reading, "no header").startswith("The file has no header;")


def test_blank_lines_and_spaces_do_no_harm():
    reading = read(b"\n\na,b\n1,x \n\n2, y\n\n\n   \n", "t.csv")
    assert reading.table.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert note(reading, "Spaces") == "Spaces around cells were removed."


def test_skipped_lines_are_counted_and_said():
    reading = read(b"# one\n# two\n\na,b\n1,x\n2,y\n", "t.csv")
    assert reading.dialect.skipped_lines == 3
    assert note(reading, "skipped") == "The first 3 lines are titles or comments and were skipped."


WESTERN = "ort;größe;café\nMünchen;1,5;très\nKöln;2,5;déjà\nZürich;3,5;garçon\n"
CHINESE = "城市,人口,说明\n北京,2154,中华人民共和国的首都\n上海,2424,最大的城市之一\n广州,1530,南方的中心城市\n"
JAPANESE = "都市,人口,説明\n東京,1396,日本の首都です\n大阪,269,西日本の中心となる都市\n京都,146,古い都でした\n"


@pytest.mark.parametrize(
    ("text", "encoding", "mark"),
    [
        (WESTERN, "utf-8", b""), (WESTERN, "utf-8", codecs.BOM_UTF8), (WESTERN, "utf-16-le", codecs.BOM_UTF16_LE),
        (WESTERN, "utf-16-be", codecs.BOM_UTF16_BE), (WESTERN, "utf-16-le", b""), (WESTERN, "utf-16-be", b""),
        (WESTERN, "latin-1", b""), (WESTERN.replace("très", "“5 €”"), "cp1252", b""), (CHINESE, "utf-8", b""),
        (CHINESE, "gbk", b""), (JAPANESE, "shift-jis", b""), (CHINESE, "utf-16", b""),
    ],
)  # fmt: skip
def test_every_encoding_gives_the_same_table(text, encoding, mark):
    reading = read(mark + text.encode(encoding), "t.csv")
    rows = [line.split(";" if ";" in text else ",") for line in text.splitlines()]
    assert list(reading.table.columns) == rows[0]
    assert reading.table.iloc[:, 0].tolist() == [row[0] for row in rows[1:]]
    assert reading.table.iloc[:, 1].dtype == "float64"
