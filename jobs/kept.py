"""What a training leaves behind: each schedule's best model, and what its models answer on rows kept from training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.task import Task
from jobs import chunk
from jobs.context import Context
from jobs.rows import known
from schedulers.cycles import cycle_ends
from training import options
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Trained
    from training.start import Start

Json = dict[str, Any]
Floats = NDArray[np.float64]

MOST_ROWS = 20_000  # of each part, whose outputs are kept to be looked at
PARTS = ("validation", "test")
LEAST = 1e-12  # a probability of 0 as a logit would be infinite


def origin(context: Context, request: Json, task: Task) -> "Start | None":
    """Return where the request's training goes on from, with the optimizer's memory where it is of the same kind.

    A Refusal where the saved model is of other data or another model.
    """
    from training import saved
    from training.start import Start

    given = request.get("start")
    if given is None:
        return None
    if "upload" in given:
        stored = context.read_upload(given["upload"])
    else:
        stored = context.read_artifact(given["run"], f"model {given['schedule']}")
    found = saved.load(stored)
    saved.check_fits(found, task)
    wanted = options.MODELS[request["model"]]
    if (found.model.hidden, found.model.convolutions) != (wanted.hidden, wanted.convolutions):
        raise Refusal(
            "Train: the saved model is {theirs}; choose it as the model, got {ours}.",
            theirs=found.model.title, ours=wanted.title,
        )  # fmt: skip
    return Start(found.parameters, found.memory if found.optimizer == request["optimizer"] else (), found.done)


def snapshots(request: Json, rates: Floats) -> list[int]:
    """Return after how many updates weights are kept for the ensemble: the ends of the cycles of all schedules.

    `rates` is (schedules x seeds, updates).
    """
    if not request.get("ensemble"):
        return []
    return sorted({end for row in rates[:: len(request["seeds"])] for end in cycle_ends(row)})


def keep(
    context: Context, request: Json, task: Task, rates: Floats, trained: "Trained", *, before: int = 0
) -> tuple[list[Json], dict[int, Json]]:
    """Keep models and outputs as the run's files; return what was kept, and more of each row's result by its number.

    Files: "model 0" (see `training.saved`) and "outputs 0" (see `jobs.chunk`: "validation" and "test", (n, outputs),
    and with tta "validation.tta" and "test.tta"), a pair for each schedule, of the seed whose validation loss is the
    least. What was kept: [{"schedule", "seed"}]. Rows get "test_metrics" {name: value}, where tta was asked for
    "tta_metric" and "test_tta_metric", and where the ensemble was "ensemble_metric", "test_ensemble_metric" and
    "ensemble_of" (snapshots). `before` counts the updates that the models had done before this training. Time grows
    with models x rows x (n + 1) of tta and x snapshots.
    """
    from training import predict, saved

    model, seeds = options.MODELS[request["model"]], request["seeds"]
    more: dict[int, Json] = {}
    answers: dict[int, dict[str, Floats]] = {}
    at = snapshots(request, rates)
    for row in range(len(rates)):
        if trained.reason[row] == "diverged" or not np.isfinite(trained.validation_loss[row, -1]):
            continue
        parameters = [part[row] for part in trained.parameters]
        answers[row] = _answers(request, task, parameters)
        more[row] = {"test_metrics": metrics(task, task.test, answers[row]["test"])}
        ends = set(cycle_ends(rates[row]))
        own = trained.kept[[place for place, end in enumerate(at) if end in ends], row]
        for part, prefix in zip(PARTS, ("", "test_"), strict=True):
            rows = getattr(task, part)
            if request.get("tta"):
                more[row][f"{prefix}tta_metric"] = first(task, rows, answers[row][f"{part}.tta"])
            if len(own):
                joined = as_outputs(task, predict.ensemble(task, model, own, rows))
                more[row] |= {f"{prefix}ensemble_metric": first(task, rows, joined), "ensemble_of": len(own)}
    entries = []
    for number in range(len(request["schedules"])):
        sound = [row for row in answers if row // len(seeds) == number]
        if not sound:
            continue
        best = min(sound, key=lambda row: float(trained.validation_loss[row, -1]))
        context.kept[f"model {number}"] = saved.save(
            task,
            model,
            [part[best] for part in trained.parameters],
            optimizer=request["optimizer"],
            memory=[array[best] for array in trained.memory],
            done=before + int(trained.stopped[best]),
        )
        shown = {name: outputs[:MOST_ROWS] for name, outputs in answers[best].items()}
        context.kept[f"outputs {number}"] = chunk.pack(shown)
        entries.append({"schedule": number, "seed": seeds[best % len(seeds)]})
    return entries, more


def _answers(request: Json, task: Task, parameters: Sequence[NDArray[Any]]) -> dict[str, Floats]:
    """Return one model's outputs on the validation and the test rows, with those of tta where they are asked for."""
    from training import predict

    model, tta = options.MODELS[request["model"]], request.get("tta")
    found = {}
    for part in PARTS:
        rows = getattr(task, part)
        found[part] = predict.outputs(task, model, parameters, rows)
        if tta:
            answer = predict.tta(task, model, parameters, rows, **tta)
            # beta None gives both, and the plain ones are there already.
            found[f"{part}.tta"] = as_outputs(task, answer[0] if isinstance(answer, tuple) else answer)
    return found


def as_outputs(task: Task, predictions: Floats) -> Floats:
    """Return the outputs (n, outputs) that would mean these predictions: what `predict.predictions` undoes."""
    if task.kind == "number":
        return (predictions - task.target_mean) / task.target_scale
    chances = np.clip(predictions, LEAST, 1.0)
    if task.kind == "multi-label":
        return np.asarray(np.log(chances) - np.log(np.clip(1.0 - predictions, LEAST, 1.0)))
    return np.asarray(np.log(chances))


def metrics(task: Task, rows: NDArray[np.int64], outputs: Floats) -> dict[str, float | None]:
    """Return the usual metrics of the task's kind for these rows, pooled, by name; numbers in their own units."""
    from training import accumulate, decode

    number = task.kind == "number"
    targets = decode.own_units(task, task.targets[rows]) if number else task.targets[rows]
    answers = decode.own_units(task, outputs)[:, None] if number else outputs
    found = {}
    for metric in accumulate.usual(task.kind, task.outputs):
        metric.accumulate(answers, targets)
        found[metric.name] = known(float(metric.value))
    return found


def first(task: Task, rows: NDArray[np.int64], outputs: Floats) -> float | None:
    """Return the first of these metrics, which is the one that a training shows."""
    return next(iter(metrics(task, rows, outputs).values()))
