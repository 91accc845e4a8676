"""Everything that `train` is told, checked once and made uniform."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from training import checks, options
from training.checks import TITLE
from training.device import find_device
from training.models import widths
from training.options import Model
from training.start import Start
from words import Refusal

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Settings:
    """A checked set-up: rates (M, T, G), momentum and weight decay (M, T) (views where they do not change), seeds (M,).

    G, the parameter groups, is 1 or the number of layers.
    """

    task: Task
    model: Model
    rates: Floats
    momentum: Floats
    weight_decay: Floats
    optimizer: str
    batch_size: int
    seeds: NDArray[np.int64]
    device: torch.device
    dtype: torch.dtype
    evaluate_every: int
    report_every: int | None
    mixup: float = 0.0
    freeze: int = 0
    start: Start | None = None
    keep_at: tuple[int, ...] = ()

    @property
    def models(self) -> int:
        """How many models train at once."""
        return int(self.rates.shape[0])

    @property
    def updates(self) -> int:
        """How many updates each model is to do."""
        return int(self.rates.shape[1])

    def pause(self, done: int) -> int:
        """Return the next update after `done` at which somebody wants to see the models."""
        every = [done + number - done % number for number in (self.evaluate_every, self.report_every) if number]
        return min([self.updates, *every, *(update for update in self.keep_at if update > done)])

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that decides the numbers; a snapshot fits where it is equal. Time grows with the data."""
        digest = hashlib.sha256()
        task = self.task
        plain = (task.kind, task.outputs, self.model.hidden, self.optimizer, self.batch_size, str(self.dtype))
        digest.update(repr((plain, self.rates.shape, task.inputs.shape)).encode())
        for array in (self.rates, self.momentum, self.weight_decay, self.seeds, task.inputs, task.targets, task.train):
            digest.update(np.ascontiguousarray(array).data)
        if task.image is not None:
            images = (self.model.convolutions, task.transforms, task.recipe["mean"], task.recipe["std"])
            digest.update(repr(images).encode())
            digest.update(b"" if task.sizes is None else np.ascontiguousarray(task.sizes).data)
        more = (self.mixup, self.freeze, self.keep_at, self.start is not None)
        if any(more):
            digest.update(repr(more).encode())
        if self.start is not None:
            digest.update(repr(self.start.done).encode())
            for array in (*self.start.parameters, *self.start.memory):
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def check(
    task: Task,
    model: Model,
    rates: ArrayLike,
    *,
    momentum: ArrayLike,
    weight_decay: ArrayLike,
    optimizer: str,
    batch_size: int,
    seeds: ArrayLike,
    device: str,
    dtype: str,
    evaluate_every: int | None,
    report_every: int | None,
    mixup: float = 0.0,
    freeze: int = 0,
    start: Start | None = None,
    keep_at: Sequence[int] = (),
) -> Settings:
    """Return the settings, or raise Refusal naming the first that is not allowed."""
    options.check_optimizer(optimizer, TITLE)
    if not len(task.train):
        raise Refusal("{title}: there are no training rows.", title=TITLE)
    table = checks.numbers("rates", rates)
    if table.ndim == 2:
        table = table[..., None]
    layers = model.layers
    widths(model, task)  # refuses a model that the task does not fit
    if table.ndim != 3:
        raise Refusal(
            "{title}: rates must have shape (models, updates) or (models, updates, groups), got {shape}.",
            title=TITLE,
            shape=table.shape,
        )
    if table.shape[2] not in (1, layers):
        raise Refusal(
            "{title}: groups of rates must be 1 or {layers}, one for each layer, got {groups}.",
            title=TITLE,
            layers=layers,
            groups=table.shape[2],
        )
    models, updates, _ = table.shape
    options.check_number("models", models, TITLE)
    options.check_number("updates", updates, TITLE)
    wrong = np.argwhere(~(np.isfinite(table) & (table >= 0)))
    if len(wrong):
        row, update, group = wrong[0]
        raise Refusal(
            "{title}: rates must be finite and at least 0, got {value} for model {row} at update {update}.",
            title=TITLE,
            value=table[row, update, group],
            row=row,
            update=update,
        )
    return Settings(
        task=task,
        model=model,
        rates=table,
        momentum=checks.spread("momentum", momentum, models, updates),
        weight_decay=checks.spread("weight_decay", weight_decay, models, updates),
        optimizer=optimizer,
        batch_size=int(options.check_number("batch_size", batch_size, TITLE)),
        seeds=checks.seeds(seeds, models),
        device=find_device(device, dtype),
        dtype={"float32": torch.float32, "float64": torch.float64}[options.check_dtype(dtype, TITLE)],
        evaluate_every=checks.evaluate_every(evaluate_every, updates),
        report_every=None if report_every is None else checks.whole("report every", report_every, 1, updates),
        mixup=options.check_number("mixup", mixup, TITLE),
        freeze=checks.freeze(freeze, layers),
        start=start,
        keep_at=tuple(sorted({checks.whole("keep at", update, 1, updates) for update in keep_at})),
    )
