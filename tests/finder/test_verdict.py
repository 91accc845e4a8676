import math
from itertools import pairwise

import numpy as np
import pytest

from data import builtin
from finder import regret, verdict
from schedulers import CATALOGUE
from training import engine
from training.options import MODELS
from words import Refusal

RATES = [1e-3, 1e-2, 0.3, 100.0]
QUICK = {"updates": 40, "seeds": (3, 4), "batch_size": 32, "device": "cpu"}


@pytest.fixture(scope="module")
def iris():
    return builtin.task("iris")


@pytest.fixture(scope="module")
def found(iris):
    return verdict.measure(iris, "mlp_16", RATES, **QUICK)


def test_every_number_is_that_of_the_rate_trained_alone(iris, found):
    schedule = CATALOGUE["one_cycle"]
    for index, seed in ((0, 3), (2, 4)):
        alone = engine.train(
            iris, MODELS["mlp_16"], schedule.rates(40, peak=RATES[index])[None], seeds=[seed],
            momentum=schedule.momentum(40)[None], batch_size=32, device="cpu", evaluate_every=40,
        )  # fmt: skip
        place = (index, found.seeds.index(seed))
        assert found.validation[place] == pytest.approx(alone.validation_loss[0, -1], rel=1e-4)
        assert found.test[place] == pytest.approx(alone.test_loss[0], rel=1e-4)


def test_a_rate_of_1e_5_is_trained_beside_the_rates(iris, found):
    assert found.rates.tolist() == RATES
    alone = verdict.measure(iris, "mlp_16", [1e-5], **QUICK)
    np.testing.assert_allclose(found.at_rest, alone.validation[0], rtol=1e-5)
    np.testing.assert_allclose(found.test_at_rest, alone.test[0], rtol=1e-5)
    np.testing.assert_array_equal(alone.at_rest, alone.validation[0])


def test_iris_learns_at_0_3_and_not_at_a_thousandth(found):
    assert found.best.lr == 0.3
    assert found.best == regret.Best(0.3, 0.3, 0.3)
    told = found.regrets({"best": 0.3, "low": 1e-3, "none": None})
    assert told == {"best": 0.0, "low": pytest.approx(1, abs=0.2), "none": 1.0}
    assert (found.low <= found.loss).all()
    assert (found.loss <= found.high).all()


def test_a_schedule_without_cycled_momentum_keeps_the_given_one(iris):
    measured = verdict.measure(iris, "linear", [0.05], schedule="cosine", momentum=0.5, weight_decay=0.01, **QUICK)
    alone = engine.train(
        iris, MODELS["linear"], CATALOGUE["cosine"].rates(40, peak=0.05)[None], seeds=[4],
        momentum=0.5, weight_decay=0.01, batch_size=32, device="cpu", evaluate_every=40,
    )  # fmt: skip
    assert measured.validation[0, 1] == pytest.approx(alone.validation_loss[0, -1], rel=1e-4)


# Where the shape is the user's own, so is the highest rate.
@pytest.mark.parametrize("name", [name for name in CATALOGUE if name not in ("own_formula", "drawn", "combined")])
def test_the_highest_rate_of_any_schedule_is_the_rate_asked_for(name):
    curve, _ = verdict.shape(name, 200)
    assert curve.max() == 1
    assert curve.min() >= 0


def test_progress_covers_every_update_once_and_its_rows_can_be_drawn(iris):
    seen = []
    verdict.measure(iris, "linear", RATES, on_progress=seen.append, evaluate_every=10, **QUICK)
    assert seen[0].start == 0
    assert all(before.end == after.start for before, after in pairwise(seen))
    assert seen[-1].end == 40
    evaluations = [progress.evaluation for progress in seen if progress.evaluation]
    assert [one.update for one in evaluations] == [0, 10, 20, 30, 40]
    table = evaluations[2].loss.reshape(5, 2)
    under_way = verdict.read(RATES, table, seeds=(3, 4))
    np.testing.assert_array_equal(under_way.validation, table[1:])
    assert np.isnan(under_way.test).all()


def test_a_resumed_verdict_ends_as_one_that_was_never_interrupted(iris, found):
    snapshots = []
    verdict.measure(
        iris, "mlp_16", RATES, report_every=15, on_progress=lambda p: snapshots.append(p.snapshot()), **QUICK
    )
    resumed = verdict.measure(iris, "mlp_16", RATES, resume=snapshots[1], **QUICK)
    np.testing.assert_array_equal(resumed.validation, found.validation)


def test_reading_by_hand_with_a_rate_that_diverges():
    # mean 2 at rest; caps at 6. Means: 2, 1, 0.5, 0.52, (6 + 1) / 2
    losses = [[2.0, 2.0], [0.9, 1.1], [0.4, 0.6], [0.42, 0.62], [math.nan, 1.0]]
    read = verdict.read([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], losses, losses, seeds=(0, 1))
    assert read.loss == pytest.approx([2, 1, 0.5, 0.52, 3.5])
    assert read.low.tolist() == [2, 0.9, 0.4, 0.42, 1]
    assert read.high.tolist() == [2, 1.1, 0.6, 0.62, 6]
    assert read.diverged.tolist() == [[False] * 2] * 4 + [[True, False]]
    # 5 % of 2 - 0.5 is 0.075: 1e-2 is as good, its neighbours are not
    assert read.best == regret.Best(1e-3, 1e-3, 1e-2)
    told = read.regrets({"valley": 1e-4, "slide": 1e-1, "steep": 1e-2})
    assert told == {"valley": pytest.approx(1 / 3), "slide": pytest.approx(2), "steep": pytest.approx(0.02 / 1.5)}
    printed = verdict.as_json(read)
    assert list(printed) == ["rates", "loss", "low", "high", "best"]
    assert printed["best"] == {"lr": 1e-3, "low": 1e-3, "high": 1e-2}


def test_noise_widens_the_best_region():
    # Against 1e-3: differences -0.4 and 0.8, mean 0.2, standard error 0.6: within the noise
    read = verdict.read([1e-5, 1e-3, 1e-2], [[2, 2], [1.2, 0.6], [0.8, 1.4]], seeds=(0, 1))
    assert read.best == regret.Best(1e-3, 1e-3, 1e-2)
    one_seed = verdict.read([1e-5, 1e-3, 1e-2], [[2], [0.9], [1.1]], seeds=(0,))
    assert one_seed.best == regret.Best(1e-3, 1e-3, 1e-3)


def test_where_no_rate_learns_there_is_no_best():
    read = verdict.read([1e-5, 1e-3], [[1.0], [1.5]], seeds=(0,))
    assert read.best is None
    assert verdict.as_json(read)["best"] is None
    assert math.isnan(read.regrets({"valley": 1e-4})["valley"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rates": [0.1, 0.01]}, "Verdict: rates must be above 0 and rise, one after another."),
        ({"rates": [0.0, 0.1]}, "Verdict: rates must be above 0 and rise, one after another."),
        ({"seeds": (1, 1)}, "Verdict: seeds must be one or more, all different, got [1, 1]."),
        ({"updates": 0}, "Verdict: number of updates must be 1 to 100,000, got 0."),
        ({"model": "resnet"}, "Verdict: model must be one of"),
        ({"schedule": "wild"}, "Verdict: schedule must be one of constant, "),
    ],
)
def test_bad_requests_are_refused(iris, change, sentence):
    with pytest.raises(Refusal) as refusal:
        verdict.measure(iris, **{"model": "linear", "rates": RATES, **QUICK, **change})
    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize(("count", "low", "high"), [(1, 1e-5, 1), (600, 1e-5, 1), (5, 1, 1), (5, 0, 1)])
def test_bad_grids_are_refused(count, low, high):
    with pytest.raises(Refusal, match="Verdict: "):
        verdict.grid(count, low, high)


def test_the_grid_is_even_on_a_logarithmic_axis():
    assert verdict.grid(7, 1e-5, 10).tolist() == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10])
    assert verdict.grid().shape == (24,)


def test_what_seeds_differ_by_is_no_gain():
    rates, rest = [1e-3, 1e-2, 1e-1], [1.0, 1.02, 0.98]
    noisy = verdict.read(rates, [rest, [1.0, 1.0, 1.0], [0.95, 1.05, 0.97], [1.1, 1.0, 1.2]], seeds=(0, 1, 2))
    assert noisy.best is not None
    assert not noisy.clear
    assert verdict.read(rates, [rest, [1.0, 1.0, 1.0], [0.5, 0.52, 0.48], [1.1, 1.0, 1.2]], seeds=(0, 1, 2)).clear
    assert verdict.read(rates, [rest[:1], [1.0], [0.95], [1.1]], seeds=(0,)).clear  # with one seed nobody knows
    assert verdict.read(rates, np.full((4, 3), np.nan), seeds=(0, 1, 2)).clear  # nothing is known yet
