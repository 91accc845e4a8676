"""Controls made from a declaration: what each kind of parameter becomes, and what is refused."""

import pytest
from streamlit.testing.v1 import AppTest

import schedulers
from schedulers import Param
from ui.controls import DIALS, RUN, accepted, plain
from ui.controls_scale import positions, read, write
from words import Refusal

ONE = schedulers.CATALOGUE["one_cycle"]
RATE = Param("peak", "Peak", 0.1, 0, 10, "rate", "The highest learning rate.")
SHARE = Param("warmup", "Warm-up", 0.3, 0, 1, "share", "How long the rate rises.")


def page(name, **values):
    """Run a page that holds one schedule's controls; what they return is in the session under "got"."""

    def script(name, values):
        import streamlit as st

        import schedulers
        from ui.controls import controls

        st.session_state["got"] = controls(schedulers.CATALOGUE[name], key="k", values=values, updates=100)

    return AppTest.from_function(script, args=(name, values), default_timeout=20).run()


@pytest.mark.parametrize("name", sorted(schedulers.CATALOGUE))
def test_every_schedule_has_controls_that_begin_with_its_defaults(name):
    at = page(name)
    assert not at.exception
    assert not at.warning
    assert at.session_state["got"] == schedulers.CATALOGUE[name].check()
    drawn = [*at.select_slider, *at.number_input, *at.get("button_group"), *at.toggle]
    assert sorted(widget.label for widget in drawn) == sorted(p.title for p in schedulers.CATALOGUE[name].params)
    assert all(field.label for field in at.text_input)


def test_values_to_begin_with_are_shown_as_people_write_them():
    at = page("one_cycle", peak=0.003, warmup=0.4)
    assert at.text_input(key="k.peak").value == "3e-3"
    assert at.text_input(key="k.warmup").value == "40 %"
    assert at.select_slider(key="k.peak.slider").value == 0.003


def test_field_and_slider_follow_each_other():
    at = page("one_cycle")
    at.text_input(key="k.peak").set_value("0.0123").run()
    assert at.select_slider(key="k.peak.slider").value == 0.0123
    assert at.session_state["got"]["peak"] == 0.0123
    at.select_slider(key="k.peak.slider").set_value(0.5).run()
    assert at.text_input(key="k.peak").value == "0.5"
    assert at.session_state["got"]["peak"] == 0.5
    assert not at.warning


def test_a_number_with_more_digits_than_the_field_shows_keeps_them():
    at = page("step", every=1 / 3)
    assert at.text_input(key="k.every").value == "33.3 %"
    assert at.session_state["got"]["every"] == 1 / 3
    at.text_input(key="k.peak").set_value("0.2").run()
    assert at.session_state["got"]["every"] == 1 / 3


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-1", "1cycle (fastai): peak (learning rate) must be 0 to 10, got -1."),
        ("fast", "1cycle (fastai): peak (learning rate) must be 0 to 10, got 'fast'."),
        ("nan", "1cycle (fastai): peak (learning rate) must be 0 to 10, got 'nan'."),
        ("", "1cycle (fastai): peak (learning rate) must be 0 to 10, got ''."),
    ],
)
def test_what_is_refused_stays_with_its_sentence_while_the_last_good_value_is_used(typed, sentence):
    at = page("one_cycle", peak=0.2)
    at.text_input(key="k.peak").set_value(typed).run()
    assert [text.value for text in at.markdown] == [f":small[:red[{plain(sentence)}]]"]
    assert at.text_input(key="k.peak").value == typed
    assert at.session_state["got"]["peak"] == 0.2
    at.text_input(key="k.warmup").set_value("0.5").run()
    assert at.session_state["got"] == ONE.check(peak=0.2, warmup=0.5)
    at.select_slider(key="k.peak.slider").set_value(0.3).run()
    assert (at.session_state["got"]["peak"], at.text_input(key="k.peak").value) == (0.3, "0.3")
    assert not at.markdown


def test_choices_flags_and_counts_change_what_is_returned():
    at = page("torch_one_cycle")
    at.get("button_group")[0].set_value("linear").run()
    at.toggle(key="k.three_phase").set_value(True).run()
    assert at.session_state["got"] == schedulers.CATALOGUE["torch_one_cycle"].check(anneal="linear", three_phase=True)
    at = page("cosine_restarts", cycles=4)
    at.number_input(key="k.cycles").increment().run()
    assert at.session_state["got"]["cycles"] == 5


def pair(low, high):
    if not low <= high:
        raise Refusal("low must be at most {high}, got {low}.", low=low, high=high)
    return {"low": low, "high": high}


def test_parameters_that_go_together_are_taken_together():
    assert accepted(pair, pair, {"low": 1, "high": 2}, {"low": 5, "high": 9}) == ({"low": 5, "high": 9}, {})


def test_one_that_does_not_fit_is_refused_and_the_other_is_taken():
    used, refusals = accepted(pair, pair, {"low": 1, "high": 2}, {"low": 0, "high": -1})
    assert used == {"low": 0, "high": 2}
    assert {name: str(refusal) for name, refusal in refusals.items()} == {"high": "low must be at most -1, got 0."}


def test_a_run_that_became_too_short_is_said_once():
    def check(**values):
        raise Refusal("The run is too short.")

    used, refusals = accepted(check, pair, {"low": 1, "high": 2}, {"low": 1, "high": 2})
    assert used == {"low": 1, "high": 2}
    assert {name: str(refusal) for name, refusal in refusals.items()} == {RUN: "The run is too short."}


@pytest.mark.parametrize(
    ("param", "text", "value"),
    [(RATE, "3e-3", 0.003), (RATE, " 0.003 ", 0.003), (RATE, "a lot", "a lot"), (SHARE, "25 %", 0.25),
     (SHARE, "25%", 0.25), (SHARE, "0.25", 0.25), (SHARE, "x %", "x %")],
)  # fmt: skip
def test_what_people_type_is_read(param, text, value):
    assert read(param, text) == value


@pytest.mark.parametrize(
    "param",
    [param for schedule in schedulers.CATALOGUE.values() for param in schedule.params if param.kind in DIALS],
    ids=lambda param: param.name,
)
def test_sliders_rise_from_bound_to_bound_and_every_stop_has_its_own_words(param):
    stops = positions(param)
    assert (stops[0], stops[-1]) == (param.low, param.high)
    assert stops == sorted(set(stops))
    assert len(stops) <= 320
    assert len({write(param, stop) for stop in stops}) == len(stops)
    assert all(read(param, write(param, stop)) == pytest.approx(stop, rel=1e-9) for stop in stops)


def test_rates_go_by_even_steps_of_the_logarithm():
    stops = positions(RATE)
    assert [stop for stop in stops if 0.01 <= stop < 0.1] == [
        0.01, 0.012, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08,
    ]  # fmt: skip


def test_words_that_look_like_markup_are_shown_as_they_are():
    assert plain("[a](b) $x$ _y_") == r"\[a\](b) \$x\$ \_y\_"
