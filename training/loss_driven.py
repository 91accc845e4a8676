"""Loss-driven rules: the learning rate follows the validation loss, evaluation by evaluation.

They are the engine's `adjust`: after each evaluation they say by what the planned rates are multiplied from then on. A
resumed training shows them its evaluations again, so they need no state of their own in a snapshot.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Changes smaller than this are not made, as in both originals.
EPSILON = 1e-8

Floats = NDArray[np.float64]


class Evaluation(Protocol):
    """What a rule is shown: how many updates are done, and the validation losses (M,)."""

    @property
    def update(self) -> int: ...  # noqa: D102
    @property
    def loss(self) -> Floats: ...  # noqa: D102


class Plateau:
    """PyTorch's ReduceLROnPlateau (2.13, mode "min"): cuts the rate when the loss has not improved for a while."""

    def __init__(
        self,
        lr: float,
        *,
        factor: float,
        patience: int,
        threshold: float,
        threshold_mode: str,
        cooldown: int,
        min_lr: float,
    ) -> None:
        self.lr, self.factor, self.patience, self.cooldown, self.min_lr = lr, factor, patience, cooldown, min_lr
        self.bar = _bar(threshold, threshold_mode)
        self.best = math.inf
        self.bad = self.cooling = 0

    def step(self, loss: float) -> float:
        """Take the next evaluation's loss; return the learning rate from here on."""
        if loss < self.bar(self.best):
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        if self.cooling:
            self.cooling, self.bad = self.cooling - 1, 0
        if self.bad > self.patience:
            self.bad, self.cooling = 0, self.cooldown
            lower = max(self.lr * self.factor, self.min_lr)
            if self.lr - lower > EPSILON:
                self.lr = lower
        return self.lr


class Greedy:
    """Transformers' GreedyLR (5.23, mode "min", no smoothing; arXiv 2512.14527): up while it helps, down when not."""

    def __init__(
        self,
        lr: float,
        *,
        factor: float,
        patience: int,
        threshold: float,
        threshold_mode: str,
        cooldown: int,
        warmup: int,
        min_lr: float,
        max_lr: float,
        reset_start: int,
    ) -> None:
        self.lr, self.factor, self.patience = lr, factor, patience
        self.cooldown, self.warmup, self.reset_start = cooldown, warmup, reset_start
        self.min_lr, self.max_lr, self.first = min_lr, max_lr, lr
        self.bar = _bar(threshold, threshold_mode)
        self._begin()

    def _begin(self) -> None:
        self.lr, self.best, self.until_reset = self.first, math.inf, self.reset_start
        self.good = self.bad = self.cooling = self.warming = 0

    def step(self, loss: float) -> float:
        """Take the next evaluation's loss; return the learning rate from here on."""
        if self.cooling or self.warming:
            if self.cooling:
                self.cooling -= 1
            else:
                self.warming -= 1
            self.good = self.bad = 0
            return self.lr
        if loss < self.bar(self.best):
            self.best, self.good, self.bad = loss, self.good + 1, 0
        else:
            self.good, self.bad = 0, self.bad + 1
        if self.good > self.patience:
            self._rise()
        elif self.bad > self.patience:
            self._fall()
        return self.lr

    def _rise(self) -> None:
        higher = min(self.lr / self.factor, self.max_lr)
        if higher - self.lr > EPSILON:
            self.lr = higher
        self.until_reset, self.warming, self.good = self.reset_start, self.warmup, 0

    def _fall(self) -> None:
        lower = max(self.lr * self.factor, self.min_lr)
        if self.lr - lower > EPSILON:
            self.lr = lower
        if self.lr <= self.min_lr:
            self.until_reset -= 1
        if self.until_reset <= 0:
            self._begin()
        # As the original, which sets the cool-down after its reset.
        self.cooling, self.bad = self.cooldown, 0


MAKERS: Mapping[str, Callable[..., Plateau | Greedy]] = {"plateau": Plateau, "greedy": Greedy}
Named = tuple[str, Mapping[str, Any]]


def adjust(rules: Sequence[Named | None], rates: ArrayLike) -> Callable[[Evaluation], Floats] | None:
    """Return the engine's `adjust` for M models, each with a rule's (name, parameters) or None; None for none at all.

    rates: the plan, (M, T). A rule sees the highest rate of its row, and what it makes of it multiplies the whole row;
    for a constant rate it is exactly the original. Each evaluation after an update counts as one step; the one before
    the first update does not, as no loop steps a scheduler there. A NaN, the loss of a frozen model, is no improvement.
    """
    if not any(rules):
        return None
    peaks = np.asarray(rates, dtype=np.float64).max(axis=1)
    named = zip(rules, peaks, strict=True)
    made = [None if one is None else MAKERS[one[0]](float(peak), **one[1]) for one, peak in named]

    def follow(evaluation: Evaluation) -> Floats:
        factors = np.ones(len(made))
        for row, (rule, peak) in enumerate(zip(made, peaks, strict=True)):
            if rule is not None:
                lr = rule.step(float(evaluation.loss[row])) if evaluation.update else rule.lr
                factors[row] = lr / peak if peak > 0 else 1.0
        return factors

    return follow


def _bar(threshold: float, mode: str) -> Callable[[float], float]:
    """Return what a loss must be below to count as better than the best one."""
    if mode == "rel":
        return lambda best: best * (1.0 - threshold)
    return lambda best: best - threshold
