"""The work of a cross-validation: every row that is not for testing is predicted once, by a model that never saw it."""

import time
from typing import TYPE_CHECKING, Any

from data import folds
from jobs.context import Context
from schedulers import CATALOGUE
from training import options
from words import say

if TYPE_CHECKING:
    from training.engine import Progress

Json = dict[str, Any]


def cross_validate(context: Context, request: Json) -> Json:
    """Train one model a seed on each fold; begins anew where it was interrupted.

    Logs `loss.0`, `loss.1` ... (seeds, updates), one for each fold. Result: what `CrossValidation.to_json` says, and
    "device" asked for, "seconds".
    """
    from training.cross_validation import cross_validate as validate

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    updates, count, chosen = request["updates"], request["folds"], request["schedule"]
    schedule = CATALOGUE[chosen["schedule"]]
    momentum = schedule.momentum(updates, **chosen["parameters"])
    seeds = request["seeds"]

    def report(fold: int, progress: "Progress") -> None:
        said = say("Fold {number} of {count}", number=fold + 1, count=count)
        context.progress((fold + progress.end / updates) / count, said)
        context.log(fold * updates + progress.start, {f"loss.{fold}": progress.losses.astype("float32")})

    found = validate(
        folds.load(request["data"], count, context.read_upload),
        options.MODELS[request["model"]],
        schedule.rates(updates, **chosen["parameters"]),
        seeds=seeds,
        on_progress=report,
        momentum=request["momentum"] if momentum is None else [momentum] * len(seeds),
        **{name: request[name] for name in ("optimizer", "weight_decay", "batch_size", "device")},
    )
    return {**found.to_json(), "device": request["device"], "seconds": time.monotonic() - begun}
