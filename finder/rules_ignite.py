"""Ignite's suggestion rule. Source: pytorch-ignite 0.5.5, `FastaiLRFinder.lr_suggestion`."""

import numpy as np
from numpy.typing import ArrayLike

from finder.suggestion import Suggestion, at, curve


def ignite(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The point before the lowest loss where the loss falls fastest per update, by central differences. O(n).

    Takes a whole curve and leaves nothing out but its two ends. None where the lowest loss is among the first two
    points: there the original raises.
    """
    _, values = curve(lrs, losses)
    falling = values[: int(values.argmin()) + 1] if values.size else values
    if falling.size < 3:
        return None
    with np.errstate(all="ignore"):
        slopes = np.float32(0.5) * (falling[2:] - falling[:-2])
    return at(lrs, losses, int(slopes.argmin()) + 1)
