"""The critical learning rate: the smallest step along the update's direction that raises the loss.

Source: Kalra and Barkeshli, arXiv 2406.09405, section 2 and appendix: bracketing by powers of two, then bisection, with
forward passes only, on the batch that gave the direction. Along an eigenvector of a quadratic loss it is 2 / sharpness.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.task import Task
from training.options import Model, check_model
from words import Refusal

Floats = NDArray[np.float64]

FIRST_RATE = 0.01
LOWEST_RATE, HIGHEST_RATE = 1e-12, 1e6
PRECISION = 0.01


@dataclass(frozen=True, eq=False)
class Critical:
    """The critical rates of S models, (S,), and what each cost in forward passes of one batch, int64 (S,).

    A rate is infinite where no step up to HIGHEST_RATE raises the loss, and 0 where even one of LOWEST_RATE does.
    """

    rates: Floats
    passes: NDArray[np.int64]


def smallest_rise(
    loss_at: Callable[[Floats], Floats], count: int, *, first: float = FIRST_RATE, precision: float = PRECISION
) -> Critical:
    """The smallest steps that raise `count` losses at once, by `loss_at(steps (count,)) -> losses (count,)`.

    From `first` the step is doubled until the loss is over that of no step, or halved until it is not; then the
    bracket is halved, on a logarithmic axis, until its ends differ by the share `precision`; the answer is its upper
    end. A loss that is not finite counts as over. A rise narrower than a factor of two below the bracket goes unseen.
    Time grows with the passes: one, and about log2 of the distance from `first`, and log2(0.7 / precision).
    """
    if not (first > 0 and 0 < precision < 1):
        raise Refusal(
            "{title}: first must be above 0 and precision 0 to 1, got {first} and {precision}.",
            title="Critical rate",
            first=first,
            precision=precision,
        )
    passes = np.ones(count, dtype=np.int64)
    rest = np.asarray(loss_at(np.zeros(count)), dtype=np.float64)

    def raises(steps: Floats, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        passes[asked] += 1
        return ~(np.asarray(loss_at(np.where(asked, steps, 0.0)), dtype=np.float64) <= rest)

    everyone = np.ones(count, dtype=bool)
    step = np.full(count, float(first))
    over = raises(step, everyone)
    low, high = np.where(over, 0.0, step), np.where(over, step, np.inf)
    while (open_ := ((low == 0) & (high > LOWEST_RATE)) | (np.isinf(high) & (low < HIGHEST_RATE))).any():
        step = np.where(low == 0, high / 2, low * 2)
        over = raises(step, open_)
        low, high = np.where(open_ & ~over, step, low), np.where(open_ & over, step, high)
    found = (low > 0) & np.isfinite(high)
    while (open_ := found & (high > low * (1 + precision))).any():
        step = np.sqrt(np.where(found, low, 1.0) * np.where(found, high, 1.0))
        over = raises(step, open_)
        low, high = np.where(open_ & ~over, step, low), np.where(open_ & over, step, high)
    return Critical(np.where(found, high, np.where(low > 0, np.inf, 0.0)), passes)


def critical_rate(
    task: Task,
    model: Model | str,
    *,
    seeds: Sequence[int] = (0,),
    optimizer: str = "sgd",
    batch_size: int = 64,
    weight_decay: float = 0.0,
    device: str = "auto",
    precision: float = PRECISION,
) -> Critical:
    """The critical rates of freshly initialised models, one a seed, along the optimizer's first update.

    The direction is that of the engine's first update on the seed's first batch: the gradient for SGD, nearly its sign
    for Adam and AdamW. The loss is the same batch's, without weight decay. All seeds are asked at once; besides the
    passes it takes one gradient. Raises Refusal for what is not allowed. Memory as for training.
    """
    from training import metrics, models, settings
    from training.run import Run

    run = Run(
        settings.check(
            task,
            check_model(model, title="Critical rate") if isinstance(model, str) else model,
            np.ones((len(seeds), 1)),
            momentum=0.9,
            weight_decay=weight_decay,
            optimizer=optimizer,
            batch_size=batch_size,
            seeds=list(seeds),
            device=device,
            dtype="float32",
            evaluate_every=0,
            report_every=None,
        )
    )
    before = run.weights.clone()
    batch = run.feed.at(0)
    run.update()  # at rate 1, so that what it takes off is the direction itself
    direction = before - run.weights
    inputs, targets, _ = run.feed.block(batch, slice(None))

    def loss_at(steps: Floats) -> Floats:
        weights = before - before.new_tensor(steps).unsqueeze(1) * direction
        outputs = models.forward(models.layers(weights, run.sizes), inputs)[-1]
        losses, _ = metrics.loss_and_slope(task.kind, outputs, targets)
        answer: Floats = losses.cpu().numpy().astype(np.float64)
        return answer

    return smallest_rise(loss_at, len(seeds), precision=precision)
