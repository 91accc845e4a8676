"""An exported model comes back for prediction in the product: its weights and its recipe, and no code of the ZIP."""

import numpy as np

from data import recipe as table_recipe
from data.images import recipe as image_recipe
from data.images.arguments import LARGEST_SIDE
from data.task import Task
from training import archive, saved
from training.saved import Saved
from words import Refusal

WHAT = "export"


def load_learner(stored: bytes) -> Saved:
    """Return the model of a ZIP that `bundle` made; only weights.npz and recipe.json are read, and nothing is run.

    Its `task` has no rows: `data.new_rows.new_rows(learner.task, files)` prepares new ones, for which
    `predict.outputs(rows, learner.model, learner.parameters, rows.test)` answers. One sentence refuses what is no such
    ZIP: foreign, damaged, too large, with paths, or with parts that do not fit.
    """
    members = archive.unpack(stored, WHAT, r"weights\.npz|recipe\.json")
    if "weights.npz" not in members:
        raise Refusal("These bytes are no {what}: {name} is not in them.", what=WHAT, name="weights.npz")
    kept = saved.load(members["weights.npz"])
    if archive.read_json(members, "recipe.json", WHAT) != kept.task.recipe:
        raise Refusal("The {what} is damaged: recipe.json is not the one that the weights were saved with.", what=WHAT)
    try:
        fits = _image_fits(kept.task) if kept.task.image else _table_fits(kept.task)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        fits = False
    if not fits:
        raise Refusal("The {what} is damaged: its recipe does not prepare what the model takes.", what=WHAT)
    return kept


def _table_fits(task: Task) -> bool:
    nothing: dict[str, list[object]] = {entry["name"]: [] for entry in task.recipe["columns"]}
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
