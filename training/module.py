"""One model of a stack as the plain modules of torch.nn."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from data.task import Task
from training import models
from training.options import Model


def as_module(model: Model, task: Task, parameters: Sequence[NDArray[np.floating]]) -> torch.nn.Sequential:
    """Return one model as a plain torch.nn.Sequential, in the parameters' own precision.

    Linear and ReLU; with convolutions Conv2d, ReLU and MaxPool2d before a Flatten. It takes rows (N, F), or prepared
    images (N, C, H, W), which Flatten makes rows of where there are no convolutions. `parameters` are one row of
    `Trained.parameters`: for each layer the weights (in, out) or (in, 3, 3, out) and the biases (1, out) or (out,). For
    a number target the module answers in scaled units, shape (N, 1).
    """
    modules: list[torch.nn.Module] = [torch.nn.Flatten()] if task.image and not model.convolutions else []
    for number, shape in enumerate(models.shapes(models.widths(model, task))):
        weight, bias = (torch.tensor(array) for array in parameters[2 * number : 2 * number + 2])
        modules += _module(weight.reshape(shape).movedim(-1, 0), bias.reshape(-1))
        if number + 1 == len(model.convolutions):
            modules.append(torch.nn.Flatten())
    return torch.nn.Sequential(*modules[:-1])


def _module(weight: torch.Tensor, bias: torch.Tensor) -> list[torch.nn.Module]:
    """Return the layer of these weights, (out, in) or (out, in, 3, 3), and what follows it."""
    # On the meta device first: the weights are about to be replaced, and nothing is drawn for them.
    layer: torch.nn.Linear | torch.nn.Conv2d
    if weight.ndim == 4:
        layer = torch.nn.Conv2d(weight.shape[1], len(weight), 3, padding=1, dtype=weight.dtype, device="meta")
    else:
        layer = torch.nn.Linear(weight.shape[1], len(weight), dtype=weight.dtype, device="meta")
    layer = layer.to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.copy_(weight)
        assert layer.bias is not None
        layer.bias.copy_(bias)
    return [layer, torch.nn.ReLU(), *([torch.nn.MaxPool2d(2)] if weight.ndim == 4 else [])]
