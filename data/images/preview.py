"""Images as a model sees them, as pixels to look at."""

import numpy as np
from numpy.typing import NDArray

from data.images.recipe import Pixels, central_crop, cut_at
from data.task import Task


def pictures(task: Task, rows: NDArray[np.int64], *, seed: int | None = None) -> Pixels:
    """Return images of these rows (n,) as uint8 (n, h, w, C): in validation, or with a seed as training may draw them.

    Then the crop's place is chance, half are flipped where the task flips, and each is shifted by whole pixels up to
    the share of its sides, zeros behind it. The law is the training's (`training.augment`), the draws are not. Grows
    with the rows.
    """
    canvas = task.inputs[rows]
    crop = task.transforms["crop"]
    # Without a crop the canvas is the image, whatever of it is zeros.
    sizes = np.full((len(rows), 2), canvas.shape[2:], dtype=np.int32)
    if crop and task.sizes is not None:
        sizes = task.sizes[rows]
    if seed is None:
        return (central_crop(canvas, sizes, crop) if crop else canvas).transpose(0, 2, 3, 1)
    random = np.random.default_rng(seed)
    if crop:
        spare = sizes - np.asarray(crop)
        corners = random.integers(np.minimum(spare, 0), np.maximum(spare, 0), endpoint=True)
        canvas = cut_at(canvas, sizes, crop, corners)
    if task.transforms["flip"]:
        flipped = random.random(len(rows)) < 0.5
        canvas = np.where(flipped[:, None, None, None], canvas[..., ::-1], canvas)
    shape = np.asarray(canvas.shape[2:])
    most = np.floor(task.transforms["shift"] * shape).astype(np.int64)
    shifts = random.integers(-most, most, size=(len(rows), 2), endpoint=True)
    whole = np.tile(shape, (len(rows), 1)).astype(np.int32)
    return cut_at(canvas, whole, shape.tolist(), -shifts).transpose(0, 2, 3, 1)
