import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder import sweep
from finder.suggest import (
    DEFAULT_RULES,
    HOW,
    RULES,
    TAKES_WHOLE,
    TITLES,
    as_originals,
    falling_lengths,
    over_seeds,
    suggest,
)
from words import Refusal

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "suggestions.json").read_text())


@pytest.mark.parametrize("run", GOLDEN["range_tests"], ids=lambda run: f"{run['kind']}-{run['seed']}")
@pytest.mark.parametrize("rule", DEFAULT_RULES)
def test_suggestions_from_raw_losses_are_fastais(run, rule):
    seen = sweep.cut(run["lrs"], sweep.smooth(run["raw_losses"]), run["num_it"])
    assert RULES[rule](*seen).lr == pytest.approx(run["suggestions"][rule], rel=1e-4)


@pytest.mark.parametrize("curve", GOLDEN["curves"], ids=lambda curve: f"{curve['note']}-{len(curve['lrs'])}")
@pytest.mark.parametrize("rule", DEFAULT_RULES)
def test_suggestions_and_marks_on_drawn_curves_are_fastais(curve, rule):
    expected, answer = curve["suggestions"][rule], RULES[rule](curve["lrs"], curve["losses"])
    if "error" in expected:
        assert answer is None
    else:
        assert answer.lr == pytest.approx(expected["lr"], rel=1e-4)
        assert answer.mark == pytest.approx(expected["point"], rel=1e-4)
    json.dumps(None if answer is None else answer.working, allow_nan=False)


ORIGINALS = json.loads((Path(__file__).parents[1] / "golden" / "rules.json").read_text())


@pytest.mark.parametrize("rule", sorted(ORIGINALS["curves"]))
def test_other_libraries_rules_answer_as_their_originals(rule):
    for curve, expected in zip(GOLDEN["curves"], ORIGINALS["curves"][rule], strict=True):
        answer = RULES[rule](curve["lrs"], curve["losses"])
        assert (None if answer is None else answer.lr) == expected
        assert answer is None or answer.mark[1] == curve["losses"][curve["lrs"].index(answer.lr)]


@pytest.mark.parametrize("rule", sorted(ORIGINALS["runs"]))
def test_other_libraries_rules_answer_as_their_originals_from_raw_losses(rule):
    for run, expected in zip(GOLDEN["range_tests"], ORIGINALS["runs"][rule], strict=True):
        assert as_originals(run["lrs"], run["raw_losses"], run["num_it"])[rule] == expected


def test_every_library_beside_fastai_has_its_originals_answers():
    assert set(ORIGINALS["curves"]) == set(ORIGINALS["runs"]) == set(RULES) - set(DEFAULT_RULES) == TAKES_WHOLE


values = st.one_of(st.integers(-4, 4).map(float), st.floats(width=32))


@settings(deadline=None)
@given(st.lists(values, max_size=40))
def test_falling_lengths_are_those_of_the_plain_search(losses):
    plain = [1] * len(losses)
    for i, value in enumerate(losses):
        plain[i] = max([1] + [plain[j] + 1 for j in range(i) if value < losses[j]])
    assert falling_lengths(losses).tolist() == plain


def fastai_index(losses):
    """The index at which fastai's valley answers, found the long way round."""
    lengths, start, end = [1] * len(losses), 0, 0
    for i in range(1, len(losses)):
        for j in range(i):
            if losses[i] < losses[j] and lengths[i] <= lengths[j]:
                lengths[i] = lengths[j] + 1
            if lengths[i] > lengths[end]:
                end, start = i, i - lengths[i]
    return start + int((end - start) / 3) + int((end - start) / 3 / 2)


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=40))
def test_valley_answers_where_the_plain_search_does(losses):
    lrs = np.geomspace(1e-6, 1, len(losses))
    assert RULES["valley"](lrs, losses).lr == np.float32(lrs)[fastai_index(losses)]


@settings(deadline=None)
@given(st.lists(values, max_size=40))
def test_every_rule_answers_any_curve_with_one_of_its_rates_or_not_at_all(losses):
    lrs = np.geomspace(1e-6, 1, len(losses)).astype(np.float32)
    for name, rule in RULES.items():
        answer = rule(lrs, losses)
        if name in DEFAULT_RULES:
            assert (answer is None) == (len(losses) < {"minimum": 1, "steep": 2, "valley": 1, "slide": 16}[name])
        if answer is not None:
            assert answer.mark[0] in lrs
            json.dumps(answer.working, allow_nan=False)


def test_ties_go_to_the_first_point():
    lrs = [0.001, 0.01, 0.1, 1.0]
    assert RULES["minimum"](lrs, [2, 1, 1, 2]).lr == pytest.approx(0.001)
    assert RULES["steep"](lrs, [2, 2, 2, 2]).lr == pytest.approx(0.001)
    assert RULES["minimum"](lrs, [2, 1, np.nan, 0]).lr == pytest.approx(0.01)  # argmin takes a NaN for the least


def test_workings_by_eye():
    lrs = [0.001, 0.01, 0.1, 1.0]
    assert RULES["minimum"](lrs, [4, 3, 1, 2]).working == {
        "minimum": [pytest.approx(0.1), 1.0],
        "tenth": [pytest.approx(0.01), pytest.approx(3.0)],
    }
    assert RULES["minimum"](lrs, [1, 3, 4, 5]).working["tenth"][1] is None
    (_, high), (_, low) = RULES["steep"](lrs, [4, 4, 1, 2]).working["tangent"]
    assert (high - low) / np.log(4) == pytest.approx(3 / np.log(10), rel=1e-5)
    assert RULES["valley"](lrs, [4, 3, 2, 5]).working["extent"][1] == [pytest.approx(0.1), 2.0]


def test_over_seeds_gives_the_geometric_mean_and_the_spread():
    lrs = sweep.rates(1e-5, 1, 40)
    valley = np.abs(np.log10(lrs) + 2)
    shifted = np.abs(np.log10(lrs) + 3)
    summary = over_seeds([suggest(lrs, valley, 40), suggest(lrs, shifted, 40)])
    assert summary["minimum"]["lr"] == pytest.approx(10**-3.5, rel=1e-4)
    assert summary["minimum"]["low"] == pytest.approx(1e-4, rel=1e-4)
    assert summary["minimum"]["high"] == summary["minimum"]["each"][0] == pytest.approx(1e-3, rel=1e-4)
    short = over_seeds([suggest(lrs[:12], valley[:12], 40)])
    assert "slide" not in short
    assert suggest(lrs[:12], valley[:12], 40)["slide"] is None


def test_curves_that_do_not_fit_together_are_refused():
    with pytest.raises(Refusal, match=r"two lists of one length, got shapes \(2,\) and \(3,\)"):
        RULES["valley"]([1, 2], [1, 2, 3])


def test_every_rule_has_a_title_and_a_sentence():
    assert set(RULES) == set(TITLES) == set(HOW)
