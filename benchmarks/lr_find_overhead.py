"""lr_find on the user's own model beside the bare PyTorch loop, torch-lr-finder, Lightning and fastai: one seed each.

Digits, MLP 64-64, batch 64, SGD with momentum, 100 updates at rates from 1e-7 to 10, the same DataLoader of a
TensorDataset, no stop rule, no progress bar, one process, in turns. Each is timed from a fresh model to the losses, so
keeping and putting back the model counts, and so does what a library needs around the loop. The bare loop sets the
rate, trains and records the loss; it keeps nothing and reads nothing.
"""

import contextlib
import io
import logging
import math
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from data import builtin
from finder import lr_find, sweep

UPDATES, BATCH, REPEATS = 100, 64, 15
START, END = 1e-7, 10.0
LOSS = torch.nn.CrossEntropyLoss()


def parts() -> tuple[torch.nn.Module, DataLoader, torch.optim.Optimizer]:
    """Return a fresh model, its loader and its optimizer."""
    task = builtin.task("digits")
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(task.features, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, task.outputs),
    )  # fmt: skip
    rows = TensorDataset(torch.from_numpy(task.inputs[task.train]), torch.from_numpy(task.targets[task.train]))
    loader = DataLoader(rows, batch_size=BATCH, shuffle=True, drop_last=True)
    return model, loader, torch.optim.SGD(model.parameters(), lr=START, momentum=0.9)


def bare() -> Callable[[], int]:
    """The plain loop."""
    model, loader, optimizer = parts()

    def run() -> int:
        losses: list[float] = []
        batches = iter(loader)
        for lr in sweep.rates(START, END, UPDATES).tolist():
            try:
                inputs, targets = next(batches)
            except StopIteration:
                batches = iter(loader)
                inputs, targets = next(batches)
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
            loss = LOSS(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return len(losses)

    return run


def ours() -> Callable[[], int]:
    """Our own, with smoothing, four rules, restoring and both digests."""
    model, loader, optimizer = parts()
    return lambda: len(lr_find(model, loader, LOSS, optimizer, start=START, end=END, stop_factor=None).raw)


def ours_row_by_row() -> Callable[[], int]:
    """Our own on a dataset that it knows nothing of, whose rows DataLoader fetches one by one."""

    class Rows(TensorDataset):
        pass

    model, loader, optimizer = parts()
    rows = DataLoader(Rows(*loader.dataset.tensors), BATCH, shuffle=True, drop_last=True)  # type: ignore[attr-defined]
    return lambda: len(lr_find(model, rows, LOSS, optimizer, start=START, end=END, stop_factor=None).raw)


def torch_lr_finder() -> Callable[[], int]:
    """torch-lr-finder's range test and reset."""
    from torch_lr_finder import LRFinder

    model, loader, optimizer = parts()

    def run() -> int:
        finder = LRFinder(model, optimizer, LOSS, device="cpu")
        finder.range_test(loader, end_lr=END, num_iter=UPDATES, diverge_th=math.inf)
        finder.reset()
        return len(finder.history["loss"])

    return run


def lightning() -> Callable[[], int]:
    """Lightning's Tuner.lr_find."""
    import lightning.pytorch as pl
    from lightning.pytorch.tuner import Tuner

    logging.getLogger("lightning.pytorch").setLevel(logging.CRITICAL)

    class Module(pl.LightningModule):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return LOSS(self.model(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=START, momentum=0.9)

    model, loader, _ = parts()
    module = Module(model)

    def run() -> int:
        trainer = pl.Trainer(
            accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, default_root_dir=tempfile.gettempdir(),
        )  # fmt: skip
        found = Tuner(trainer).lr_find(
            module, loader, min_lr=START, max_lr=END, num_training=UPDATES, early_stop_threshold=None, update_attr=False
        )
        return len(found.results["loss"])

    return run


def fastai() -> Callable[[], int]:
    """fastai's Learner.lr_find with valley, its plot and progress bar off."""
    from fastai.callback.schedule import valley
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    model, loader, _ = parts()
    here = DataLoaders(loader, loader, device="cpu")

    def optimizer(parameters: Any, lr: float) -> Any:
        return OptimWrapper(parameters, torch.optim.SGD, lr=lr, momentum=0.9)

    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(here, model, LOSS, opt_func=optimizer, path=folder)

    def run() -> int:
        with tempfile.TemporaryDirectory() as folder, learner.no_bar(), learner.no_logging():
            learner.path = type(learner.path)(folder)
            learner.lr_find(START, END, UPDATES, stop_div=False, show_plot=False, suggest_funcs=(valley,))
        return len(learner.recorder.losses)

    return run


CANDIDATES: dict[str, tuple[str | None, Callable[[], Callable[[], int]]]] = {
    "bare PyTorch loop": (None, bare),
    "Ratescope": (None, ours),
    "Ratescope, rows fetched one by one": (None, ours_row_by_row),
    "torch-lr-finder": ("torch-lr-finder", torch_lr_finder),
    "Lightning": ("lightning", lightning),
    "fastai": ("fastai", fastai),
}


def measure(repeats: int = REPEATS) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Return the seconds of each repeat by candidate, interleaved, and the reason why each of the others is missing."""
    seconds: dict[str, list[float]] = {}
    missing: dict[str, str] = {}
    for turn in range(repeats + 1):  # the first warms up
        for name, (_, build) in CANDIDATES.items():
            if name in missing:
                continue
            try:
                with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), _no_stderr():
                    warnings.simplefilter("ignore")
                    run = build()
                    began = time.perf_counter()
                    done = run()
                    taken = time.perf_counter() - began
            except ImportError as error:
                missing[name] = f"not installed ({error})"
                continue
            if done != UPDATES:
                missing[name] = f"did {done} updates instead of {UPDATES}"
            elif turn:
                seconds.setdefault(name, []).append(taken)
    return {name: taken for name, taken in seconds.items() if name not in missing}, missing


def _no_stderr() -> contextlib.AbstractContextManager[Any]:
    return contextlib.redirect_stderr(io.StringIO())


def main() -> None:
    """Measure and print the table."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    seconds, missing = measure()
    base = statistics.median(seconds["bare PyTorch loop"])
    where = f"{torch.get_num_threads()} threads, torch {torch.__version__}"
    print(f"digits, MLP 64-64, {UPDATES} updates, batch {BATCH}, {where}")
    print(f"medians of {REPEATS} interleaved repeats\n")
    print(f"{'':36} {'version':>10} {'median':>10} {'fastest':>10} {'of the bare loop':>17}")
    for name, (package, _) in CANDIDATES.items():
        release = ""
        if package:
            with contextlib.suppress(PackageNotFoundError):
                release = version(package)
        if name in missing:
            print(f"{name:36} {release:>10} {missing[name]}")
            continue
        middle, fastest = statistics.median(seconds[name]), min(seconds[name])
        print(f"{name:36} {release:>10} {middle * 1000:7.1f} ms {fastest * 1000:7.1f} ms {middle / base:16.2f}x")


if __name__ == "__main__":
    main()
