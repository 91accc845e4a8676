"""What Explore sends ahead is what comes: each figure that a widget leads to, against the one after its use."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from figures.encode import encode
from ui import link
from ui.live_chart.message import Foreseen, class_of, packed
from ui.pages.explore import PRESETS

PAGES = Path(__file__).parents[2] / "ui" / "pages"
TORCH = "torch_one_cycle"
CURVES = "c=wsd,peak=0.3&c=torch_one_cycle,colour=teal&c=cosine,hidden&updates=300&x=epochs&y=log"


@pytest.fixture
def opened(tmp_path):
    """Explore with three curves, every card and menu open."""
    path = tmp_path / "main.py"
    (tmp_path / "ui").symlink_to(PAGES.parent)
    pages = [str(PAGES / "explore.py"), str(PAGES / "train.py")]
    path.write_text(f"import streamlit as st\nst.navigation({pages!r}).run()\n")
    at = AppTest.from_file(path, default_timeout=20)
    for key, values in link.parse_qs(CURVES).items():
        at.query_params[key] = values
    return unfolded(at)


def unfolded(at):
    at.run()
    for number in at.session_state["explore"].ids:
        at.session_state[f"explore.{number}.card"] = at.session_state[f"explore.{number}.more"] = True
    at.run()
    assert not at.exception
    return at


def told(at):
    """Return what the chart's script is told, and then the pages' other figures that travel ahead."""
    messages = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    (chart,) = [each for each in messages if each.get("key") == "explore.chart"]
    (elsewhere,) = [each for each in messages if each.get("chart") == "explore.chart" and "foreseen" in each]
    return chart, elsewhere


def ahead(at):
    """Return the revision of each figure that was sent ahead, by (widget, option)."""
    chart, elsewhere = told(at)
    pictures = [*chart["foreseen"]["pictures"], *elsewhere["foreseen"]["pictures"]]
    by_widget = {(one["key"], one["option"]): one["revision"] for one in pictures}
    assert len(by_widget) == len(pictures)
    return by_widget


def revision(at):
    return told(at)[0]["revision"]


def press(at, label, which=0):
    return [button for button in at.button if button.label == label][which].click()


def switch(at, key, value):
    at.toggle(key=key).set_value(value)


def choose(at, key, value):
    at.button_group(key=key).set_value(value)


@pytest.mark.parametrize(
    ("widget", "option", "use"),
    [
        ("explore-0-remove", "", lambda at: press(at, "Remove")),
        ("explore-1-remove", "", lambda at: press(at, "Remove", 1)),
        ("explore-0-duplicate", "", lambda at: press(at, "Duplicate")),
        ("explore-1-shown", "", lambda at: switch(at, "explore.1.shown", False)),
        ("explore-2-shown", "", lambda at: switch(at, "explore.2.shown", True)),
        ("explore-0-colour", "grey", lambda at: choose(at, "explore.0.colour", 7)),
        ("explore-1-colour", "teal", lambda at: choose(at, "explore.1.colour", None)),
        ("explore-0-wsd-shape", "linear", lambda at: choose(at, "explore.0.wsd.shape", "linear")),
        (f"explore-1-{TORCH}-anneal", "linear", lambda at: choose(at, f"explore.1.{TORCH}.anneal", "linear")),
        (f"explore-1-{TORCH}-three_phase", "", lambda at: switch(at, f"explore.1.{TORCH}.three_phase", True)),
        *((class_of(f"explore.{title}"), "", lambda at, title=title: press(at, title)) for title in PRESETS),
    ],
)  # fmt: skip
def test_each_widget_leads_to_the_figure_that_was_sent_ahead(opened, widget, option, use):
    expected, before = ahead(opened)[widget, option], revision(opened)
    use(opened)
    opened.run()
    assert not opened.exception
    assert revision(opened) == expected != before


@pytest.mark.parametrize(("tool", "label"), [("Draw", "Start a drawn curve"), ("Combine", "Start a combination")])
def test_the_button_of_a_tool_leads_to_the_figure_that_was_sent_ahead(opened, tool, label):
    opened.button_group(key="explore.tool").set_value(tool)
    opened.run()
    expected = ahead(opened)[f"explore-{tool.lower()}-new", ""]
    press(opened, label)
    opened.run()
    assert revision(opened) == expected


def use_tool(at, tool):
    at.button_group(key="explore.tool").set_value(tool)
    at.run()


def test_a_drawn_curve_begun_from_another_was_sent_ahead(opened):
    use_tool(opened, "Draw")
    expected = ahead(opened)["explore-draw-copy", ""]
    next(button for button in opened.button if button.label.startswith("Start from ")).click()
    opened.run()
    assert not opened.exception
    assert revision(opened) == expected


def test_the_run_of_the_step_calculator_was_sent_ahead(opened):
    use_tool(opened, "Steps")
    at_first = ahead(opened)["explore-steps-use", ""]
    opened.number_input(key="explore.steps.rows").set_value(9_000)
    opened.number_input(key="explore.steps.devices").set_value(2)
    opened.run()
    expected = ahead(opened)["explore-steps-use", ""]
    assert at_first != expected
    press(opened, "Use for the picture")
    opened.run()
    assert revision(opened) == expected
    opened.number_input(key="explore.steps.size").set_value(9_000)  # fills no batch
    opened.run()
    assert told(opened)[0]["foreseen"] is None or ("explore-steps-use", "") not in ahead(opened)


def test_nothing_is_sent_ahead_for_what_is_not_on_the_page(opened):
    for number in opened.session_state["explore"].ids:
        opened.session_state[f"explore.{number}.card"] = False
    opened.run()
    assert told(opened)[0]["foreseen"] is None


def test_the_only_curve_cannot_be_removed_nor_one_too_many_be_added(opened):
    for _ in range(2):
        press(opened, "Remove")
        unfolded(opened)
    assert not [key for key in ahead(opened) if "remove" in key[0]]
    for _ in range(7):
        assert [key for key in ahead(opened) if "duplicate" in key[0]]
        press(opened, "Duplicate")
        unfolded(opened)
    assert not [key for key in ahead(opened) if "duplicate" in key[0]]


def test_arrays_that_figures_share_travel_once():
    x, one, other = np.arange(5), np.linspace(0, 1, 5), np.linspace(1, 2, 5)
    shown = encode({"data": [{"x": x, "y": one}], "layout": {}})
    figures = [{"data": [{"x": x, "y": y}, {"x": x, "y": one}], "layout": {}} for y in (other, other)]
    message = packed([Foreseen("a b", figures[0]), Foreseen("c", figures[1], "d")], shown)
    assert message["arrays"] == [encode(other)]
    assert [(one["key"], one["option"]) for one in message["pictures"]] == [("a-b", ""), ("c", "d")]
    for picture in message["pictures"]:
        numbers = [(trace["x"]["same"], trace["y"]["same"]) for trace in picture["figure"]["data"]]
        assert numbers == [(0, 2), (0, 1)]
    assert packed([Foreseen("a", figures[0])])["arrays"] == [encode(x), encode(other), encode(one)]
