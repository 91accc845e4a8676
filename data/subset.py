"""A part of a task: the rows of some of its classes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.task import Task
from words import Refusal

TITLE = "Classes"


def of_classes(task: Task, names: Sequence[str]) -> Task:
    """Return the task of telling these classes apart, in the task's own order; the inputs are shared, not copied.

    Rows of other classes are in none of the three parts, and their targets are -1. Refusal for fewer than two classes,
    a name that is none of the task's, or a part without a row.
    """
    if task.kind != "classes":
        raise Refusal("{title}: the target must be classes, got a {kind}.", title=TITLE, kind=task.kind)
    for name in names:
        if name not in task.class_names:
            raise Refusal(
                "{title}: must be of {allowed}, got {value}.",
                title=TITLE, allowed=", ".join(task.class_names), value=name,
            )  # fmt: skip
    kept = [number for number, name in enumerate(task.class_names) if name in set(names)]
    if len(kept) < 2:
        raise Refusal("{title}: choose at least 2, got {count}.", title=TITLE, count=len(kept))
    new = np.full(len(task.class_names), -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    targets = new[task.targets]
    whole = {"training": task.train, "validation": task.validation, "test": task.test}
    parts = {part: rows[targets[rows] >= 0] for part, rows in whole.items()}
    for part, rows in parts.items():
        if not len(rows):
            raise Refusal(
                "{title}: there must be {part} rows of {names}, got none.",
                title=TITLE, part=part, names=", ".join(names),
            )  # fmt: skip
    return replace(
        task,
        targets=targets,
        class_names=tuple(task.class_names[number] for number in kept),
        train=parts["training"],
        validation=parts["validation"],
        test=parts["test"],
    )
