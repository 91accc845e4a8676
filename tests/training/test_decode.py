import math
from dataclasses import replace

import numpy as np
import pytest

from training.decode import confusion, decode, own_units, probabilities, table
from words import Refusal


def test_the_largest_output_wins_and_its_softmax_is_the_confidence(build):
    decoded = decode(build("classes"), np.log([[0.2, 0.7, 0.1], [6.0, 3.0, 3.0]]))
    assert decoded.values.tolist() == ["b", "a"]
    assert decoded.numbers.tolist() == [1, 0]
    np.testing.assert_allclose(decoded.confidence, [0.7, 0.5])
    np.testing.assert_allclose(decoded.probabilities.sum(axis=1), 1)


def test_large_outputs_overflow_nothing():
    np.testing.assert_allclose(probabilities("classes", [[1e4, 1e4, -1e4]]), [[0.5, 0.5, 0]])
    np.testing.assert_allclose(probabilities("multi-label", [[1e4, -1e4, 0, -math.log(3)]]), [[1, 0, 0.5, 0.25]])


def test_outputs_that_are_not_finite_have_no_answer(build):
    decoded = decode(build("classes"), [[0, 1, 2], [np.nan, 1, 2], [0, np.inf, 1]])
    assert decoded.values.tolist() == ["c", None, None]
    assert decoded.numbers.tolist() == [2, -1, -1]
    assert np.isnan(decoded.confidence).tolist() == [False, True, True]


def test_labels_reach_the_threshold_and_the_least_certain_speaks(build):
    task = replace(build("classes"), kind="multi-label", targets=np.zeros((150, 3), dtype=np.float32))
    outputs = np.log([[3.0, 1.0, 1 / 9], [1 / 3, 1 / 4, 1 / 9]])  # sigmoids 3/4 1/2 1/10 and 1/4 1/5 1/10
    decoded = decode(task, outputs)
    assert decoded.values.tolist() == [("a", "b"), ()]
    np.testing.assert_allclose(decoded.confidence, [0.5, 0.75])
    assert decode(task, outputs, threshold=0.2).values.tolist() == [("a", "b"), ("a", "b")]


def test_numbers_come_back_in_their_own_units(build):
    task = build("number")  # mean 50, scale 7
    assert decode(task, [[0.0], [1.0], [-2.0]]).values.tolist() == [50, 57, 36]
    assert own_units(task, [1.0]).tolist() == [57]
    assert math.isnan(decode(task, [[np.inf]]).values[0])


def test_the_confusion_matrix_counts_actual_by_predicted():
    counts = confusion([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, -1], 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert confusion([0], [-1], 2).tolist() == [[0, 0], [0, 0]]


def test_the_table_of_predictions(build):
    task = build("classes")
    rows = np.array([4, 0])
    outputs = np.full((2, 3), -50.0)
    outputs[0, task.targets[4]] = outputs[1, (task.targets[0] + 1) % 3] = 50
    shown = table(replace(task, file_names=tuple(f"{row}.png" for row in range(150))), decode(task, outputs), rows)
    assert shown["row"] == [5, 1]
    assert shown["file"] == ["4.png", "0.png"]
    assert shown["right"] == [True, False]
    assert shown["actual"] == [task.class_names[task.targets[row]] for row in rows]
    assert shown["confidence"] == [1, 1]


def test_the_table_of_numbers_shows_the_error(build):
    task = build("number")
    shown = table(task, decode(task, task.targets[[3]] + 1), np.array([3]))
    assert shown["error"] == pytest.approx([7], rel=1e-5)
    assert shown["actual"] == pytest.approx([50 + 7 * task.targets[3]])


def test_the_table_of_labels(build):
    task = replace(build("classes"), kind="multi-label", targets=np.array([[1, 0, 1], [0, 0, 0]], dtype=np.float32))
    shown = table(task, decode(task, [[9, -9, 9], [9, -9, -9]]), np.array([0, 1]))
    assert (shown["predicted"], shown["actual"], shown["right"]) == (["a; c", "a"], ["a; c", ""], [True, False])


def test_outputs_of_another_width_are_refused(build):
    with pytest.raises(Refusal) as refusal:
        decode(build("classes"), [[1.0, 2.0]])
    assert str(refusal.value) == "Predictions: outputs must be (rows, 3), got (1, 2)."
