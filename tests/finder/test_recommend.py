import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from data import builtin
from finder.bake_off import STEP, Trial, conclude, next_place
from finder.recommend import recommend
from training import engine
from words import Refusal


def trials(losses, other=None):
    """Candidates at 1e-4, 1e-3 ... with these losses on one half, and the other's."""
    pairs = zip(losses, other or losses, strict=True)
    return [Trial(10.0 ** (place - 4), pair) for place, pair in enumerate(pairs)]


@pytest.fixture(scope="module")
def iris():
    return builtin.task("iris")


SETTINGS = {"updates": 60, "optimizer": "adam", "batch_size": 32, "device": "cpu"}


@pytest.fixture(scope="module")
def found(iris):
    return recommend(iris, "mlp_16", **SETTINGS)


def test_iris_is_learned_at_the_recommended_rate_and_within_the_budget(found):
    assert 3e-3 < found.lr < 0.3
    assert found.low <= found.lr <= found.high
    assert found.cost <= 8 * (100 + 60)
    rates = [trial.lr for trial in found.trials]
    assert rates == sorted(rates)
    assert min(trial.loss for trial in found.trials) < 0.3
    assert found.sentence.startswith("Use ")


def test_equal_seeds_recommend_the_same_and_other_seeds_about_the_same(iris, found):
    assert recommend(iris, "mlp_16", **SETTINGS).lr == found.lr
    other = recommend(iris, "mlp_16", seeds=(7, 8, 9), **SETTINGS)
    assert abs(math.log10(other.lr / found.lr)) < 0.7


def test_the_rows_for_testing_are_never_seen(iris, found):
    inputs, targets = iris.inputs.copy(), iris.targets.copy()
    inputs[iris.test] = np.nan
    targets[iris.test] = 0
    poisoned = recommend(replace(iris, inputs=inputs, targets=targets), "mlp_16", **SETTINGS)
    assert poisoned == found


def test_every_other_row_judges(iris, found):
    """One validation row alone, spoiled, spoils a part's losses: it does count."""
    inputs = iris.inputs.copy()
    inputs[iris.validation[0]] = 1e4
    spoiled = recommend(replace(iris, inputs=inputs), "mlp_16", **SETTINGS)
    assert [trial.losses for trial in spoiled.trials] != [trial.losses for trial in found.trials]


def test_a_trial_keeps_the_sum_of_the_rates_of_the_training_proper(iris, monkeypatch):
    """100 updates in a budget for 18 trials of 50 each: a candidate for rate r trains at 2 r."""
    asked, train = [], engine.train

    def spy(task, model, rates, **settings):
        asked.append((set(task.train) | set(task.validation), task.validation, rates))
        return train(task, model, rates, **settings)

    monkeypatch.setattr(engine, "train", spy)
    found = recommend(iris, "linear", updates=100, budget=300 + 18 * 50, schedule="constant", device="cpu")
    rows, judges, rates = zip(*asked[1:4], strict=True)  # the three parts of the first three candidates
    assert all(own.shape == (3, 50) for own in rates)
    known = [trial.lr for trial in found.trials]
    for own in rates[0].sum(axis=1):
        assert min(abs(own / (100 * lr) - 1) for lr in known) < 1e-9
    every = np.sort(np.concatenate([iris.train, iris.validation]))
    assert all(sorted(own) == every.tolist() for own in rows)
    assert np.sort(np.concatenate(judges)).tolist() == every.tolist()


def test_progress_only_rises_and_ends_at_the_budget(iris):
    stages = []
    recommend(iris, "linear", updates=20, batch_size=32, device="cpu", on_progress=stages.append)
    assert all(before.done <= after.done for before, after in pairwise(stages))
    assert stages[-1].done == stages[-1].of == 8 * (100 + 20)
    assert len(stages[0].trials) == 0
    assert len(stages[-1].trials) >= 6


def test_a_budget_too_small_is_refused(iris):
    with pytest.raises(Refusal) as refusal:
        recommend(iris, "linear", updates=600, budget=1000)
    # 3 seeds x 100 updates of the range test, and six candidates with 3 x 150 updates each, a quarter of 600
    assert str(refusal.value) == "Recommend: budget must be at least 3,000 updates, got 1,000."
    assert recommend(iris, "linear", updates=60, budget=600, device="cpu").cost <= 600


def test_it_goes_on_where_it_was_interrupted_to_the_same_bits(iris, found, monkeypatch):
    checkpoints = []
    recommend(iris, "mlp_16", **SETTINGS, on_progress=lambda stage: checkpoints.append(stage.checkpoint))
    different = sorted(set(checkpoints), key=len)
    assert len(different) >= 1 + 3 * 3  # after the range test, and after each third of three rounds at least
    calls, train = [], engine.train
    monkeypatch.setattr(engine, "train", lambda *given, **named: calls.append(1) or train(*given, **named))
    done = []
    for checkpoint in (different[0], different[len(different) // 2], different[-1]):
        calls.clear()
        assert recommend(iris, "mlp_16", **SETTINGS, resume=checkpoint) == found
        done.append(len(calls))
    assert done[0] > done[1] > done[2] == 0  # what had ended is not trained again


def test_a_checkpoint_of_other_settings_is_refused(iris):
    stages = []
    recommend(iris, "linear", updates=20, device="cpu", on_progress=stages.append)
    with pytest.raises(Refusal) as refusal:
        recommend(iris, "linear", updates=21, device="cpu", resume=stages[-1].checkpoint)
    assert str(refusal.value) == "Recommend: this checkpoint belongs to another measurement."
    with pytest.raises(Refusal) as refusal:
        recommend(iris, "linear", updates=20, device="cpu", resume=b"torn")
    assert str(refusal.value) == "Recommend: these 4 bytes are not a checkpoint."


def test_the_middle_of_a_parabola_is_recommended():
    # 0.1 (x + 2.3)^2 + 0.2 in x, the decimal logarithm of the rate; the best tried is 0.209 at x = -2. Up to
    # 0.05 (1 - 0.209) above that are 0.0486 over 0.2, hence sqrt(0.486) = 0.697 either side
    found = conclude(trials([0.1 * (place - 4 + 2.3) ** 2 + 0.2 for place in range(4)]))
    assert math.log10(found.lr) == pytest.approx(-2.3, abs=0.02)
    assert math.log10(found.low) == pytest.approx(-2.997, abs=0.03)
    assert math.log10(found.high) == pytest.approx(-1.603, abs=0.03)
    assert found.confidence == "high"
    assert found.sentence.endswith("All parts of the rows agree.")


def test_the_sentence_says_what_was_tried_and_how_long():
    found = conclude(trials([0.9, 0.2, 0.9]), cost=5592, length=294)
    assert (
        "training gains at least 95 % of what it gains at the best rate, judged by 3 learning rates" in found.sentence
    )
    assert "; 5,592 updates in all, range test included. A trial had 294 updates, at rates so much" in found.sentence
    assert "A trial had" not in conclude(trials([0.9, 0.2, 0.9]), cost=5592).sentence


def test_the_middle_of_a_plateau_is_recommended():
    found = conclude(trials([1.0, 0.2, 0.2, 0.2, 1.0]))
    assert found.lr == pytest.approx(1e-2, rel=0.3)
    assert found.low == pytest.approx(1e-3, rel=0.3)
    assert found.high == pytest.approx(1e-1, rel=0.3)


@pytest.mark.parametrize(
    ("losses", "other", "confidence", "ending"),
    [
        ([0.9, 0.2, 0.6, 0.9], [0.9, 0.6, 0.2, 0.9], "medium", "so take it with care."),
        ([0.9, 0.5, 0.2], None, "low", "a better one may lie beyond."),
        ([0.2, 0.5, 3.0], None, "low", "a better one may lie beyond."),
        ([1.0, 1.2, 3.0], None, "low", "no more than a guess."),
        ([0.99, 0.95, 0.99], [0.99, 1.0, 0.99], "low", "so it is little more than a guess."),
    ],
)
def test_the_sentence_says_how_sure_it_is(losses, other, confidence, ending):
    found = conclude(trials(losses, other))
    assert found.confidence == confidence
    assert found.sentence.endswith(ending)


@pytest.mark.parametrize(
    ("losses", "between", "share"),
    [
        ([0.2, 0.5, 0.9], (0, 0), -1.0),  # a step beyond the lowest
        ([0.9, 0.5, 0.2], (2, 2), 1.0),  # a step beyond the highest
        ([0.9, 0.2, 0.5], (1, 2), 0.0),  # between the best and the better of its neighbours
        ([0.5, 0.2, 0.9], (0, 1), 0.0),
        ([3.0, 3.0, 3.0], (0, 0), -1.0),  # nothing learned: a lower rate
    ],
)
def test_the_next_rate_halves_a_gap_or_goes_a_step_on(losses, between, share):
    tried = trials(losses)
    middle = math.log(tried[between[0]].lr * tried[between[1]].lr) / 2
    assert next_place(tried) == pytest.approx(middle + share * STEP)


def test_the_wider_gap_is_halved_first_and_narrow_ones_no_more():
    uneven = [Trial(1e-4, (0.9, 0.9)), Trial(1e-3, (0.2, 0.2)), Trial(10**-2.5, (0.3, 0.3))]
    assert next_place(uneven) / math.log(10) == pytest.approx(-3.5)
    narrow = [Trial(10**place, (loss, loss)) for place, loss in ((-2.05, 0.3), (-2.0, 0.2), (-1.95, 0.4))]
    assert next_place(narrow) is None


def test_a_diverged_rate_weighs_no_more_than_an_untrained_model():
    assert Trial(0.1, (3.0, 3.0)).loss == 1.0
    assert Trial(0.1, (0.2, 0.4)).loss == pytest.approx(0.3)
    assert Trial(0.1, (0.2, 0.3, 0.7)).loss == pytest.approx(0.4)
