"""A full verdict on images: 24 rates x 3 seeds x 600 updates of CNN 8 on the 8x8 digits, beside torch one by one.

The choice explained. `finder.verdict.measure` is one call of the engine: the rates with their seeds, and the loss at
rest, in blocks of models that stay near the processor. Beside it the same trainings one after another as one would
write them in torch: nn.Conv2d, autograd, torch.optim.SGD, the images prepared once and a batch picked by index. Of
these only a few models train for a part of the updates, and the time is multiplied: one model takes as long as any
other, and an update as long as the next. Models that diverge leave the engine early and would end a loop early too:
both ways are therefore compared by processor time a model and update really done, the engine's evaluations included.

On one thread of two cores that others used too: 7.4 s of processor time for 42,700 updates, 0.17 ms each; one after
another 0.88 ms each, 37 s.
"""

import os
import time

import numpy as np
import torch

from data import choice
from data.task import Task
from finder import verdict
from training import augment, models
from training.batches import order
from training.module import as_module
from training.options import MODELS

MODEL, BATCH = "cnn_8", 64
ALONE, ALONE_UPDATES = 3, 200  # what of the loop is measured


def one_after_another(task: Task, seeds: range, updates: int) -> None:
    """Train a model a seed in a plain loop of torch."""
    inputs, targets = torch.from_numpy(augment.plain(task, task.train)), torch.from_numpy(task.targets[task.train])
    sizes = models.widths(MODELS[MODEL], task)
    for seed in seeds:
        layers = models.layers(models.initial(sizes, [seed]), sizes)
        module = as_module(MODELS[MODEL], task, [part[0].numpy() for layer in layers for part in layer])
        optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
        an_epoch = len(inputs) // BATCH
        for update in range(updates):
            epoch, place = divmod(update, an_epoch)
            if place == 0:
                rows = torch.from_numpy(order(seed, epoch, len(inputs)))
            picked = rows[place * BATCH : (place + 1) * BATCH]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(module(inputs[picked]), targets[picked])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if not np.isfinite(loss.item()):
                break


def main() -> None:
    """Measure and print, on as many threads as torch uses (OMP_NUM_THREADS)."""
    task = choice.load({"builtin": "digit_images"}, lambda _: b"")
    print(f"{task.name}, {MODEL}, batch {BATCH}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    losses: list[np.ndarray] = []
    began, used = time.perf_counter(), time.process_time()
    found = verdict.measure(
        task, MODEL, batch_size=BATCH, device="cpu", on_progress=lambda progress: losses.append(progress.losses)
    )
    took, used = time.perf_counter() - began, time.process_time() - used
    done = sum(int(np.isfinite(part).sum()) for part in losses)
    print(f"  verdict: {used:.1f} s of processor time, {took:.1f} s on the clock, {done:,} updates,", end=" ")
    print(f"{used * 1000 / done:.2f} ms a model and update; best {found.best and found.best.lr}")
    one_after_another(task, range(1), 20)
    used = time.process_time()
    one_after_another(task, range(ALONE), ALONE_UPDATES)
    each = (time.process_time() - used) * 1000 / (ALONE * ALONE_UPDATES)
    print(
        f"  one after another: {each:.2f} ms, hence {each * done / 1000:.0f} s (from {ALONE} x {ALONE_UPDATES} updates)"
    )


if __name__ == "__main__":
    main()
