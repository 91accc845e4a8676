"""A rule's answer, and what every rule is given. NumPy only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from words import Refusal

Singles = NDArray[np.float32]


@dataclass(frozen=True)
class Suggestion:
    """A rule's answer: the rate, the (rate, loss) point to mark, and what to draw to show how it got there."""

    lr: float
    mark: tuple[float, float]
    working: dict[str, Any] = field(default_factory=dict)


Rule = Callable[[ArrayLike, ArrayLike], Suggestion | None]


def curve(lrs: ArrayLike, losses: ArrayLike) -> tuple[Singles, Singles]:
    """Return both as float32 (n,), or raise Refusal where they do not fit together."""
    rates, values = np.asarray(lrs, dtype=np.float32), np.asarray(losses, dtype=np.float32)
    if rates.ndim != 1 or rates.shape != values.shape:
        raise Refusal(
            "{title}: rates and losses must be two lists of one length, got shapes {lrs} and {losses}.",
            title="Suggestion",
            lrs=rates.shape,
            losses=values.shape,
        )
    return rates, values


def at(lrs: ArrayLike, losses: ArrayLike, index: int) -> Suggestion:
    """Return the answer of a rule that names one point of the curve and draws nothing else."""
    lr = float(np.asarray(lrs)[index])
    return Suggestion(lr, (lr, float(np.asarray(losses)[index])))
