"""Code, Paste code and Libraries on the Explore page, run without a browser."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import schedulers
from schedulers import libraries
from schedulers.differences import PAIRS, compare
from schedulers.export import code
from ui import explore_code


def panel(name, curves=("one_cycle", "cosine"), updates=100):
    def script(name, curves, updates):
        from ui import explore_code
        from ui.explore_curve import seen
        from ui.picture import Drawn, Picture

        picture = Picture(tuple(Drawn(curve) for curve in curves), updates)
        getattr(explore_code, name)(picture, seen(picture))

    at = AppTest.from_function(script, default_timeout=20, args=(name, curves, updates))
    return ran(at)


def ran(at):
    at.run()
    assert not at.exception, [entry.value for entry in at.exception]
    return at


def captions(at):
    return [caption.value.replace("\\", "") for caption in at.caption]


def traces(at):
    (chart,) = [element for element in at.get("bidi_component") if "figure" in element.proto.json]
    return [trace for trace in json.loads(chart.proto.json)["figure"]["data"] if trace.get("yaxis", "y") == "y"]


@pytest.mark.parametrize("library", explore_code.LIBRARIES)
def test_each_curve_is_shown_as_code_of_each_library_with_what_is_known_of_it(library):
    at = panel("code_panel")
    at.button_group(key="explore.code.library").set_value(library)
    at.selectbox(key="explore.code.curve").set_value(1)
    ran(at)
    exported = code(library, schedulers.CATALOGUE["cosine"], {}, 100)
    assert at.code[0].value == exported.text.strip()
    assert exported.native
    assert any("own scheduler, which gives exactly this curve over 100 updates" in text for text in captions(at))
    assert any("checked by execution" in text.value for text in at.markdown)


def test_code_that_was_not_executed_is_labelled_untested(monkeypatch):
    monkeypatch.setattr("schedulers.export.snippets.record", dict)
    explore_code._exported.cache_clear()
    at = panel("code_panel", updates=97)
    explore_code._exported.cache_clear()
    assert any("untested" in text.value for text in at.markdown)
    assert captions(at) == [
        "PyTorch has no scheduler that gives exactly this curve over 97 updates; the code hands it a function."
    ]


def test_without_a_curve_there_is_no_code():
    assert captions(panel("code_panel", curves=())) == ["No curve is shown. Add one, or show one that is hidden."]


def test_pasted_code_is_drawn_over_the_curves_with_its_facts():
    at = panel("paste_panel")
    at.text_area[0].set_value("opt = torch.optim.SGD(p, lr=0.5)\ns = StepLR(opt, step_size=25)\n")
    ran(at)
    assert [trace["name"] for trace in traces(at)][2:] == ["Pasted: StepLR, line 2"]
    assert captions(at) == [
        "Pasted: StepLR, line 2: PyTorch; first 0.5, peak 0.5 at update 0, last 5e-4 at update 99."
    ]  # fmt: skip


def test_a_schedule_that_ends_before_the_run_is_drawn_to_its_end():
    at = panel("paste_panel", updates=300)
    at.text_area[0].set_value("OneCycleLR(o, 0.1, total_steps=50)")
    ran(at)
    assert captions(at)[0].endswith("last 4e-7 at update 49.")


def test_what_cannot_be_read_is_said_with_its_line():
    at = panel("paste_panel")
    at.text_area[0].set_value("a = 1\nStepLR(opt, len(loader))")
    ran(at)
    (warning,) = at.warning
    assert warning.value.replace("\\", "").startswith(
        "Pasted code, line 2: len(loader) is not understood; write numbers"
    )


def test_bad_arguments_are_said_and_the_other_schedulers_drawn():
    at = panel("paste_panel")
    at.text_area[0].set_value("a = StepLR(o, 0)\nb = StepLR(o, 5)")
    ran(at)
    assert [warning.value.replace("\\", "") for warning in at.warning] == [
        "PyTorch StepLR: step_size must be not 0, got 0."
    ]  # fmt: skip
    assert len(traces(at)) == 3


def test_a_momentum_that_is_overwritten_is_said_and_marked():
    at = panel("paste_panel")
    at.text_area[0].set_value(
        "o = torch.optim.SGD(p, lr=0.1, momentum=0.9)\ns = OneCycleLR(o, max_lr=0.1, total_steps=50)"
    )
    ran(at)
    sentence = "The schedule overwrites the optimizer's momentum or beta1 of 0.9 with 0.85 to 0.95."
    assert [warning.value.replace("\\", "") for warning in at.warning] == [sentence]
    assert [trace["text"] for trace in traces(at) if trace["name"] == "check"] == [[sentence]]


def test_two_libraries_are_drawn_and_their_differences_said():
    at = panel("difference_panel", updates=200)
    title = "Steps: PyTorch and timm"
    at.selectbox(key="explore.code.pair").set_value(title)
    ran(at)
    sides = PAIRS[title].sides(200)
    for sentence in compare(*sides, 200):
        assert sentence in at.markdown[0].value.replace("\\", "")
    assert [trace["name"] for trace in traces(at)] == ["PyTorch MultiStepLR", "timm MultiStepLRScheduler"]
    assert "PyTorch: MultiStepLR(base_lr=0.1, milestones=[100, 150])" in captions(at)


def test_the_tabs_of_the_page_hold_the_three():
    from ui.explore_tools import TOOLS

    assert {"Code", "Paste code", "Libraries"} <= set(TOOLS)


def test_a_long_run_is_sent_thinned():
    explore_code._compared.cache_clear()
    _, curves = explore_code._compared("Cosine: Keras and optax", 200_000)
    expected = libraries.curve("keras", "CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 200_000}, 200_000)
    assert all(len(curve.rates) <= 2000 and curve.total == 200_000 for curve in curves)
    np.testing.assert_array_equal(curves[0].rates, expected["lr"][curves[0].updates])
