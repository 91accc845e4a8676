"""An exported model comes back for prediction in the product: its weights and its recipe, and no code of the ZIP."""

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
    return kept
