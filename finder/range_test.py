"""The range test: train on rates that rise, for several seeds at once, and read a rate off the losses.

Source: Smith, arXiv 1506.01186, section 3.3; rates, smoothing and stop rule as fastai 2.8.12's Learner.lr_find.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from finder import curve, suggest, sweep
from finder.curve import Found
from training.options import Model, check_model
from words import Refusal

if TYPE_CHECKING:
    from training.engine import Progress


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
    rules: Sequence[str] = suggest.DEFAULT_RULES,
) -> Found:
    """Run the range test on a task: one call of the engine, one row a seed, all on the same rising rates.

    `seeds` are distinct; `stop_factor` None lets every seed run all `num_it` updates. `report_every`, `on_progress` and
    `resume` are the engine's; `rules` names those that answer. Raises Refusal for what is not allowed.
    Time grows with seeds x num_it.
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
    return curve.read(
        trained.losses,
        start=start,
        end=end,
        num_it=num_it,
        stop_factor=stop_factor,
        ran_factor=stop_factor,
        rules=rules,
        device=trained.device,
    )
