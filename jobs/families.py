"""The work of range tests over weight decay, momentum or batch size."""

import time
from typing import Any

from finder import sweep
from jobs import tasks
from jobs.context import Context
from training import options
from words import say

Json = dict[str, Any]


def find(context: Context, request: Json) -> Json:
    """Run a range test for each value of the request's "vary"; logs `loss.0`, `loss.1` ..., each (seeds, updates).

    Result: "values" [{"value", "suggestions", "band", "doubts", "stopped"}], each as `jobs.work.find` has them, "lrs",
    "device", "seconds".
    """
    from finder.range_family import Step, range_family

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    vary, pace = request["vary"], request["pace"]
    first: tuple[float, float] | None = None

    def report(step: Step) -> None:
        nonlocal first
        context.progress(step.share)
        context.log(step.start, {f"loss.{place}": losses for place, losses in step.losses.items()})
        context.checkpoint(step.snapshot)
        calls = len(vary["values"]) if vary["name"] == "batch_size" else 1
        done = step.share * request["num_it"] * calls
        first = first or (time.monotonic(), done)
        if pace is not None:
            time.sleep(max(first[0] + (done - first[1]) / pace - time.monotonic(), 0.0))

    found = range_family(
        task,
        options.MODELS[request["model"]],
        vary["name"],
        vary["values"],
        **{name: request[name] for name in ("start", "end", "num_it", "seeds")},
        **{name: request[name] for name in ("optimizer", "momentum", "weight_decay", "batch_size", "device")},
        stop_factor=sweep.STOP_FACTOR if request["stop"] else None,
        report_every=None if pace is None else 1,
        on_step=report,
        resume=context.resume,
    )
    return {
        "lrs": found[0].lrs.tolist(),
        "values": [
            {
                "value": value,
                "suggestions": one.suggestions,
                "band": None if one.band is None else list(one.band),
                "doubts": list(one.doubts),
                "stopped": list(one.stopped),
            }
            for value, one in zip(vary["values"], found, strict=True)
        ],
        "device": found[0].device,
        "seconds": time.monotonic() - begun,
    }
