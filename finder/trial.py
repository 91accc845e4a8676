"""The training of a range test on a user's own model: rates that rise, losses until the test ends."""

import math
import numbers
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder import sweep
from finder.batches import move, read, row_count
from words import Refusal

if TYPE_CHECKING:
    import torch

TITLE = "Range test"
Split = Callable[[Any], tuple[Any, Any]]
LossFunction = Callable[[Any, Any], "torch.Tensor"]
Validation = Iterable[Any] | Callable[["torch.nn.Module"], float]


@dataclass(frozen=True, eq=False)
class Trial:
    """Trains a user's model for the length of a range test; see `finder.lr_find.lr_find` for what its parts are."""

    model: "torch.nn.Module"
    loader: Iterable[Any]
    loss_fn: LossFunction
    optimizer: "torch.optim.Optimizer"
    split: Split
    accumulate: int
    device: "torch.device"
    dtype: "torch.dtype | None"
    scaler: "torch.amp.GradScaler | None"
    validation: Validation | None

    def run(self, lrs: NDArray[np.float64], beta: float, stop_factor: float | None) -> list[float]:
        """Return the losses of the updates until the test ends; the last may not be finite."""
        import torch

        smoothing, stop = sweep.Smoothing(beta), None if stop_factor is None else sweep.StopRule(stop_factor)
        shares = _shares(self.optimizer)
        raw: list[float] = []
        batches = self._batches()
        if not self.model.training:
            self.model.train()
        try:
            with torch.enable_grad():
                for lr in lrs.tolist():
                    for group, share in zip(self.optimizer.param_groups, shares, strict=True):
                        _set_rate(group, lr * share)
                    raw.append(self._update(batches))
                    if not math.isfinite(raw[-1]):
                        break
                    if stop is not None and stop.step(smoothing.step(raw[-1])):
                        break
        finally:
            batches.close()
        return raw

    def _update(self, batches: Iterator[tuple[Any, Any]]) -> float:
        self.optimizer.zero_grad()
        total = 0.0
        for _ in range(self.accumulate):
            loss = self.loss(*next(batches))
            if not loss.requires_grad:
                raise Refusal(
                    "{title}: the loss has no gradient; it must be made from the model's outputs without detach, "
                    "no_grad or inference mode, and some parameter must require a gradient.",
                    title=TITLE,
                )
            share = loss if self.accumulate == 1 else loss / self.accumulate
            (share if self.scaler is None else self.scaler.scale(share)).backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        value = total / self.accumulate
        if not math.isfinite(value):
            return value
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        return value if self.validation is None else self._validate()

    def loss(self, inputs: Any, targets: Any) -> "torch.Tensor":
        """Return the loss of one batch, or refuse what is no tensor of one number."""
        import torch

        if self.dtype is None:
            loss = self.loss_fn(_call(self.model, inputs), targets)
        else:
            with torch.autocast(self.device.type, dtype=self.dtype):
                loss = self.loss_fn(_call(self.model, inputs), targets)
        if not isinstance(loss, torch.Tensor):
            raise Refusal(
                "{title}: loss_fn must answer a tensor of one number, got {value}.",
                title=TITLE,
                value=type(loss).__name__,
            )
        if loss.ndim:
            raise Refusal(
                "{title}: loss_fn must answer one number, got shape {shape}.", title=TITLE, shape=tuple(loss.shape)
            )
        return loss

    def _validate(self) -> float:
        """Return the mean loss over the rows of the validation loader, or what the function answers.

        Model and loss are in eval mode meanwhile, where the loss is a module.
        """
        import torch

        measured = [one for one in (self.model, self.loss_fn) if isinstance(one, torch.nn.Module)]
        flags = [(part, part.training) for one in measured for part in one.modules()]
        try:
            for one in measured:
                one.eval()
            with torch.no_grad():
                if callable(self.validation):
                    return float(self.validation(self.model))
                total, rows = 0.0, 0
                for batch in read(() if self.validation is None else self.validation, "validation"):
                    inputs, targets = move(self.split(batch), self.device)
                    count = row_count(inputs, targets)
                    total, rows = total + self.loss(inputs, targets).item() * count, rows + count
        finally:
            for part, flag in flags:
                part.training = flag
        if not rows:
            raise Refusal(
                "{title}: the validation loader gives no batches, or none when it is gone through again, as it must be "
                "after every update; give a DataLoader.",
                title=TITLE,
            )
        return total / rows

    def _batches(self) -> Generator[tuple[Any, Any]]:
        while True:
            batch = None
            for batch in read(self.loader):
                yield move(self.split(batch), self.device)
            if batch is None:
                raise Refusal(
                    "{title}: the loader gives no batches, or none when it is gone through again; give a DataLoader.",
                    title=TITLE,
                )


def _call(model: "torch.nn.Module", inputs: Any) -> Any:
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, list | tuple) else model(inputs)


def _shares(optimizer: "torch.optim.Optimizer") -> list[float]:
    """Return each group's rate as a share of the largest; 1 for all where all are 0."""
    own = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
    largest = max(own)
    return [lr / largest for lr in own] if largest > 0 else [1.0] * len(own)


def _set_rate(group: dict[str, Any], lr: float) -> None:
    """Set a group's rate, in place where the optimizer holds it as a tensor."""
    if hasattr(group["lr"], "fill_"):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def check(model: object, loss_fn: object, optimizer: object, accumulate: object, split: object) -> None:
    """Refuse what cannot be trained."""
    import torch

    wanted = {
        "model": (isinstance(model, torch.nn.Module), "a torch.nn.Module", model),
        "optimizer": (isinstance(optimizer, torch.optim.Optimizer), "a torch.optim.Optimizer", optimizer),
        "loss_fn": (callable(loss_fn), "a function of outputs and targets", loss_fn),
        "split": (callable(split), "a function of a batch", split),
    }
    for name, (right, what, value) in wanted.items():
        if not right:
            raise Refusal(
                "{title}: {name} must be {what}, got {value}.",
                title=TITLE,
                name=name,
                what=what,
                value=type(value).__name__,
            )
    if any(torch.nn.parameter.is_lazy(one) for one in model.parameters()):  # type: ignore[attr-defined]
        raise Refusal("{title}: the model has lazy modules; run one batch through it first.", title=TITLE)
    if isinstance(accumulate, bool) or not isinstance(accumulate, numbers.Integral) or accumulate < 1:
        raise Refusal("{title}: accumulate must be 1 or more batches, got {value!r}.", title=TITLE, value=accumulate)
    if isinstance(optimizer, torch.optim.LBFGS):
        raise Refusal("{title}: LBFGS calls the loss by itself, so that no rate can be swept over it.", title=TITLE)


def find_device(model: "torch.nn.Module", asked: "torch.device | str | None") -> "torch.device":
    """Return the model's device, or refuse another one: moving the model would leave its optimizer behind."""
    import torch

    first = next(model.parameters(), None)
    if first is None:
        raise Refusal("{title}: the model has no parameters.", title=TITLE)
    try:
        device = first.device if asked is None else torch.device(asked)
    except RuntimeError:
        device = torch.device("meta")
    if device.type != first.device.type or device.index not in (None, first.device.index):
        raise Refusal(
            "{title}: device must be {there}, where the model is, got {value}.",
            title=TITLE,
            there=first.device,
            value=asked,
        )
    return first.device


def find_dtype(asked: "torch.dtype | str | None") -> "torch.dtype | None":
    """Return the type that autocast uses, None for no autocast, or refuse any but the two 16-bit ones."""
    import torch

    dtype = getattr(torch, asked, asked) if isinstance(asked, str) else asked
    if dtype not in (None, torch.float16, torch.bfloat16):
        raise Refusal("{title}: autocast must be float16, bfloat16 or None, got {value}.", title=TITLE, value=asked)
    return dtype
