"""A task of some of a task's classes."""

import numpy as np
import pytest

from data import builtin
from data.subset import of_classes
from words import Refusal


@pytest.fixture(scope="module")
def digits():
    return builtin.task("digits")


def test_the_rows_of_the_chosen_classes_are_told_apart_and_the_others_are_in_no_part(digits):
    part = of_classes(digits, ["7", "5", "9"])
    assert part.class_names == ("5", "7", "9")
    assert part.outputs == 3
    assert part.inputs is digits.inputs
    for name in ("train", "validation", "test"):
        rows, before = getattr(part, name), getattr(digits, name)
        assert rows.tolist() == [row for row in before.tolist() if digits.targets[row] in {5, 7, 9}]
        assert [part.class_names[target] for target in part.targets[rows]] == [str(digits.targets[row]) for row in rows]


def test_halves_share_no_row(digits):
    low, high = (of_classes(digits, [str(number) for number in half]) for half in (range(5), range(5, 10)))
    assert not np.intersect1d(low.train, high.train).size
    assert low.train.size + high.train.size == digits.train.size


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["1", "12"], "Classes: must be of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, got 12."),
        (["1", "1"], "Classes: choose at least 2, got 1."),
        ([], "Classes: choose at least 2, got 0."),
    ],
)
def test_classes_that_make_no_task_are_refused(digits, names, sentence):
    with pytest.raises(Refusal) as refusal:
        of_classes(digits, names)
    assert str(refusal.value) == sentence


def test_a_number_target_has_no_classes():
    with pytest.raises(Refusal, match=r"^Classes: the target must be classes"):
        of_classes(builtin.task("diabetes"), ["1", "2"])
