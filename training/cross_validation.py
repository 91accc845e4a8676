"""Cross-validation: every row that is not for testing is predicted once, by a model that has not seen it.

Each metric is given twice: computed once from all these predictions together (pooled), and as the mean of the folds'.
The folds' tasks come from `data.folds`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from training import accumulate, decode, predict
from training.engine import Progress, train
from training.options import Model
from words import Refusal, say

Floats = NDArray[np.float64]

TITLES = {
    "rmse": "RMSE", "r2": "R2", "accuracy": "accuracy", "f1_binary": "F1", "f1_macro": "F1 (mean over classes)",
    "auc": "AUC", "label_accuracy": "share of labels right", "label_f1": "F1 (mean over labels)",
}  # fmt: skip
WHY = {
    "rmse": "Pooling averages all squared errors before it takes the root, so a bad fold weighs more in it; with folds "
    "of one size the average is never the larger of the two.",
    "r2": "Pooling compares the errors with the spread around the mean of all targets, a fold with the spread around "
    "its own mean.",
    "accuracy": "Both count rows that are right; they differ only as far as the folds differ in size.",
    "label_accuracy": "Both count labels that are right; they differ only as far as the folds differ in size.",
    "f1": "F1 is made of counts and is no mean over rows: a fold with few rows of a class gives that class an F1 of "
    "much chance, which pooling avoids.",
    "auc": "Pooling also compares the scores of one fold's model with those of another's, which need not lie on one "
    "scale; each fold compares its own alone.",
}


@dataclass(frozen=True, eq=False)
class Score:
    """A metric of S seeds and k folds: `each` (S, k), `pooled` (S,); NaN where it is not defined or a model diverged.

    RMSE is in the target's own units.
    """

    name: str
    each: Floats
    pooled: Floats

    @property
    def averaged(self) -> Floats:
        """The mean over the folds (S,)."""
        return np.asarray(self.each.mean(axis=1))

    def sentence(self) -> str:
        """Return both values, as means over the seeds, and what makes them differ."""
        seeds, folds = self.each.shape
        over = say(" (means over {seeds} seeds)", seeds=seeds) if seeds > 1 else ""
        told = say(
            "{title}: {pooled} from all predictions pooled, {averaged} as the average of the {folds} folds{over}.",
            title=TITLES[self.name], pooled=_write(self.pooled), averaged=_write(self.averaged), folds=folds, over=over,
        )  # fmt: skip
        return f"{told} {say(WHY[self.name] if self.name in WHY else WHY['f1'])}"


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What `cross_validate` found with S seeds and k folds over n rows.

    `rows` (n,) are the task's rows in their order, `fold` (n,) says which fold predicted each, `outputs` (S, n,
    outputs) are these predictions: logits, or numbers in the target's own units. `reasons[fold][seed]` says how each
    training ended.
    """

    seeds: tuple[int, ...]
    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    outputs: Floats
    scores: tuple[Score, ...]
    reasons: tuple[tuple[str, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Return all but the predictions as plain JSON, None for NaN. Grows with seeds x folds."""
        return {
            "seeds": list(self.seeds),
            "rows": len(self.rows),
            "sizes": np.bincount(self.fold).tolist(),
            "reasons": [list(reasons) for reasons in self.reasons],
            "scores": [
                {
                    "name": score.name,
                    "title": TITLES[score.name],
                    "each": [[_plain(value) for value in row] for row in score.each],
                    "averaged": [_plain(value) for value in score.averaged],
                    "pooled": [_plain(value) for value in score.pooled],
                    "sentence": score.sentence(),
                }
                for score in self.scores
            ],
        }


def cross_validate(
    tasks: Iterable[Task],
    model: Model,
    rates: ArrayLike,
    *,
    seeds: Sequence[int] = (0,),
    on_progress: Callable[[int, Progress], object] | None = None,
    **training: Any,
) -> CrossValidation:
    """Train one model a seed on each fold's task and score what it predicts of the fold's validation rows.

    rates: (T,), the same for all. `training` goes to `engine.train`; on_progress(fold, progress) is its reports. Tasks
    are taken one after the other, so that a generator that loads them holds one at a time. Time grows as folds x seeds
    x T. Refusal for under two folds, and where two folds predict the same row.
    """
    shared = np.asarray(rates, dtype=np.float64)
    shared = np.broadcast_to(shared, (len(seeds), *shared.shape))
    metrics: tuple[accumulate.AccumMetric, ...] = ()
    each: list[list[list[float]]] = []
    kept: list[tuple[NDArray[np.int64], Floats, NDArray[Any]]] = []
    reasons: list[tuple[str, ...]] = []
    for number, task in enumerate(tasks):
        report = None if on_progress is None else _reporter(on_progress, number)
        trained = train(task, model, shared, seeds=list(seeds), evaluate_every=0, on_progress=report, **training)
        outputs = np.stack(
            [_predicted(task, model, [part[row] for part in trained.parameters]) for row in range(len(seeds))]
        )
        targets = task.targets[task.validation]
        if task.kind == "number":
            targets = decode.own_units(task, targets)
        metrics = accumulate.usual(task.kind, task.outputs)
        each.append([[_value(metric, [(row, targets)]) for row in outputs] for metric in metrics])
        kept.append((task.validation, outputs, targets))
        reasons.append(trained.reason)
    if len(kept) < 2:
        raise Refusal("Cross-validation: at least 2 folds are needed, got {folds}.", folds=len(kept))
    rows = np.concatenate([validation for validation, _, _ in kept])
    if len(np.unique(rows)) < len(rows):
        raise Refusal("Cross-validation: folds must not share rows that they predict.")
    scores = []
    for at, metric in enumerate(metrics):
        pooled = [
            _value(metric, [(outputs[row], targets) for _, outputs, targets in kept]) for row in range(len(seeds))
        ]
        scores.append(Score(metric.name, np.array([fold[at] for fold in each]).T, np.array(pooled)))
    order = np.argsort(rows)
    fold = np.concatenate([np.full(len(validation), number) for number, (validation, _, _) in enumerate(kept)])
    everything = np.concatenate([outputs for _, outputs, _ in kept], axis=1)
    return CrossValidation(
        tuple(int(seed) for seed in seeds), rows[order], fold[order], everything[:, order], tuple(scores),
        tuple(reasons),
    )  # fmt: skip


def _predicted(task: Task, model: Model, parameters: Sequence[NDArray[Any]]) -> Floats:
    """Return what one model answers on the validation rows, (n, outputs): logits, or numbers in their own units."""
    outputs = predict.outputs(task, model, parameters, task.validation)
    return decode.own_units(task, outputs)[:, None] if task.kind == "number" else outputs


def _value(metric: accumulate.AccumMetric, batches: list[tuple[Floats, NDArray[Any]]]) -> float:
    metric.reset()
    if not all(np.isfinite(outputs).all() for outputs, _ in batches):
        return math.nan
    for outputs, targets in batches:
        metric.accumulate(outputs, targets)
    return float(metric.value)


def _reporter(on_progress: Callable[[int, Progress], object], fold: int) -> Callable[[Progress], object]:
    return lambda progress: on_progress(fold, progress)


def _write(values: Floats) -> str:
    return f"{values.mean():.4g}"


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
