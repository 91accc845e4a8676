"""What `engine.train` reports on the way and returns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How the models do on the validation rows after `update` updates: loss (M,) and metric (M,), NaN once frozen."""

    update: int
    loss: Floats
    metric: Floats


@dataclass(frozen=True, eq=False)
class Progress:
    """What happened in updates start ... end-1: losses (M, end-start), NaN once frozen, and the evaluation, if any.

    `alive` (M,) says who still trains, `factors` (M,) what `adjust` had the rates of these updates multiplied by.
    `snapshot()` returns the state as bytes for `resume`; call it before returning.
    A snapshot's size grows as M x (weights x (1 to 3) x 4 or 8 bytes + updates done x 8 bytes).
    """

    start: int
    end: int
    losses: Floats
    evaluation: Evaluation | None
    alive: NDArray[np.bool_]
    factors: Floats
    snapshot: Callable[[], bytes]


@dataclass(frozen=True, eq=False)
class Trained:
    """What `train` returns for M models, T updates and E evaluations.

    `losses` (M, T) are those of each batch before its update, NaN after the model stopped. `updates` (E,) int64 says
    after how many updates the evaluations were made; `validation_loss` and `validation_metric` (M, E) are NaN for
    models frozen by then. `stopped` (M,) int64 counts the updates done, `reason` says why no more: "finished",
    "stopped" or "diverged". `test_loss` and `test_metric` (M,) are on the test rows with the final weights.
    `parameters` are these weights, stacked: for each layer (M, in, out), for a convolution (M, in, 3, 3, out), and the
    biases (M, 1, out). The metric is the accuracy (0 to 1), with several labels the share of labels that are right, or
    for numbers the root mean squared error in the target's own units. `device` is cpu, cuda or mps.

    `memory` is the optimizer's: SGD's running sum (M, P), where momentum was used; for Adam and AdamW the running means
    of gradients and their squares, (M, P), and the steps made on each layer, int64 (M, layers). With `parameters` it
    makes a `Start`. `kept` (K, M, P) are the weights after the updates of `keep_at` (`predict.unstack` reads a row).
    """

    losses: Floats
    updates: NDArray[np.int64]
    validation_loss: Floats
    validation_metric: Floats
    stopped: NDArray[np.int64]
    reason: tuple[str, ...]
    test_loss: Floats
    test_metric: Floats
    parameters: list[NDArray[np.floating]]
    device: str
    memory: list[NDArray[Any]]
    kept: NDArray[np.floating]
