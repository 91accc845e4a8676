"""The arrays that training sees, and how they are stored."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from words import Refusal

Kind = Literal["classes", "number", "multi-label"]
TABLE_KINDS: tuple[Kind, ...] = ("classes", "number")  # several labels a row are for images

ARRAYS = ("inputs", "targets", "train", "validation", "test")
WORDS = ("name", "kind", "class_names", "recipe", "target_name", "target_mean", "target_scale", "feature_names")
# What images have besides; stored only where it is not the default, so that a stored table reads as it always did.
IMAGE_WORDS = ("transforms", "file_names")
TUPLES = ("class_names", "feature_names", "file_names")


@dataclass(frozen=True, eq=False)
class Task:
    """Data that is ready to train on.

    `inputs` of a table is float32 (N, F). `targets` is int64 (N,) with values 0 ... classes-1, or float32 (N,) scaled,
    where own units = scaled * target_scale + target_mean, or for several labels a row float32 (N, classes) of 0 and 1.
    `train`, `validation` and `test` are int64 row indices, each at least one row long, disjoint. `recipe` is plain JSON
    that turns new rows into inputs (`data.recipe.apply`).

    Images: `inputs` is uint8 (N, C, H, W), C 1 or 3, H x W the canvas. `sizes` is int32 (N, 2), each image's height and
    width in its canvas, which it fills from the top left, or None where every image fills all of it. `transforms` is
    {"crop": [h, w] or None, "flip": bool, "shift": 0 to 0.5 of a side}: what training does to an image, where chance
    places the crop; in validation the crop is central (`data.images.recipe.view`). With "shuffle": False every epoch
    goes through the training rows in their order. `file_names` are as they were given.

    Memory grows as 4 * N * F bytes, for images as N * C * H * W.
    """

    name: str
    inputs: NDArray[Any]
    targets: NDArray[Any]
    kind: Kind
    class_names: tuple[str, ...]
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    recipe: dict[str, Any]
    target_name: str
    target_mean: float = 0.0
    target_scale: float = 1.0
    feature_names: tuple[str, ...] = field(default=())
    sizes: NDArray[np.int32] | None = None
    transforms: dict[str, Any] = field(default_factory=dict)
    file_names: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """How many numbers a model returns for a row: the number of classes, or 1."""
        return 1 if self.kind == "number" else len(self.class_names)

    @property
    def image(self) -> tuple[int, int, int] | None:
        """The channels, height and width of what a model gets for a row, after the crop; None for tables."""
        if self.inputs.ndim != 4:
            return None
        height, width = self.transforms.get("crop") or self.inputs.shape[2:]
        return int(self.inputs.shape[1]), int(height), int(width)

    @property
    def features(self) -> int:
        """How many numbers a model gets for a row."""
        return int(np.prod(self.image or self.inputs.shape[1:]))


def save(task: Task) -> bytes:
    """Return the task as bytes: an npz archive with the words as JSON inside, nothing pickled. Grows with N * F."""
    words = {name: getattr(task, name) for name in WORDS}
    words |= {name: getattr(task, name) for name in IMAGE_WORDS if getattr(task, name)}
    arrays = {name: getattr(task, name) for name in ARRAYS} | ({} if task.sizes is None else {"sizes": task.sizes})
    buffer = io.BytesIO()
    np.savez(buffer, words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8), **arrays)
    return buffer.getvalue()


def load(stored: bytes) -> Task:
    """Return the task that `save` stored; a Refusal where the bytes are no task."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
            words = json.loads(archive["words"].tobytes())
            arrays = {name: archive[name] for name in (*ARRAYS, "sizes") if name in ARRAYS or name in archive}
        known = {name: words[name] for name in (*WORDS, *IMAGE_WORDS) if name in WORDS or name in words}
        return Task(**known | {name: tuple(known[name]) for name in TUPLES if name in known} | arrays)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise Refusal("These {count} bytes are not a stored task.", count=len(stored)) from error
