"""A training under way: the stack of models that still train, and the record of all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from training import checkpoint, metrics, models, start
from training.feed import Batch, Feed
from training.optimizers import Rule
from training.settings import Settings

# Updates whose rates and other numbers lie on the device at once.
AHEAD = 1024
# On the cpu as many models take their update one after another as have this many numbers (weights, their gradients and
# memories, activations and theirs) together: these stay in the processor's cache between forward, backward and step.
BLOCK_NUMBERS = 2**20
# Elsewhere only memory counts: 2 GB in float32.
DEVICE_NUMBERS = 2**29
# Shares of a block from which the stack is divided among threads: below, waiting for each other costs more.
WORTH_THREADS = 1.0

# Updates done before their losses are looked at, which waits for the device, and the seconds that they may take.
AT_ONCE, AT_ONCE_SECONDS = 32, 0.25

Answer = TypeVar("Answer")


class Block(NamedTuple):
    """Some neighbouring rows of the stack, as views: what one of them is told reaches the other.

    `weights` and `memory` leave out those of frozen layers, which the optimizer is not to touch.
    """

    rows: slice
    layers: models.Layers
    weights: torch.Tensor
    memory: list[torch.Tensor]
    gone: torch.Tensor


class Run:
    """M models between their first update and their last.

    `rows` names the models still in the stack, `weights` (alive, P) holds them and `memory` the optimizer's arrays. A
    frozen model leaves the stack for `final` and `left`, its weights and memory (M, P, on the cpu), so that the others
    cost less and see no change. Who diverges is `lost`, no longer updated, and leaves at the next multiple of AT_ONCE:
    the bits of the others depend on who is in the stack, which must not depend on when somebody looked. `kept` are the
    weights of all after the updates of `settings.keep_at`.

    On the cpu its blocks go side by side on as many threads as torch may use (torch.get_num_threads()): they wait for
    each other once in a few updates, where torch's own threads would at every product, which is left to a large model
    alone.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.threads = torch.get_num_threads() if settings.device.type == "cpu" else 1
        self.pool: ThreadPoolExecutor | None = None
        self.sizes = models.widths(settings.model, settings.task)
        self.rule = Rule(settings.optimizer, bool(settings.momentum.any()), bool(settings.weight_decay.any()))
        first = models.initial(self.sizes, [int(seed) for seed in settings.seeds])
        counts = models.counts(self.sizes)
        if settings.start:
            start.check(settings.start, self.sizes, settings.models, self.rule)
            first = start.weights(settings.start, first.to(settings.dtype), self.sizes)
        self.final = first.to(settings.dtype)
        self.left = start.memory(settings.start, self.final, self.rule)
        self.steps = start.steps(settings.start, settings.models, len(counts), self.rule)
        self.kept: list[torch.Tensor] = []
        self.feed = Feed(settings)
        self.frozen = sum(counts[: settings.freeze])
        # Which parameter group, here which layer, each weight belongs to; None where all have one rate and one past.
        groups = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts)).to(settings.device)
        alike = settings.rates.shape[2] == 1 and bool((self.steps == self.steps[:, :1]).all())
        self.groups = None if alike else groups[self.frozen :]
        self.losses = np.full((settings.models, settings.updates), np.nan)
        self.factors = np.ones(settings.models)
        self.stopped = np.zeros(settings.models, dtype=np.int64)
        self.reason = [""] * settings.models
        self.lost = np.zeros(settings.models, dtype=bool)
        self.done = 0
        self.at_once = 1
        self.unseen: list[torch.Tensor] = []
        self.ahead: torch.Tensor | None = None
        self.ahead_from = 0
        weights = self.final.to(settings.device, copy=True)
        passed = self.feed.batches.size * models.numbers(self.sizes)
        self.touched = (2 + self.rule.memories) * weights.shape[1] + 2 * passed  # numbers that one model's update needs
        memory = [array.to(settings.device, copy=True) for array in self.left]
        self._hold(np.arange(settings.models), weights, memory)

    def each(self, work: Callable[[Block], Answer]) -> list[Answer]:
        """Return what `work` answers for each block, several side by side."""
        if self.threads == 1:
            return [work(block) for block in self.blocks]
        if len(self.blocks) > 1 and self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads, "blocks")
        inference = torch.is_inference_mode_enabled()  # which holds for one thread alone

        def there(block: Block) -> Answer:
            with torch.inference_mode(inference):
                return work(block)

        lone = self.pool is None or len(self.blocks) == 1
        torch.set_num_threads(self.threads if lone and self.large else 1)
        try:
            if self.pool is None or lone:
                return [work(block) for block in self.blocks]
            return list(self.pool.map(there, self.blocks))
        finally:
            torch.set_num_threads(self.threads)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which of all M models still train."""
        return np.isin(np.arange(self.settings.models), self.rows) & ~self.lost

    @property
    def over(self) -> bool:
        """Whether none of them does."""
        return bool(self.lost[self.rows].all())

    def advance(self, limit: int, *, one: bool = False) -> None:
        """Do updates and look at their losses: until `limit` are done, or as many as take AT_ONCE_SECONDS, or `one`."""
        begun, first = time.monotonic(), self.done
        limit = min(limit, first - first % AT_ONCE + AT_ONCE)
        self.update(1 if one else min(self.at_once, limit - first))
        self.look()
        if one or self.done % AT_ONCE == 0:
            self.freeze(self.lost, "diverged")
        each = (time.monotonic() - begun) / (self.done - first)
        self.at_once = max(1, min(AT_ONCE, int(AT_ONCE_SECONDS / max(each, 1e-9))))

    def update(self, most: int = 1) -> None:
        """Do one update of every model in the stack, or some, `most` at most. Their losses wait for `look`.

        A block does all of them before the next one begins: its numbers stay in the cache, and threads wait less.
        """
        if self.ahead is None or self.done >= self.ahead_from + len(self.ahead):
            self.ahead, self.ahead_from = self._numbers(), self.done
        numbers = self.ahead[self.done - self.ahead_from :][:most]
        batches = [self.feed.at(self.done + place) for place in range(len(numbers))]

        def train(block: Block) -> torch.Tensor:
            each = [self._update(block, now[:, block.rows], batch) for now, batch in zip(numbers, batches, strict=True)]
            return torch.stack(each, 1)

        self.unseen.append(torch.cat(self.each(train)))
        self.done += len(numbers)

    def _update(self, block: Block, numbers: torch.Tensor, batch: torch.Tensor | Batch) -> torch.Tensor:
        """Update a block and return its losses; numbers are (numbers, models, G)."""
        inputs, targets, blended = self.feed.block(batch, block.rows)
        passed = models.forward(block.layers, inputs)
        loss, slope = metrics.loss_and_slope(self.settings.task.kind, passed[-1], targets, blended)
        gradient = models.backward(block.layers, passed, slope, self.settings.freeze)
        if self.groups is not None:
            numbers = numbers.index_select(-1, self.groups)
        weights, gone = block.weights, block.gone
        direction, rate = self.rule.step(numbers, weights, gradient, block.memory)
        gone |= ~loss.isfinite()
        # The cpu is asked and the step mostly left alone; asking another device would wait for it.
        if self.settings.device.type != "cpu" or bool(gone.any()):
            step = direction if rate is None else direction * rate
            weights.sub_(step.masked_fill(gone.unsqueeze(1), 0))
        elif rate is None:
            weights.sub_(direction)
        else:
            weights.addcmul_(direction, rate, value=-1)
        return loss

    def look(self) -> None:
        """Read the losses since the last look, and who was lost. Waits for the device."""
        if not self.unseen:
            return
        seen = torch.cat(self.unseen, 1).cpu().numpy()
        first = self.done - seen.shape[1]
        self.unseen = []
        finite = np.isfinite(seen)
        self.losses[self.rows, first : self.done] = seen
        for row, row_finite in zip(self.rows, finite, strict=True):
            if not row_finite.all() and not self.lost[row]:
                self.lost[row] = True
                self.stopped[row] = first + int(row_finite.argmin())
            if self.lost[row]:
                self.losses[row, max(first, self.stopped[row] + 1) :] = np.nan

    def finite(self) -> NDArray[np.bool_]:
        """Say of all M models whether their weights are finite; of frozen ones, yes. Waits for the device."""
        answer = np.ones(self.settings.models, dtype=bool)
        answer[self.rows] = self.weights.isfinite().all(1).cpu().numpy()
        return answer

    def freeze(self, named: NDArray[np.bool_], reason: str) -> None:
        """Take the named models (M,) out of the stack, those that are still in it."""
        leave = named[self.rows]
        if not leave.any():
            return
        rows = self.rows[leave]
        self.final[rows] = self.weights[torch.from_numpy(leave)].cpu()
        for left, array in zip(self.left, self.memory, strict=True):
            left[rows] = array[torch.from_numpy(leave)].cpu()
        if reason != "diverged":
            self.stopped[rows] = self.done
        for row in rows:
            self.reason[row] = reason
        stay = torch.from_numpy(np.flatnonzero(~leave)).to(self.settings.device)
        ahead = None if self.ahead is None else self.ahead[:, :, stay]
        self._hold(self.rows[~leave], self.weights[stay], [array[stay] for array in self.memory])
        self.ahead = ahead

    def keep(self) -> None:
        """Keep the weights of all models as they are now; call it after `look`."""
        kept = self.final.clone()
        kept[self.rows] = self.weights.cpu()
        self.kept.append(kept)

    def remembered(self) -> list[NDArray[Any]]:
        """Return the optimizer's memory of all M models, once all are frozen, as `Start.memory` takes it."""
        arrays: list[NDArray[Any]] = [array.numpy() for array in self.left]
        if self.rule.counts:
            steps = self.steps.copy()
            steps[:, self.settings.freeze :] += self.stopped[:, None]
            arrays.append(steps)
        return arrays

    def multiply(self, factors: NDArray[np.float64]) -> None:
        """Let the rates from now on be the given ones times factors (M,)."""
        self.factors = factors
        self.ahead = None

    def pack(self, evaluations: list[list[Any]]) -> bytes:
        """Return everything that `unpack` needs to go on from here; call it after `look`."""
        state = {
            "done": self.done,
            "rows": self.rows,
            "lost": self.lost,
            "weights": self.weights,
            "memory": self.memory,
            "final": self.final,
            "left": self.left,
            "kept": self.kept,
            "losses": self.losses[:, : self.done],
            "stopped": self.stopped,
            "reason": self.reason,
            "evaluations": evaluations,
        }
        return checkpoint.pack(self.settings, state)

    def unpack(self, stored: bytes) -> list[list[Any]]:
        """Go on from a snapshot; returns its evaluations."""
        state = checkpoint.unpack(self.settings, stored)
        self.done = state["done"]
        self.final, self.left, self.kept = state["final"], state["left"], state["kept"]
        self.reason = state["reason"]
        self.losses[:, : self.done] = state["losses"].numpy()
        self.stopped, self.lost = state["stopped"].numpy(), state["lost"].numpy()
        device = self.settings.device
        self._hold(state["rows"].numpy(), state["weights"].to(device), [array.to(device) for array in state["memory"]])
        return list(state["evaluations"])

    def _hold(self, rows: NDArray[np.int64], weights: torch.Tensor, memory: list[torch.Tensor]) -> None:
        self.rows, self.weights, self.memory = rows, weights, memory
        self.layers = models.layers(weights, self.sizes)
        self.gone = torch.from_numpy(self.lost[rows]).to(weights.device)
        self.unseen, self.ahead = [], None
        share = len(rows) * self.touched / (BLOCK_NUMBERS if weights.device.type == "cpu" else DEVICE_NUMBERS)
        count = max(1, round(share))
        self.large = share >= WORTH_THREADS
        if self.large:
            count = max(count // self.threads, 1) * self.threads
        ends = np.linspace(0, len(rows), min(count, len(rows)) + 1).round().astype(int).tolist()
        self.blocks = [self._block(slice(first, end)) for first, end in pairwise(ends)]
        if len(rows):
            self.feed.keep(self.settings.seeds[rows])

    def _block(self, rows: slice) -> Block:
        """Return views of these rows of the stack."""
        layers = models.layers(self.weights[rows], self.sizes)
        moving = (rows, slice(self.frozen, None))
        return Block(rows, layers, self.weights[moving], [array[moving] for array in self.memory], self.gone[rows])

    def _numbers(self) -> torch.Tensor:
        """Return what the optimizer needs for the next updates, on the device: (updates, numbers, alive, groups)."""
        settings = self.settings
        span = (self.rows, slice(self.done, self.done + AHEAD))
        rates = settings.rates[span] * self.factors[self.rows, None, None]
        # How often the optimizer has stepped, in one number where that is the same for all layers.
        steps = self.steps[self.rows, None, :] if self.steps.any() else 0
        if self.groups is None and not isinstance(steps, int):
            steps = steps[:, :, :1]
        numbers = self.rule.numbers(self.done + steps, rates, settings.momentum[span], settings.weight_decay[span])
        return torch.from_numpy(numbers).to(settings.dtype).to(settings.device)
