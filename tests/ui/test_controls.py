"""Controls made from a declaration: what each kind of parameter becomes, and what is refused."""

import json

import pytest
from streamlit.testing.v1 import AppTest

import schedulers
from schedulers import Param
from ui.controls import DIALS, RUN, accepted, plain
from ui.controls_scale import positions, read, write
from words import Refusal

ONE = schedulers.CATALOGUE["one_cycle"]
RATE = Param("peak", "Peak", 0.1, 0, 10, "rate", "The highest learning rate.")
COUNT = Param("cycles", "Cycles", 3, 1, 50, "count", "How many.")
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
def test_every_schedule_has_controls_that_begin_with_its_defaults(name, dials):
    at = page(name)
    assert not at.exception
    assert not at.markdown
    assert at.session_state["got"] == schedulers.CATALOGUE[name].check()
    numbers = dials(at) if at.get("bidi_component") else {}
    others = [*at.get("button_group"), *at.toggle, *at.text_input]
    titles = [*(dial["title"] for dial in numbers.values()), *(widget.label for widget in others)]
    assert sorted(titles) == sorted(p.title for p in schedulers.CATALOGUE[name].params)
    for param in schedulers.CATALOGUE[name].params:
        if param.kind in DIALS:
            dial = numbers[param.name]
            assert dial["stops"].split("|")[dial["place"]] == dial["text"] == write(param, param.default)
            assert dial["help"].startswith(param.help)
            assert not dial["refusal"]


def test_values_to_begin_with_are_shown_as_people_write_them(dials):
    shown = dials(page("one_cycle", peak=0.003, warmup=0.4))
    assert (shown["peak"]["text"], shown["warmup"]["text"]) == ("3e-3", "40 %")
    assert dials(page("cosine_restarts", cycles=4))["cycles"]["text"] == "4"


def test_what_was_entered_is_used_and_the_slider_stands_there(dials, enter):
    at = enter(page("one_cycle"), peak="0.0123").run()
    peak = dials(at)["peak"]
    assert at.session_state["got"]["peak"] == 0.0123
    assert (peak["text"], peak["stops"].split("|")[peak["place"]]) == ("1.23e-2", "1.23e-2")
    enter(at, warmup="50%").run()
    assert at.session_state["got"] == ONE.check(peak=0.0123, warmup=0.5)
    at.run()
    assert at.session_state["got"] == ONE.check(peak=0.0123, warmup=0.5)


def test_a_number_with_more_digits_than_the_field_shows_keeps_them(dials, enter):
    at = page("step", every=1 / 3)
    assert dials(at)["every"]["text"] == "33.3 %"
    assert at.session_state["got"]["every"] == 1 / 3
    enter(at, peak="0.2", every="33.3 %").run()
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
def test_what_is_refused_stays_with_its_sentence_while_the_last_good_value_is_used(typed, sentence, dials, enter):
    at = enter(page("one_cycle", peak=0.2), peak=typed).run()
    peak = dials(at)["peak"]
    assert (peak["refusal"], peak["text"]) == (sentence, typed)
    assert peak["stops"].split("|")[peak["place"]] == "0.2"
    assert at.session_state["got"]["peak"] == 0.2
    enter(at, warmup="0.5").run()
    assert at.session_state["got"] == ONE.check(peak=0.2, warmup=0.5)
    enter(at, peak="0.3").run()
    assert at.session_state["got"]["peak"] == 0.3
    assert (dials(at)["peak"]["text"], dials(at)["peak"]["refusal"]) == ("0.3", "")


def test_choices_flags_and_counts_change_what_is_returned(enter):
    at = page("torch_one_cycle")
    at.get("button_group")[0].set_value("linear").run()
    at.toggle(key="k.three_phase").set_value(True).run()
    assert at.session_state["got"] == schedulers.CATALOGUE["torch_one_cycle"].check(anneal="linear", three_phase=True)
    at = enter(page("cosine_restarts", cycles=4), cycles="5").run()
    assert at.session_state["got"]["cycles"] == 5
    assert isinstance(at.session_state["got"]["cycles"], int)


def test_a_count_must_be_whole(dials, enter):
    at = enter(page("cosine_restarts"), cycles="2.5").run()
    assert dials(at)["cycles"]["refusal"] == (
        "Cosine with restarts (SGDR): cycles (cycles) must be a whole number, 1 to 50, got 2.5."
    )
    assert at.session_state["got"]["cycles"] == 3


def test_what_the_browser_still_holds_does_not_outlast_forgetting(dials):
    def script():
        import streamlit as st

        import schedulers
        from ui.controls import controls, forget

        if st.button("Begin anew"):
            held = st.session_state["k.dials"]
            forget("k")
            st.session_state["k.dials"] = held  # as the browser sends it with every run
        st.session_state["got"] = controls(schedulers.CATALOGUE["cosine"], key="k")

    at = AppTest.from_function(script, default_timeout=20).run()
    data = json.loads(at.get("bidi_component")[0].proto.json)
    at.session_state["k.dials"] = {"entered": {"revision": data["revision"], "texts": {"peak": "0.5"}}}
    assert at.run().session_state["got"]["peak"] == 0.5
    at.button[0].click().run()
    assert not at.exception
    assert at.session_state["got"] == schedulers.CATALOGUE["cosine"].check()
    assert dials(at)["peak"]["text"] == "0.1"


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
     (SHARE, "25%", 0.25), (SHARE, "0.25", 0.25), (SHARE, "x %", "x %"), (COUNT, "12", 12), (COUNT, "1.5", 1.5)],
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
