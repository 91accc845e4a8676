import json
import math
from dataclasses import replace

import numpy as np
import pytest

from data.folds import folds, load
from training.cross_validation import Score, cross_validate
from training.options import MODELS, models_for
from words import Refusal

LINEAR = MODELS["linear"]


@pytest.fixture
def hand(build):
    """Two folds of two rows each, whose rate of 0 leaves the first weights; targets are 50 + 7 x scaled."""
    task = build("number", rows=12)
    return [replace(task, validation=np.array(rows), train=np.array([4, 5, 6])) for rows in ([0, 1], [2, 3])]


def test_pooled_and_averaged_rmse_by_hand(hand):
    # A rate of 0 keeps the first weights: what they predict is known, and targets are placed errors away from it.
    outputs = cross_validate(hand, LINEAR, np.zeros(2), batch_size=3).outputs[0, :, 0]
    targets = hand[0].targets.copy()
    # Errors 3 and 3 in one fold, 4 and 12 in the other: sqrt((9+9)/2) = 3, sqrt((16+144)/2) = sqrt(80).
    targets[:4] = (outputs + np.array([3, -3, 4, 12]) - 50) / 7
    found = cross_validate([replace(task, targets=targets) for task in hand], LINEAR, np.zeros(2), batch_size=3)
    rmse = found.scores[0]
    assert rmse.name == "rmse"
    np.testing.assert_allclose(rmse.each, [[3, math.sqrt(80)]], rtol=1e-5)
    assert rmse.pooled == pytest.approx([math.sqrt(178 / 4)], rel=1e-5)  # 6.671
    assert rmse.averaged == pytest.approx([(3 + math.sqrt(80)) / 2], rel=1e-5)  # 5.972
    assert rmse.sentence() == (
        "RMSE: 6.671 from all predictions pooled, 5.972 as the average of the 2 folds. Pooling averages all squared "
        "errors before it takes the root, so a bad fold weighs more in it; with folds of one size the average is never "
        "the larger of the two."
    )


def test_every_row_is_predicted_by_the_model_that_has_not_seen_it(build):
    tasks = folds(build("classes"), 3)
    found = cross_validate(tasks, MODELS["mlp_16"], np.full(60, 0.1), seeds=[0, 7], batch_size=16)
    assert found.rows.tolist() == sorted(np.concatenate([task.validation for task in tasks]).tolist())
    assert found.outputs.shape == (2, len(found.rows), 3)
    for number, task in enumerate(tasks):
        assert set(found.rows[found.fold == number]) == set(task.validation)
    targets = tasks[0].targets[found.rows]
    for seed in range(2):
        right = found.outputs[seed].argmax(1) == targets
        assert found.scores[0].pooled[seed] == pytest.approx(right.mean())
        each = [right[found.fold == number].mean() for number in range(3)]
        assert found.scores[0].each[seed] == pytest.approx(each)
    assert found.scores[0].pooled.mean() > 0.7
    assert [score.name for score in found.scores] == ["accuracy", "f1_macro", "auc"]


def test_images_are_predicted_as_in_validation():
    tasks = list(load({"builtin": "shapes"}, 2, None))
    model = next(model for model in models_for(True).values() if model.convolutions)
    found = cross_validate(tasks, model, np.full(2, 0.01))
    assert found.outputs.shape == (1, sum(len(task.validation) for task in tasks), tasks[0].outputs)
    assert np.isfinite(found.scores[0].pooled).all()


def test_several_labels_a_row_have_metrics_of_their_own(build):
    task = build("classes")
    labels = np.eye(3, dtype=np.float32)[task.targets]
    task = replace(task, kind="multi-label", targets=labels)
    found = cross_validate(folds(task, 2), LINEAR, np.full(40, 0.5), batch_size=16)
    assert [score.name for score in found.scores] == ["label_accuracy", "label_f1"]
    right = (found.outputs[0] >= 0) == (labels[found.rows] > 0)
    assert found.scores[0].pooled == pytest.approx([right.mean()])
    assert "Both count labels that are right" in found.scores[0].sentence()


def test_the_record_is_plain_json_without_nan(build):
    found = cross_validate(folds(build("number"), 2), LINEAR, np.full(3, 1e38), seeds=[1, 2])
    stored = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert stored["sizes"] == [len(part) for part in np.split(found.rows, 2)]
    assert stored["reasons"] == [["diverged"] * 2] * 2
    assert stored["scores"][0]["pooled"] == [None, None]
    assert "means over 2 seeds" in stored["scores"][0]["sentence"]


def test_the_average_of_equal_folds_never_exceeds_the_pooled_rmse():
    random = np.random.default_rng(0)
    errors = random.exponential(size=(50, 4, 5))
    each, pooled = np.sqrt((errors**2).mean(axis=2)), np.sqrt((errors**2).mean(axis=(1, 2)))
    assert (Score("rmse", each, pooled).averaged <= pooled).all()


def test_reports_name_the_fold(build):
    seen = []
    tasks = folds(build("number"), 2)
    cross_validate(tasks, LINEAR, np.full(5, 0.1), on_progress=lambda fold, progress: seen.append((fold, progress.end)))
    assert [entry for entry in seen if entry[1] == 5] == [(0, 5), (1, 5)]


@pytest.mark.parametrize(
    ("pick", "sentence"),
    [
        (lambda tasks: tasks[:1], "Cross-validation: at least 2 folds are needed, got 1."),
        (lambda tasks: [tasks[0], tasks[0]], "Cross-validation: folds must not share rows that they predict."),
    ],
)
def test_refusals(hand, pick, sentence):
    with pytest.raises(Refusal) as refusal:
        cross_validate(pick(hand), LINEAR, np.zeros(1), batch_size=3)
    assert str(refusal.value) == sentence
