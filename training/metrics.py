"""Losses and metrics: cross-entropy and accuracy for classes, mean squared error and RMSE for numbers.

For several labels a row: binary cross-entropy, the mean over the labels, and the share of labels that are right.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from data.task import Task
from training import models
from training.augment import Images

# Numbers in one array of the evaluation: 16 MB in float32, small enough to stay near the processor.
EVALUATION_NUMBERS = 2**22


class Blended(NamedTuple):
    """The class numbers that MixUp's rows are blended with, (M, B), and how much of itself each row keeps, (M, B)."""

    targets: torch.Tensor
    share: torch.Tensor


def loss_and_slope(
    kind: str, outputs: torch.Tensor, targets: torch.Tensor, blended: Blended | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean loss of each model's batch (M,) and its gradient by the outputs (M, B, outputs).

    Targets are (M, B): class numbers (cross-entropy of the outputs' softmax) or numbers (squared error); or, for
    several labels, (M, B, labels) from 0 to 1 (binary cross-entropy of the outputs' sigmoid). With `blended` each row
    of a class counts its two losses by their shares.
    """
    size = outputs.shape[1]
    if kind == "classes":
        # The softmax by hand: torch's own is slow over as few numbers in a row as there are classes.
        right = targets.unsqueeze(-1)
        logits = outputs - outputs.amax(-1, keepdim=True)
        picked = logits.gather(-1, right)
        if blended is None:
            whole = torch.full_like(picked, -1.0)
            slope = logits.exp_()
            total = slope.sum(-1, keepdim=True)
            slope.div_(total).scatter_add_(-1, right, whole).div_(size)
        else:
            other, share = blended.targets.unsqueeze(-1), blended.share.unsqueeze(-1)
            picked = torch.lerp(logits.gather(-1, other), picked, share)
            slope = logits.exp_()
            total = slope.sum(-1, keepdim=True)
            slope.div_(total).scatter_add_(-1, right, -share).scatter_add_(-1, other, share - 1).div_(size)
        return (total.log_() - picked).squeeze(-1).mean(1), slope
    if kind == "multi-label":
        loss = binary_cross_entropy(outputs, targets).mean((1, 2))
        return loss, (outputs.sigmoid() - targets).div_(size * outputs.shape[2])
    error = outputs.squeeze(-1) - targets
    return error.square().mean(1), error.mul(2 / size).unsqueeze(-1)


def binary_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return -targets log sigmoid(logits) - (1 - targets) log(1 - sigmoid(logits)), element by element."""
    # Exact where torch's softplus is not: it is a straight line from 20 on.
    return logits.clamp_min(0) - logits * targets + logits.abs().neg_().exp_().log1p_()


def evaluate(
    task: Task, stack: models.Layers, inputs: torch.Tensor | Images, targets: torch.Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each model's loss (M,) and metric (M,) on inputs (N, F), or images.

    The metric is accuracy, the share of labels that are right at a threshold of 0.5, or RMSE in the target's own units.
    NaN where there are no rows. Rows go through in chunks, so that memory is bounded (EVALUATION_NUMBERS a layer) until
    M x the widest layer alone exceeds it; time grows as M x N. Reading the result waits for the device.
    """
    count = len(stack[0][0])
    if not len(inputs):
        return np.full(count, np.nan), np.full(count, np.nan)
    widest = max(max(weight.shape[1:]) for weight, _ in stack if weight.ndim == 3)
    chunk = max(1, EVALUATION_NUMBERS // (count * widest))
    like = stack[0][0]
    loss, hits = like.new_zeros(count), like.new_zeros(count)
    for start in range(0, len(inputs), chunk):
        rows = slice(start, start + chunk)
        wanted = targets[rows]
        outputs = models.outputs(stack, inputs[rows])
        if task.kind == "classes":
            right = wanted.expand(count, -1).unsqueeze(-1)
            loss -= torch.log_softmax(outputs, -1).gather(-1, right).sum((1, 2))
            hits += (outputs.argmax(-1) == wanted).sum(1)
        elif task.kind == "multi-label":
            loss += binary_cross_entropy(outputs, wanted).mean(2).sum(1)
            hits += ((outputs > 0) == (wanted > 0.5)).to(hits.dtype).mean(2).sum(1)
        else:
            loss += (outputs.squeeze(-1) - wanted).square().sum(1)
    mean = loss.cpu().numpy().astype(np.float64) / len(inputs)
    if task.kind == "number":
        return mean, np.sqrt(mean) * task.target_scale
    # A model that answers NaN has no accuracy.
    return mean, np.where(np.isnan(mean), np.nan, hits.cpu().numpy().astype(np.float64) / len(inputs))
