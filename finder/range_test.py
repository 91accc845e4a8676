"""The range test: train on rates that rise, for several seeds at once, and read a rate off the losses.

Source: Smith, arXiv 1506.01186, section 3.3; rates, smoothing and stop rule as fastai 2.8.12's Learner.lr_find.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from finder import suggest, sweep
from training.options import Model, check_model
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress


@dataclass(frozen=True, eq=False)
class RangeTest:
    """A finished range test of S seeds over T rates.

    `lrs` (T,); `raw` (S, T), NaN after a seed's end. `smoothed`: S float32 arrays, uncut, each ending with the update
    that stopped it; one that met a NaN has all T points, NaN from there on. `stopped`: the index of that update, None
    where the test ran to its end. `suggestions` is `suggest.over_seeds`; `doubts` and `band`, the
    reasonable band of rates or None, are about the median of the seeds. Grows with S x T.
    """

    lrs: NDArray[np.float64]
    raw: NDArray[np.float64]
    smoothed: list[NDArray[np.float32]]
    stopped: tuple[int | None, ...]
    suggestions: dict[str, dict[str, Any]]
    doubts: list[str] = field(default_factory=list)
    band: tuple[float, float] | None = None
    device: str = "cpu"


class Stop:
    """The engine's `stop` callback: keeps each row's smoothed loss and its best.

    On resume the engine shows it again the losses so far, so a new one comes to the same state. Grows with the rows.
    """

    def __init__(self, factor: float) -> None:
        self._smoothing, self._rule = sweep.Smoothing(), sweep.StopRule(factor)

    def __call__(self, update: int, losses: ArrayLike) -> NDArray[np.bool_]:
        """Take the losses (M,) of one update and name the rows that end with it."""
        return self._rule.step(self._smoothing.step(losses))


def range_test(
    task: Task,
    model: Model | str,
    *,
    start: float = 1e-7,
    end: float = 10.0,
    num_it: int = 100,
    seeds: Sequence[int] = (0,),
    optimizer: str = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    batch_size: int = 64,
    device: str = "auto",
    stop_factor: float | None = sweep.STOP_FACTOR,
    report_every: int | None = None,
    on_progress: "Callable[[Progress], object] | None" = None,
    resume: bytes | None = None,
) -> RangeTest:
    """Run the range test on a task: one call of the engine, one row a seed, all on the same rising rates.

    `seeds` are distinct; `stop_factor` None lets every seed run all `num_it` updates. `report_every`, `on_progress` and
    `resume` are the engine's. Raises Refusal for what is not allowed. Time grows with seeds x num_it.
    """
    lrs = sweep.rates(start, end, num_it)
    if isinstance(model, str):
        model = check_model(model, title="Range test")
    if len(seeds) == 0 or len(set(seeds)) < len(seeds):
        raise Refusal("Range test: seeds must be one or more, all different, got {value}.", value=list(seeds))
    stop = None if stop_factor is None else Stop(stop_factor)
    from training.engine import train

    trained = train(
        task,
        model,
        np.tile(lrs, (len(seeds), 1)),
        seeds=list(seeds),
        momentum=momentum,
        weight_decay=weight_decay,
        optimizer=optimizer,
        batch_size=batch_size,
        device=device,
        evaluate_every=0,
        report_every=report_every,
        on_progress=on_progress,
        stop=stop,
        resume=resume,
    )
    return read(lrs, trained.losses, stop_factor=stop_factor, device=trained.device)


def read(
    lrs: ArrayLike,
    raw: ArrayLike,
    *,
    stop_factor: float | None = sweep.STOP_FACTOR,
    beta: float = sweep.BETA,
    device: str = "cpu",
) -> RangeTest:
    """Read recorded losses, raw (S, T) at rates lrs (T,): smoothed, stopped, suggestions and doubts. Needs no torch."""
    rates, losses = np.asarray(lrs, dtype=np.float64), np.asarray(raw, dtype=np.float64)
    if losses.ndim != 2 or rates.shape != losses.shape[1:]:
        raise Refusal(
            "Range test: losses must have one row a seed and one column a rate, got shapes {lrs} and {raw}.",
            lrs=rates.shape,
            raw=losses.shape,
        )
    smooth = sweep.smooth(losses, beta)
    stopped = tuple(None if stop_factor is None else sweep.stop(row, stop_factor) for row in smooth)
    smoothed = [row if last is None else row[: last + 1] for row, last in zip(smooth, stopped, strict=True)]
    num_it = rates.shape[0]
    seen = [sweep.cut(rates, row, num_it) for row in smoothed]
    middle = suggest.median_curve(seen)
    return RangeTest(
        lrs=rates,
        raw=losses,
        smoothed=smoothed,
        stopped=stopped,
        suggestions=suggest.over_seeds([(rates, row, num_it) for row in smoothed]),
        doubts=suggest.doubts(*middle),
        band=suggest.reasonable(*middle),
        device=device,
    )
