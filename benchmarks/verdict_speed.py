"""A full verdict on digits: 24 rates x 3 seeds x 600 updates of an MLP 64-64 at batch 64; seconds of training.

Aimed at: 4 s or less on 2 threads (OMP_NUM_THREADS=2), and the first points of the curve within 1 s.
"""

import os
import statistics
import time
from typing import TYPE_CHECKING

import torch

from data import builtin
from finder import verdict

if TYPE_CHECKING:
    from training.engine import Progress

REPEATS = 3


def main() -> None:
    """Measure and print; an evaluation every 20 updates, as a page that draws the curve live asks for."""
    task = builtin.task("digits")
    rows = f"{verdict.RATES} rates x {len(verdict.SEEDS)} seeds x {verdict.UPDATES} updates"
    print(f"digits, MLP 64-64, batch 64, {rows}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    for optimizer in ("sgd", "adam"):
        for title, every in (("at the end alone", None), ("every 20 updates", 20)):
            taken, used, first = [], [], []
            for _ in range(REPEATS):
                seen: list[float] = []

                def note(progress: "Progress", seen: list[float] = seen) -> None:
                    if progress.evaluation is not None and progress.end:
                        seen.append(time.perf_counter())

                began, cpu = time.perf_counter(), time.process_time()
                verdict.measure(
                    task, "mlp_64_64", optimizer=optimizer, evaluate_every=every, device="cpu", on_progress=note
                )
                taken.append(time.perf_counter() - began)
                used.append(time.process_time() - cpu)
                first.append(seen[0] - began)
            middle, least = statistics.median(taken), min(taken)
            print(
                f"  {optimizer:5} evaluated {title}: {middle:5.2f} s (fastest {least:.2f}, {min(used):.2f} s of "
                f"processor time), first points after {min(first):.2f} s"
            )


if __name__ == "__main__":
    main()
