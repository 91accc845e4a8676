"""What trained models answer for rows of a task or new ones: plainly, with test-time augmentation, as an ensemble."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from training import models
from training.augment import Images
from training.decode import own_units, probabilities
from training.device import find_device
from training.options import Model
from words import Refusal

TITLE = "Predictions"
# Rows that go through the model together.
AT_ONCE = 512

Floats = NDArray[np.float64]
Parameters = Sequence[NDArray[Any]]


def outputs(
    task: Task,
    model: Model,
    parameters: Parameters,
    rows: ArrayLike,
    *,
    sizes: NDArray[np.int32] | None = None,
    device: str = "cpu",
) -> Floats:
    """Return what one model answers, (n, outputs): logits, or the scaled number; `decode.decode` says what they mean.

    `parameters` are one row of `Trained.parameters`. `rows` are row numbers of the task (n,), or new inputs: float32
    (n, F), or uint8 images (n, C, H, W) with their `sizes` (n, 2), None where each fills its canvas. Images are seen as
    in validation. Refusal where inputs do not fit. Memory grows as AT_ONCE x features, not with n.
    """
    return _Asked(task, model, parameters, rows, sizes=sizes, device=device).answers(lambda inputs, some: inputs[some])


def predictions(task: Task, answers: ArrayLike) -> Floats:
    """Return outputs (n, outputs) as probabilities, of numbers as (n, 1) in the target's own units."""
    if task.kind == "number":
        return own_units(task, answers).reshape(-1, 1)
    return probabilities(task.kind, answers)


def tta(
    task: Task,
    model: Model,
    parameters: Parameters,
    rows: ArrayLike,
    *,
    n: int = 4,
    beta: float | None = 0.25,
    use_max: bool = False,
    seed: int = 0,
    transforms: Mapping[str, Any] | None = None,
    sizes: NDArray[np.int32] | None = None,
    device: str = "cpu",
) -> Floats | tuple[Floats, Floats]:
    """Return predictions (n rows, outputs) with test-time augmentation, as fastai's Learner.tta (2.8.12).

    Of probabilities (numbers: values in own units): the mean of `n` augmented predictions and the plain one, joined as
    lerp(augmented, plain, beta) = (1 - beta) x augmented + beta x plain. `beta` None returns both, (augmented, plain);
    `use_max` returns the element-wise maximum of all n + 1, whatever beta is. `transforms` are those of the task with
    these in their place, which must leave the size of the crop; the rest as in `outputs`. The augmentation is decided
    by `seed`. A table has none: all n are the plain one. Time grows as (n + 1) x rows.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 100:
        raise Refusal("{title}: augmented predictions must be 1 to 100, got {value}.", title=TITLE, value=n)
    if beta is not None and not 0 <= beta <= 1:
        raise Refusal("{title}: beta must be 0 to 1 or None, got {value}.", title=TITLE, value=beta)
    if transforms is not None:
        seen_as = task.image
        task = replace(task, transforms={**task.transforms, **transforms})
        if task.image != seen_as:
            raise Refusal(
                "{title}: transforms must leave images of {wanted} (channels, height, width), got {got}.",
                title=TITLE,
                wanted=seen_as,
                got=task.image,
            )
    asked = _Asked(task, model, parameters, rows, sizes=sizes, device=device)
    plain = predictions(task, asked.answers(lambda inputs, some: inputs[some]))

    def augmented(turn: int) -> Floats:
        def pick(inputs: torch.Tensor | Images, some: slice) -> torch.Tensor:
            if isinstance(inputs, torch.Tensor):
                return inputs[some]
            # A number of its own for each part of each turn stands for the update.
            number = turn + n * (some.start // AT_ONCE)
            return inputs.augmented(np.arange(len(inputs))[None, some], [seed], number)[0]

        return predictions(task, asked.answers(pick))

    seen = np.stack([augmented(turn) for turn in range(n)])
    if use_max:
        highest: Floats = np.maximum(seen.max(axis=0), plain)
        return highest
    mean = seen.mean(axis=0)
    return (mean, plain) if beta is None else mean + beta * (plain - mean)


def ensemble(
    task: Task,
    model: Model,
    kept: NDArray[Any],
    rows: ArrayLike,
    *,
    sizes: NDArray[np.int32] | None = None,
    device: str = "cpu",
) -> Floats:
    """Return the mean prediction (n, outputs) of K snapshots of one model: `kept` (K, P), say `Trained.kept[:, m]`.

    The mean of their probabilities (Huang et al., arXiv 1704.00109), of numbers in the target's own units.
    """
    answers = [
        predictions(task, outputs(task, model, unstack(task, model, weights), rows, sizes=sizes, device=device))
        for weights in kept
    ]
    return np.asarray(np.mean(answers, axis=0), dtype=np.float64)


def unstack(task: Task, model: Model, weights: NDArray[Any]) -> list[NDArray[Any]]:
    """Return a row (P,) of `Trained.kept` as one model's `parameters`: weights and biases of each layer."""
    stack = models.layers(torch.from_numpy(np.array(weights)[None]), models.widths(model, task))
    return [part[0].numpy() for layer in stack for part in layer]


class _Asked:
    """One model and the rows that it is to answer for, on the device."""

    def __init__(
        self,
        task: Task,
        model: Model,
        parameters: Parameters,
        rows: ArrayLike,
        *,
        sizes: NDArray[np.int32] | None,
        device: str,
    ) -> None:
        place, dtype = find_device(device), torch.from_numpy(np.asarray(parameters[0])[:0]).dtype
        inputs = np.asarray(rows)
        if inputs.ndim == 1:
            sizes = None if task.sizes is None else task.sizes[inputs]
            inputs = task.inputs[inputs]
        if inputs.shape[1:] != task.inputs.shape[1:] or (task.image is not None and inputs.dtype != np.uint8):
            raise Refusal(
                "{title}: inputs must be row numbers or {kind} of shape (rows, {wanted}), got {got} of {dtype}.",
                title=TITLE,
                kind="numbers" if task.image is None else "uint8 images",
                wanted=", ".join(str(size) for size in task.inputs.shape[1:]),
                got=inputs.shape,
                dtype=inputs.dtype,
            )
        self.inputs: torch.Tensor | Images
        if task.image is None:
            self.inputs = torch.from_numpy(np.ascontiguousarray(inputs)).to(place, dtype)
        else:
            self.inputs = Images(task, inputs, sizes, place, dtype, flat=not model.convolutions)
        wanted = [shape for layer in models.shapes(models.widths(model, task)) for shape in (layer, (1, layer[-1]))]
        arrays = (np.asarray(array).reshape(1, *shape) for array, shape in zip(parameters, wanted, strict=True))
        parts = [torch.from_numpy(np.ascontiguousarray(array)).to(place) for array in arrays]
        self.stack = list(zip(parts[::2], parts[1::2], strict=True))
        self.width = task.outputs

    @torch.inference_mode()
    def answers(self, pick: Callable[[torch.Tensor | Images, slice], torch.Tensor]) -> Floats:
        """Return the outputs (n, outputs) for what `pick` makes of each part of the inputs."""
        parts = [slice(start, start + AT_ONCE) for start in range(0, len(self.inputs), AT_ONCE)]
        found = [models.outputs(self.stack, pick(self.inputs, some))[0].double().cpu().numpy() for some in parts]
        return np.concatenate(found) if found else np.zeros((0, self.width))
