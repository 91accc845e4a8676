"""Which training rows each update sees: a seeded permutation of the rows in each epoch."""

import numpy as np
import torch
from numpy.typing import NDArray


def order(seed: int, epoch: int, rows: int) -> NDArray[np.int64]:
    """Return the order in which `epoch` (from 0) visits the training rows: positions 0 to rows - 1, int64 (rows,).

    Depends on nothing but its arguments, so that a resumed run sees the same batches.
    """
    return np.random.default_rng((seed, epoch)).permutation(rows)


class Batches:
    """The batches of M models; models with equal seeds see the same ones. The last short batch of an epoch is dropped.

    Without `shuffle` every epoch goes through the rows in their order, whatever the seed.

    Memory grows as distinct seeds x training rows (8 bytes each), time per epoch likewise.
    """

    def __init__(
        self, rows: int, batch_size: int, seeds: NDArray[np.int64], device: torch.device, *, shuffle: bool = True
    ) -> None:
        self.rows, self.size, self.device, self.shuffle = rows, min(batch_size, rows), device, shuffle
        self.an_epoch = rows // self.size
        self.epoch, self.drawn = -1, dict[int, NDArray[np.int64]]()
        self.keep(seeds)

    def keep(self, seeds: NDArray[np.int64]) -> None:
        """Go on with the models of these seeds alone."""
        self.seeds, owner = np.unique(seeds, return_inverse=True)
        self.owner = torch.from_numpy(owner.astype(np.int64)).to(self.device)
        self.alike = len(self.seeds) == len(seeds) and bool((owner == np.arange(len(seeds))).all())
        self.orders: torch.Tensor | None = None

    def at(self, update: int) -> torch.Tensor:
        """Return the positions, int64 (M x B,), of the rows that the models' batches hold, one model after another."""
        batch = self.distinct(update)
        return (batch if self.alike else batch.index_select(0, self.owner)).reshape(-1)

    def distinct(self, update: int) -> torch.Tensor:
        """Return the positions, int64 (S, B), of the rows in the batches of the S distinct seeds, `seeds`."""
        epoch, place = divmod(update, self.an_epoch)
        if epoch != self.epoch:
            self.epoch, self.drawn, self.orders = epoch, {}, None
        if self.orders is None:
            for seed in self.seeds.tolist():
                if seed not in self.drawn:
                    self.drawn[seed] = order(seed, epoch, self.rows) if self.shuffle else np.arange(self.rows)
            orders = np.stack([self.drawn[seed] for seed in self.seeds.tolist()])
            self.orders = torch.from_numpy(orders).to(self.device)
        return self.orders[:, place * self.size : (place + 1) * self.size]
