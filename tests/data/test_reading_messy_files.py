"""About thirty messy files: each is read with the right marks, header and first row."""
# ruff: noqa: E501 - one file a line

import math

import pytest

from data.reading import read

LONG = "\n".join(f"{i};{i},5;Straße {i}, Haus {i}" for i in range(60))
# name: (text, delimiter, column names, first row as read)
FILES = {
    "plain": ("a,b\n1,x\n2,y\n", ",", ["a", "b"], [1.0, "x"]),
    "decimal commas between semicolons": ("a;b\n1,5;2,25\n3,5;4,75\n", ";", ["a", "b"], [1.5, 2.25]),
    "decimal commas without header": ("1,5;2,25\n3,5;4,75\n", ";", ["column 1", "column 2"], [1.5, 2.25]),
    "decimal commas between tabs": ("a\tb\n1,5\t2,5\n2,5\t3,5\n", "\t", ["a", "b"], [1.5, 2.5]),
    "decimal commas quoted": ('a,b\n"1,5","2,25"\n"3,5","4,75"\n', ",", ["a", "b"], [1.5, 2.25]),
    "bars": ("a|b|c\n1|x y|2\n3|z|4\n", "|", ["a", "b", "c"], [1.0, "x y", 2.0]),
    "aligned by spaces": ("x    y\n1    2.5\n10  33.5\n", " ", ["x", "y"], [1.0, 2.5]),
    "spaces in front of every line": ("  1.0   2.0\n 10.0  20.0\n", " ", ["column 1", "column 2"], [1.0, 2.0]),
    "blanks after commas": ('a, b, c\n1, "x, y", 2\n3, z, 4\n', ",", ["a", "b", "c"], [1.0, "x, y", 2.0]),
    "commas in quoted text": ('n,t\n1,"red, green"\n2,"blue, a, b"\n', ",", ["n", "t"], [1.0, "red, green"]),
    "semicolons inside cells": ("id,tags\n1,x;y\n2,z;w\n3,q;r\n", ",", ["id", "tags"], [1.0, "x;y"]),
    "commas in text between semicolons": ("n;t\n1;Hello, world\n2;Yes, no, perhaps\n", ";", ["n", "t"], [1.0, "Hello, world"]),
    "line breaks in quotes": ('a,b\n"one\ntwo",1\n"three\n\nfour",2\n', ",", ["a", "b"], ["one\ntwo", 1.0]),
    "doubled quotes": ('a,b\n"he said ""hi""",1\nplain,2\n', ",", ["a", "b"], ['he said "hi"', 1.0]),
    "escaped quotes": ('a,b\n"he said \\"hi, you\\"",1\n"x",2\n', ",", ["a", "b"], ['he said "hi, you"', 1.0]),
    "single quotes": ("a,b\n'x, y',1\n'z, w',2\n", ",", ["a", "b"], ["x, y", 1.0]),
    "inches": ('size,n\n5" disk,1\n3" disk,2\n', ",", ["size", "n"], ['5" disk', 1.0]),
    "apostrophes": ("t,n\nit's,1\ndon't,2\n'tis,3\n", ",", ["t", "n"], ["it's", 1.0]),
    "comments above": ("# made by me, today\n# units: m, s\nx,y\n1,2\n3,4\n", ",", ["x", "y"], [1.0, 2.0]),
    "header in a comment": ("# x,y\n1,2\n3,4\n", ",", ["x", "y"], [1.0, 2.0]),
    "title above": ("Sales of 2024\n\nshop;sum\nA;1,5\nB;2,5\n", ";", ["shop", "sum"], ["A", 1.5]),
    "padded title": ("Sales,,\nshop,n,sum\nA,1,2\nB,3,4\n", ",", ["shop", "n", "sum"], ["A", 1.0, 2.0]),
    "named delimiter": ("sep=;\na;b\n1;2\n3;4\n", ";", ["a", "b"], [1.0, 2.0]),
    "delimiter at the end": ("a,b,\n1,2,\n3,4,\n", ",", ["a", "b"], [1.0, 2.0]),
    "delimiter at the end of rows only": ("a;b\n1;2;\n3;4;\n", ";", ["a", "b"], [1.0, 2.0]),
    "times": ("time,v\n10:30,1\n11:45,2\n", ",", ["time", "v"], ["10:30", 1.0]),
    "dates and times": ("t;v\n2024-01-31 10:00:00;1,5\n2024-02-01 11:00:00;2\n", ";", ["t", "v"], ["2024-01-31 10:00:00", 1.5]),
    "addresses": ("url,n\nhttp://a.b/c?d=1|2,1\nhttp://a.b/e?f=3|4,2\n", ",", ["url", "n"], ["http://a.b/c?d=1|2", 1.0]),
    "mostly missing": ("a,b,c\n,,1\n,NA,\n?,x,\n", ",", ["a", "b", "c"], [None, None, 1.0]),
    "text only": ("name,town\nAnn,Rome\nBob,Oslo\nCy,Bonn\n", ",", ["name", "town"], ["Ann", "Rome"]),
    "years as names": ("land,2019,2020,2021\nA,1.5,2.5,3.5\nB,2.5,3.5,4.5\n", ",", ["land", "2019", "2020", "2021"], ["A", 1.5, 2.5, 3.5]),
    "row names of R": ('"x" "y"\n"1" 2.5 "a"\n"2" 3.5 "b"\n', " ", ["column 1", "x", "y"], [1.0, 2.5, "a"]),
    "long and German": ("n;wert;ort\n" + LONG, ";", ["n", "wert", "ort"], [0.0, 0.5, "Straße 0, Haus 0"]),
    "currency": ('item,price\nA,"$1,234.50"\nB,"$12.00"\n', ",", ["item", "price"], ["A", 1234.5]),
    "one-line cells in quotes": ('"a";"b"\n"1";"x"\n"2";"y"\n', ";", ["a", "b"], [1.0, "x"]),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
@pytest.mark.parametrize("name", FILES)
def test_a_messy_file_is_read_right(name, ending):
    text, delimiter, names, first = FILES[name]
    reading = read(text.replace("\n", ending).encode(), "messy.csv")
    assert reading.dialect.delimiter == delimiter
    assert list(reading.table.columns) == names
    row = [None if isinstance(value, float) and math.isnan(value) else value for value in reading.table.iloc[0]]
    assert row == [cell.replace("\n", ending) if isinstance(cell, str) else cell for cell in first]
