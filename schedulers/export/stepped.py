"""Snippets for what is built on PyTorch's optimizers and stepped: PyTorch, Transformers, timm and Lightning."""

from typing import Any

from schedulers.export.parts import Parts, call, keywords
from schedulers.export.places import Call

_LOOP = """
for t in range(T):
{before}    loss = model(torch.randn(8, 10)).square().mean()  # your batch and loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{after}"""

_MOMENTUM = """{indent}for group in {optimizer}.param_groups:
{indent}    group["momentum"] = momenta[{update}]
"""

_LIGHTNING = """import lightning
{numpy}import torch
from torch.optim.lr_scheduler import {names}
from torch.utils.data import DataLoader, TensorDataset

{functions}

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = torch.nn.Linear(10, 1)  # your model

    def training_step(self, batch, batch_index):
        inputs, targets = batch
        return torch.nn.functional.mse_loss(self.model(inputs), targets)  # your loss
{momentum}
    def configure_optimizers(self):
        optimizer = {optimizer}
        scheduler = {scheduler}
        return {{"optimizer": optimizer, "lr_scheduler": {{"scheduler": scheduler, "interval": "step"}}}}


rows = TensorDataset(torch.randn(80, 10), torch.randn(80, 1))  # your data
trainer = lightning.Trainer(max_steps=T)
trainer.fit(Module(), DataLoader(rows, batch_size=8))
"""


def pytorch(parts: Parts) -> str:
    """Return the schedule as a scheduler of torch.optim.lr_scheduler, stepped after every update."""
    return _torch(parts, "torch.optim.lr_scheduler")


def transformers(parts: Parts) -> str:
    """Return the schedule as one of Transformers' functions, or as the LambdaLR that those are too."""
    trainer = "# With a Trainer instead of the loop below: Trainer(..., optimizers=(optimizer, scheduler))\n"
    return _torch(parts, "transformers", trainer)


def timm(parts: Parts) -> str:
    """Return the schedule as a scheduler of timm, set before each update, or as a LambdaLR."""
    if parts.call is None:
        return pytorch(parts)
    name, kwargs = parts.call
    arguments = {key: value for key, value in kwargs.items() if key != "base_lr"}
    scheduler = call(name, ["optimizer", *keywords(arguments, parts.T)])
    return (
        f"{parts.numpy}import torch\nfrom timm.scheduler import {name}\n\n{parts.functions}\n"
        f"model = torch.nn.Linear(10, 1)  # your model\noptimizer = {_optimizer(parts)}\nscheduler = {scheduler}\n"
        + _loop(parts, before="    scheduler.step_update(num_updates=t)\n")
    )


def lightning(parts: Parts) -> str:
    """Return the schedule as what a LightningModule's configure_optimizers returns, stepped after every update."""
    names, scheduler = _scheduler(parts, "torch.optim.lr_scheduler", 8)
    momentum = ""
    if parts.momentum:
        momentum = "\n    def on_train_batch_start(self, batch, batch_index):\n" + _MOMENTUM.format(
            indent=" " * 8, optimizer="self.optimizers()", update="self.global_step"
        )
    return _LIGHTNING.format(
        numpy=parts.numpy,
        names=names,
        functions=parts.functions,
        momentum=momentum,
        optimizer=_optimizer(parts, "self"),
        scheduler=scheduler,
    )


def _torch(parts: Parts, module: str, note: str = "") -> str:
    names, scheduler = _scheduler(parts, module, 0)
    if parts.call is None:
        module = "torch.optim.lr_scheduler"
    return (
        f"{parts.numpy}import torch\nfrom {module} import {names}\n\n{parts.functions}\n"
        f"model = torch.nn.Linear(10, 1)  # your model\noptimizer = {_optimizer(parts)}\n"
        f"scheduler = {scheduler}\n{note}" + _loop(parts, after="    scheduler.step()\n")
    )


def _loop(parts: Parts, before: str = "", after: str = "") -> str:
    if parts.momentum:
        before += _MOMENTUM.format(indent=" " * 4, optimizer="optimizer", update="t")
    return _LOOP.format(before=before, after=after)


def _optimizer(parts: Parts, model: str = "model") -> str:
    if parts.call is None:
        lr: Any = 1.0
        note = "  # LambdaLR multiplies this by the rates"
    else:
        kwargs = parts.call[1]
        lr, note = kwargs.get("base_lr", kwargs.get("max_lr")), ""
    return f"torch.optim.SGD({model}.parameters(), lr={lr!r}, momentum={parts.first_momentum!r}){note}"


def _scheduler(parts: Parts, module: str, indent: int) -> tuple[str, str]:
    """Return the names to import and the call."""
    if parts.call is None:
        return "LambdaLR", "LambdaLR(optimizer, lambda t: rates[min(t, T - 1)])"
    names: set[str] = set()
    text = _made(parts.call, parts.T, names, indent)
    return ", ".join(sorted(names)), text


def _made(made: Call, T: int, names: set[str], indent: int) -> str:
    name, kwargs = made
    names.add(name)
    arguments: dict[str, Any] = {key: value for key, value in kwargs.items() if key != "base_lr" or name == "CyclicLR"}
    if name != "SequentialLR":
        return call(name, ["optimizer", *keywords(arguments, T)], indent)
    deep = " " * (indent + 8)
    inner = "".join(f"{deep}{_made((child, given), T, names, indent + 8)},\n" for child, given in kwargs["schedulers"])
    parts = ["optimizer", f"schedulers=[\n{inner}{' ' * (indent + 4)}]", f"milestones={kwargs['milestones']!r}"]
    return call(name, parts, indent)
