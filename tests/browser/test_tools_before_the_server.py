"""What the tools of Explore draw in the browser before the server answers, against what the server draws."""

from pathlib import Path

import numpy as np
import pytest

from schedulers import CATALOGUE, groups, steps
from schedulers.resume import CASES, resumed
from schedulers.theory import adamw_weights, bound, bound_along
from ui.explore_live import catalogue

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "ui/live_chart"
PARTS = ("functions.js", "formula.js", "drawn.js", "parts.js", "tools.js")
RUN = """([draws, values, titles, updates, catalogue]) => {
    const curvesOf = (places) => places.map((place) => {
        const schedule = catalogue[titles[place]]
        const made = functionsOf(schedule, catalogue)
        const bound = (what) => made[what] && ((t, T) => made[what](t, T, schedule.given))
        return { updates, rate: bound("rate"), momentum: bound("momentum") }
    })
    const found = TOOLS[draws](values, curvesOf, catalogue)
    return found && found.lines.map(({ x, y }) => [Array.from(x), Array.from(y)])
}"""
CURVES = sorted(CATALOGUE)


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    page = context.new_page()
    source = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in PARTS)
    page.add_script_tag(content=source.replace("const TOOLS", "var TOOLS"))
    yield page
    context.close()


def sketched(tab, draws, values, names, updates):
    """Return the lines that the browser draws, (x, y) each; None where it leaves them to the server."""
    titles = [CATALOGUE[name].title for name in names]
    found = tab.evaluate(RUN, [draws, values, titles, updates, catalogue()])
    return found and [(np.array(x, int), np.array(y, float)) for x, y in found]


def check(line, expected):
    """Compare at every update that is drawn, of which the last is one."""
    x, y = line
    np.testing.assert_allclose(y, expected[x], rtol=1e-9, atol=1e-12 * np.nanmax(expected))
    assert x[-1] == len(expected) - 1


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("how", CASES)
def test_a_resumed_run_is_what_the_server_says(tab, name, how):
    T, stop, longer = 97, 40, 151
    values = {
        "curve": 0, "how": how, "stop": stop, "longer": longer, "lines": [{}],
        "names": {"extended": ["", ""], "other": ["", ""]},
    }  # fmt: skip
    actual, intended = sketched(tab, "resume", values, [name], T)
    expected = resumed(CATALOGUE[name], {}, T, stop, how, longer=longer)
    check(actual, expected.actual)
    check(intended, expected.intended)


def test_a_negative_rate_past_the_end_ends_the_old_curve(tab):
    values = {
        "curve": 0, "how": "extended", "stop": 50, "longer": 200, "lines": [{}],
        "names": {"extended": ["", ""], "other": ["", ""]},
    }  # fmt: skip
    actual, _ = sketched(tab, "resume", values, ["own_formula"], 100)
    assert actual[1][100] == 0  # peak * (1 - p) is 0 at the end of the run and below it after
    assert np.isnan(actual[1][101:]).all()


@pytest.mark.parametrize(("stop", "longer"), [(97, 151), (40, 97), (40, 50)])
def test_a_run_that_cannot_be_resumed_so_is_left_to_the_server(tab, stop, longer):
    values = {"curve": 0, "how": "extended", "stop": stop, "longer": longer, "lines": [{}], "names": {}}
    assert sketched(tab, "resume", values, ["cosine"], 97) is None


STEPS = {"rows": 1000, "size": 30, "epochs": 3, "accumulation": 1, "devices": 1, "drop_last": True}


@pytest.mark.parametrize("name", ["one_cycle", "cosine_restarts", "own_formula", "combined"])
@pytest.mark.parametrize("declared", [50, 400, 3])
@pytest.mark.parametrize(
    "changed",
    [{}, {"drop_last": False}, {"accumulation": 4}, {"devices": 3, "drop_last": False}, {"devices": 7, "epochs": 1}],
)
@pytest.mark.parametrize("stepped", ["update", "epoch"])
def test_a_schedule_that_is_gone_through_in_part_is_what_the_server_says(tab, name, declared, changed, stepped):
    run = STEPS | changed
    values = run | {
        "declared": declared, "stepped": stepped, "most": 10**6, "names": ["", ""], "curve": 0, "lines": [{}]
    }  # fmt: skip
    found = sketched(tab, "steps", values, [name], 1000)
    counted = steps.count(run["rows"], run["size"], **{k: v for k, v in run.items() if k not in ("rows", "size")})
    went = steps.traversal(declared, counted, each_epoch=stepped == "epoch")
    if went.taken == went.declared:
        assert found is None  # the server says so, and draws nothing
        return
    intended, actual = steps.taken_rates(CATALOGUE[name], {}, counted, went)
    check(found[0], actual)
    check(found[1], intended)


@pytest.mark.parametrize("name", ["one_cycle", "cosine", "wsd", "drawn"])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("mode", ["spread", "tenth"])
def test_a_rate_for_each_group_is_what_the_server_says(tab, name, count, mode):
    momentum = CATALOGUE[name].momentum(100)
    values = {
        "mode": mode, "count": count, "spread": 30.0, "curve": 0, "lines": [{}] * 8, "momentum": momentum is not None,
        "labels": {"first": "", "other": "", "last": ""},
    }  # fmt: skip
    found = sketched(tab, "layers", values, [name], 100)
    spread = groups.multipliers(count, 1.0, 30.0) if mode == "spread" else groups.multipliers(count)
    expected = groups.group_rates(CATALOGUE[name].rates(100), spread)
    assert len(found) == count + (momentum is not None)
    for group in range(count):
        check(found[group], expected[:, group])
    if momentum is not None:
        check(found[-1], momentum)


@pytest.mark.parametrize("share", [0.0, 10.0, 12.5, 100.0])
@pytest.mark.parametrize("count", [1, 3])
def test_both_phases_of_fine_tune_are_what_the_server_says(tab, share, count):
    values = {
        "mode": "fine_tune", "count": count, "spread": 100.0, "base": 4e-3, "frozen": share, "warmup": 25.0, "div": 4.0,
        "updates": 100, "momentum": True, "lines": [{}] * 8, "labels": {"first": "", "other": "", "last": ""},
    }  # fmt: skip
    found = sketched(tab, "layers", values, ["one_cycle"], 100)
    frozen = min(max(round(share), 1), 99)
    expected = groups.fine_tune(
        frozen, 100 - frozen, groups=count, base_lr=4e-3, lr_mult=100.0, warmup=0.25, div=4.0
    )  # fmt: skip
    for group in range(count):
        check(found[group], expected.rates[:, group])
    check(found[-1], expected.momentum)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("updates", [2, 100, 6000])
def test_the_bound_of_a_cut_run_is_what_the_server_says(tab, name, updates):
    rates = CATALOGUE[name].rates(updates)
    ends, expected = bound_along(rates * bound(rates).best_multiple)
    [(x, y)] = sketched(tab, "bound", {"curves": [0]}, [name], updates)
    assert x.tolist() == ends.tolist()
    np.testing.assert_allclose(y, expected, rtol=1e-6)


@pytest.mark.parametrize("name", CURVES)
def test_what_adamw_remembers_is_what_the_server_says(tab, name):
    [line] = sketched(tab, "memory", {"curves": [0], "decay": 0.7}, [name], 300)
    check(line, adamw_weights(CATALOGUE[name].rates(300), 0.7))


def test_a_long_run_is_drawn_at_some_updates_the_last_among_them(tab):
    for updates in (2000, 2001, 4000, 199_999):
        [(x, y)] = sketched(tab, "memory", {"curves": [0], "decay": 0.1}, ["cosine"], updates)
        assert len(x) <= 2001
        check((x, y), adamw_weights(CATALOGUE["cosine"].rates(updates), 0.1))
    assert sketched(tab, "memory", {"curves": [0], "decay": 0.1}, ["cosine"], 200_001) is None
