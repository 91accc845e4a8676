"""Many models at once against plain PyTorch loops one after the other: MLPs 20-64-64-4, batch 64, SGD with momentum.

Both see the same number of rows, batches and updates, on the same threads; theirs picks its batches from tensors in
memory, without a DataLoader. Aimed at: 32 models at least 10 times as fast, and a cost per model that falls with the
number of models up to what memory holds.
"""

import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from sklearn import datasets

from data.task import Task
from training.engine import train
from training.options import MODELS

UPDATES, BATCH, REPEATS = 200, 64, 5
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LR, MOMENTUM = 0.05, 0.9


def table() -> Task:
    """Return 2,000 generated rows of 20 inputs and 4 classes."""
    inputs, targets = datasets.make_classification(
        2000, 20, n_informative=8, n_classes=4, n_clusters_per_class=2, random_state=0
    )
    rows = np.arange(2000)
    return Task(
        name="generated", inputs=inputs.astype(np.float32), targets=targets.astype(np.int64), kind="classes",
        class_names=("a", "b", "c", "d"), train=rows[:1600], validation=rows[1600:1800], test=rows[1800:], recipe={},
        target_name="target",
    )  # fmt: skip


def ours(task: Task, models: int) -> None:
    """Train the models at once."""
    rates = np.full((models, UPDATES), LR)
    train(
        task, MODELS["mlp_64_64"], rates, seeds=np.arange(models) % 32, momentum=MOMENTUM, batch_size=BATCH,
        device="cpu", evaluate_every=0,
    )  # fmt: skip


def theirs(task: Task, models: int) -> None:
    """Train them one after the other, each in a plain loop."""
    inputs, targets = torch.from_numpy(task.inputs[task.train]), torch.from_numpy(task.targets[task.train])
    for seed in range(models):
        torch.manual_seed(seed)
        model = torch.nn.Sequential(
            torch.nn.Linear(20, 64), torch.nn.ReLU(),
            torch.nn.Linear(64, 64), torch.nn.ReLU(),
            torch.nn.Linear(64, 4),
        )  # fmt: skip
        optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        done = 0
        while done < UPDATES:
            order = torch.randperm(len(inputs))
            for start in range(0, len(inputs) - BATCH + 1, BATCH):
                picked = order[start : start + BATCH]
                loss = torch.nn.functional.cross_entropy(model(inputs[picked]), targets[picked])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss.item()
                done += 1
                if done == UPDATES:
                    break


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Measure in turns, so that what else the machine does falls on both, and print."""
    task = table()
    print(f"{UPDATES} updates, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}, medians of {REPEATS}")
    ours(task, 2)
    theirs(task, 1)
    turns = [(_seconds(lambda: ours(task, 32)), _seconds(lambda: theirs(task, 32))) for _ in range(REPEATS)]
    once, after = (statistics.median(turn[side] for turn in turns) for side in (0, 1))
    ratios = sorted(loop / together for together, loop in turns)
    print(f"  32 models: at once {once * 1000:.0f} ms, one after the other {after * 1000:.0f} ms: {after / once:.1f} "
          f"times as fast ({ratios[0]:.1f} to {ratios[-1]:.1f})")  # fmt: skip
    for models in COUNTS:
        taken = min(_seconds(lambda models=models: ours(task, models)) for _ in range(2))  # type: ignore[misc]
        each = taken * 1e6 / models / UPDATES
        print(f"  {models:4} models at once: {taken * 1000:7.1f} ms, {each:7.1f} us a model and update")


if __name__ == "__main__":
    main()
