import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from figures.encode import encode
from figures.range_test import range_test, range_tests

LRS = np.geomspace(1e-7, 10, 9)  # a decade a step
SEEDS = [np.array([2.0, 2.0, 1.8, 1.2, 1.0, 1.4, 9.0]), np.array([2.2, 2.2, 2.0, 1.4, 1.2])]
MEDIAN = np.array([2.1, 2.1, 1.9, 1.3, 1.1])


@dataclass(frozen=True)
class Answer:
    lr: float
    loss: float | None
    working: dict[str, Any] = field(default_factory=dict)
    low: float = 0.0
    high: float = 0.0


ANSWERS = {
    "minimum": Answer(1e-4, 1.3, {"minimum": [1e-3, 1.1], "tenth": [1e-4, 1.3]}, 1e-4, 1e-4),
    "steep": Answer(2e-4, 1.25, {"tangent": [[1e-4, 1.5], [4e-4, 0.9]]}, 1e-4, 4e-4),
    "valley": Answer(1e-5, 1.9, {"extent": [[1e-6, 2.1], [1e-3, 1.1]]}, 1e-5, 1e-5),
    "slide": Answer(1e-5, None, {"window": [[1e-5, 1.9], [1e-4, 1.3]]}, 1e-5, 1e-5),
}


def figure(**options):
    return range_test(LRS, SEEDS, **{"median": MEDIAN, "answers": ANSWERS, **options})


def marks(shown):
    return {trace["legendgroup"]: trace for trace in shown["data"] if trace.get("mode") == "markers+text"}


def workings(shown, rule):
    return [trace for trace in shown["data"] if trace.get("legendgroup") == rule and trace["mode"] != "markers+text"]


def test_one_faint_line_per_seed_and_a_bold_median():
    seeds, median = figure(answers={})["data"][:2], figure(answers={})["data"][2]
    assert [trace["line"]["width"] for trace in seeds] == [1, 1]
    assert median["line"]["width"] == 3
    assert median["name"] == "median of 2 seeds"
    np.testing.assert_array_equal(median["y"], MEDIAN)
    np.testing.assert_allclose(median["x"], LRS[:5])


def test_the_axis_of_rates_is_the_same_from_the_first_frame_on():
    early = range_test(LRS, [np.array([2.0])], median=np.array([2.0]), answers={}, running=True)
    for shown in (early, figure()):
        assert shown["layout"]["xaxis"]["range"] == pytest.approx([-7, 1])
    nothing = range_test(LRS, [np.zeros(0)], median=np.zeros(0), answers={}, running=True)
    assert nothing["layout"]["xaxis"]["range"] == pytest.approx([-7, 1])
    assert "range" not in nothing["layout"]["yaxis"]


def test_a_diverging_seed_does_not_flatten_the_rest():
    low, high = figure()["layout"]["yaxis"]["range"]
    assert 0.9 < low < 1.1
    assert 2.1 < high < 3


def test_marks_land_on_the_curve_each_with_its_own_symbol_and_words():
    shown = marks(figure())
    assert {rule: (trace["x"][0], trace["y"][0]) for rule, trace in shown.items() if rule != "slide"} == {
        "minimum": (1e-4, 1.3),
        "steep": (2e-4, 1.25),
        "valley": (1e-5, 1.9),
    }
    assert np.isnan(shown["slide"]["y"][0])
    assert len({trace["marker"]["symbol"] for trace in shown.values()}) == 4
    assert len({trace["marker"]["color"] for trace in shown.values()}) == 4
    assert shown["steep"]["name"] == "steep 2e-4"
    assert shown["steep"]["text"] == ["steep"]
    assert all(trace["meta"] == {"at_end": True} for trace in shown.values())
    assert shown["steep"]["textposition"] != shown["minimum"]["textposition"]  # neighbours on different sides


def test_a_whisker_shows_the_spread_over_the_seeds():
    shown = marks(figure())
    whisker = shown["steep"]["error_x"]
    assert whisker["visible"] is True
    assert (whisker["arrayminus"][0], whisker["array"][0]) == pytest.approx((1e-4, 2e-4))
    assert shown["valley"]["error_x"]["visible"] is False


def test_each_rule_shows_its_working():
    shown = figure()
    (extent,) = workings(shown, "valley")
    np.testing.assert_allclose(extent["x"], [1e-6, 1e-5, 1e-4, 1e-3])
    np.testing.assert_allclose(extent["y"], [2.1, 1.9, 1.3, 1.1])
    (window,) = workings(shown, "slide")
    np.testing.assert_allclose(window["x"], [1e-5, 1e-4])
    (tangent,) = workings(shown, "steep")
    np.testing.assert_allclose(tangent["y"], [1.5, 0.9])
    (way,) = workings(shown, "minimum")
    np.testing.assert_allclose(way["x"], [1e-3, 1e-4])


def test_the_band_is_shaded_at_the_end_of_playback_only():
    (band,) = figure(band=(1e-5, 1e-4))["layout"]["shapes"]
    assert (band["x0"], band["x1"], band["yref"]) == (1e-5, 1e-4, "paper")
    assert figure()["layout"]["meta"] == {"at_end": ["shapes"]}
    assert figure()["layout"]["shapes"] == []


def test_playback_counts_the_updates_and_all_is_plain_json():
    shown = figure(raw=SEEDS, running=True)
    lines = [trace for trace in shown["data"] if trace.get("name") in ("one seed", "median of 2 seeds")]
    assert [trace["meta"] for trace in lines] == [{"updates": [0, 1]}] * 3
    json.dumps(encode(shown), allow_nan=False)


def test_several_range_tests_lie_over_each_other():
    shown = range_tests({"a": (LRS, MEDIAN), "b": (LRS * 10, MEDIAN + 1)})
    assert [trace["name"] for trace in shown["data"]] == ["a", "b"]
    assert shown["layout"]["xaxis"]["range"] == pytest.approx([-7, 2])
    assert shown["data"][0]["line"]["color"] != shown["data"][1]["line"]["color"]
