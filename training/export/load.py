"""An exported model comes back for prediction in the product: its weights and its recipe, and no code of the ZIP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from data import recipe as table_recipe
from data.images import recipe as image_recipe
from data.images.arguments import LARGEST_SIDE
from data.task import Task
from training import about, archive, decode, models, saved
from training.export.bundle import WHAT
from training.options import Model
from words import Refusal

AT_ONCE = 512  # rows


@dataclass(frozen=True, eq=False)
class Learner:
    """A model with all that it needs to predict; `task` has no rows."""

    task: Task
    model: Model
    parameters: tuple[NDArray[Any], ...]

    def predict(self, rows: Mapping[str, Sequence[Any]] | Sequence[bytes]) -> decode.Decoded:
        """Return what the model predicts of new rows: columns by name for a table, files' bytes for images.

        A Refusal where a column is absent, a cell unreadable, or a file no image. Grows with the rows.
        """
        return decode.decode(self.task, self.outputs(rows))

    @torch.inference_mode()
    def outputs(self, rows: Mapping[str, Sequence[Any]] | Sequence[bytes]) -> NDArray[np.float32]:
        """Return the model's outputs of new rows, float32 (n, outputs): logits, or scaled numbers."""
        inputs = self._inputs(rows)
        module = models.as_module(self.model, self.task, self.parameters).float()
        pieces = [module(torch.from_numpy(inputs[at : at + AT_ONCE])) for at in range(0, len(inputs), AT_ONCE)]
        return torch.cat(pieces).numpy() if pieces else np.zeros((0, self.task.outputs), np.float32)

    def _inputs(self, rows: Mapping[str, Sequence[Any]] | Sequence[bytes]) -> NDArray[np.float32]:
        recipe = self.task.recipe
        if isinstance(rows, Mapping) == (self.task.image is not None):
            raise Refusal("Predict: this model takes {wanted}.", wanted="images" if self.task.image else "a table")
        try:
            if isinstance(rows, Mapping):
                return table_recipe.apply(recipe, rows)
            return image_recipe.view(recipe, *image_recipe.apply(recipe, rows))
        except ValueError as error:
            raise Refusal("Predict: {problem}", problem=error) from error


def load_learner(stored: bytes) -> Learner:
    """Return the model of a ZIP that `bundle` made; only weights.npz and recipe.json are read, and nothing is run.

    One sentence refuses what is no such ZIP: foreign, damaged, too large, with paths, or whose parts do not fit.
    """
    members = archive.unpack(stored, WHAT)
    if "weights.npz" not in members:
        raise Refusal("These bytes are no {what}: {name} is not in them.", what=WHAT, name="weights.npz")
    kept = saved.load(members["weights.npz"])
    if archive.read_json(members, "recipe.json", WHAT) != kept.words["recipe"]:
        raise Refusal("The {what} is damaged: recipe.json is not the one that the weights were saved with.", what=WHAT)
    task = about.bare(kept.words, WHAT, "weights.npz")
    try:
        fits = _image_fits(task) if task.image else _table_fits(task)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        fits = False
    if not fits:
        raise Refusal("The {what} is damaged: its recipe does not prepare what the model takes.", what=WHAT)
    return Learner(task, kept.model, kept.parameters)


def _table_fits(task: Task) -> bool:
    nothing: dict[str, list[Any]] = {entry["name"]: [] for entry in task.recipe["columns"]}
    return table_recipe.apply(task.recipe, nothing).shape == (0, task.features)


def _image_fits(task: Task) -> bool:
    recipe, (channels, height, width) = task.recipe, task.inputs.shape[1:]
    sides = [*(recipe["resize"] or ()), *(recipe["crop"] or ())]
    figures = np.array([recipe["mean"], recipe["std"]], dtype=np.float64)
    return (
        recipe["mode"] == ("L" if channels == 1 else "RGB")
        and recipe["canvas"] == [height, width]
        and recipe["crop"] == task.transforms.get("crop")
        and recipe["method"] in image_recipe.METHODS
        and all(type(side) is int and 0 < side <= LARGEST_SIDE for side in sides)
        and len(sides) == 2 * bool(recipe["resize"]) + 2 * bool(recipe["crop"])
        and figures.shape == (2, channels)
        and bool(np.isfinite(figures).all())
        and bool((figures[1] > 0).all())
        and image_recipe.apply(recipe, [])[0].shape[0] == 0
    )
