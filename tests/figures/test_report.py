import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from figures.report import html
from figures.schedule import Curve, schedule

HOSTILE = '</script><script>alert("x")</script> & "quoted"'


class Reader(HTMLParser):
    """Reads a page: its scripts, its text, its tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.scripts, self.text, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        else:
            self.text.append(data)


@pytest.fixture(scope="module")
def page():
    figure = schedule([Curve(HOSTILE, np.array([0.1, np.nan, 0.05]))])
    table = (["rule", HOSTILE], [["valley", 3], [HOSTILE, 4.5]])
    return html(
        HOSTILE, [("First", ["One.", HOSTILE], figure, table), (HOSTILE, [], figure, None), ("Last", [], None, None)]
    )


def test_it_is_a_whole_page_with_every_tag_closed(page):
    reader = Reader(page)
    assert reader.open == []
    assert [tag for tag, _ in reader.tags].count("h2") == 3
    assert [tag for tag, _ in reader.tags].count("tr") == 3


def test_hostile_text_stays_text(page):
    reader = Reader(page)
    assert len(reader.scripts) == 3  # the library, the figures, the drawing
    assert "".join(reader.text).count('alert("x")') == 6  # title, h1, paragraph, h2 and two cells


def test_plotly_is_there_once_and_the_figures_are_json(page):
    reader = Reader(page)
    assert len(re.findall(r"plotly\.js v\d", page)) == 1
    figures = json.loads(reader.scripts[1])
    assert len(figures) == 2
    assert figures[0]["data"][0]["name"] == HOSTILE
    assert "var(--st" not in reader.scripts[1]


def test_nothing_is_fetched(page):
    reader = Reader(page)
    assert not [attrs for _, attrs in reader.tags if {"src", "href"} & attrs.keys()]
    policy = next(attrs["content"] for tag, attrs in reader.tags if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")


def test_without_figures_there_is_no_script():
    reader = Reader(html("Short", [("Only", ["words"], None, None)]))
    assert reader.scripts == []
