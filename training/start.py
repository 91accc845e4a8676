"""Where a training begins from, if not from drawn weights: a saved training to continue, or a pre-trained body."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training import models
from training.models import Size
from training.optimizers import Rule
from words import Refusal

MOST_DONE = 10**9


@dataclass(frozen=True, eq=False)
class Start:
    """Weights and the optimizer's memory to begin from, as `Trained.parameters` and `Trained.memory` have them.

    Arrays are those of M models, or of one, which all M then begin from. `parameters` may hold fewer layers than the
    model has: the rest are drawn by seed as always (a new head on a trained body). `memory` () starts afresh. `done`
    counts the updates made before: epochs, their orders of rows, augmentation and MixUp go on from there.
    """

    parameters: Sequence[NDArray[Any]]
    memory: Sequence[NDArray[Any]] = ()
    done: int = 0


def check(start: Start, sizes: Sequence[Size], count: int, rule: Rule) -> None:
    """Refuse a start that does not fit `count` models of these sizes and this optimizer."""
    if not isinstance(start.done, int | np.integer) or isinstance(start.done, bool) or not 0 <= start.done <= MOST_DONE:
        raise Refusal(
            "Train: updates done before must be 0 to {high:,}, got {value}.", high=MOST_DONE, value=start.done
        )
    shapes = models.shapes(sizes)
    wanted = [shape for layer in shapes for shape in (layer, (1, layer[-1]))]
    if len(start.parameters) % 2 or len(start.parameters) > len(wanted):
        raise Refusal(
            "Train: start must hold weights and biases of up to {layers} layers, got {arrays} arrays.",
            layers=len(shapes),
            arrays=len(start.parameters),
        )
    for number, (array, shape) in enumerate(zip(start.parameters, wanted, strict=False)):
        _check_shape(array, shape, count, f"layer {number // 2 + 1}")
    total = sum(models.counts(sizes))
    memories = rule.memory_shapes(total, len(shapes))
    if len(start.memory) not in (0, len(memories)):
        raise Refusal(
            "Train: start must hold {wanted} arrays of the optimizer's memory or none, got {arrays}.",
            wanted=len(memories),
            arrays=len(start.memory),
        )
    for array, shape in zip(start.memory, memories, strict=False):
        _check_shape(array, shape, count, "the optimizer's memory")
    if start.memory and rule.counts:
        _check_counted(start.memory[rule.memories - 1], start.memory[rule.memories])


def _check_counted(squares: NDArray[Any], made: NDArray[Any]) -> None:
    """Refuse mean squares below 0 and numbers of steps that nobody can have made: Adam takes roots of both."""
    if np.min(squares) < 0:
        raise Refusal("Train: start must hold mean squares of at least 0 in the optimizer's memory, got {value:g}.",
                      value=np.min(squares))  # fmt: skip
    steps_made = np.asarray(made)
    wrong = steps_made[(steps_made < 0) | (steps_made > MOST_DONE) | (steps_made % 1 != 0)]
    if wrong.size:
        raise Refusal("Train: start must hold whole numbers of steps, 0 to {high:,}, in the optimizer's memory, got "
                      "{value}.", high=MOST_DONE, value=wrong[0].item())  # fmt: skip


def _check_shape(array: NDArray[Any], shape: tuple[int, ...], count: int, what: str) -> None:
    # A bias may come without its axis of length 1, as it leaves torch.
    fits = [(count, *shape), shape, shape[1:] if shape[0] == 1 else shape]
    if np.shape(array) not in fits:
        raise Refusal(
            "Train: start must have shape {wanted} for {what}, with or without {count} models before it, got {got}.",
            wanted=shape,
            what=what,
            count=count,
            got=np.shape(array),
        )
    if not np.isfinite(array).all():
        raise Refusal("Train: start must be finite, {what} is not.", what=what)


def weights(start: Start, drawn: torch.Tensor, sizes: Sequence[Size]) -> torch.Tensor:
    """Return drawn weights (M, P) with those of `start` in their place."""
    flat = drawn.clone()
    parts = [part for layer in models.layers(flat, sizes) for part in layer]
    for part, array in zip(parts, start.parameters, strict=False):
        part.copy_(torch.from_numpy(np.broadcast_to(array, part.shape).copy()))
    return flat


def memory(start: Start | None, like: torch.Tensor, rule: Rule) -> list[torch.Tensor]:
    """Return the optimizer's arrays (M, P) to begin with, like the weights: those of `start`, or zeros."""
    if start is None or not start.memory:
        return [torch.zeros_like(like) for _ in range(rule.memories)]
    kept = (np.broadcast_to(array, like.shape).copy() for array in start.memory[: rule.memories])
    return [torch.from_numpy(array).to(like) for array in kept]


def steps(start: Start | None, count: int, layers: int, rule: Rule) -> NDArray[np.int64]:
    """Return how many steps the optimizer has made on each layer of each model, (M, layers), by which Adam corrects."""
    made = np.zeros((count, layers), dtype=np.int64)
    if start is not None and len(start.memory) > rule.memories:
        made[:] = start.memory[rule.memories]
    return made
