"""Losses and metrics: cross-entropy and accuracy for classes, mean squared error and RMSE for numbers."""

import numpy as np
import torch
from numpy.typing import NDArray

from data.task import Task
from training import models

# Numbers in one array of the evaluation: 16 MB in float32, small enough to stay near the processor.
EVALUATION_NUMBERS = 2**22


def loss_and_slope(kind: str, outputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean loss of each model's batch (M,) and its gradient by the outputs (M, B, outputs).

    Targets are (M, B): class numbers (cross-entropy of the outputs' softmax) or numbers (squared error).
    """
    size = outputs.shape[1]
    if kind == "classes":
        # The softmax by hand: torch's own is slow over as few numbers in a row as there are classes.
        right = targets.unsqueeze(-1)
        logits = outputs - outputs.amax(-1, keepdim=True)
        picked = logits.gather(-1, right)
        slope = logits.exp_()
        total = slope.sum(-1, keepdim=True)
        slope.div_(total).scatter_add_(-1, right, torch.full_like(picked, -1.0)).div_(size)
        return (total.log_() - picked).squeeze(-1).mean(1), slope
    error = outputs.squeeze(-1) - targets
    return error.square().mean(1), error.mul(2 / size).unsqueeze(-1)


def evaluate(
    task: Task, stack: models.Layers, inputs: torch.Tensor, targets: torch.Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each model's loss (M,) and metric (M,) on inputs (N, F): accuracy, or RMSE in the target's own units.

    NaN where there are no rows. Rows go through in chunks, so that memory is bounded (EVALUATION_NUMBERS a layer) until
    M x the widest layer alone exceeds it; time grows as M x N. Reading the result waits for the device.
    """
    count = len(stack[0][0])
    if not len(inputs):
        return np.full(count, np.nan), np.full(count, np.nan)
    widest = max(max(weight.shape[1:]) for weight, _ in stack)
    chunk = max(1, EVALUATION_NUMBERS // (count * widest))
    loss, hits = inputs.new_zeros(count), inputs.new_zeros(count)
    for start in range(0, len(inputs), chunk):
        part, wanted = inputs[start : start + chunk], targets[start : start + chunk]
        outputs = models.forward(stack, part.expand(count, -1, -1))[-1]
        if task.kind == "classes":
            right = wanted.expand(count, -1).unsqueeze(-1)
            loss -= torch.log_softmax(outputs, -1).gather(-1, right).sum((1, 2))
            hits += (outputs.argmax(-1) == wanted).sum(1)
        else:
            loss += (outputs.squeeze(-1) - wanted).square().sum(1)
    mean = loss.cpu().numpy().astype(np.float64) / len(inputs)
    if task.kind == "classes":
        # A model that answers NaN has no accuracy.
        return mean, np.where(np.isnan(mean), np.nan, hits.cpu().numpy().astype(np.float64) / len(inputs))
    return mean, np.sqrt(mean) * task.target_scale
