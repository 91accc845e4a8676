"""What training evaluates on and what an exported recipe prepares are the same numbers, whatever the crop."""

from dataclasses import replace

import numpy as np
import pytest

from data import choice
from data.images.recipe import view
from training import augment

SIDES = [(16, 16), (16, 11), (9, 16), (7, 8), (1, 16), (16, 1), (10, 10)]


def pictures(crop, *, fills=False):
    """A task of the images' sizes SIDES, noise in a canvas of 16 x 16; beyond an image its canvas is not black."""
    task = choice.load({"builtin": "shapes", "options": {"rows": 100}}, lambda _: b"")
    random = np.random.default_rng(0)
    return replace(
        task,
        inputs=random.integers(0, 256, (len(SIDES), 3, 16, 16)).astype(np.uint8),
        sizes=None if fills else np.array(SIDES, dtype=np.int32),
        transforms={"crop": crop, "flip": True, "shift": 0.4},
        recipe={**task.recipe, "mode": "RGB", "crop": crop, "mean": [0.1, 0.4, 0.7], "std": [0.2, 0.3, 0.5]},
    )


@pytest.mark.parametrize("fills", [False, True])
@pytest.mark.parametrize("crop", [None, [16, 16], [10, 10], [9, 6], [20, 20], [5, 24], [1, 1]], ids=str)
def test_the_recipes_view_is_what_training_validates_on(crop, fills):
    task = pictures(crop, fills=fills)
    rows = np.array([3, 0, 6, 1, 5, 2, 4])
    sizes = None if fills else task.sizes[rows]
    wanted = view(task.recipe, task.inputs[rows], sizes)
    seen = augment.plain(task, rows)
    assert wanted.shape == (7, 3, *(crop or (16, 16)))
    assert seen.dtype == wanted.dtype == np.float32
    np.testing.assert_allclose(seen, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("tfms", [[], [{"name": "RandomCrop", "size": 12}], [{"name": "RandomCrop", "size": 20}]])
def test_it_is_for_a_task_as_it_is_loaded(tfms):
    asked = {"builtin": "shapes", "options": {"rows": 100}, "images": {"item_tfms": tfms}}
    task = choice.load(asked, lambda _: b"")
    rows = np.concatenate([task.validation, task.train[:5]])
    sizes = None if task.sizes is None else task.sizes[rows]
    np.testing.assert_allclose(
        augment.plain(task, rows), view(task.recipe, task.inputs[rows], sizes), rtol=1e-6, atol=1e-6
    )


def test_by_eye_zeros_behind_a_small_image_are_black_pixels():
    task = pictures([4, 4])
    task = replace(task, inputs=task.inputs[:1], sizes=np.array([[2, 2]], dtype=np.int32))
    task.inputs[0, :, :2, :2] = 255
    seen = augment.plain(task, np.array([0]))[0, 1]
    black, white = (0 - 0.4) / 0.3, (1 - 0.4) / 0.3
    wanted = np.full((4, 4), black)
    wanted[1:3, 1:3] = white
    np.testing.assert_allclose(seen, wanted, rtol=1e-6)
    np.testing.assert_allclose(view(task.recipe, task.inputs, task.sizes)[0, 1], wanted, rtol=1e-6)
