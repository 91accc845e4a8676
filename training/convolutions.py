"""3x3 convolutions with ReLU and 2x2 max pooling, of M models at once: forward and a backward written by hand.

Inside, the batch is the last axis, (M, C, H, W, B): each of the nine shifts of a 3x3 window is then a copy of long
runs, the columns of all windows are one matrix a model, and convolution, its gradients and pooling are matrix products
and plain arithmetic on whole runs. `benchmarks/image_models.py` has the measurements that chose this.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

Layer = tuple[torch.Tensor, torch.Tensor]

# Rows that go through together where all models see the same.
ROWS = 128
# Numbers of one block of models there: 4 MB in float32, which stay near the processor.
BLOCK_NUMBERS = 2**20


class Convolved(NamedTuple):
    """What the backward of one layer needs.

    columns (M, 9 C, H W B), the convolution's answer before pooling (M, out, H, W, B), the greater ones of neighbours
    in its rows (M, out, H, W // 2, B), and what left the layer after pooling and ReLU (M, out, H // 2, W // 2, B).
    """

    columns: torch.Tensor
    answer: torch.Tensor
    greater: torch.Tensor
    pooled: torch.Tensor


def numbers(channels: Sequence[int], height: int, width: int) -> int:
    """Return how many numbers one image leaves in columns and answers, for channels from the image's to the last."""
    count = 0
    for entering, leaving in pairwise(channels):
        count += (9 * entering + leaving) * height * width
        height, width = height // 2, width // 2
    return count


def forward(stack: list[Layer], images: torch.Tensor) -> list[Convolved]:
    """Send images (M, B, C, H, W) through layers of weights (M, C, 3, 3, out) and biases (M, 1, out).

    Each layer is torch.nn.Conv2d(C, out, 3, padding=1), ReLU and MaxPool2d(2), which drops an odd last row or column.
    """
    passed: list[Convolved] = []
    padded = _padded(images.permute(0, 2, 3, 4, 1))
    for number, (weight, bias) in enumerate(stack, start=1):
        columns = _columns(padded)
        # The bias goes in with the product.
        answer = torch.baddbmm(bias.mT, weight.flatten(1, 3).mT, columns)
        answer = answer.view(*answer.shape[:2], padded.shape[2] - 2, padded.shape[3] - 2, -1)
        if number < len(stack):
            models, out, height, width, batch = answer.shape
            padded = answer.new_zeros(models, out, height // 2 + 2, width // 2 + 2, batch)
            passed.append(Convolved(columns, answer, *_pool(answer, padded[:, :, 1:-1, 1:-1])))
        else:
            passed.append(Convolved(columns, answer, *_pool(answer)))
    return passed


def leave(passed: list[Convolved]) -> torch.Tensor:
    """Return what leaves the last layer, (M, B, out x H x W), in the order of torch.nn.Flatten."""
    return passed[-1].pooled.flatten(1, 3).mT.contiguous()


def backward(stack: list[Layer], passed: list[Convolved], slope: torch.Tensor, frozen: int = 0) -> list[torch.Tensor]:
    """Return the gradients of weights and biases, each (M, numbers), in the order of the layers from `frozen` on.

    `slope` (M, B, out x H x W) is the loss's gradient by what `leave` returned.
    """
    pieces: list[torch.Tensor] = []
    slope = slope.mT.reshape(passed[-1].pooled.shape)
    for number in range(len(stack) - 1, frozen - 1, -1):
        weight, layer = stack[number][0], passed[number]
        by_answer = _unpool(slope, layer).flatten(2)
        pieces[:0] = [torch.bmm(layer.columns, by_answer.mT).flatten(1), by_answer.sum(2)]
        if number > frozen:
            slope = _fold(torch.bmm(weight.flatten(1, 3), by_answer), passed[number])
    return pieces


def shared(stack: list[Layer], images: torch.Tensor) -> torch.Tensor:
    """Return what leaves the last layer, (M, N, out x H x W), where all models see the same images (N, C, H, W).

    Nothing is kept for a backward. Memory beyond the answer grows as ROWS x C x H x W, and not with M.
    """
    weight, bias = stack[0]
    channels = [weight.shape[1], *(layer.shape[-1] for layer, _ in stack)]
    rows = min(ROWS, len(images))
    each = max(1, BLOCK_NUMBERS // max(1, rows * numbers(channels, *images.shape[2:])))
    if images.device.type != "cpu":
        each = len(weight)
    parts = []
    for part in torch.split(images, rows):
        # The windows of the first layer are the same for all models: one matrix, and one product a block.
        padded = _padded(part.permute(1, 2, 3, 0).unsqueeze(0))
        columns, size = _columns(padded)[0], (*part.shape[2:], len(part))
        answers = []
        for start in range(0, len(weight), each):
            some = slice(start, start + each)
            matrix = weight[some].flatten(1, 3).mT.reshape(-1, len(columns))
            answer = torch.addmm(bias[some].reshape(-1, 1), matrix, columns)
            _, pooled = _pool(answer.view(-1, weight.shape[-1], *size))
            rest = [(later[some], by[some]) for later, by in stack[1:]]
            answers.append(forward(rest, pooled.permute(0, 4, 1, 2, 3))[-1].pooled if rest else pooled)
        parts.append(torch.cat([answer.flatten(1, 3).mT for answer in answers]))
    return torch.cat(parts, dim=1)


def _padded(images: torch.Tensor) -> torch.Tensor:
    """Return (M, C, H, W, B) within a border of one zero."""
    models, channels, height, width, batch = images.shape
    padded = images.new_zeros(models, channels, height + 2, width + 2, batch)
    padded[:, :, 1:-1, 1:-1] = images
    return padded


def _columns(padded: torch.Tensor) -> torch.Tensor:
    """Return all 3x3 windows of (M, C, H + 2, W + 2, B): (M, 9 C, H W B), rows in the order channel, row, column."""
    models, channels, height, width, batch = padded.shape
    by_model, by_channel, by_row, by_column, _ = padded.stride()
    windows = padded.as_strided(
        (models, channels, 3, 3, height - 2, width - 2, batch),
        (by_model, by_channel, by_row, by_column, by_row, by_column, 1),
    )
    return windows.reshape(models, 9 * channels, -1)


def _fold(by_columns: torch.Tensor, layer: Convolved) -> torch.Tensor:
    """Return the gradient by the images (M, C, H, W, B) from that by their windows (M, 9 C, H W B)."""
    height, width, batch = layer.answer.shape[2:]
    windows = by_columns.view(len(by_columns), -1, 3, 3, height, width, batch)
    padded = windows.new_zeros(len(windows), windows.shape[1], height + 2, width + 2, batch)
    for row in range(3):
        for column in range(3):
            padded[:, :, row : row + height, column : column + width] += windows[:, :, row, column]
    return padded[:, :, 1:-1, 1:-1]


def _pairs(array: torch.Tensor, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first and the second of every two neighbours along an axis; an odd last one is left out."""
    end, before = array.shape[axis] // 2 * 2, (slice(None),) * axis
    return array[(*before, slice(0, end, 2))], array[(*before, slice(1, end, 2))]


def _pool(answer: torch.Tensor, into: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the greater ones of neighbours in each row, and ReLU of the greater ones of those in two rows."""
    greater = torch.maximum(*_pairs(answer, 3))
    return greater, torch.maximum(*_pairs(greater, 2), out=into).relu_()


def _unpool(slope: torch.Tensor, layer: Convolved) -> torch.Tensor:
    """Return the gradient by the answer: a window's goes to its first maximum, as in torch, if above 0."""
    rest = torch.ops.aten.threshold_backward(slope, layer.pooled, 0)
    return _share(_share(rest, layer.greater, 2), layer.answer, 3)


def _share(slope: torch.Tensor, entered: torch.Tensor, axis: int) -> torch.Tensor:
    """Return the gradient by what entered a maximum of neighbours along an axis: the second's if it is the greater."""
    odd = entered.shape[axis] % 2
    shared = torch.zeros_like(entered) if odd else torch.empty_like(entered)
    (first, second), (to_first, to_second) = _pairs(entered, axis), _pairs(shared, axis)
    # Arithmetic on numbers, and no true and false between: these take three times as long.
    torch.ops.aten.threshold_backward.grad_input(slope, second - first, 0, grad_input=to_second)
    torch.sub(slope, to_second, out=to_first)
    return shared
