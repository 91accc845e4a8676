import json

import numpy as np
import pytest

from figures import style
from figures.encode import encode
from figures.schedule import Curve, Mark, against, schedule

RATES = np.array([0.0, 0.05, 0.1, 0.05])
MOMENTUM = np.array([0.95, 0.9, 0.85, 0.9])


def test_rates_alone_fill_one_panel():
    figure = schedule([Curve("Cycle", RATES)])
    (trace,) = figure["data"]
    assert trace["name"] == "Cycle"
    np.testing.assert_array_equal(trace["x"], [0, 1, 2, 3])
    np.testing.assert_array_equal(trace["y"], RATES)
    assert figure["layout"]["xaxis"]["range"] == [0, 3]
    assert figure["layout"]["yaxis"]["title"]["text"] == "learning rate"
    assert "yaxis2" not in figure["layout"]


def test_momentum_of_one_curve_opens_a_second_panel_on_the_same_axis():
    figure = schedule([Curve("Cycle", RATES, MOMENTUM, 1), Curve("Flat", RATES + 0.1)])
    assert [trace.get("yaxis", "y") for trace in figure["data"]] == ["y", "y2", "y"]
    assert figure["data"][1]["showlegend"] is False
    assert figure["data"][0]["line"]["color"] == figure["data"][1]["line"]["color"] == style.colour(1)
    above, below = figure["layout"]["yaxis"]["domain"], figure["layout"]["yaxis2"]["domain"]
    assert above[0] > below[1]
    assert figure["layout"]["xaxis"]["anchor"] == "y2"


def test_epochs_divide_the_updates():
    figure = schedule([Curve("Cycle", RATES)], unit="epochs", updates_per_epoch=2)
    np.testing.assert_array_equal(figure["data"][0]["x"], [0, 0.5, 1, 1.5])
    assert figure["layout"]["xaxis"]["title"]["text"] == "epoch"


def test_a_logarithmic_axis_leaves_a_gap_at_zero():
    figure = schedule([Curve("Cycle", RATES)], log=True)
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert np.isnan(figure["data"][0]["y"][0])


def test_an_end_near_zero_does_not_stretch_a_logarithmic_axis():
    figure = schedule([Curve("Cycle", np.array([0.1, 1e-12])), Curve("Flat", np.array([0.5, 0.5]))], log=True)
    assert figure["layout"]["yaxis"]["autorangeoptions"]["clipmin"] == pytest.approx(5e-7)
    assert "autorangeoptions" not in schedule([Curve("Cycle", RATES)])["layout"]["yaxis"]


def test_a_trace_says_which_curve_it_draws_and_a_single_one_has_its_name_above():
    figure = schedule([Curve("Cycle", RATES, MOMENTUM, 1)])
    assert [trace["meta"] for trace in figure["data"]] == [
        {"curve": "1", "draws": "rate"},
        {"curve": "1", "draws": "momentum"},
    ]
    assert figure["layout"]["showlegend"] is True


def test_a_long_curve_is_thinned_with_its_peak_and_is_plain_json():
    rates = np.linspace(0, 0.1, 50_001)
    rates[777] = 5.0
    figure = schedule([Curve("Long", rates)])
    assert len(figure["data"][0]["x"]) <= 2000
    assert figure["data"][0]["y"].max() == 5.0
    assert figure["layout"]["xaxis"]["range"] == [0, 50_000]
    json.dumps(encode(figure), allow_nan=False)


@pytest.mark.parametrize("curves", [[], [Curve("One", np.array([0.1]))]])
def test_nothing_and_a_single_update_are_figures_too(curves):
    assert schedule(curves)["layout"]["xaxis"]["range"] == [0, 1]


def test_samples_multiply_the_updates():
    figure = schedule([Curve("Cycle", RATES)], unit="samples", samples_per_update=64)
    np.testing.assert_array_equal(figure["data"][0]["x"], [0, 64, 128, 192])
    assert figure["layout"]["xaxis"]["title"]["text"] == "samples seen"


def test_a_thinned_curve_says_where_its_values_are():
    figure = schedule([Curve("Long", RATES, updates=np.array([0, 10, 20, 99]), total=100)])
    np.testing.assert_array_equal(figure["data"][0]["x"], [0, 10, 20, 99])
    assert figure["layout"]["xaxis"]["range"] == [0, 99]


def test_marks_take_their_curves_colour_and_leave_a_logarithmic_axis_at_zero():
    marks = [Mark("Too low.", 0, 0.0, 1), Mark("Too high.", 3, 0.05, 1)]
    trace = schedule([Curve("Cycle", RATES, colour=1)], marks=marks)["data"][-1]
    assert (trace["text"], trace["marker"]["color"]) == (["Too low.", "Too high."], style.colour(1))
    assert schedule([Curve("Cycle", RATES)], marks=marks, log=True)["data"][-1]["text"] == ["Too high."]


def test_intended_is_drawn_against_actual_with_the_stop():
    figure = against(RATES, np.array([0.0, 0.05, np.nan, np.nan]), stop=2)
    assert [trace["name"] for trace in figure["data"]] == ["actual", "intended"]
    assert (figure["layout"]["shapes"][0]["x0"], figure["layout"]["shapes"][0]["x1"]) == (2, 2)
    json.dumps(encode(figure), allow_nan=False)
