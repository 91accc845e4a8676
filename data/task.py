"""The arrays that training sees, and how they are stored."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from words import Refusal

Kind = Literal["classes", "number"]

ARRAYS = ("inputs", "targets", "train", "validation", "test")
WORDS = ("name", "kind", "class_names", "recipe", "target_name", "target_mean", "target_scale", "feature_names")


@dataclass(frozen=True, eq=False)
class Task:
    """Data that is ready to train on.

    `inputs` is float32 (N, F). `targets` is int64 (N,) with values 0 ... classes-1, or float32 (N,) scaled, where own
    units = scaled * target_scale + target_mean. `train`, `validation` and `test` are int64 row indices, each at least
    one row long, disjoint. `recipe` is plain JSON that turns new rows into inputs (`data.recipe.apply`).

    Memory grows as 4 * N * F bytes.
    """

    name: str
    inputs: NDArray[np.float32]
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

    @property
    def outputs(self) -> int:
        """How many numbers a model returns for a row: the number of classes, or 1."""
        return len(self.class_names) if self.kind == "classes" else 1

    @property
    def features(self) -> int:
        """How many numbers a model gets for a row."""
        return int(self.inputs.shape[1])


def save(task: Task) -> bytes:
    """Return the task as bytes: an npz archive with the words as JSON inside, nothing pickled. Grows with N * F."""
    words = json.dumps({name: getattr(task, name) for name in WORDS})
    buffer = io.BytesIO()
    np.savez(
        buffer,
        words=np.frombuffer(words.encode(), dtype=np.uint8),
        **{name: getattr(task, name) for name in ARRAYS},
    )
    return buffer.getvalue()


def load(stored: bytes) -> Task:
    """Return the task that `save` stored; a Refusal where the bytes are no task."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
            words = json.loads(archive["words"].tobytes())
            arrays = {name: archive[name] for name in ARRAYS}
        tuples = {name: tuple(words[name]) for name in ("class_names", "feature_names")}
        return Task(**({name: words[name] for name in WORDS} | tuples | arrays))
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise Refusal("These {count} bytes are not a stored task.", count=len(stored)) from error
