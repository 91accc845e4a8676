"""The plain PyTorch loop that trainings on images are compared with: one model, autograd, torch.optim."""

import numpy as np
import torch

from training import augment, mixup
from training.batches import order

T, BATCH, DECAY = 24, 8, 0.02
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
MOVING = {"crop": [7, 7], "flip": True, "shift": 0.2}


def module_of(model, task, seed):
    """The network, fresh, as anybody would write it."""
    torch.manual_seed(seed)
    parts, channels, (_, height, width) = [], task.image[0], task.image
    for out in model.convolutions:
        parts += [torch.nn.Conv2d(channels, out, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        channels, height, width = out, height // 2, width // 2
    parts.append(torch.nn.Flatten())
    entering = channels * height * width
    for out in (*model.hidden, task.outputs):
        parts += [torch.nn.Linear(entering, out), torch.nn.ReLU()]
        entering = out
    return torch.nn.Sequential(*parts[:-1]).double()


def loss_of(kind, outputs, targets):
    """The loss of each row."""
    function = torch.nn.functional
    if kind == "classes":
        return function.cross_entropy(outputs, targets, reduction="none")
    if kind == "multi-label":
        return function.binary_cross_entropy_with_logits(outputs, targets, reduction="none").mean(1)
    return function.mse_loss(outputs[:, 0], targets, reduction="none")


def plain(task, model, rates, seed, *, optimizer="sgd", alpha=0.0, frozen=0, module=None, updates=range(T)):
    """One model, trained by a plain loop with autograd; returns its module and losses."""
    module = module or module_of(model, task, seed)
    layers = [part for part in module if isinstance(part, torch.nn.Conv2d | torch.nn.Linear)]
    for layer in layers[:frozen]:
        layer.requires_grad_(False)
    for layer in layers[frozen:]:
        layer.requires_grad_(True)
    own = {"momentum": 0.8} if optimizer == "sgd" else {"betas": (0.8, 0.999)}
    stepper = OPTIMIZERS[optimizer](module.parameters(), lr=0.1, weight_decay=DECAY, **own)
    rows, losses = len(task.train), []
    pictures = augment.Images(task, task.inputs, task.sizes, torch.device("cpu"), torch.float64)
    for t, rate in zip(updates, rates, strict=True):
        epoch, place = divmod(t, rows // BATCH)
        picked = task.train[order(seed, epoch, rows)[place * BATCH : (place + 1) * BATCH]]
        stepper.param_groups[0]["lr"] = rate
        # The chances are drawn by place in the batch; that each is right is tested by hand elsewhere.
        inputs = pictures.augmented(picked[None], [seed], t)[0]
        targets = torch.from_numpy(task.targets[picked])
        targets = targets if task.kind == "classes" else targets.double()
        if alpha:
            mix = mixup.draw(alpha, BATCH, seed, t)
            share, partner = torch.from_numpy(mix.share), torch.from_numpy(mix.partner)
            inputs = share[:, None, None, None] * inputs + (1 - share)[:, None, None, None] * inputs[partner]
            outputs = module(inputs)
            if task.kind == "classes":
                own_loss = loss_of(task.kind, outputs, targets)
                loss = (share * own_loss + (1 - share) * loss_of(task.kind, outputs, targets[partner])).mean()
            else:
                wide = share if targets.ndim == 1 else share[:, None]
                loss = loss_of(task.kind, outputs, wide * targets + (1 - wide) * targets[partner]).mean()
        else:
            loss = loss_of(task.kind, module(inputs), targets).mean()
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    return module, losses


def assert_trained(trained, m, module):
    wanted = [
        part
        for layer in module
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)
        for part in (layer.weight.detach().movedim(0, -1), layer.bias.detach()[None])
    ]
    for mine, theirs in zip(trained.parameters, wanted, strict=True):
        np.testing.assert_allclose(mine[m], theirs, rtol=1e-8, atol=1e-13)
