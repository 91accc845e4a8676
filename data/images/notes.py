"""What is worth knowing about a task of images, in sentences."""

from collections import Counter

import numpy as np

from data.images.archive import Archive
from data.task import Task
from words import say


def about(task: Task, archive: Archive) -> list[str]:
    """Return what the page should say of a task and the archive it came from. Grows with the rows."""
    told = []
    named = Counter(task.file_names)
    unused = len(archive.names) - len(named)
    if unused > 0:
        told.append(say("{count:,} of {all:,} files in the ZIP are in no row of the CSV; they are left out.",
                        count=unused, all=len(archive.names)))  # fmt: skip
    repeated = sum(1 for count in named.values() if count > 1)
    if repeated:
        parts = [{task.file_names[row] for row in rows} for rows in (task.train, task.validation, task.test)]
        shared = len((parts[0] & parts[1]) | (parts[0] & parts[2]) | (parts[1] & parts[2]))
        told.append(say("{count:,} files are named by more than one row.", count=repeated))
        if shared:
            told.append(say(
                "{count:,} files are in more than one of training, validation and test, so that a model is judged on "
                "images that it learnt.", count=shared,
            ))  # fmt: skip
    if task.sizes is not None:
        low, high = task.sizes.min(axis=0), task.sizes.max(axis=0)
        told.append(say(
            "Images are {low_width} to {high_width} pixels wide and {low_height} to {high_height} high; smaller ones "
            "lie on black. Resize makes them alike.",
            low_width=low[1], high_width=high[1], low_height=low[0], high_height=high[0],
        ))  # fmt: skip
    return told + _unlearnt(task)


def _unlearnt(task: Task) -> list[str]:
    if task.kind == "number":
        return []
    if task.kind == "classes":
        counts = np.bincount(task.targets[task.train], minlength=len(task.class_names))
    else:
        counts = task.targets[task.train].sum(axis=0)
    absent = [name for name, count in zip(task.class_names, counts, strict=True) if not count]
    if not absent:
        return []
    return [say("No training row has the label {names}, so that it cannot be learnt.", names=", ".join(absent[:5]))]
