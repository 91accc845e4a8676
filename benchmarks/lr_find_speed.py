"""lr_find with 8 seeds against torch-lr-finder's one seed: digits, MLP 64-64, 100 updates, batch 64, the same threads.

Both run in one process, in turns. Ours includes smoothing and all four rules for all seeds, theirs the range test
alone. Both stop early by their own rule (4 and 5 times the best smoothed loss), so the updates done are printed too; a
second round runs with both rules off.
"""

import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch.utils.data import DataLoader, TensorDataset

from data import builtin
from data.task import Task
from finder.range_test import range_test

SEEDS, UPDATES, BATCH, REPEATS = 8, 100, 64, 9
START, END = 1e-7, 10.0


def ours(task: Task, seeds: int, stops: bool) -> int:
    """Run our range test and return the greatest number of updates that a seed did."""
    found = range_test(
        task, "mlp_64_64", start=START, end=END, num_it=UPDATES, seeds=range(seeds), batch_size=BATCH, device="cpu",
        stop_factor=4.0 if stops else None,
    )  # fmt: skip
    return max(len(row) for row in found.smoothed)


def theirs(task: Task, stops: bool) -> int:
    """Run torch-lr-finder's range test and return the number of updates that it did."""
    from torch_lr_finder import LRFinder

    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(task.features, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, task.outputs),
    )  # fmt: skip
    rows = TensorDataset(torch.from_numpy(task.inputs[task.train]), torch.from_numpy(task.targets[task.train]))
    loader = DataLoader(rows, batch_size=BATCH, shuffle=True, drop_last=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=START, momentum=0.9)
    finder = LRFinder(model, optimizer, torch.nn.CrossEntropyLoss(), device="cpu")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        finder.range_test(loader, end_lr=END, num_iter=UPDATES, diverge_th=5 if stops else float("inf"))
    done = len(finder.history["lr"])
    finder.reset()
    return done


def _timed(run: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    done = run()
    return time.perf_counter() - began, done


def main() -> None:
    """Measure and print the medians."""
    try:
        import torch_lr_finder  # noqa: F401
    except ImportError:
        sys.exit("torch-lr-finder is missing: pip install -r requirements-benchmarks.txt")
    task = builtin.task("digits")
    print(f"digits, MLP 64-64, {UPDATES} updates, batch {BATCH}, {torch.get_num_threads()} threads, {REPEATS} repeats")
    for stops, title in ((True, "each with its own stop rule"), (False, "without stop rules")):
        runs: dict[str, Callable[[], int]] = {
            f"ours, {SEEDS} seeds": lambda stops=stops: ours(task, SEEDS, stops),
            "ours, 1 seed": lambda stops=stops: ours(task, 1, stops),
            "torch-lr-finder, 1 seed": lambda stops=stops: theirs(task, stops),
        }
        for run in runs.values():  # warm up
            run()
        taken: dict[str, list[tuple[float, int]]] = {name: [] for name in runs}
        for _ in range(REPEATS):
            for name, run in runs.items():
                taken[name].append(_timed(run))
        print(f"\n{title}")
        for name, results in taken.items():
            seconds = [second for second, _ in results]
            done = max(updates for _, updates in results)
            middle, fastest = statistics.median(seconds) * 1000, min(seconds) * 1000
            print(f"  {name:26} {middle:7.1f} ms  (fastest {fastest:.1f}, {done} updates)")
        eight, one = (statistics.median(s for s, _ in results) for results in list(taken.values())[::2])
        print(f"  ours with {SEEDS} seeds takes {eight / one:.2f} times as long as theirs with one")


if __name__ == "__main__":
    main()
