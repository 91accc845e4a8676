"""SGD, Adam and AdamW on a stack of models, each row with its own rate, momentum and weight decay.

The same arithmetic as torch.optim (torch 2.13: SGD with dampening 0, Adam and AdamW with beta2 0.999 and eps 1e-8).
What does not depend on the gradient is worked out beforehand in float64, as torch does with Python's numbers. One
difference: torch's SGD leaves its running sum alone at an update whose momentum is exactly 0; here the sum restarts
from that update's gradient.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

BETA2 = 0.999
EPSILON = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """One optimizer's arithmetic; `momentum` and `decay` say whether any row uses them, to leave out idle work."""

    name: str
    momentum: bool
    decay: bool

    @property
    def memories(self) -> int:
        """How many arrays as large as the weights the optimizer remembers."""
        return int(self.momentum) if self.name == "sgd" else 2

    @property
    def counts(self) -> bool:
        """Whether the steps made before change the next one."""
        return self.name != "sgd"

    def memory_shapes(self, weights: int, layers: int) -> list[tuple[int, ...]]:
        """The shapes of what one model's memory is kept as: its arrays and, where steps count, those of each layer."""
        arrays: list[tuple[int, ...]] = [(weights,)] * self.memories
        return [*arrays, (layers,)] if self.counts else arrays

    def numbers(self, first: int | NDArray[np.int64], rates: Floats, momentum: Floats, decay: Floats) -> Floats:
        """Return what `step` needs for updates `first` and on: (updates, numbers, M, G).

        Rates are (M, updates, G) for G parameter groups, momentum and decay (M, updates). `first` may be (M, 1, G)
        where models or groups have made different numbers of steps.
        """
        momentum, decay = momentum[..., None], decay[..., None]
        if self.name == "sgd":
            rows = [rates, momentum, decay]
        else:
            done = np.arange(1, 1 + rates.shape[1], dtype=np.float64)[:, None] + first
            correction2 = np.sqrt(1 - BETA2**done)
            # beta1 may change from update to update: torch corrects the bias with the current one.
            correction1 = 1 - momentum**done
            rows = [rates / correction1, 1 - momentum, rates * decay if self.name == "adamw" else decay, correction2]
        return np.ascontiguousarray(np.stack(np.broadcast_arrays(*rows)).transpose(2, 0, 1, 3))

    def step(
        self, numbers: torch.Tensor, weights: torch.Tensor, gradient: torch.Tensor, memory: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return a direction and the rate, None for 1, whose product is to be subtracted from weights (M, P).

        Changes `gradient` and `memory` in place; the direction may be one of them.
        """
        if self.name == "sgd":
            rate, momentum, decay = numbers.unbind(0)
            if self.decay:
                gradient.addcmul_(weights, decay)
            if not self.momentum:
                return gradient, rate
            return memory[0].mul_(momentum).add_(gradient), rate
        rate, share, decay, correction2 = numbers.unbind(0)
        if self.decay and self.name == "adam":
            gradient.addcmul_(weights, decay)
        mean, square = memory
        mean.lerp_(gradient, share)
        square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        step = (mean * rate).div_(square.sqrt().div_(correction2).add_(EPSILON))
        if self.decay and self.name == "adamw":
            step.addcmul_(weights, decay)
        return step, None
