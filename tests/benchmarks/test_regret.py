"""The table of regrets: its arithmetic, that it goes on where it was, and that nobody chooses by the test rows."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.regret import pair, run, table
from data import builtin
from data.split import Split

QUICK = pair.Effort(rates=4, seeds=2, judges=2, repeats=1, updates=30, splits=1, model="linear")


def record(losses, ours, judged, rules=()):
    """Losses of a grid of three rates with two seeds each, our rates and what each suggested rate came to."""
    return {
        "grid": [1e-5, 1e-3, 1e-1],
        "losses": losses,
        "suggested": {**dict(rules), "ours": ours},
        "judged": [[lr, own] for lr, own in judged.items()],
        "cost": [5000 + 10 * place for place in range(len(ours))],
        "confidence": ["high"] * len(ours),
        "intervals": [[lr / 2, 2 * lr] for lr in ours],
    }


@pytest.fixture
def known():
    """At rest the loss is 1, the best 0.2; a rate that diverged with one seed counts 3 there."""
    rules = {"valley": [1e-2, None], "valley of all": [3e-2], "slide": [1.0, 1.0]}
    judged = {1e-3: [0.2, 0.2], 2e-3: [0.24, 0.32], 1e-2: [0.4, 0.5], 3e-2: [None, 0.6], 1.0: [0.7, 0.7]}
    return record([[1.0, 1.0], [0.2, 0.2], [0.9, 0.5]], [1e-3, 2e-3], judged, rules.items())


def test_regrets_by_eye(known):
    told = pair.regrets(known)
    assert told["ours"] == pytest.approx([0.0, 0.08 / 0.8])  # 0.28 is a tenth of the way from 0.2 to 1
    assert told["valley of all"] == pytest.approx([(1.8 - 0.2) / 0.8])  # the mean of 3 and 0.6
    assert told["valley"] == pytest.approx([0.25 / 0.8, 1.0])  # no answer is as good as hardly training
    assert told["slide"] == pytest.approx([0.5 / 0.8] * 2)


def test_a_pair_whose_gain_is_within_the_noise_is_told_apart(known):
    assert pair.ends(known) == (1.0, pytest.approx(0.2), True)
    noisy = known | {"losses": [[1.0, 1.0], [1.1, 0.2], [3.0, 3.0]]}
    assert not pair.ends(noisy)[2]


def test_splits_are_averaged_as_shares_of_their_loss_at_rest():
    one = record([[1.0, 1.0], [0.2, 0.2], [0.4, 0.4]], [1e-3], {1e-3: [0.2, 0.2]})
    other = record([[2.0, 2.0], [1.2, 1.2], [0.4, 0.4]], [1e-1], {1e-1: [0.4, 0.4]})
    # shares: 0.2 and 0.6 at 1e-3, 0.4 and 0.2 at 1e-1, so that 1e-1 is best with 0.3; ours came to 0.2 and 0.2
    assert pair.over_splits([one, other]) == pytest.approx([(0.2 - 0.3) / 0.7])
    assert pair.over_splits([one]) == pytest.approx(pair.regrets(one)["ours"])


def test_the_interval_draws_tasks_and_knows_doubt_where_all_are_within():
    assert table.interval({str(task): [0.0, 0.01] for task in range(30)}) == (pytest.approx(0.9), 1.0)
    low, high = table.interval({"a": [0.0, 0.2], "b": [0.0, 0.0], "c": [0.3, 0.3]})
    assert (low, high) == (0.0, 1.0)  # three times c, three times b
    assert table.interval({"a": [0.2], "b": [0.3]}) == (0.0, 0.0)


def test_the_page_says_the_shares_and_costs(known):
    every = {rule: [1e-2] for rule in table.TITLES if rule != "ours"}
    full = known | {"suggested": every | known["suggested"] | {"slide": [None]}}
    ours = {name: known[name] for name in known if name != "suggested"} | {"suggested": {"ours": [1e-3, 2e-3]}}
    page = table.page({(0, "iris", "sgd"): full, (1, "iris", "sgd"): ours}, QUICK)
    assert "| recommendation | 50.0% (50% to 50%) | 0.050 | 0.090 | 0.100 | 5,005 (at most 5,010) |" in page
    assert "| valley, geometric mean of all seeds | 0.0% (0% to 0%) | 2.000 | 2.000 | 2.000 | 200 |" in page
    assert "| slide (fastai) | 0.0% (0% to 0%) | 1.000 | 1.000 | 1.000 | 100 |" in page
    assert "| each split by itself, all together | 50.0% (50% to 50%) |" in page
    assert "| iris | sgd | 1 | 1 | 0.2 | 0.001 | 0.001 to 0.002 | 0.100 |  |" in page


@pytest.fixture(scope="module")
def iris():
    return builtin.task("iris", split=Split(seed=1))


def test_nobody_chooses_by_the_test_rows_and_the_rates_are_judged_by_them(iris):
    found = pair.measure(iris, "sgd", QUICK)
    targets = iris.targets.copy()
    targets[iris.test] = (targets[iris.test] + 1) % 3
    other = pair.measure(replace(iris, targets=targets), "sgd", QUICK)
    for name in ("suggested", "cost", "intervals"):
        assert other[name] == found[name], name
    assert other["losses"] != found["losses"]
    suggested = {lr for rates in found["suggested"].values() for lr in rates if lr is not None}
    assert {lr for lr, _ in found["judged"]} == suggested
    assert np.isfinite(pair.regrets(found)["ours"]).all()
    assert len(found["losses"]) == 4
    assert all(len(losses) == 2 for losses in found["losses"])


def test_what_is_measured_is_not_measured_again(tmp_path, monkeypatch, known):
    asked = []

    def measure(task, optimizer, effort, *, rules):
        asked.append((task, optimizer, rules))
        return known

    monkeypatch.setattr(pair, "measure", measure)
    suite = {name: lambda split, name=name: f"{name} {split}" for name in ("iris", "wine")}
    results = tmp_path / "results.jsonl"
    whole = run.measure(suite, QUICK, results, range(2))
    assert len(asked) == len(whole) == 8
    assert asked[0] == ("iris 0", "sgd", True)
    assert asked[-1] == ("wine 1", "adam", False)  # after the first split ours alone
    lines = results.read_text().splitlines(keepends=True)
    results.write_text("".join(lines[:5]) + lines[5][:40])  # interrupted while it wrote the sixth
    asked.clear()
    assert run.measure(suite, QUICK, results, range(2)) == whole
    assert asked == [("iris 1", "adam", False), ("wine 1", "sgd", False), ("wine 1", "adam", False)]
    assert [json.loads(line)["task"] for line in results.read_text().splitlines()] == [
        json.loads(line)["task"] for line in lines
    ]
