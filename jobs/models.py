"""The work on a trained model of another run, or of a file: predictions of new rows, and the export."""

import csv
import io
import time
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from data.new_rows import left_out, new_rows
from data.task import Task
from jobs.context import Context
from jobs.kept import as_outputs
from training.options import Model
from words import Refusal, say

Json = dict[str, Any]

ANSWERS = ("predicted", "confidence")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def predict(context: Context, request: Json) -> Json:
    """Predict uploaded rows with a model.

    File "predictions": CSV with row, file (images), predicted and, but for numbers, confidence; with tta and beta None
    both answers, the augmented one in these and the other in "predicted plain", "confidence plain". Result: "rows",
    "left_out" (how many files of ZIPs are not named as images), "seconds".
    """
    from training import decode
    from training import predict as predicting

    begun = time.monotonic()
    context.progress(0.0, say("Reading the files"))
    trained, model, parameters = _read(context, request)
    files = [(file["filename"], context.read_upload(file["upload"])) for file in request["files"]]
    task = new_rows(trained, files)
    context.progress(0.2, say("Predicting"))
    outputs = predicting.outputs(task, model, parameters, task.test)
    plain = None
    if tta := request.get("tta"):
        found = predicting.tta(task, model, parameters, task.test, **tta)
        if isinstance(found, tuple):
            found, plain = found[0], outputs
        outputs = as_outputs(task, found)
    columns = decode.table(task, decode.decode(task, outputs), task.test)
    shown = {name: columns[name] for name in ("row", "file", *ANSWERS) if name in columns}
    if plain is not None:
        columns = decode.table(task, decode.decode(task, plain), task.test)
        shown |= {f"{name} plain": columns[name] for name in ANSWERS if name in columns}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(shown)
    writer.writerows([safe(cell) for cell in row] for row in zip(*shown.values(), strict=True))
    context.kept["predictions"] = buffer.getvalue().encode()
    left = len(left_out(files)) if task.image else 0
    return {"rows": len(task.test), "left_out": left, "seconds": time.monotonic() - begun}


def safe(cell: object) -> object:
    """Return a cell of a CSV such that no spreadsheet takes text for a formula: with an apostrophe before it.

    Text that is a number, such as the class -1, is none (OWASP, CSV Injection).
    """
    if not isinstance(cell, str) or not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def export(context: Context, request: Json) -> Json:
    """Export a model for inference without this project. File "export": a ZIP. Result: "bytes", "seconds"."""
    from training.export import bundle

    begun = time.monotonic()
    context.progress(0.1, say("Exporting the model"))
    context.kept["export"] = bundle(*_read(context, request))
    return {"bytes": len(context.kept["export"]), "seconds": time.monotonic() - begun}


def _read(context: Context, request: Json) -> tuple[Task, Model, Sequence[NDArray[Any]]]:
    """Return the task that the request's model belongs to, without its rows, the model, and its weights."""
    from training import saved
    from training.export import load_learner

    given = request["model_of"]
    if "run" in given:
        stored = context.read_artifact(given["run"], f"model {given['schedule']}")
    else:
        stored = context.read_upload(given["upload"])
        try:
            learner = load_learner(stored)
            return learner.task, learner.model, learner.parameters
        except Refusal:  # no export; then it must be a saved model
            pass
    found = saved.load(stored)
    return found.task, found.model, found.parameters
