"""What a model's outputs mean: class names with their confidence, sets of labels, or numbers in the target's own units.

NumPy and scikit-learn alone, so that the page may read stored outputs without torch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import confusion_matrix

from data.task import Task
from words import Refusal

THRESHOLD = 0.5
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Decoded:
    """Predictions of n rows.

    `values` (n,): a class's name, a tuple of labels, or float64 numbers in the target's own units; None (numbers: NaN)
    where the model's outputs are not finite. `numbers` (n,): the class's number, -1 for none; empty but for classes.
    `confidence` (n,): 0 to 1, the softmax of the class taken, of several labels that of the least certain one; NaN for
    numbers and where there is no value. `probabilities` (n, outputs), NaN where not finite; empty for numbers.
    """

    values: NDArray[Any]
    numbers: NDArray[np.int64]
    confidence: Floats
    probabilities: Floats


def decode(task: Task, outputs: ArrayLike, *, threshold: float = THRESHOLD) -> Decoded:
    """Return what outputs (n, task.outputs), or (n,) for numbers, mean for this task.

    Classes: the largest output wins. Several labels: those whose sigmoid reaches `threshold`; a label's certainty is
    its probability where it is given and 1 minus that where it is not. Numbers: scaled * target_scale + target_mean.
    """
    logits = np.asarray(outputs, dtype=np.float64)
    if task.kind == "number":
        values = own_units(task, logits)
        nothing = np.full(len(values), np.nan)
        return Decoded(values, np.zeros(0, dtype=np.int64), nothing, np.zeros((len(values), 0)))
    if logits.ndim != 2 or logits.shape[1] != task.outputs:
        raise Refusal("Predictions: outputs must be (rows, {outputs}), got {shape}.",
                      outputs=task.outputs, shape=logits.shape)  # fmt: skip
    chances = probabilities(task.kind, logits)
    known: NDArray[np.bool_] = np.asarray(np.isfinite(chances).all(axis=1))
    values = np.full(len(logits), None, dtype=object)
    confidence = np.full(len(logits), np.nan)
    names = np.array(task.class_names, dtype=object)
    if task.kind == "multi-label":
        for row in np.flatnonzero(known):
            values[row] = tuple(names[chances[row] >= threshold])
        given = chances[known] >= threshold
        confidence[known] = np.where(given, chances[known], 1 - chances[known]).min(axis=1)
        return Decoded(values, np.zeros(0, dtype=np.int64), confidence, chances)
    numbers = np.where(known, np.where(known[:, None], chances, 0).argmax(axis=1), -1).astype(np.int64)
    values[known] = names[numbers[known]]
    confidence[known] = chances[known, numbers[known]]
    return Decoded(values, numbers, confidence, chances)


def probabilities(kind: str, outputs: ArrayLike) -> Floats:
    """Return the softmax (classes) or the sigmoids (multi-label) of outputs (n, K), NaN where they are not finite."""
    logits = np.asarray(outputs, dtype=np.float64)
    logits = np.where(np.isfinite(logits), logits, np.nan)
    if kind == "multi-label":
        # Never the exponential of a large number, which would overflow.
        small = np.exp(-np.abs(logits))
        return np.asarray(np.where(logits >= 0, 1, small) / (1 + small))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def own_units(task: Task, scaled: ArrayLike) -> Floats:
    """Return scaled numbers (n,) or (n, 1) in the target's own units, float64 (n,), NaN where not finite."""
    values = np.asarray(scaled, dtype=np.float64)
    values = values.reshape(len(values)) * task.target_scale + task.target_mean
    return np.where(np.isfinite(values), values, np.nan)


def confusion(targets: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Return int64 (classes, classes): the rows of actual class i that were taken for class j.

    Both are class numbers (n,); rows predicted -1, for which the model gave no answer, are left out.
    """
    actual, taken = np.asarray(targets, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    answered = taken >= 0
    if not answered.any():
        return np.zeros((classes, classes), dtype=np.int64)
    counts = confusion_matrix(actual[answered], taken[answered], labels=np.arange(classes))
    return np.asarray(counts, dtype=np.int64)


def table(task: Task, decoded: Decoded, rows: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Return the predictions of these rows of the task as columns of plain values, for a table on the page.

    row (the task's, from 1), file (images), predicted, confidence, actual, and right (True or False) or, for numbers,
    error (predicted - actual). Labels are joined with "; ". Grows with the rows.
    """
    columns: dict[str, list[Any]] = {"row": (rows + 1).tolist()}
    if task.file_names:
        columns["file"] = [task.file_names[row] for row in rows]
    targets = task.targets[rows]
    if task.kind == "number":
        actual = own_units(task, targets)
        error = decoded.values - actual
        return columns | {"predicted": decoded.values.tolist(), "actual": actual.tolist(), "error": error.tolist()}
    truth: list[Any]
    if task.kind == "multi-label":
        names = np.array(task.class_names, dtype=object)
        truth = [tuple(names[row > 0.5]) for row in targets]
        written = [None if value is None else "; ".join(value) for value in decoded.values]
        actual_names = ["; ".join(value) for value in truth]
    else:
        truth = [task.class_names[target] for target in targets]
        actual_names = truth
        written = decoded.values.tolist()
    right = [value == wanted for value, wanted in zip(decoded.values, truth, strict=True)]
    confidence = decoded.confidence.tolist()
    return columns | {"predicted": written, "confidence": confidence, "actual": actual_names, "right": right}
