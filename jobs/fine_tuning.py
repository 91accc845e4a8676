"""The work of fine-tuning: a body that learned some classes is tuned to others, beside a model that begins afresh."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from data.subset import of_classes
from jobs import tasks
from jobs.context import Context
from jobs.rows import of
from schedulers import CATALOGUE
from schedulers.groups import FineTune
from schedulers.groups import fine_tune as schedule
from training import options
from words import Refusal, say

if TYPE_CHECKING:
    from training.engine import Progress, Trained

Json = dict[str, Any]

PARTS = ("before", "tuned", "scratch")


def fine_tune(context: Context, request: Json) -> Json:
    """Train on the first classes, then tune to the others as fastai's fine_tune does, and train on these from scratch.

    The body's rate before and the one from scratch peak at base_lr, in one cycle; from scratch takes as many updates
    as both phases of the tuning. It begins anew where it was interrupted.

    Logs for each of PARTS, with the part's name and a dot before it, what a training logs, (seeds, updates). Result:
    each of PARTS: rows {"seed", "updates", "reason", "loss", "metric", "test_loss", "test_metric"}; "first", "second"
    (class names), "layers", "metric", "device", "seconds".
    """
    from training.engine import train
    from training.start import Start

    begun = time.monotonic()
    context.progress(0.0, say("Preparing the data"))
    task = tasks.load(request["data"], context.read_upload, context.home)
    first, second = halves(task.class_names if task.kind == "classes" else (), request["first"])
    old, new = of_classes(task, first), of_classes(task, second)
    model, seeds = options.MODELS[request["model"]], request["seeds"]
    shared = {name: request[name] for name in ("optimizer", "weight_decay", "batch_size", "device")}
    rates = course(request)
    total = request["before"] + 2 * len(rates.rates)
    done = 0

    def report(part: str, offset: int = 0) -> Any:
        def take(progress: "Progress") -> None:
            context.progress((done + progress.end) / total, say(SAYING[part]))
            context.log(done + progress.start, logged(part, offset, progress))

        return take

    def one_cycle(data: Any, updates: int, part: str) -> "Trained":
        cycle = CATALOGUE["one_cycle"]
        momentum = cycle.momentum(updates, peak=request["base_lr"])
        curve = cycle.rates(updates, peak=request["base_lr"])
        spread = (len(seeds), updates)
        return train(
            data, model, np.broadcast_to(curve, spread), seeds=seeds, on_progress=report(part),
            momentum=np.broadcast_to(request["momentum"] if momentum is None else momentum, spread), **shared,
        )  # fmt: skip

    before = one_cycle(old, request["before"], "before")
    done += request["before"]
    start = Start(before.parameters[:-2])  # all but the head, which is drawn anew for the other classes
    tuned = None
    for phase, freeze in ((slice(0, rates.frozen), model.layers - 1), (slice(rates.frozen, None), 0)):
        table, momentum = rates.rates[phase], rates.momentum[phase]
        tuned = train(
            new, model, np.broadcast_to(table, (len(seeds), *table.shape)), seeds=seeds, freeze=freeze, start=start,
            momentum=np.broadcast_to(momentum, (len(seeds), momentum.size)), on_progress=report("tuned", start.done),
            **shared,
        )  # fmt: skip
        done += len(table)
        start = Start(tuned.parameters, tuned.memory, start.done + len(table))
    assert tuned is not None
    scratch = one_cycle(new, len(rates.rates), "scratch")
    return {
        **{part: of(trained, seeds) for part, trained in zip(PARTS, (before, tuned, scratch), strict=True)},
        "first": list(first),
        "second": list(second),
        "layers": model.layers,
        "metric": "accuracy",
        "device": tuned.device,
        "seconds": time.monotonic() - begun,
    }


SAYING = {"before": "Learning the first classes", "tuned": "Tuning to the others", "scratch": "Learning from scratch"}


def course(request: Json) -> FineTune:
    """Return the rates of each layer while it is tuned, (frozen + updates, layers); NumPy alone."""
    return schedule(
        request["frozen"],
        request["updates"],
        groups=options.MODELS[request["model"]].layers,
        base_lr=request["base_lr"],
        lr_mult=request["lr_mult"],
    )


def halves(names: tuple[str, ...], first: list[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes to begin with and the others; Refusal where either would be fewer than two."""
    one = tuple(names[: len(names) // 2]) if first is None else tuple(first)
    other = tuple(name for name in names if name not in one)
    if len(names) < 4 or len(one) < 2 or len(other) < 2:
        raise Refusal(
            "Fine-tuning: the data must have at least 2 classes to begin with and 2 others, got {one} and {other}.",
            one=len(one), other=len(other),
        )  # fmt: skip
    return one, other


def logged(part: str, offset: int, progress: "Progress") -> dict[str, np.ndarray]:
    """Return what one report of a part adds to the curves; `offset` updates of the same part came before."""
    arrays: dict[str, np.ndarray] = {f"{part}.loss": progress.losses.astype(np.float32)}
    seen = progress.evaluation
    if seen is not None and (seen.update or not offset):  # the second phase begins where the first one ended
        arrays[f"{part}.validation_update"] = np.array([offset + seen.update], dtype=np.int64)
        arrays[f"{part}.validation_loss"] = seen.loss[:, None].astype(np.float32)
        arrays[f"{part}.validation_metric"] = seen.metric[:, None].astype(np.float32)
    return arrays
