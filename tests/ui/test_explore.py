"""The Explore page, run without a browser."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import schedulers
from ui import link
from ui.explore_live import SCALED
from ui.pages.explore import PRESETS
from ui.picture import MOST_CURVES

PAGE = Path(__file__).parents[2] / "ui" / "pages" / "explore.py"
DEFAULT = ["one_cycle,peak=0.1", "cosine_restarts"]


MAIN = """
import streamlit as st
st.navigation([{page!r}, {train!r}]).run()
"""


@pytest.fixture(autouse=True)
def main(tmp_path):
    """A program of two pages, since Explore links to Train."""
    path = tmp_path / "main.py"
    (tmp_path / "ui").symlink_to(PAGE.parents[1])
    path.write_text(MAIN.format(page=str(PAGE), train=str(PAGE.with_name("train.py"))))
    opened.main = path


def opened(text=""):
    at = AppTest.from_file(opened.main, default_timeout=20)
    for key, values in link.parse_qs(text).items():
        at.query_params[key] = values
    return ran(at)


def ran(at):
    at.run()
    assert not at.exception
    return at


def unfolded(at):
    """Open every card and its menu, whose widgets are drawn only then."""
    for number in at.session_state["explore"].ids:
        at.session_state[f"explore.{number}.card"] = at.session_state[f"explore.{number}.more"] = True
    return ran(at)


def address(at, key="c"):
    """Return all values of a query parameter; a single one comes back as text."""
    values = at.query_params.get(key, [])
    return [values] if isinstance(values, str) else values


def chart(at):
    """Return what the chart's script is told."""
    told = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    (found,) = [each for each in told if "figure" in each]
    return found


def catalogue(at):
    """Return what the chart's script is told of all schedules."""
    told = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    (found,) = [each["catalogue"] for each in told if "catalogue" in each]
    return found


def figure(at):
    return chart(at)["figure"]


def drawn(at):
    """Return the names of the curves in the chart, one for each rate curve."""
    traces = [trace for trace in figure(at)["data"] if trace["mode"] == "lines"]
    return [trace["name"] for trace in traces if trace.get("yaxis", "y") == "y"]


def rates(at, index=0):
    import base64

    packed = figure(at)["data"][index]["y"]
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype={"f4": "<f4", "f8": "<f8"}[packed["dtype"]])


def test_a_newcomer_sees_two_curves_and_the_address_says_which():
    at = opened()
    assert drawn(at) == ["1cycle (fastai)", "Cosine with restarts (SGDR)"]
    assert address(at) == DEFAULT
    np.testing.assert_allclose(rates(at), schedulers.CATALOGUE["one_cycle"].rates(1000, peak=0.1), rtol=1e-6)
    assert not at.warning


def test_another_parameter_is_another_curve_and_another_link(enter):
    at = opened("c=cosine")
    enter(at, peak="0.5")
    ran(at)
    np.testing.assert_allclose(rates(at), schedulers.CATALOGUE["cosine"].rates(1000, peak=0.5), rtol=1e-6, atol=1e-12)
    assert address(at) == ["cosine,peak=0.5"]


def test_a_link_reproduces_the_picture():
    text = "c=torch_one_cycle,peak=0.5,anneal=linear&c=step,hidden&c=constant&updates=300&epochs=3&x=epochs&y=log"
    at = opened(text)
    assert drawn(at) == ["1cycle (PyTorch)", "Constant"]
    assert figure(at)["layout"]["yaxis"]["type"] == "log"
    assert figure(at)["layout"]["xaxis"]["range"] == pytest.approx([0, 2.99])
    expected = schedulers.CATALOGUE["torch_one_cycle"].rates(300, peak=0.5, anneal="linear")
    np.testing.assert_allclose(rates(at), expected, rtol=1e-6)
    again = opened(link.urlencode(at.query_params, doseq=True))
    assert figure(again) == figure(at)


def test_a_bad_link_is_told_and_what_can_be_read_is_kept():
    at = opened("c=nonsense&c=cosine,peak=99&c=constant&updates=many")
    assert drawn(at) == ["Constant"]
    sentences = [warning.value.replace("\\", "") for warning in at.warning]
    assert sentences[0].startswith("Link: there is no schedule 'nonsense'; there are ")
    assert sentences[1:] == [
        "Cosine decay: peak (learning rate) must be 0 to 10, got 99.",
        "Link: updates must be a whole number from 2 to 1000000, got 'many'.",
    ]
    at.number_input(key="explore.updates").set_value(50)
    ran(at)
    assert not at.warning
    assert (address(at), address(at, "updates")) == (["constant"], ["50"])


def test_a_refused_parameter_keeps_the_last_good_curve(dials, enter):
    at = opened("c=cosine,peak=0.5")
    before = figure(at)
    enter(at, peak="-1")
    ran(at)
    assert figure(at) == before
    assert dials(at)["peak"]["refusal"] == "Cosine decay: peak (learning rate) must be 0 to 10, got -1."


def test_curves_are_added_up_to_the_most_and_removed_down_to_one():
    at = opened("c=constant")
    for _ in range(MOST_CURVES - 1):
        assert not at.selectbox(key="explore.add").disabled
        at.selectbox(key="explore.add").set_value("cosine")
        ran(at)
    assert len(drawn(at)) == len(set(drawn(at))) == len(address(at)) == MOST_CURVES
    assert at.selectbox(key="explore.add").disabled
    unfolded(at)
    assert [button.disabled for button in at.button if button.label == "Duplicate"] == [True] * MOST_CURVES
    for _ in range(MOST_CURVES - 1):
        next(button for button in unfolded(at).button if button.label == "Remove").click()
        ran(at)
    assert drawn(at) == ["Cosine decay"]
    unfolded(at)
    assert [button.disabled for button in at.button if button.label == "Remove"] == [True]


def test_a_duplicate_stands_beside_its_original_and_changes_alone(enter):
    at = unfolded(opened("c=cosine,peak=0.5&c=constant"))
    next(button for button in at.button if button.label == "Duplicate").click()
    ran(at)
    assert address(at) == ["cosine,peak=0.5", "cosine,peak=0.5", "constant"]
    enter(at, 1, peak="0.25")
    ran(at)
    assert drawn(at) == ["Cosine decay (peak 0.5)", "Cosine decay (peak 0.25)", "Constant"]


def test_a_hidden_curve_is_out_of_the_chart_but_in_the_link():
    at = unfolded(opened("c=cosine&c=constant"))
    at.toggle[0].set_value(False)
    ran(at)
    assert drawn(at) == ["Constant"]
    assert address(at) == ["cosine,hidden", "constant"]


def test_another_schedule_keeps_the_peak_and_its_card_open():
    at = unfolded(opened("c=step&c=cosine,peak=0.5"))
    at.selectbox[1].set_value("constant")
    ran(at)
    assert address(at) == ["step", "constant,peak=0.5"]
    assert [card.label for card in at.expander[:2]] == ["Step decay", "Constant"]
    assert [box.value for box in at.selectbox[:2]] == ["step", "constant"]


def test_a_closed_card_draws_nothing_and_keeps_its_curve(enter, dials):
    at = unfolded(opened("c=cosine&c=step"))
    enter(at, 1, peak="0.25")
    ran(at)
    number = at.session_state["explore"].ids[1]
    at.text_input(key=f"explore.{number}.label").set_value("Mine")
    ran(at)
    at.session_state[f"explore.{number}.card"] = False
    ran(at)
    assert [box.key for box in at.selectbox][1:] == ["explore.add"]
    assert address(at) == ["cosine", "step,peak=0.25,name=Mine"]
    assert drawn(at) == ["Cosine decay", "Mine"]
    unfolded(at)
    assert dials(at, 1)["peak"]["text"] == "0.25"
    assert at.text_input(key=f"explore.{number}.label").value == "Mine"


def test_axes_switch_and_are_in_the_link():
    at = opened()
    at.button_group(key="explore.x").set_value("epochs")
    at.button_group(key="explore.y").set_value("log")
    ran(at)
    assert (address(at, "x"), address(at, "y")) == (["epochs"], ["log"])
    assert figure(at)["layout"]["yaxis"]["type"] == "log"


def test_every_preset_is_a_good_link_and_replaces_the_picture():
    at = opened("c=constant&updates=50&y=log")
    titles = [button.label for button in at.button if button.label in PRESETS]
    assert len(titles) == len(PRESETS) >= 3
    for title in titles:
        next(button for button in at.button if button.label == title).click()
        ran(at)
        assert not at.warning
        assert len(drawn(at)) >= 2
        assert at.number_input(key="explore.updates").value == 1000
        assert figure(at)["layout"]["yaxis"].get("type") != "log"


def test_going_back_in_the_browser_brings_the_picture_back(dials, enter):
    at = opened("c=cosine,peak=0.5")
    enter(at, peak="0.25")
    ran(at)
    at.query_params["c"] = ["cosine,peak=0.5"]
    ran(at)
    assert address(at) == ["cosine,peak=0.5"]
    assert dials(at)["peak"]["text"] == "0.5"


def test_a_change_of_page_keeps_the_picture_and_brings_back_its_link(tmp_path, enter):
    other = tmp_path / "other.py"
    other.write_text("import streamlit as st\nst.write('other')\n")
    train = PAGE.with_name("train.py")
    opened.main.write_text(
        MAIN.replace("{train!r}", "{train!r}, {other!r}").format(page=str(PAGE), train=str(train), other=str(other))
    )
    at = opened()
    at.button[1].click()
    ran(at)
    enter(at, peak="0.25")
    at.number_input(key="explore.updates").set_value(70)
    ran(at)
    before = figure(at)
    at.query_params.clear()
    ran(at.switch_page(other))
    ran(at.switch_page(PAGE))
    assert figure(at) == before
    assert address(at)[0] == "cosine,peak=0.25"


def test_figures_formulas_and_sources_stand_under_the_chart():
    at = opened("c=one_cycle,peak=0.1&updates=100")
    at.session_state["explore.formulas"] = True
    ran(at)
    row = at.table[0].value.iloc[0].tolist()
    assert row == ["1cycle (fastai)", "4e-3", "0.1", "4.49e-5", "5.05", "50", "25 %"]
    assert [latex.value.strip("$\n") for latex in at.get("latex")] or any(
        "mathrm" in text.value for text in at.markdown
    )
    assert any("1708.07120" in caption.value for caption in at.caption)


def test_every_widget_has_a_name_for_screen_readers(dials):
    at = unfolded(opened("c=torch_one_cycle&c=cosine_restarts&c=step"))
    widgets = [*at.selectbox, *at.number_input, *at.text_input, *at.toggle, *at.button]
    assert all(widget.label for widget in [*widgets, *at.get("button_group")])
    assert all(dial["title"] and dial["exactly"] for which in range(3) for dial in dials(at, which).values())


def test_the_chart_gets_the_functions_of_its_curves_and_their_numbers():
    at = opened("c=cosine,peak=0.5&c=own_formula&c=torch_one_cycle,three_phase=yes&c=constant,hidden&x=epochs")
    live = chart(at)["live"]
    assert (live["updates"], live["per_unit"]) == (1000, 100)
    assert sorted(live["curves"]) == ["0", "1", "2"]
    written = {"reads": "formula", "text": "peak * (1 - p)", "between": "", "title": "Your formula"}
    assert live["curves"]["1"] == {**written, "given": {"peak": 0.1}}
    assert live["texts"] == {"explore-1-own_formula-formula": {"curve": "1"}}
    assert live["curves"]["0"]["given"] == {"peak": 0.5, "final": 0.0}
    assert sorted(live["curves"]["2"]) == ["given", "momentum", "rate", "title"]
    assert {"three_phase", "anneal"}.isdisjoint(live["curves"]["2"]["given"])
    traced = {(trace["meta"]["curve"], trace["meta"]["draws"]) for trace in figure(at)["data"] if "meta" in trace}
    assert traced == {("0", "rate"), ("1", "rate"), ("2", "rate"), ("2", "momentum")}


def test_the_chart_gets_what_each_curve_would_be_by_another_schedule():
    at = ran(opened("c=cosine,peak=0.5&c=constant,peak=3e-3,hidden&c=torch_one_cycle,three_phase=yes&x=samples"))
    live = chart(at)["live"]
    assert live["length"] == {"key": "explore-updates", "low": 2, "high": 1_000_000, "in_epochs": False}
    one, other = live["choices"].values()  # a hidden curve has none
    assert (one["curve"], other["curve"]) == ("0", "2")
    assert one["given"]["Constant"] == {"peak": 0.5}
    assert one["given"]["Polynomial decay"] == {"peak": 0.5, "power": 0.9, "final": 0.0}
    assert set(one["given"]) == set(catalogue(at)) == {each.title for each in schedulers.CATALOGUE.values()}
    assert {"1cycle (PyTorch)"} == set(catalogue(at)) - set(other["given"])  # whose three phases are no default
    by_name = {each["name"]: each for each in catalogue(at).values()}
    assert len(by_name["torch_one_cycle"]["variants"]) == 4
    assert by_name["torch_one_cycle"]["chosen"] == {"anneal": "cos", "three_phase": "no"}
    assert by_name["drawn"]["reads"] == "points"
    for each in by_name.values():
        for functions in each.get("variants", {}).values():
            assert functions["rate"].startswith("(t, T, given) =>"), each["name"]
        assert " ".join(each["chosen"].values()) in each.get("variants", {"monotone": {}, "": {}}), each["name"]


@pytest.mark.parametrize("name", SCALED)
def test_what_the_browser_scales_with_the_peak_is_in_proportion_to_it(name):
    schedule = schedulers.CATALOGUE[name]
    np.testing.assert_allclose(schedule.rates(200, peak=0.7), 7 * schedule.rates(200, peak=0.1), rtol=1e-12)
    moved, kept = schedule.momentum(200, peak=0.7), schedule.momentum(200, peak=0.1)
    assert moved is kept is None or (moved == kept).all()


def test_a_schedule_that_is_declared_later_can_be_chosen_too(monkeypatch):
    at = ran(opened("c=cosine"))
    new = replace(schedulers.CATALOGUE["rex"], name="later", title="Declared later")
    monkeypatch.setitem(schedulers.CATALOGUE, "later", new)
    ran(at)
    live = chart(at)["live"]
    assert catalogue(at)["Declared later"] == catalogue(at)["REX"] | {"name": "later"}
    (choice,) = live["choices"].values()
    assert choice["given"]["Declared later"] == {"peak": 0.1}
