import itertools
import json

import numpy as np
import pytest

from figures.encode import encode
from figures.training import POINTS_PER_PANEL, Group, height, median, smooth, training


def group(label="Cosine", *, seeds=2, updates=6, total=10, momentum=None):
    checks = np.arange(2, updates + 1, 2)
    return Group(
        label,
        np.linspace(0.1, 0.0, total),
        momentum,
        np.ones((seeds, updates)) * np.arange(1, seeds + 1)[:, None],
        checks,
        np.full((seeds, len(checks)), 0.5),
        np.full((seeds, len(checks)), 0.9),
    )


def titles(figure):
    return [axis["title"]["text"] for name, axis in figure["layout"].items() if name.startswith("yaxis")]


def on(figure, title):
    axis = next(
        name for name, entry in figure["layout"].items() if name.startswith("yaxis") and entry["title"]["text"] == title
    )
    return [trace for trace in figure["data"] if trace["yaxis"] == axis.replace("yaxis", "y")]


def test_panels_share_one_axis_of_time_fixed_to_the_whole_run():
    figure = training([group()], metric_title="accuracy", total_updates=10)
    assert titles(figure) == ["learning rate", "training loss", "validation loss", "accuracy"]
    assert figure["layout"]["xaxis"]["range"] == [0, 10]
    assert figure["layout"]["xaxis"]["anchor"] == "y4"
    domains = [figure["layout"][name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert domains[0][1] == 1
    assert domains[-1][0] == pytest.approx(0, abs=1e-6)
    assert all(above[0] > below[1] for above, below in itertools.pairwise(domains))


def test_momentum_gets_its_panel_when_any_group_has_it():
    groups = [group("Cosine"), group("One cycle", momentum=np.full(10, 0.9))]
    figure = training(groups, metric_title="RMSE (kWh)", total_updates=10)
    assert titles(figure) == ["learning rate", "momentum", "training loss", "validation loss", "RMSE (kWh)"]
    assert {trace["name"] for trace in on(figure, "momentum")} == {"One cycle"}
    assert height(groups) - height(groups[:1]) == 170


def test_a_bold_median_over_faint_seeds_in_one_colour_per_group():
    figure = training([group("a", seeds=3), group("b", seeds=1)], metric_title="accuracy", total_updates=10)
    losses = on(figure, "training loss")
    assert [trace["line"]["width"] for trace in losses] == [1, 3, 3]
    np.testing.assert_allclose(losses[1]["y"], 2.0)  # of seeds at 1, 2 and 3
    assert losses[0]["line"]["color"] == losses[1]["line"]["color"] != losses[2]["line"]["color"]
    assert [trace["name"] for trace in figure["data"] if trace["showlegend"]] == ["a", "b"]


def test_seeds_are_one_trace_with_gaps_that_playback_never_closes():
    seeds = on(training([group(seeds=2, updates=3)], metric_title="accuracy", total_updates=10), "training loss")[0]
    np.testing.assert_allclose(seeds["y"], [1, 1, 1, np.nan, 2, 2, 2, np.nan])
    np.testing.assert_array_equal(seeds["meta"]["updates"], [0, 1, 2, -1, 0, 1, 2, -1])


def test_the_plan_is_drawn_whole_and_what_has_been_used_over_it():
    plan, used = on(training([group()], metric_title="accuracy", total_updates=10), "learning rate")
    assert len(plan["x"]) == 10
    assert "meta" not in plan  # playback leaves the plan standing
    np.testing.assert_array_equal(used["x"], np.arange(6))
    np.testing.assert_array_equal(used["meta"]["updates"], np.arange(6))


def test_epochs_divide_the_axis_but_not_the_updates_of_playback():
    figure = training([group()], metric_title="accuracy", unit="epochs", updates_per_epoch=2, total_updates=10)
    checks = on(figure, "accuracy")[-1]
    np.testing.assert_array_equal(checks["x"], [1, 2, 3])
    np.testing.assert_array_equal(checks["meta"]["updates"], [2, 4, 6])
    assert figure["layout"]["xaxis"]["range"] == [0, 5]


def test_a_run_that_has_not_begun_is_a_figure_with_its_legend():
    figure = training([group(updates=0)], metric_title="accuracy", total_updates=10)
    assert [trace["name"] for trace in figure["data"] if trace["showlegend"]] == ["Cosine"]
    json.dumps(encode(figure), allow_nan=False)


def test_many_seeds_weigh_no_more_than_few():
    figure = training(
        [group(seeds=30, updates=5000, total=5000) for _ in range(3)], metric_title="accuracy", total_updates=5000
    )
    assert sum(len(trace["x"]) for trace in on(figure, "training loss")) <= POINTS_PER_PANEL


def test_smoothing_is_the_bias_corrected_average_written_out():
    losses = np.random.default_rng(0).normal(1, 0.3, (2, 333))
    beta = 1 - 50 / 1000
    expected = np.empty_like(losses)
    average = np.zeros(2)
    for update in range(333):
        average = beta * average + (1 - beta) * losses[:, update]
        expected[:, update] = average / (1 - beta ** (update + 1))
    np.testing.assert_allclose(smooth(losses, 1000), expected, rtol=1e-9)


def test_smoothing_never_changes_what_it_has_drawn_and_ends_at_divergence():
    losses = np.random.default_rng(1).normal(1, 0.3, (1, 200))
    np.testing.assert_allclose(smooth(losses[:, :90], 1000), smooth(losses, 1000)[:, :90], rtol=1e-12)
    losses[0, 120] = np.inf
    smoothed = smooth(losses, 1000)[0]
    assert np.isfinite(smoothed[:120]).all()
    assert np.isnan(smoothed[120:]).all()
    np.testing.assert_array_equal(smooth(losses[:, :3], 10), losses[:, :3])  # a short run stays as it is


def test_the_median_leaves_out_seeds_that_have_stopped():
    rows = np.array([[1.0, 2.0, np.nan], [3.0, np.inf, np.nan]])
    np.testing.assert_array_equal(median(rows), [2.0, 2.0, np.nan])
