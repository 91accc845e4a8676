"""What training does to images: random crops, flips and small shifts, drawn anew for each update, on the device.

The order is: crop of the raw pixels, zeros where the image is smaller; division by 255; flip, then shift with zeros
behind it; scaling by the recipe's mean and standard deviation. All but the scaling moves pixels, so that it is one
look-up in the raw ones. RandomCrop and its zero padding are fastai's (2.8.12).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from data.task import Task

# What the draws of an update are for: each use has a stream of its own, apart from `batches.order`.
PICTURES = 1


@dataclass(frozen=True, eq=False)
class Draws:
    """The chances of S x B images: corner of the crop (S, B, 2), flipped (S, B), shift down and right (S, B, 2)."""

    corner: NDArray[np.int64]
    flip: NDArray[np.bool_]
    shift: NDArray[np.int64]


class Images:
    """Images on the device: `pixels` uint8 (N, C, H, W), prepared a batch at a time for a model.

    `images[rows]` for a slice or a tensor of row numbers is the validation view, the central crop, in `dtype`:
    (n, C, h, w), or (n, C x h x w) where `flat`. Memory grows as N x C x H x W bytes.
    """

    def __init__(
        self,
        task: Task,
        inputs: NDArray[np.uint8],
        sizes: NDArray[np.int32] | None,
        device: torch.device,
        dtype: torch.dtype,
        *,
        flat: bool = False,
    ) -> None:
        self.pixels = torch.from_numpy(np.ascontiguousarray(inputs)).to(device)
        canvas = (inputs.shape[2], inputs.shape[3])
        crop = task.transforms.get("crop")
        # Without a crop the canvas is the image, whatever of it is zeros.
        whole = sizes is None or not crop
        self.sizes = np.tile(canvas, (len(inputs), 1)) if whole else np.asarray(sizes, dtype=np.int64)
        self.crop = (int(crop[0]), int(crop[1])) if crop else canvas
        self.flip, self.shift = bool(task.transforms.get("flip")), float(task.transforms.get("shift") or 0)
        self.moves = bool(crop) or self.flip or self.shift > 0
        self.dtype, self.flat = dtype, flat
        mean, std = (np.asarray(task.recipe[name], dtype=np.float32).reshape(-1, 1, 1) for name in ("mean", "std"))
        self.mean, self.std = (torch.from_numpy(part).to(device, dtype) for part in (mean, std))

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> torch.Tensor:
        if self.crop == tuple(self.pixels.shape[2:]) and (self.sizes == self.crop).all():
            picked = self.pixels[rows if isinstance(rows, slice) else torch.from_numpy(rows).to(self.pixels.device)]
            return self._scaled(picked)
        places = np.arange(len(self))[rows]
        corner = np.floor_divide(self.sizes[places] - self.crop, 2)
        still = Draws(corner, np.zeros(len(places), dtype=bool), np.zeros((len(places), 2), dtype=np.int64))
        return self._scaled(self._moved(places, still))

    def augmented(self, rows: NDArray[np.int64], seeds: Sequence[int], update: int) -> torch.Tensor:
        """Return a batch as training sees it at `update`: rows (S, B), row s with the chances of seeds[s].

        (S, B, C, h, w), or (S, B, C x h x w) where flat. Depends on nothing but its arguments.
        """
        if not self.moves:
            still = self[rows.reshape(-1)]
            return still.view(*rows.shape, *still.shape[1:])
        draws = [draw(self, rows[place], seed, update) for place, seed in enumerate(seeds)]
        parts = (np.concatenate([getattr(one, name) for one in draws]) for name in ("corner", "flip", "shift"))
        batch = self._scaled(self._moved(rows.reshape(-1), Draws(*parts)))
        return batch.view(*rows.shape, *batch.shape[1:])

    def _moved(self, rows: NDArray[np.int64], draws: Draws) -> torch.Tensor:
        """Return the pixels of images `rows` (n,) under these chances: uint8 (n, C, h, w)."""
        height, width = self.crop
        down, right = draws.shift[:, :1], draws.shift[:, 1:]
        # From a place in the answer back to one in the crop, then to one in the image.
        line, column = np.arange(height) - down, np.arange(width) - right
        inside = (line >= 0) & (line < height), (column >= 0) & (column < width)
        column = np.where(draws.flip[:, None], width - 1 - column, column)
        found = []
        for axis, place in enumerate((line, column)):
            source = place + draws.corner[:, axis : axis + 1]
            there = inside[axis] & (source >= 0) & (source < self.sizes[rows, axis, None])
            found.append((np.where(there, source, 0), there))
        (lines, seen), (columns, shown) = found
        device, canvas = self.pixels.device, self.pixels.shape[3]
        where = torch.from_numpy((lines[:, :, None] * canvas + columns[:, None]).reshape(len(rows), 1, -1)).to(device)
        visible = torch.from_numpy(seen[:, :, None] & shown[:, None]).to(device).unsqueeze(1)
        picked = self.pixels[torch.from_numpy(rows).to(device)].flatten(2)
        moved = picked.gather(2, where.expand(-1, picked.shape[1], -1))
        return moved.view(*moved.shape[:2], height, width) * visible

    def _scaled(self, pixels: torch.Tensor) -> torch.Tensor:
        scaled = pixels.to(self.dtype).div_(255).sub_(self.mean).div_(self.std)
        return scaled.flatten(1) if self.flat else scaled


def draw(images: Images, rows: NDArray[np.int64], seed: int, update: int) -> Draws:
    """Return the chances of one seed's batch, rows (B,), at `update`.

    The crop's corner is 0 to image - crop, both included, or where the image is smaller image - crop to -1, as in
    fastai. Half the images are flipped left to right. Shifts are whole pixels, evenly up to the share of the side
    either way.
    """
    random = np.random.default_rng((seed, update, PICTURES))
    spare = images.sizes[rows] - images.crop
    corner = random.integers(np.minimum(spare, 0), np.where(spare < 0, -1, spare), endpoint=True)
    flip = random.random(len(rows)) < 0.5
    most = np.floor(np.multiply(images.shift, images.crop)).astype(np.int64)
    shift = random.integers(-most, most, size=(len(rows), 2), endpoint=True)
    return Draws(corner, flip & images.flip, shift)


def plain(task: Task, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the inputs of rows (n,) as a model sees them in validation: a table's rows as they are, (n, F).

    Of images the central crop, scaled: (n, C, h, w).
    """
    if task.image is None:
        return np.asarray(task.inputs[rows], dtype=np.float32)
    sizes = None if task.sizes is None else task.sizes[rows]
    images = Images(task, task.inputs[rows], sizes, torch.device("cpu"), torch.float32)
    prepared: NDArray[np.float32] = images[:].numpy()
    return prepared
