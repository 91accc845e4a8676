"""k tasks out of one: the rows that are not for testing are parted into k folds, each of which validates once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from data import choice as choices
from data import target
from data.images.from_table import channels
from data.split import folds as parts
from data.task import Task


def load(choice: Mapping[str, Any], k: int, read_upload: Callable[[str], bytes]) -> Iterator[Task]:
    """Load the k folds of a choice of data, one after the other, each prepared anew on its own training rows.

    A table's medians, scales and levels are thus learned without the rows that the fold predicts. The test rows are
    those of the choice itself, and nothing is ever learned from them. `read_upload` as for `data.choice.load`. Time
    grows as k x loading, for images as once.
    """
    checked = choices.check(choice)
    if "split" not in checked:
        task = choices.load(checked, read_upload)
        yield from folds(task, k, int(checked["images"]["seed"]))
        return
    for fold in range(k):
        yield choices.load({**checked, "split": {**checked["split"], "fold": [fold, k]}}, read_upload)


def folds(task: Task, k: int, seed: int = 0) -> list[Task]:
    """Return k tasks that share the arrays of `task` and its test rows; each other row validates in one of them.

    What can be learned anew from the arrays is: the pixels' mean and deviation of images, and the scale of a number
    target. The inputs of a table stay as they were prepared on `task.train`, which in all folds but one holds some of
    the rows that the fold predicts, though never a test row; where its choice is known, `load` does better. Classes
    are spread evenly where one of them has k rows.
    """
    among = np.sort(np.concatenate([task.train, task.validation]))
    made = []
    for validation in parts(among, task.targets, task.kind, k, seed):
        train = np.setdiff1d(among, validation)
        changed: dict[str, Any] = {"train": train, "validation": validation}
        if task.kind == "number":
            own = task.targets.astype(np.float64) * task.target_scale + task.target_mean
            mean, scale, targets = target.scaled(task.target_name, task.kind, own, train)
            changed |= {"targets": targets, "target_mean": mean, "target_scale": scale}
        if task.image:
            means, deviations = channels(task.inputs, task.sizes, train)
            changed["recipe"] = {**task.recipe, "mean": means, "std": deviations}
        made.append(replace(task, **changed))
    return made
