"""Forward and backward of small convolutional networks, three ways: one after another, grouped, and as the engine does.

The choice explained, by milliseconds of processor time a model and update, batch 64, one thread, the fastest of half a
second on two cores that others used too:

    images, channels, models    one after another   grouped   engine   engine, all at once
    8x8x1,   8-16,     1                      1.0       1.1      0.6                   0.6
    8x8x1,   8-16,    24                      1.1       0.7      0.4                   0.4
    8x8x1,   8-16,    72                      1.1       0.7      0.4                   1.0
    16x16x1, 8-16,    24                      2.5       2.5      1.4                   1.6
    16x16x1, 8-16,    72                      2.5       3.0      1.5                   3.8
    28x28x1, 8-16,    24                      7.4       9.5      4.7                   9.9
    32x32x3, 8-16-32, 24                     12.3      21.2     12.2                  25.6

Grouped convolutions put M networks into one call of torch's convolution: that saves calls, which is half of 8x8 images'
time, but each group is worked through by itself, and larger images leave the cache. The engine puts the batch last, so
that the windows of all pixels are copied in long runs and multiplied as one matrix a model; the backward is written by
hand and goes through max pooling as numbers, without torch's table of places. All models at once leave the cache too,
so blocks follow each other. Where the product itself is nearly all, three channels of 32x32, little is left to gain.

At 8x8 half of the engine's update are the matrix products, which run near the processor's peak; pooling and its
backward are a fifth, copying windows and adding up their gradients another. Computing the first layer's windows once
for all models of a seed would save 3 to 8 percent, by the time that these parts take alone, and is not done.
Writing the gradient by a layer's images as one more convolution, instead of adding up nine
shifted parts, was as fast for one model and a fifth slower for several;
vmap over torch's convolution was three times slower than one after another, and is not measured again.
"""

import os
import time
from collections.abc import Callable

import torch
from torch.nn import functional

from training import metrics, models
from training.convolutions import numbers
from training.run import BLOCK_NUMBERS

BATCH, CLASSES, SECONDS = 64, 10, 0.5
# Allocated once and given back: from then on glibc keeps what it is given back, up to twice this, as it does in a
# training after the first evaluation. Without it each update pays for its pages anew, up to a third of its time.
LARGE = 30 * 2**20
# (channels, height, width) of the images and channels of the convolutions.
SHAPES = (((1, 8, 8), (8, 16)), ((1, 16, 16), (8, 16)), ((1, 28, 28), (8, 16)), ((3, 32, 32), (8, 16, 32)))
COUNTS = (1, 3, 24, 72)

Networks = tuple[models.Layers, torch.Tensor, torch.Tensor]


def networks(image: tuple[int, int, int], channels: tuple[int, ...], count: int) -> Networks:
    """Return `count` networks, their images (M, B, C, H, W) and targets (M, B)."""
    sizes: list[models.Size] = [image]
    for number, out in enumerate(channels, start=1):
        sizes.append((out, image[1] >> number, image[2] >> number))
    sizes.append(CLASSES)
    stack = models.layers(models.initial(sizes, [seed % 32 for seed in range(count)]), sizes)
    return stack, torch.randn(count, BATCH, *image), torch.randint(0, CLASSES, (count, BATCH))


def one_after_another(stack: models.Layers, images: torch.Tensor, targets: torch.Tensor) -> None:
    """Torch's convolutions and autograd, model by model."""
    for m in range(len(images)):
        parts = [(weight[m].movedim(-1, 0).contiguous(), bias[m, 0].clone()) for weight, bias in stack]
        flat = [part.requires_grad_() for pair in parts for part in pair]
        passed = images[m]
        for weight, bias in parts[:-1]:
            passed = functional.max_pool2d(functional.relu(functional.conv2d(passed, weight, bias, padding=1)), 2)
        outputs = functional.linear(passed.flatten(1), *parts[-1])
        torch.autograd.grad(functional.cross_entropy(outputs, targets[m]), flat)


def grouped(stack: models.Layers, images: torch.Tensor, targets: torch.Tensor) -> None:
    """One convolution for all models, a group each; autograd."""
    count = len(images)
    parts = [(weight.movedim(-1, 1).contiguous(), bias.clone()) for weight, bias in stack[:-1]]
    parts.append((stack[-1][0].clone(), stack[-1][1].clone()))
    flat = [part.requires_grad_() for pair in parts for part in pair]
    passed = images.transpose(0, 1).flatten(1, 2)
    for weight, bias in parts[:-1]:
        answer = functional.conv2d(passed, weight.flatten(0, 1), bias.flatten(), padding=1, groups=count)
        passed = functional.max_pool2d(functional.relu(answer), 2)
    rows = passed.unflatten(1, (count, -1)).transpose(0, 1).flatten(2)
    outputs = torch.baddbmm(parts[-1][1], rows, parts[-1][0])
    loss = functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="sum") / BATCH
    torch.autograd.grad(loss, flat)


def engine(stack: models.Layers, images: torch.Tensor, targets: torch.Tensor, each: int | None = None) -> None:
    """What an update of the engine does, in its blocks, or in blocks of `each` models."""
    channels = [layer[0].shape[1] for layer in stack[:-1]] + [stack[-2][0].shape[-1]]
    touched = 2 * BATCH * numbers(channels, *images.shape[3:])
    each = each or max(1, round(BLOCK_NUMBERS / touched))
    with torch.inference_mode():
        for start in range(0, len(images), each):
            rows = slice(start, start + each)
            block = [(weight[rows], bias[rows]) for weight, bias in stack]
            passed = models.forward(block, images[rows])
            _, slope = metrics.loss_and_slope("classes", passed[-1], targets[rows])
            models.backward(block, passed, slope)


def fastest(work: Callable[[], None]) -> float:
    """Return the fewest seconds that the work took in about a second, at least twice.

    Of processor time on one thread, which others on the machine disturb less; else of the clock on the wall.
    """
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    work()
    began, best, times = time.perf_counter(), float("inf"), 0
    while times < 2 or time.perf_counter() - began < SECONDS:
        before = clock()
        work()
        best, times = min(best, clock() - before), times + 1
    return best


def main() -> None:
    """Measure and print, on as many threads as torch uses (OMP_NUM_THREADS)."""
    torch.empty(LARGE, dtype=torch.uint8)
    ways = {
        "one after another": one_after_another,
        "grouped": grouped,
        "engine": engine,
        "engine, all at once": lambda *network: engine(*network, each=len(network[1])),
    }
    print(f"batch {BATCH}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}; ms a model and update")
    print(f"  {'':30}" + "".join(f"{name:>21}" for name in ways))
    for image, channels in SHAPES:
        for count in COUNTS:
            # Large stacks of large images only take longer: they say nothing that 24 do not.
            if count == COUNTS[-1] and image[1] > 16:
                continue
            network = networks(image, channels, count)
            taken = [fastest(lambda way=way, network=network: way(*network)) for way in ways.values()]
            title = f"{image[1]}x{image[2]}x{image[0]}, {'-'.join(map(str, channels))}, {count} models"
            print(f"  {title:30}" + "".join(f"{one * 1000 / count:21.2f}" for one in taken), flush=True)


if __name__ == "__main__":
    main()
