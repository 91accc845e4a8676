"""What the models of a stack are fed: the batch of each update, augmented and mixed up where that is asked for."""

import numpy as np
import torch
from numpy.typing import NDArray

from training import mixup
from training.augment import Images
from training.batches import Batches
from training.metrics import Blended
from training.settings import Settings

Batch = tuple[torch.Tensor, torch.Tensor, Blended | None]


class Feed:
    """The training rows on the device, and the batches of the models still in the stack.

    A table's batch without MixUp is picked block by block. Else it is prepared once for each distinct seed, so that
    augmentation costs S and not M batches; memory grows as S x B x features.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.inputs, self.targets = data(settings, settings.task.train)
        shuffle = bool(settings.task.transforms.get("shuffle", True))
        self.batches = Batches(len(self.inputs), settings.batch_size, settings.seeds, settings.device, shuffle=shuffle)
        self.first = settings.start.done if settings.start else 0

    def keep(self, seeds: NDArray[np.int64]) -> None:
        """Go on with the models of these seeds alone."""
        self.batches.keep(seeds)

    def at(self, update: int) -> torch.Tensor | Batch:
        """Return the batch of `update`, counted from 0 in this training, for `block` to take from."""
        update += self.first
        if isinstance(self.inputs, torch.Tensor) and not self.settings.mixup:
            return self.batches.at(update).view(-1, self.batches.size)
        return self._prepare(update)

    def block(self, whole: torch.Tensor | Batch, models: slice) -> Batch:
        """Return these models' inputs (m, B, F) or images (m, B, C, h, w), targets, and MixUp's other classes."""
        if isinstance(whole, torch.Tensor):
            assert isinstance(self.inputs, torch.Tensor)
            picked = whole[models]
            inputs = self.inputs.index_select(0, picked.reshape(-1)).view(*picked.shape, -1)
            targets = self.targets.index_select(0, picked.reshape(-1)).view(*picked.shape, *self.targets.shape[1:])
            return inputs, targets, None
        owner = self.batches.owner[models]
        inputs, targets, blended = whole
        if blended is not None:
            blended = Blended(*(part.index_select(0, owner) for part in blended))
        return inputs.index_select(0, owner), targets.index_select(0, owner), blended

    def _prepare(self, update: int) -> Batch:
        picked, seeds = self.batches.distinct(update), self.batches.seeds.tolist()
        targets = self.targets[picked]
        if isinstance(self.inputs, Images):
            inputs = self.inputs.augmented(picked.cpu().numpy(), seeds, update)
        else:
            inputs = self.inputs[picked]
        if not self.settings.mixup:
            return inputs, targets, None
        draws = [mixup.draw(self.settings.mixup, picked.shape[1], seed, update) for seed in seeds]
        share = torch.from_numpy(np.stack([one.share for one in draws])).to(inputs)
        partner = torch.from_numpy(np.stack([one.partner for one in draws])).to(picked.device)
        row = torch.arange(len(seeds), device=picked.device).unsqueeze(1)
        inputs = mixup.blend(inputs, inputs[row, partner], share)
        if self.settings.task.kind == "classes":
            return inputs, targets, Blended(targets[row, partner], share)
        return inputs, mixup.blend(targets, targets[row, partner], share), None


def data(settings: Settings, rows: NDArray[np.int64]) -> tuple[torch.Tensor | Images, torch.Tensor]:
    """Return the task's inputs of these rows on the device, (n, F) or images, and its targets (n,) or (n, labels)."""
    task, device, dtype = settings.task, settings.device, settings.dtype
    targets = torch.from_numpy(task.targets[rows]).to(device, torch.int64 if task.kind == "classes" else dtype)
    if task.image is None:
        return torch.from_numpy(task.inputs[rows]).to(device, dtype), targets
    sizes = None if task.sizes is None else task.sizes[rows]
    flat = not settings.model.convolutions
    return Images(task, task.inputs[rows], sizes, device, dtype, flat=flat), targets
