"""Kinds of work that misbehave, for the tests of the supervisor; a job process finds them by RATESCOPE_EXTRA_KINDS."""

import os
import signal
from pathlib import Path

import numpy as np

from jobs import context as contexts
from words import Refusal


def count(context, request):
    """Log 0, 1, 4, 9 ...; die by `signal` at each of the updates in `die_at`, once for each, given by marker files."""
    contexts.LEAST_BETWEEN_CHECKPOINTS = contexts.CHECKPOINT_RATIO = contexts.CHUNK_SECONDS = 0.0
    begin = int(context.resume or b"0")
    for update in range(begin, request["updates"]):
        marker = Path(request["folder"]) / f"died-{update}"
        if update in request["die_at"] and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), getattr(signal, request.get("signal", "SIGKILL")))
        context.progress((update + 1) / request["updates"], f"update {update}")
        context.log(update, {"loss": np.array([[update**2]], dtype=np.float32)})
        if update % 7 == 0:
            context.checkpoint(lambda done=update + 1: str(done).encode())
    return {"begin": begin}


def crash(context, request):
    """Die at once, always, and pretend that all went well."""
    os._exit(0)


def stuck(context, request):
    """Never come back from C code that holds the interpreter's lock."""
    context.progress(0.5, "stuck")
    sum(range(10**15))


def mistake(context, request):
    raise ValueError("the sum is 3,\n not 4")


def refuse(context, request):
    raise Refusal("Train: {name} must be {low}.", name="rate", low=1)


def memory(context, request):
    np.ones(2**55, dtype=np.uint8)


KINDS = {"count": count, "crash": crash, "stuck": stuck, "mistake": mistake, "refuse": refuse, "memory": memory}
