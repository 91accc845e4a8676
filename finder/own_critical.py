"""The critical rate of one's own PyTorch model, which is given back as it was.

    from finder import critical_rate
    critical_rate(model, loader, loss_fn, optimizer).rate

Source: Kalra and Barkeshli, arXiv 2406.09405; the search is `finder.critical.smallest_rise`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from finder import sweep
from finder.batches import move, read, split_batch
from finder.critical import PRECISION, Floats, smallest_rise
from finder.kept import Kept
from finder.trial import LossFunction, Split, Trial, check, find_device, find_dtype
from words import Refusal

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class OwnCritical:
    """The critical rate, infinite where no step raises the loss and 0 where every one does; `loss` is that of no step.

    `passes` counts the forward passes of the batch.
    """

    rate: float
    loss: float
    passes: int


def critical_rate(
    model: "torch.nn.Module",
    loader: Iterable[Any],
    loss_fn: LossFunction,
    optimizer: "torch.optim.Optimizer",
    *,
    precision: float = PRECISION,
    autocast: "torch.dtype | str | None" = None,
    device: "torch.device | str | None" = None,
    split: Split = split_batch,
) -> OwnCritical:
    """The smallest rate at which the optimizer's next update raises the loss of the batch that it was made from.

    The direction is that of the optimizer's own step on the loader's first batch, from the weights and the memory that
    it has now; the loss is the same batch's, in train mode with the same random numbers in every pass. Training may
    bear a higher rate later, or a lower one. Afterwards model, optimizer, loader and random numbers are as they were;
    a RuntimeError says if not. loader, loss_fn, autocast, device and split are as in `finder.lr_find`; with several
    parameter groups the rate is that of the group with the largest. precision: the share by which it may be too high.
    A Refusal for what cannot be trained, and for a loss that is not finite before any step.

    Takes one update and some 15 forward passes; memory as three copies of the weights and the optimizer's state.
    """
    check(model, loss_fn, optimizer, 1, split)
    import torch

    place, dtype = find_device(model, device), find_dtype(autocast)
    kept = Kept([one for one in (model, loss_fn) if isinstance(one, torch.nn.Module)], optimizer, [loader])
    before_all = kept.digest()
    try:
        batch = next(iter(read(loader)), None)
        if batch is None:
            raise Refusal("{title}: the loader gives no batches.", title="Critical rate")
        trial = Trial(model, [batch], loss_fn, optimizer, split, 1, place, dtype, None, None)
        inputs, targets = move(split(batch), place)
        weights = [one for group in optimizer.param_groups for one in group["params"]]
        before = [one.detach().clone() for one in weights]
        random = [place] if place.type == "cuda" else []

        def loss_at(steps: Floats) -> Floats:
            with torch.no_grad(), torch.random.fork_rng(devices=random):
                for one, start, way in zip(weights, before, directions, strict=True):
                    one.copy_(start - float(steps[0]) * way)
                return np.array([trial.loss(inputs, targets).item()])

        directions = [torch.zeros_like(one) for one in before]
        model.train()
        rest = float(loss_at(np.zeros(1))[0])
        if not np.isfinite(rest):
            raise Refusal("{title}: the loss is {loss} before any step.", title="Critical rate", loss=rest)
        with torch.random.fork_rng(devices=random):
            trial.run(np.ones(1), sweep.BETA, None)
        # At rate 1, so that what the step took off is the direction itself.
        directions = [start - one.detach() for start, one in zip(before, weights, strict=True)]
        found = smallest_rise(loss_at, 1, precision=precision)
    finally:
        kept.restore()
        if kept.digest() != before_all:
            raise RuntimeError("Critical rate: model, optimizer or random state could not be put back.")
    return OwnCritical(float(found.rates[0]), rest, int(found.passes[0]) + 1)
