"""The work of the critical rate: how large a first step may be before it raises the loss."""

import time
from typing import Any

import numpy as np

from jobs import tasks
from jobs.context import Context
from training import options
from words import say

Json = dict[str, Any]


def critical(context: Context, request: Json) -> Json:
    """Measure the critical rate of each seed's fresh model; it takes a moment and logs no curves.

    Result: "lr" (the median over the seeds; None where it is infinite or 0), "each" (one a seed, None alike), "passes"
    (forward passes of one batch, for all seeds), "seconds".
    """
    from finder.critical import critical_rate

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    found = critical_rate(
        task,
        options.MODELS[request["model"]],
        **{name: request[name] for name in ("seeds", "optimizer", "batch_size", "weight_decay", "device")},
    )
    return {
        "lr": _known(float(np.median(found.rates))),
        "each": [_known(float(rate)) for rate in found.rates],
        "passes": int(found.passes.sum()),
        "seconds": time.monotonic() - begun,
    }


def _known(rate: float) -> float | None:
    return rate if np.isfinite(rate) and rate > 0 else None
