"""MixUp: each row of a batch is blended with another of the same batch (Zhang et al., arXiv 1710.09412).

As fastai's MixUp callback (2.8.12): one lambda a row from Beta(alpha, alpha), the greater of lambda and 1 - lambda, so
that a row stays the larger part of itself; the partners are a permutation of the batch.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

# The stream of MixUp's draws, apart from that of `augment.PICTURES`.
MIXUP = 2


class Mix(NamedTuple):
    """How much of itself each row keeps, `share` (..., B) of 0.5 to 1, and the row it is blended with, `partner`."""

    share: NDArray[np.float64]
    partner: NDArray[np.int64]


def draw(alpha: float, rows: int, seed: int, update: int) -> Mix:
    """Return the blend of one batch; depends on nothing but its arguments."""
    random = np.random.default_rng((seed, update, MIXUP))
    share = random.beta(alpha, alpha, rows)
    return Mix(np.maximum(share, 1 - share), random.permutation(rows))


def blend(values: torch.Tensor, partners: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Return share x values + (1 - share) x partners, for values (S, B, ...) and share (S, B)."""
    wide = share.reshape(*share.shape, *[1] * (values.ndim - share.ndim))
    return torch.lerp(partners, values, wide)
