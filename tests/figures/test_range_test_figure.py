import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from figures.encode import encode
from figures.range_test import range_test
from figures.range_tests import range_tests

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
    each: tuple[float | None, ...] = ()


ANSWERS = {
    "minimum": Answer(1e-4, 1.3, {"minimum": [1e-3, 1.1], "tenth": [1e-4, 1.3]}, 1e-4, 1e-4),
    "steep": Answer(2e-4, 1.25, {"tangent": [[1e-4, 1.5], [4e-4, 0.9]]}, 1e-4, 4e-4, (1e-4, None, 4e-4)),
    "valley": Answer(1e-5, 1.9, {"extent": [[1e-6, 2.1], [1e-3, 1.1]]}, 1e-5, 1e-5),
    "slide": Answer(1e-5, None, {"window": [[1e-5, 1.9], [1e-4, 1.3]]}, 1e-5, 1e-5),
}


def figure(**options):
    return range_test(LRS, SEEDS, **{"median": MEDIAN, "answers": ANSWERS, **options})


def marks(shown):
    """The marks on the curve, by rule."""
    return {
        trace["legendgroup"]: trace
        for trace in shown["data"]
        if trace.get("mode") == "markers" and "legendgroup" in trace and trace.get("yaxis") != "y2"
    }


def lane(shown, rule):
    """The traces of a rule's lane, by mode."""
    return [trace for trace in shown["data"] if trace.get("legendgroup") == rule and trace.get("yaxis") == "y2"]


def wide(shown):
    return [trace for trace in shown["data"] if trace.get("line", {}).get("width") == 9 and trace.get("yaxis") != "y2"]


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


def test_an_answer_beyond_the_rates_of_the_test_widens_the_axis_with_a_little_room():
    critical = Answer(11.9, None, {}, 8.5, 15.0, (8.5, 11.9, 15.0))
    shown = figure(more={"critical rate": critical})
    low, high = shown["layout"]["xaxis"]["range"]
    assert low == pytest.approx(-7)
    assert np.log10(15) + 0.1 < high < np.log10(15) + 0.5
    np.testing.assert_array_equal(shown["data"][2]["x"], LRS[:5])  # the curve keeps its own rates
    left, right = figure(more={"critical rate": Answer(1e-9, None, {}, 1e-9, 1e-8)})["layout"]["xaxis"]["range"]
    assert -9.5 < left < -9.1
    assert right == pytest.approx(1)


@pytest.mark.parametrize("more", [None, {}, {"critical rate": Answer(0.2, None, {}, 0.1, 0.3)}])
def test_an_answer_within_the_rates_of_the_test_leaves_the_axis_as_it_is(more):
    assert figure(more=more)["layout"]["xaxis"]["range"] == pytest.approx([-7, 1])


def test_a_diverging_seed_does_not_flatten_the_rest():
    low, high = figure()["layout"]["yaxis"]["range"]
    assert 0.9 < low < 1.1
    assert 2.1 < high < 3


def test_marks_land_on_the_curve_each_with_its_own_symbol():
    shown = marks(figure())
    assert {rule: (trace["x"][0], trace["y"][0]) for rule, trace in shown.items()} == {
        "minimum": (1e-4, 1.3),
        "steep": (2e-4, 1.25),
        "valley": (1e-5, 1.9),
    }  # slide's lies outside the curve
    assert len({trace["marker"]["symbol"] for trace in shown.values()}) == 3
    assert len({trace["marker"]["color"] for trace in shown.values()}) == 3
    assert all(trace["meta"] == {"at_end": True} for trace in shown.values())


def test_marks_at_one_place_are_stacked():
    same = {"valley": Answer(1e-5, 1.9, {}, 1e-5, 1e-5), "slide": Answer(1e-5, 1.9, {}, 1e-5, 1e-5)}
    heights = sorted(trace["y"][0] for trace in marks(figure(answers=same)).values())
    assert heights[0] == 1.9
    assert heights[1] > 1.95


def test_a_lane_says_the_rate_the_seeds_and_their_spread():
    band, ticks, mark, label = lane(figure(), "steep")
    np.testing.assert_allclose(band["x"], [1e-4, 4e-4])
    np.testing.assert_allclose(ticks["x"], [1e-4, 4e-4])  # one seed had no answer
    assert mark["x"].tolist() == [2e-4]
    assert mark["name"] == "steep 2e-4"
    assert label["text"][0].strip("\u2002") == "steep 2e-4"
    assert len(lane(figure(), "valley")) == 2  # without a spread: mark and label


def test_doubted_answers_are_grey_and_show_no_working():
    shown = figure(doubted=True)
    assert len({trace["marker"]["color"] for trace in marks(shown).values()}) == 1
    assert all(trace["opacity"] < 0.5 for trace in marks(shown).values())
    assert wide(shown) == []


def test_each_rule_shows_its_working():
    extent, window = wide(figure())
    np.testing.assert_allclose(extent["x"], [1e-6, 1e-5, 1e-4, 1e-3])
    np.testing.assert_allclose(extent["y"], [2.1, 1.9, 1.3, 1.1])
    np.testing.assert_allclose(window["x"], [1e-5, 1e-4])
    drawn = [trace["y"].tolist() for trace in figure()["data"] if trace.get("meta") == {"at_end": True}]
    assert [1.5, 0.9] in drawn  # the tangent
    assert [1.1, 1.3] in drawn  # from the minimum to its tenth


def test_the_band_and_the_zones_are_there_at_the_end_of_playback_only():
    shown = figure(band=(1e-5, 1e-4), zones=[("flat", 1e-7, 1e-5), ("learning", 1e-5, 1e-3)])["layout"]
    band = shown["shapes"][-1]
    assert (band["x0"], band["x1"], band["yref"]) == (1e-5, 1e-4, "paper")
    assert {"flat", "learning", "steepest"} == {note["text"] for note in shown["annotations"]}
    assert shown["meta"] == {"at_end": ["shapes", "annotations"]}
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
