"""M models of one shape, stacked: one row of one array holds all weights of one model.

Multilayer perceptrons, or small convolutional networks: 3x3 convolutions, each with ReLU and 2x2 max pooling, and a
perceptron after them. A layer, with its weights and biases, is a parameter group.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch

from data.task import Task
from training import convolutions
from training.convolutions import Convolved
from training.options import Model
from words import Refusal

Layers = list[tuple[torch.Tensor, torch.Tensor]]
# What enters a layer: so many numbers, or an image of channels, height and width.
Size = int | tuple[int, int, int]


class Passed(list[torch.Tensor]):
    """What enters each dense layer and, last, the outputs, all (M, B, width); `convolved` is what went before."""

    convolved: Sequence[Convolved] = ()


def widths(model: Model, task: Task) -> tuple[Size, ...]:
    """Return the sizes from input to output: (64, 16, 10) for digits as a table and one hidden layer of 16.

    With convolutions those of the images lead: ((1, 8, 8), (8, 4, 4), (16, 2, 2), 10). Refused where the task has no
    images or they are too small for as many poolings.
    """
    if not model.convolutions:
        return (task.features, *model.hidden, task.outputs)
    least = 2 ** len(model.convolutions)
    if task.image is None:
        raise Refusal("Train: {title} needs images, {data} is a table.", title=model.title, data=task.name)
    if min(task.image[1:]) < least:
        raise Refusal(
            "Train: {title} needs images of at least {least} x {least} pixels, got {height} x {width}.",
            title=model.title,
            least=least,
            height=task.image[1],
            width=task.image[2],
        )
    images = [task.image]
    for channels in model.convolutions:
        images.append((channels, images[-1][1] // 2, images[-1][2] // 2))
    return (*images, *model.hidden, task.outputs)


def shapes(sizes: Sequence[Size]) -> list[tuple[int, ...]]:
    """Return each layer's shape of weights: (in, out), or (in, 3, 3, out) for a convolution."""
    found: list[tuple[int, ...]] = []
    for before, after in pairwise(sizes):
        if isinstance(after, tuple):
            # Convolutions lead: before an image comes another.
            assert isinstance(before, tuple)
            found.append((before[0], 3, 3, after[0]))
        else:
            found.append((math.prod(before) if isinstance(before, tuple) else before, after))
    return found


def counts(sizes: Sequence[Size]) -> list[int]:
    """Return how many weights and biases each layer has."""
    return [math.prod(shape) + shape[-1] for shape in shapes(sizes)]


def numbers(sizes: Sequence[Size]) -> int:
    """Return how many numbers one row leaves in a model between forward and backward."""
    images = [size for size in sizes if isinstance(size, tuple)]
    dense = sum(size for size in sizes if isinstance(size, int))
    if not images:
        return dense
    channels, height, width = images[0]
    return dense + convolutions.numbers([channels, *(image[0] for image in images[1:])], height, width)


def initial(sizes: Sequence[Size], seeds: Sequence[int]) -> torch.Tensor:
    """Return float32 (M, P): row m has the weights of torch's Linear and Conv2d after torch.manual_seed(seeds[m]).

    Equal seeds give equal rows whatever M is. Layout of a row: per layer the weights (in, out), for a convolution
    (in, 3, 3, out), then the biases (out). Memory grows as M x P, time as distinct seeds x P.
    """
    drawn: dict[int, torch.Tensor] = {}
    for seed in seeds:
        if seed not in drawn:
            generator = torch.Generator().manual_seed(int(seed))
            pieces = []
            for *entering, out in shapes(sizes):
                # As reset_parameters of torch.nn.Linear and Conv2d (torch 2.13) do, in their order and float32.
                weight = torch.empty(out, *entering, dtype=torch.float32)
                torch.nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
                bound = 1 / math.sqrt(math.prod(entering))
                bias = torch.empty(out, dtype=torch.float32).uniform_(-bound, bound, generator=generator)
                pieces += [weight.movedim(0, -1).flatten(), bias]
            drawn[seed] = torch.cat(pieces)
    return torch.stack([drawn[seed] for seed in seeds])


def layers(flat: torch.Tensor, sizes: Sequence[Size]) -> Layers:
    """Return views into flat (M, P): for each layer the weights (M, in, out) and the biases (M, 1, out).

    The weights of a convolution are (M, in, 3, 3, out).
    """
    views: Layers = []
    start = 0
    for shape in shapes(sizes):
        middle = start + math.prod(shape)
        end = middle + shape[-1]
        views.append((flat[:, start:middle].view(-1, *shape), flat[:, middle:end].unsqueeze(1)))
        start = end
    return views


def _split(stack: Layers) -> tuple[Layers, Layers]:
    """Return the convolutions and the dense layers."""
    first = sum(weight.ndim == 5 for weight, _ in stack)
    return stack[:first], stack[first:]


def forward(stack: Layers, inputs: torch.Tensor) -> Passed:
    """Send inputs (M, B, F), or images (M, B, C, H, W) where the first layer is a convolution, through the layers."""
    first, dense = _split(stack)
    if not first:
        return Passed(_forward(dense, inputs))
    convolved = convolutions.forward(first, inputs)
    passed = Passed(_forward(dense, convolutions.leave(convolved)))
    passed.convolved = convolved
    return passed


def outputs(stack: Layers, inputs: torch.Tensor) -> torch.Tensor:
    """Return the outputs (M, N, outputs) where all models see the same inputs (N, F) or (N, C, H, W)."""
    first, dense = _split(stack)
    if first:
        return _forward(dense, convolutions.shared(first, inputs))[-1]
    return _forward(dense, inputs.expand(len(dense[0][0]), -1, -1))[-1]


def _forward(dense: Layers, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Return what enters each layer and, last, the outputs (M, B, outputs), for inputs (M, B, F)."""
    activations = [inputs]
    for number, (weight, bias) in enumerate(dense, start=1):
        left = product(activations[-1], weight).add_(bias)
        activations.append(left.relu_() if number < len(dense) else left)
    return activations


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the M matrix products (M, a, c) of (M, a, b) and (M, b, c).

    The wide side goes last: the library that multiplies on the cpu takes three times as long for few columns (ten
    classes, say) as for few rows.
    """
    if right.shape[2] < left.shape[1]:
        return torch.bmm(right.mT, left.mT).mT.contiguous()
    return torch.bmm(left, right)


def backward(stack: Layers, passed: Passed, slope: torch.Tensor, frozen: int = 0) -> torch.Tensor:
    """Return the gradient (M, P), laid out like the weights, for `slope`, the loss's gradient by the outputs.

    Written by hand: one stack has one shape, and autograd's bookkeeping costs more than the products themselves. The
    first `frozen` layers get none: their weights are left out.
    """
    first, dense = _split(stack)
    pieces: list[torch.Tensor] = []
    for number in range(len(stack) - 1, max(frozen, len(first)) - 1, -1):
        place = number - len(first)
        entered = passed[place]
        pieces[:0] = [product(entered.mT, slope).flatten(1), slope.sum(1)]
        if number > frozen:
            slope = product(slope, dense[place][0].mT)
            if place:
                # The backward of ReLU: zero wherever the unit gave zero, even where the slope is infinite.
                slope = torch.ops.aten.threshold_backward(slope, entered, 0)
    if frozen < len(first):
        pieces[:0] = convolutions.backward(first, list(passed.convolved), slope, frozen)
    return torch.cat(pieces, dim=1)
