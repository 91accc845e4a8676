"""Everything that `train` is told, checked once and made uniform."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from training import options
from training.models import widths
from training.options import Model
from training.start import Start
from words import Refusal

TITLE = "Train"
MOST_EVALUATIONS = 2000
EVALUATIONS = 40

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
    table = _numbers("rates", rates)
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
        momentum=_spread("momentum", momentum, models, updates),
        weight_decay=_spread("weight_decay", weight_decay, models, updates),
        optimizer=optimizer,
        batch_size=int(options.check_number("batch_size", batch_size, TITLE)),
        seeds=_seeds(seeds, models),
        device=find_device(device, dtype),
        dtype={"float32": torch.float32, "float64": torch.float64}[options.check_dtype(dtype, TITLE)],
        evaluate_every=_evaluate_every(evaluate_every, updates),
        report_every=None if report_every is None else _whole("report every", report_every, 1, updates),
        mixup=options.check_number("mixup", mixup, TITLE),
        freeze=_freeze(freeze, layers),
        start=start,
        keep_at=tuple(sorted({_whole("keep at", update, 1, updates) for update in keep_at})),
    )


def find_device(name: str, dtype: str = "float32") -> torch.device:
    """Return the device that `name` of options.DEVICES means here: auto is CUDA, MPS or CPU, the first that can do it.

    Raises Refusal for one that this machine lacks, and for float64 on MPS, which has none.
    """
    options.check_device(name, TITLE)
    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    if torch.cuda.is_available():
        there.insert(0, "cuda")
    if name == "auto":
        return torch.device(next(device for device in there if device != "mps" or dtype == "float32"))
    if name not in there:
        raise Refusal(
            "{title}: device must be one that this machine has ({there}), got {value}.",
            title=TITLE,
            there=", ".join(there),
            value=name,
        )
    if name == "mps" and dtype == "float64":
        raise Refusal("{title}: device mps has no float64; use float32 or the cpu.", title=TITLE)
    return torch.device(name)


def _numbers(name: str, values: ArrayLike) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refusal("{title}: {name} must be numbers in one array.", title=TITLE, name=name) from None


def _spread(name: str, values: ArrayLike, models: int, updates: int) -> Floats:
    """Return a number, (M,) or (M, T) as (M, T)."""
    title = options.LIMITS[name].title
    array = _numbers(title, values)
    if array.shape not in ((), (models,), (models, updates)):
        raise Refusal(
            "{title}: {name} must be one number, or have shape ({models},) or ({models}, {updates}), got {shape}.",
            title=TITLE,
            name=title,
            models=models,
            updates=updates,
            shape=array.shape,
        )
    # NaN is the least and the greatest of an array that holds one, and refused as either.
    for extreme in (array.min(), array.max()):
        options.check_number(name, float(extreme), TITLE)
    return np.broadcast_to(array[:, None] if array.ndim == 1 else array, (models, updates))


def _seeds(seeds: ArrayLike, models: int) -> NDArray[np.int64]:
    array = np.asarray(seeds)
    if array.shape != (models,) or array.dtype.kind not in "iu" or (array < 0).any():
        raise Refusal(
            "{title}: seeds must be {models} whole numbers from 0 up, one for each model, got {value}.",
            title=TITLE,
            models=models,
            value=seeds,
        )
    options.check_number("seeds", len(np.unique(array)), TITLE)
    return array.astype(np.int64)


def _evaluate_every(every: int | None, updates: int) -> int:
    """Return how many updates lie between evaluations, 0 for never."""
    if every is None:
        return -(-updates // EVALUATIONS)
    return _whole("evaluate every", every, -(-updates // MOST_EVALUATIONS), updates) if every != 0 else 0


def _freeze(freeze: object, layers: int) -> int:
    if isinstance(freeze, bool) or not isinstance(freeze, int | np.integer) or not 0 <= freeze < layers:
        raise Refusal(
            "{title}: frozen layers must be 0 to {high}, one less than the model has, got {value}.",
            title=TITLE,
            high=layers - 1,
            value=freeze,
        )
    return int(freeze)


def _whole(name: str, value: object, low: int, high: int) -> int:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= int(value) <= high:  # type: ignore[call-overload]
        raise Refusal(
            "{title}: {name} must be {low:,} to {high:,} updates, got {value}.",
            title=TITLE,
            name=name,
            low=low,
            high=high,
            value=value,
        )
    return int(value)  # type: ignore[call-overload,no-any-return]
