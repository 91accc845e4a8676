"""A one-cycle schedule of 100,000 updates: one call here against stepping PyTorch's OneCycleLR.

PyTorch is stepped twice: its scheduler alone, and as its documentation and those who draw its schedules do it, with the
optimizer's step before it, which warns otherwise (the parameters have no gradient, so that step does nothing). Our
time is printed for the learning rate alone and with the momentum, which PyTorch's loop always sets as well. Processor
time is measured, which other work on the machine changes least.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from schedulers import torch_one_cycle

UPDATES, REPEATS, PEAK = 100_000, 7, 0.1


def rates(anneal: str) -> Any:
    """Compute the learning rate alone, (T,)."""
    return torch_one_cycle.rates(UPDATES, peak=PEAK, anneal=anneal)


def both(anneal: str) -> Any:
    """Compute learning rate and momentum, (2, T)."""
    return rates(anneal), torch_one_cycle.momentum(UPDATES, peak=PEAK, anneal=anneal)


def stepped(anneal: str, with_optimizer: bool) -> Any:
    """Step PyTorch's scheduler through the run and read both numbers at every update, (2, T)."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=PEAK, total_steps=UPDATES, anneal_strategy=anneal)
    group = optimizer.param_groups[0]
    seen, beta = np.empty(UPDATES), np.empty(UPDATES)
    for t in range(UPDATES):
        seen[t], beta[t] = group["lr"], group["momentum"]
        if t < UPDATES - 1:
            if with_optimizer:
                optimizer.step()
            scheduler.step()
    return seen, beta


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    curves = run()
    return time.process_time() - began, curves


def main() -> None:
    """Measure in turns and print the medians and their ratios."""
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
    print(f"one cycle, {UPDATES:,} updates, medians of {REPEATS}, processor time")
    for anneal in ("cos", "linear"):
        runs: dict[str, Callable[[], Any]] = {
            "ours, learning rate": lambda anneal=anneal: rates(anneal),
            "ours, learning rate and momentum": lambda anneal=anneal: both(anneal),
            "PyTorch, scheduler alone": lambda anneal=anneal: stepped(anneal, False),
            "PyTorch, optimizer and scheduler": lambda anneal=anneal: stepped(anneal, True),
        }
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        curves = {}
        for _ in range(REPEATS):
            for name, run in runs.items():
                taken, curves[name] = _timed(run)
                seconds[name].append(taken)
        middle = {name: statistics.median(each) for name, each in seconds.items()}
        rate, with_momentum, alone, loop = middle.values()
        mine, their = curves["ours, learning rate and momentum"], curves["PyTorch, scheduler alone"]
        print(f"\n{anneal}, greatest difference {np.abs(np.subtract(mine, their)).max():.1e}")
        for name, one in middle.items():
            print(f"  {name:34} {one * 1000:8.2f} ms")
        print(f"  times faster than the loop: {loop / rate:.0f} (rate), {loop / with_momentum:.0f} (with momentum);")
        print(f"  than the scheduler alone: {alone / rate:.0f} (rate), {alone / with_momentum:.0f} (with momentum)")


if __name__ == "__main__":
    main()
