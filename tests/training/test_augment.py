"""What training does to images: places worked out by hand, and chances that depend on seed and update alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data.images import recipe
from training import augment
from training.augment import Draws, Images, draw

CPU = torch.device("cpu")


def images(task, **more):
    return Images(task, task.inputs, task.sizes, CPU, torch.float64, **more)


def raw(task, rows, corner=(0, 0), flip=False, shift=(0, 0)):
    """The moved pixels of these rows."""
    count = len(rows)
    draws = Draws(np.tile(corner, (count, 1)), np.full(count, flip), np.tile(shift, (count, 1)))
    return images(task)._moved(np.asarray(rows), draws)[:, 0].tolist()


@pytest.fixture(name="numbered")
def give_numbered(pictures):
    """Images of 3 x 4 pixels: 11 to 14, 21 to 24, 31 to 34."""

    def build(**transforms):
        task = pictures(rows=8)
        inputs = np.tile(np.array([[11, 12, 13, 14], [21, 22, 23, 24], [31, 32, 33, 34]], dtype=np.uint8), (8, 1, 1, 1))
        return replace(task, inputs=inputs, transforms=transforms)

    return build


def test_a_crop_takes_the_pixels_from_its_corner_on(numbered):
    assert raw(numbered(crop=[2, 3]), [0], corner=(1, 0)) == [[[21, 22, 23], [31, 32, 33]]]
    assert raw(numbered(crop=[2, 3]), [0], corner=(0, 1), flip=True) == [[[14, 13, 12], [24, 23, 22]]]


def test_zeros_stand_where_the_image_is_smaller_than_the_crop(numbered):
    wide = raw(numbered(crop=[3, 7]), [0], corner=(0, -2))[0]
    assert wide[0] == [0, 0, 11, 12, 13, 14, 0]
    assert raw(numbered(crop=[4, 4]), [0], corner=(-1, 0))[0][0] == [0, 0, 0, 0]


def test_a_shift_leaves_zeros_behind_even_within_a_crop(numbered):
    assert raw(numbered(shift=0.5), [0], shift=(1, -2)) == [[[0, 0, 0, 0], [13, 14, 0, 0], [23, 24, 0, 0]]]
    # Flipped first, then shifted; the image has more pixels beside the crop, but they stay out.
    assert raw(numbered(crop=[1, 3], shift=0.5), [0], corner=(0, 1), flip=True, shift=(0, 1)) == [[[0, 14, 13]]]


def test_the_crop_stays_within_each_images_own_size(numbered):
    task = replace(numbered(crop=[2, 2]), sizes=np.array([[2, 3]] * 4 + [[3, 4]] * 4, dtype=np.int32))
    assert raw(task, [0, 4], corner=(1, 2)) == [[[23, 0], [0, 0]], [[23, 24], [33, 34]]]
    rows = np.repeat([0, 4], 500)
    corners = draw(images(task), rows, 0, 0).corner
    assert [np.unique(corners[rows == row], axis=0).tolist() for row in (0, 4)] == [
        [[0, 0], [0, 1]],
        [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]],
    ]


def test_the_corner_of_a_crop_that_is_larger_is_drawn_as_in_fastai(numbered):
    corners = draw(images(numbered(crop=[6, 4])), np.zeros(500, dtype=np.int64), 0, 0).corner
    assert np.unique(corners, axis=0).tolist() == [[-3, 0], [-2, 0], [-1, 0]]


def test_half_are_flipped_and_shifts_are_even_up_to_their_share(numbered):
    task = replace(numbered(flip=True, shift=0.5))
    drawn = draw(images(task), np.zeros(4000, dtype=np.int64), 1, 2)
    assert 0.45 < drawn.flip.mean() < 0.55
    assert np.unique(drawn.shift[:, 0]).tolist() == [-1, 0, 1]
    assert np.unique(drawn.shift[:, 1]).tolist() == [-2, -1, 0, 1, 2]
    none = draw(images(numbered(crop=[2, 2])), np.zeros(100, dtype=np.int64), 1, 2)
    assert not none.flip.any()
    assert not none.shift.any()


@pytest.mark.parametrize("crop", [None, [5, 6], [12, 3]])
@pytest.mark.parametrize("sized", [False, True])
def test_validation_sees_what_the_recipe_prepares(pictures, crop, sized):
    task = pictures(channels=3, transforms={"crop": crop, "flip": True, "shift": 0.2})
    if sized:
        sizes = np.random.default_rng(0).integers(2, 9, (len(task.inputs), 2)).astype(np.int32)
        inputs = task.inputs.copy()
        for image, (height, width) in zip(inputs, sizes, strict=True):
            image[:, height:], image[:, :, width:] = 0, 0
        task = replace(task, sizes=sizes, inputs=inputs)
    rows = task.validation
    wanted = recipe.view({**task.recipe, "crop": crop}, task.inputs[rows], None if not sized else task.sizes[rows])
    np.testing.assert_allclose(augment.plain(task, rows), wanted, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(images(task)[rows], wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(images(task, flat=True)[rows], images(task)[rows].flatten(1))


def test_the_order_is_pixels_then_scale(numbered):
    """A zero behind a shift is a black pixel: (0 - 0.3) / 0.2."""
    task = numbered(shift=0.5)
    seen = images(task)._scaled(images(task)._moved(np.array([0]), Draws(*_still(1, shift=(1, 0)))))
    np.testing.assert_allclose(seen[0, 0, 0], -1.5, rtol=1e-6)
    np.testing.assert_allclose(seen[0, 0, 1], (np.array([11, 12, 13, 14]) / 255 - 0.3) / 0.2, rtol=1e-6)


def _still(count, shift):
    return np.zeros((count, 2), dtype=np.int64), np.zeros(count, dtype=bool), np.tile(shift, (count, 1))


def test_chances_depend_on_seed_and_update_alone(pictures):
    task = images(pictures(transforms={"crop": [6, 6], "flip": True, "shift": 0.2}))
    rows = np.arange(24).reshape(2, 12)
    both = task.augmented(rows, [3, 4], 7)
    assert both.shape == (2, 12, 1, 6, 6)
    assert torch.equal(both[1:], task.augmented(rows[1:], [4], 7))
    assert not torch.equal(both[1:], task.augmented(rows[1:], [4], 8))
    assert not torch.equal(both[1:], task.augmented(rows[1:], [3], 7))
    still = images(pictures())
    assert torch.equal(still.augmented(rows, [3, 4], 7)[1], still[rows[1]])
