"""M multilayer perceptrons of one shape, stacked: one row of one array holds all weights of one model."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from data.task import Task
from training.options import Model

Layers = list[tuple[torch.Tensor, torch.Tensor]]


def widths(model: Model, task: Task) -> tuple[int, ...]:
    """Return the widths from input to output, e.g. (64, 16, 10) for digits with one hidden layer of 16."""
    return (task.features, *model.hidden, task.outputs)


def initial(sizes: Sequence[int], seeds: Sequence[int]) -> torch.Tensor:
    """Return float32 (M, P): row m holds the weights that torch.nn.Linear layers get after torch.manual_seed(seeds[m]).

    Equal seeds give equal rows whatever M is. Layout of a row: per layer the weights (in, out), then the biases (out).
    Memory grows as M x P, time as distinct seeds x P.
    """
    drawn: dict[int, torch.Tensor] = {}
    for seed in seeds:
        if seed not in drawn:
            generator = torch.Generator().manual_seed(int(seed))
            pieces = []
            for fan_in, fan_out in pairwise(sizes):
                # As torch.nn.Linear.reset_parameters (torch 2.13) does, in its order and its float32.
                weight = torch.empty(fan_out, fan_in, dtype=torch.float32)
                torch.nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
                bound = 1 / math.sqrt(fan_in)
                bias = torch.empty(fan_out, dtype=torch.float32).uniform_(-bound, bound, generator=generator)
                pieces += [weight.T.flatten(), bias]
            drawn[seed] = torch.cat(pieces)
    return torch.stack([drawn[seed] for seed in seeds])


def layers(flat: torch.Tensor, sizes: Sequence[int]) -> Layers:
    """Return views into flat (M, P): for each layer the weights (M, in, out) and the biases (M, 1, out)."""
    views: Layers = []
    start = 0
    for fan_in, fan_out in pairwise(sizes):
        middle, end = start + fan_in * fan_out, start + fan_in * fan_out + fan_out
        views.append((flat[:, start:middle].view(-1, fan_in, fan_out), flat[:, middle:end].unsqueeze(1)))
        start = end
    return views


def forward(stack: Layers, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Return what enters each layer and, last, the outputs (M, B, outputs), for inputs (M, B, F)."""
    activations = [inputs]
    for number, (weight, bias) in enumerate(stack, start=1):
        outputs = product(activations[-1], weight).add_(bias)
        activations.append(outputs.relu_() if number < len(stack) else outputs)
    return activations


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the M matrix products (M, a, c) of (M, a, b) and (M, b, c).

    The wide side goes last: the library that multiplies on the cpu takes three times as long for few columns (ten
    classes, say) as for few rows.
    """
    if right.shape[2] < left.shape[1]:
        return torch.bmm(right.mT, left.mT).mT.contiguous()
    return torch.bmm(left, right)


def backward(stack: Layers, activations: list[torch.Tensor], slope: torch.Tensor) -> torch.Tensor:
    """Return the gradient (M, P), laid out like the weights, for `slope`, the loss's gradient by the outputs.

    Written by hand: one stack has one shape, and autograd's bookkeeping costs more than the products themselves.
    """
    pieces: list[torch.Tensor] = []
    for number in range(len(stack) - 1, -1, -1):
        entered = activations[number]
        pieces[:0] = [product(entered.mT, slope).flatten(1), slope.sum(1)]
        if number:
            slope = product(slope, stack[number][0].mT)
            # The backward of ReLU: zero wherever the unit gave zero, even where the slope is infinite.
            slope = torch.ops.aten.threshold_backward(slope, entered, 0)
    return torch.cat(pieces, dim=1)


def as_module(model: Model, task: Task, parameters: Sequence[NDArray[np.floating]]) -> torch.nn.Sequential:
    """Return one model as a plain torch.nn.Sequential of Linear and ReLU, in the parameters' own precision.

    `parameters` are one row of `Trained.parameters`: for each layer the weights (in, out) and the biases (1, out) or
    (out,). For a number target the module answers in scaled units, shape (N, 1).
    """
    sizes = widths(model, task)
    modules: list[torch.nn.Module] = []
    for number, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        weight, bias = (torch.tensor(array) for array in parameters[2 * number : 2 * number + 2])
        # On the meta device first: the weights are about to be replaced, and nothing is drawn for them.
        linear = torch.nn.Linear(fan_in, fan_out, dtype=weight.dtype, device="meta").to_empty(device="cpu")
        with torch.no_grad():
            linear.weight.copy_(weight.T)
            linear.bias.copy_(bias.reshape(-1))
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])
