"""Range tests over weight decay, momentum or batch size: a family of curves, one test a value.

Source: Smith, arXiv 1803.09820, sections 4.2 to 4.4: where the curve stays low and goes on to a higher rate, the value
is the better one.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.task import Task
from finder import curve, sweep
from finder.curve import Found
from finder.range_test import Stop
from training.options import LIMITS, Model, check_number
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress

VARIED = ("weight_decay", "momentum", "batch_size")
MOST_VALUES = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Step:
    """What happened since the last one: by the place of each value its losses (S, end - start), and how far all is.

    `share` is done of the whole family; `snapshot()` returns the state as bytes for `resume`, as the engine's does.
    """

    start: int
    losses: dict[int, Floats]
    share: float
    snapshot: Callable[[], bytes]


def range_family(
    task: Task,
    model: Model,
    vary: str,
    values: Sequence[float],
    *,
    seeds: Sequence[int],
    start: float = 1e-7,
    end: float = 10.0,
    num_it: int = 100,
    stop_factor: float | None = sweep.STOP_FACTOR,
    report_every: int | None = None,
    on_step: Callable[[Step], object] | None = None,
    resume: bytes | None = None,
    **settings: Any,
) -> tuple[Found, ...]:
    """Run one range test for each of `values` of `vary`, one of VARIED, and return them in that order.

    `settings` are the engine's optimizer, momentum, weight_decay, batch_size and device. Values of weight decay or
    momentum are one call of the engine with values x seeds rows; each batch size is a call of its own, one after the
    other. Equal seeds see equal weights, and equal batches where the batch size is the same. Raises Refusal for what is
    not allowed. Time grows with values x seeds x num_it.
    """
    if vary not in VARIED:
        raise Refusal(
            "Range test: what varies must be one of {allowed}, got {value}.", allowed=", ".join(VARIED), value=vary
        )
    from training.engine import train

    lrs, count = sweep.rates(start, end, num_it), len(seeds)
    together = vary != "batch_size"
    calls = [list(range(len(values)))] if together else [[place] for place in range(len(values))]
    earlier, inner = _unpack(resume) if resume else ([], None)
    losses: list[Floats] = list(earlier)
    device = ""
    for number, places in enumerate(calls):
        if number < len(earlier):
            continue
        rows = count * len(places)
        varied = np.repeat(np.asarray(values, dtype=np.float64), count) if together else int(values[places[0]])

        def report(progress: "Progress", number: int = number, places: list[int] = places) -> None:
            if on_step is None:
                return
            parts = np.split(progress.losses, len(places))
            share = (number + progress.end / lrs.size) / len(calls)
            kept = list(losses)
            on_step(
                Step(
                    progress.start,
                    dict(zip(places, parts, strict=True)),
                    share,
                    lambda: _pack(kept, progress.snapshot()),
                )
            )

        trained = train(
            task,
            model,
            np.tile(lrs, (rows, 1)),
            seeds=list(seeds) * len(places),
            evaluate_every=0,
            report_every=report_every,
            on_progress=report,
            stop=None if stop_factor is None else Stop(stop_factor),
            resume=inner if number == len(earlier) else None,
            **{**settings, vary: varied},
        )
        device = trained.device
        losses.append(trained.losses)
    return tuple(
        curve.read(
            raw, start=start, end=end, num_it=num_it, stop_factor=stop_factor, ran_factor=stop_factor, device=device
        )
        for raw in (np.split(losses[0], len(values)) if together else losses)
    )


def check_values(vary: object, values: object, title: str) -> dict[str, Any]:
    """Return {"name", "values"} normalised: 2 to 8 different values that `training.options.LIMITS` allows."""
    if vary not in VARIED:
        raise Refusal(
            "{title}: what varies must be one of {allowed}, got {value}.",
            title=title,
            allowed=", ".join(VARIED),
            value=vary,
        )
    name = str(vary)
    listed = list(values) if isinstance(values, list | tuple) else []
    checked = [check_number(name, value, title) for value in listed]
    if not 2 <= len(checked) <= MOST_VALUES or len(set(checked)) < len(checked):
        raise Refusal(
            "{title}: {name} must vary over 2 to {high} different values, got {value}.",
            title=title,
            name=LIMITS[name].title,
            high=MOST_VALUES,
            value=values,
        )
    return {"name": name, "values": sorted(checked)}


def _pack(losses: list[Floats], snapshot: bytes) -> bytes:
    """Return the losses of the calls that are done, and the engine's snapshot of the one under way."""
    buffer = io.BytesIO()
    named = {f"losses.{place}": one for place, one in enumerate(losses)}
    np.savez(buffer, allow_pickle=False, snapshot=np.frombuffer(snapshot, dtype=np.uint8), **named)
    return buffer.getvalue()


def _unpack(stored: bytes) -> tuple[list[Floats], bytes]:
    with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
        return [archive[f"losses.{place}"] for place in range(len(archive.files) - 1)], archive["snapshot"].tobytes()
