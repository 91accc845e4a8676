import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.encode import encode
from figures.lanes import NARROW
from figures.verdict import Curve, Mark, trials, verdict

RATES = np.geomspace(1e-5, 10, 13)  # half a decade a step
LOSS = np.array([2.3, 2.29, 2.25, 2.1, 1.8, 1.3, 0.963, 0.876, 0.9, 1.2, 2.04, 2.5, 6.0])
CURVE = Curve(RATES, LOSS, LOSS - 0.01, LOSS + 0.01)
AT_REST = 0.97  # so little is learned that most of the curve lies above the picture
MARKS = {
    "minimum": Mark(0.02, 0.01, 0.04, 0.88, 0.01),
    "steep": Mark(1.0, 1.0, 1.0, 2.04, 3.2),
    "valley": Mark(1.2, 1.0, 1.5, 1.65, 2.5),
    "slide": Mark(1.1, 1.1, 1.1, 1.9, 2.9),
}


def figure(marks=MARKS, **options):
    return verdict(CURVE, **{"at_rest": AT_REST, "seeds": 3, "marks": marks, **options})


def traces(shown):
    return {trace["name"]: trace for trace in shown["data"] if trace.get("mode") == "markers+text"}


def share(shown, trace):
    """Where a mark stands, as shares of the width and of the height."""
    (left, right), (low, high) = shown["layout"]["xaxis"]["range"], shown["layout"]["yaxis"]["range"]
    return float((np.log10(trace["x"][0]) - left) / (right - left)), float((trace["y"][0] - low) / (high - low))


def test_the_best_region_is_drawn_as_it_was_measured():
    (best,) = figure(best=(0.1, 0.0246, 0.272))["layout"]["shapes"]
    assert (best["x0"], best["x1"]) == pytest.approx((0.0246, 0.272), rel=1e-12)


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.1), (0.1, 0.1001)])
def test_a_best_region_too_thin_to_see_gets_a_width_that_is_small_against_a_step(low, high):
    (best,) = figure(best=(0.1, low, high))["layout"]["shapes"]
    assert best["x0"] < low <= high < best["x1"]
    assert best["x0"] * best["x1"] == pytest.approx(low * high)
    assert best["x1"] / best["x0"] == pytest.approx((RATES[1] / RATES[0]) ** 0.2)


def test_the_answer_of_a_recommendation_is_drawn_as_it_is_and_one_rate_alone_can_be_seen():
    parts = np.full((3, 2), 0.5)
    (found,) = trials([0.01, 0.1], parts, answer=(0.1, 0.05, 0.2))["layout"]["shapes"]
    assert (found["x0"], found["x1"]) == pytest.approx((0.05, 0.2), rel=1e-12)
    (alone,) = trials([0.01, 0.1], parts, answer=(0.1, 0.1, 0.1))["layout"]["shapes"]
    assert 0.09 < alone["x0"] < 0.1 < alone["x1"] < 0.11


def test_a_rule_whose_loss_is_above_the_picture_stands_at_its_upper_edge_and_points_out():
    shown = figure()
    drawn = traces(shown)
    assert list(drawn) == list(MARKS)
    assert shown["layout"]["yaxis"]["range"][1] < 1.65
    for rule in ("steep", "valley", "slide"):
        assert drawn[rule]["marker"]["symbol"] == "triangle-up"
        assert 0.9 < share(shown, drawn[rule])[1] < 1
        assert drawn[rule]["textposition"].startswith("bottom")  # not out of the picture
    assert drawn["steep"]["x"][0] == 1.0
    assert "loss 2.04" in drawn["steep"]["hovertemplate"]
    assert "regret 3.2" in drawn["steep"]["hovertemplate"]
    assert "loss 1.65" in drawn["valley"]["hovertemplate"]
    assert (drawn["minimum"]["x"][0], drawn["minimum"]["y"][0]) == (0.02, 0.88)
    assert drawn["minimum"]["marker"]["symbol"] == "circle"
    json.dumps(encode(shown), allow_nan=False)


def test_labels_that_meet_at_the_edge_stand_on_lines_of_their_own_and_the_marks_stay_there():
    shown = figure()
    drawn = [traces(shown)[rule] for rule in ("steep", "valley", "slide")]
    assert [share(shown, trace)[1] for trace in drawn] == pytest.approx([0.965] * 3)
    assert sorted(trace["text"][0].count("<br>") for trace in drawn) == [0, 1, 2]
    below = traces(figure({rule: Mark(0.1, 0.1, 0.1, 0.1, 0.0) for rule in ("a", "b", "c")}))
    assert [trace["text"][0].split("<br>")[0] for trace in below.values()] == ["a", "b", "c"]
    assert [trace["text"][0].count("<br>") for trace in below.values()] == [0, 0, 1]  # one on each side of the mark


def test_labels_of_marks_near_each_other_on_the_curve_do_not_meet():
    near = {"minimum": (0.0671, 0.1476), "valley": (0.0169, 0.2325), "slide": (0.0782, 0.146), "steep": (0.07, 0.15)}
    shown = figure({rule: Mark(lr, lr, lr, loss, 0.0) for rule, (lr, loss) in near.items()}, running=True)
    boxes = []
    for rule, trace in traces(shown).items():
        (x, y), (above, aside) = share(shown, trace), trace["textposition"].split()
        width, lines = 8 * len(rule) / 600, trace["text"][0].count("<br>")
        low = y + 0.08 * lines if above == "top" else y - 0.08 * (lines + 1)
        left = x + 0.01 if aside == "right" else x - 0.01 - width
        boxes.append((left, left + width, low, low + 0.08))
        assert lines <= 1  # near its mark
    for one, other in combinations(boxes, 2):
        apart = one[0] >= other[1] or other[0] >= one[1] or one[2] >= other[3] or other[2] >= one[3]
        assert apart, (one, other)


def test_rules_that_are_hidden_push_no_label_from_the_edge():
    hidden = {rule: Mark(1.0, 1.0, 1.0, 2.0, 3.0, shown=False) for rule in ("a", "b")}
    assert traces(figure(hidden | {"steep": MARKS["steep"]}))["steep"]["text"] == ["steep"]


@pytest.mark.parametrize(
    ("lr", "loss", "symbol"),
    [
        (100.0, 6.0, "triangle-ne"),
        (1e-8, 2.3, "triangle-nw"),
        (100.0, 0.9, "triangle-right"),
        (1e-8, 0.9, "triangle-left"),
        (0.1, 0.1, "triangle-down"),
        (0.1, np.inf, "triangle-up"),
        (0.1, 0.9, "circle"),
    ],
)
def test_a_mark_points_to_where_it_would_be(lr, loss, symbol):
    shown = figure({"steep": Mark(lr, lr, lr, loss, 0.5)})
    trace = traces(shown)["steep"]
    assert trace["marker"]["symbol"] == symbol
    assert all(0 < place < 1 for place in share(shown, trace))


def test_a_rule_whose_loss_is_not_known_yet_has_no_place_and_no_loss():
    shown = figure({"steep": Mark(0.1, 0.1, 0.1, np.nan, None)}, running=True)
    assert np.isnan(traces(shown)["steep"]["y"][0])
    assert "loss" not in traces(shown)["steep"]["hovertemplate"]


@given(
    st.lists(st.tuples(st.floats(-8, 4), st.floats(0, 9)), min_size=1, max_size=8),
    st.booleans(),
)
def test_every_mark_and_its_label_lie_inside_the_picture_even_on_a_phone(places, running):
    names = ("minimum", "steep", "valley", "slide", "Lightning", "Ignite", "own rule", "x")
    shown = figure(
        {name: Mark(10**lr, 10**lr, 10**lr, loss, None) for name, (lr, loss) in zip(names, places, strict=False)},
        running=running,
    )
    for name, trace in traces(shown).items():
        (x, y), width = share(shown, trace), 8 * len(name) / NARROW
        above, aside = trace["textposition"].split()
        assert 0 < x < 1
        assert 0 < y < 1
        assert x + width < 1 if aside == "right" else x - width > 0
        assert y + 0.06 < 1 if above == "top" else y - 0.06 > 0
