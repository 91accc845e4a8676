"""A task is stored and read back as it was; what was stored before images came still reads."""

import io
import json

import numpy as np
import pytest

from data import task as tasks
from data.builtin import task as builtin_task
from data.split import Split
from data.task import Task
from words import Refusal


def table() -> Task:
    return builtin_task("iris", {}, Split())


def images(**changes) -> Task:
    rows = np.arange(6)
    fields = {
        "name": "stripes",
        "inputs": np.arange(6 * 3 * 4 * 5, dtype=np.uint8).reshape(6, 3, 4, 5),
        "targets": np.array([[0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32),
        "kind": "multi-label",
        "class_names": ("wide", "dark"),
        "train": rows[:4],
        "validation": rows[4:5],
        "test": rows[5:],
        "recipe": {"format": 1, "kind": "image"},
        "target_name": "label",
        "sizes": np.array([[4, 5]] * 5 + [[2, 3]], dtype=np.int32),
        "transforms": {"crop": [3, 2], "flip": True, "shift": 0.1},
        "file_names": tuple(f"{row}.png" for row in rows),
    }
    return Task(**fields | changes)


@pytest.mark.parametrize("task", [table(), images(), images(sizes=None)], ids=["table", "images", "images of a size"])
def test_a_task_comes_back_as_it_was(task):
    back = tasks.load(tasks.save(task))
    for name in (*tasks.WORDS, *tasks.IMAGE_WORDS):
        assert getattr(back, name) == getattr(task, name), name
    for name in tasks.ARRAYS:
        kept = getattr(task, name)
        np.testing.assert_array_equal(getattr(back, name), kept)
        assert getattr(back, name).dtype == kept.dtype
    assert (back.sizes is None) == (task.sizes is None)
    if task.sizes is not None:
        np.testing.assert_array_equal(back.sizes, task.sizes)


def test_a_table_is_stored_without_the_fields_of_images():
    with np.load(io.BytesIO(tasks.save(table()))) as archive:
        assert set(archive) == {"words", "inputs", "targets", "train", "validation", "test"}
        assert set(json.loads(archive["words"].tobytes())) == set(tasks.WORDS)


def test_a_table_has_no_image_and_an_image_is_what_the_crop_leaves():
    assert table().image is None
    assert table().features == 4
    assert images().image == (3, 3, 2)
    assert images().features == 18
    assert images().outputs == 2
    assert images(transforms={}).image == (3, 4, 5)


def test_bytes_that_are_no_task_are_refused():
    with pytest.raises(Refusal, match=r"^These 7 bytes are not a stored task\.$"):
        tasks.load(b"nothing")
