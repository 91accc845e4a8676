"""Stacked convolutional networks are the modules that torch.nn would make of their weights, gradients and all."""

from dataclasses import replace

import pytest
import torch

from training import convolutions, models
from training.module import as_module
from training.options import MODELS, Model, models_for
from words import Refusal

TWO = Model("two", "Two", (7,), convolutions=(4, 5))


def modules(sizes):
    """The layers with weights, fresh, in torch's own order, and what follows each."""
    made = []
    for shape in models.shapes(sizes):
        made += [torch.nn.Conv2d(shape[0], shape[-1], 3, padding=1) if len(shape) == 4 else torch.nn.Linear(*shape)]
    return made


def run(layers, images):
    for layer in layers:
        if isinstance(layer, torch.nn.Conv2d):
            images = torch.nn.functional.max_pool2d(torch.relu(layer(images)), 2)
        else:
            images = layer(images.flatten(1))
            images = images if layer is layers[-1] else torch.relu(images)
    return images


def test_sizes_and_shapes_of_a_network_that_one_can_work_out(pictures):
    task = pictures(side=8, channels=3)
    sizes = models.widths(TWO, task)
    assert sizes == ((3, 8, 8), (4, 4, 4), (5, 2, 2), 7, 3)
    assert models.shapes(sizes) == [(3, 3, 3, 4), (4, 3, 3, 5), (20, 7), (7, 3)]
    assert models.counts(sizes) == [3 * 9 * 4 + 4, 4 * 9 * 5 + 5, 20 * 7 + 7, 7 * 3 + 3]
    assert TWO.layers == 4
    # (9 x 3 + 4) x 64 pixels, (9 x 4 + 5) x 16, and the dense widths.
    assert models.numbers(sizes) == 31 * 64 + 41 * 16 + 10


def test_first_weights_are_those_of_torch_bit_for_bit(pictures):
    sizes = models.widths(TWO, pictures(channels=3))
    stack = models.layers(models.initial(sizes, [5, 9, 5]), sizes)
    torch.manual_seed(9)
    for (weight, bias), layer in zip(stack, modules(sizes), strict=True):
        assert torch.equal(weight[1].movedim(-1, 0), layer.weight)
        assert torch.equal(bias[1, 0], layer.bias)
        assert torch.equal(weight[0], weight[2])


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 7), (4, 6)])
@pytest.mark.parametrize("frozen", [0, 1, 2, 3])
def test_outputs_and_gradients_are_those_of_autograd(pictures, height, width, frozen):
    task = pictures(side=height, channels=2)
    task = replace(task, inputs=task.inputs[:, :, :, [x % height for x in range(width)]])
    sizes = models.widths(TWO, task)
    flat = models.initial(sizes, [5, 9]).double()
    stack = models.layers(flat, sizes)
    images = torch.randn(2, 6, 2, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    # Whole windows of equal pixels: their maximum is the first, in torch and here.
    images[:, 0] = 0.3
    images[:, 1, :, :3] = 0
    passed = models.forward(stack, images)
    slope = torch.randn(2, 6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    mine = models.backward(stack, passed, slope, frozen)
    assert mine.shape == (2, sum(models.counts(sizes)[frozen:]))
    for m, seed in enumerate([5, 9]):
        torch.manual_seed(seed)
        layers = [layer.double() for layer in modules(sizes)]
        outputs = run(layers, images[m])
        torch.testing.assert_close(passed[-1][m], outputs, rtol=1e-12, atol=1e-14)
        outputs.backward(slope[m])
        wanted = [part for one in layers[frozen:] for part in (one.weight.grad.movedim(0, -1), one.bias.grad)]
        torch.testing.assert_close(mine[m], torch.cat([part.flatten() for part in wanted]), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("blocks", [1, 10**9])
def test_models_that_see_the_same_images_answer_as_each_alone(pictures, monkeypatch, blocks):
    monkeypatch.setattr(convolutions, "BLOCK_NUMBERS", blocks)
    monkeypatch.setattr(convolutions, "ROWS", 4)
    sizes = models.widths(TWO, pictures(channels=2))
    stack = models.layers(models.initial(sizes, [5, 9, 1]).double(), sizes)
    images = torch.randn(10, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    wanted = models.forward(stack, images.expand(3, -1, -1, -1, -1))[-1]
    torch.testing.assert_close(models.outputs(stack, images), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("model", [TWO, MODELS["cnn_8"], MODELS["mlp_16"]], ids=lambda model: model.name)
def test_as_module_is_the_network(pictures, model):
    task = pictures(channels=3)
    sizes = models.widths(model, task)
    stack = models.layers(models.initial(sizes, [4]), sizes)
    module = as_module(model, task, [part[0].numpy() for layer in stack for part in layer])
    images = torch.rand(6, 3, 8, 8)
    inputs = images if model.convolutions else images.flatten(1)
    torch.testing.assert_close(module(images), models.outputs(stack, inputs)[0], rtol=1e-5, atol=1e-6)
    kinds = [type(part).__name__ for part in module]
    assert (
        kinds
        == {
            "two": ["Conv2d", "ReLU", "MaxPool2d"] * 2 + ["Flatten", "Linear", "ReLU", "Linear"],
            "cnn_8": ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"],
            "mlp_16": ["Flatten", "Linear", "ReLU", "Linear"],
        }[model.name]
    )


def test_which_models_fit(pictures, build):
    assert list(models_for(False)) == [name for name, model in MODELS.items() if not model.convolutions]
    assert list(models_for(True)) == list(MODELS)
    with pytest.raises(Refusal, match=r"^Train: CNN 8 needs images, made up is a table\.$"):
        models.widths(MODELS["cnn_8"], build())
    with pytest.raises(Refusal, match=r"^Train: CNN 8-16-32 needs images of at least 8 x 8 pixels, got 7 x 7\.$"):
        models.widths(MODELS["cnn_8_16_32"], pictures(side=7))
