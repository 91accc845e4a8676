"""The suggestion rules beside their installed originals: Lightning, torch-lr-finder and Ignite.

`python -m parity.rules` compares and exits 1 at a difference, `--write` keeps what the originals answered in
tests/golden/rules.json. Each rule is asked about the drawn curves of
tests/golden/suggestions.json, and about real range tests: the original library runs its own range test over a model
whose losses are the recorded ones, so that its own smoothing is part of the comparison. Lightning's rule changed in
2.5.3: the version that is installed says which of our two rules it answers for.
"""

import contextlib
import io
import json
import logging
import math
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from finder import suggest

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
Curve = tuple[list[float], list[float]]
Ask = Callable[[Curve], float | None]
Record = Callable[[list[float]], list[float]]


class Scripted(torch.nn.Module):
    """A model whose loss is whatever is to come next."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.losses = iter(losses)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the next loss, as a function of the weight so that it can be differentiated."""
        return next(self.losses) + 0 * self.weight.sum()


def loader(count: int) -> torch.utils.data.DataLoader:
    """Return that many batches of nothing."""
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(count, 1), torch.zeros(count)))


def lightning() -> tuple[str, str, Ask, Record]:
    """Return Lightning's rule, version, how to ask it and how it records losses."""
    import pytorch_lightning as pl
    from pytorch_lightning.tuner import Tuner
    from pytorch_lightning.tuner.lr_finder import _LRFinder

    logging.getLogger("pytorch_lightning").setLevel(logging.CRITICAL)

    class Module(pl.LightningModule):
        def __init__(self, losses: list[float]) -> None:
            super().__init__()
            self.model = Scripted(losses)

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return self.model(batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=1e-3)

    def ask(curve: Curve) -> float | None:
        finder = _LRFinder("exponential", curve[0][0], curve[0][-1], len(curve[0]))
        finder.results = {"lr": list(curve[0]), "loss": list(curve[1])}
        return finder.suggestion()

    def record(losses: list[float]) -> list[float]:
        trainer = pl.Trainer(
            accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, max_steps=len(losses),
        )  # fmt: skip
        found = Tuner(trainer).lr_find(
            Module(losses), loader(len(losses)), num_training=len(losses), early_stop_threshold=None, update_attr=False
        )
        return list(found.results["loss"])

    before = tuple(int(part) for part in pl.__version__.split(".")[:3]) < (2, 5, 3)
    return ("lightning_before_2.5.3" if before else "lightning"), f"lightning {pl.__version__}", ask, record


def torch_lr_finder() -> tuple[str, str, Ask, Record]:
    """Return torch-lr-finder's rule, version, how to ask it and how it records losses."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot
    from torch_lr_finder import LRFinder

    def finder(losses: list[float]) -> Any:
        model = Scripted(losses)
        return LRFinder(model, torch.optim.SGD(model.parameters(), lr=1e-7), lambda outputs, targets: outputs)

    def ask(curve: Curve) -> float | None:
        asked = finder([])
        asked.history = {"lr": list(curve[0]), "loss": list(curve[1])}
        axes = pyplot.figure().add_subplot()
        try:
            answer = asked.plot(ax=axes)
        except RuntimeError:  # too few points
            return None
        finally:
            pyplot.close("all")
        return answer[1] if isinstance(answer, tuple) else None

    def record(losses: list[float]) -> list[float]:
        asked = finder(losses)
        asked.range_test(loader(len(losses)), end_lr=10, num_iter=len(losses), diverge_th=math.inf)
        return list(asked.history["loss"])

    return "pytorch_lr_finder", f"torch-lr-finder {version('torch-lr-finder')}", ask, record


def ignite() -> tuple[str, str, Ask, Record]:
    """Return Ignite's rule, version, how to ask it and how it records losses."""
    import ignite
    from ignite.engine import create_supervised_trainer
    from ignite.handlers import FastaiLRFinder

    def ask(curve: Curve) -> float | None:
        asked = FastaiLRFinder()
        asked._history = {"lr": list(curve[0]), "loss": list(curve[1])}
        try:
            return asked.lr_suggestion()
        except (RuntimeError, IndexError):  # a curve that only rises, or none
            return None

    def record(losses: list[float]) -> list[float]:
        model = Scripted(losses)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-7)
        trainer = create_supervised_trainer(model, optimizer, lambda outputs, targets: outputs)
        asked, saved = FastaiLRFinder(), {"model": model, "optimizer": optimizer}
        with asked.attach(trainer, saved, num_iter=len(losses) - 1, diverge_th=math.inf) as attached:
            attached.run(loader(len(losses)))
        return list(asked.get_results()["loss"])

    return "ignite", f"pytorch-ignite {ignite.__version__}", ask, record


def main(arguments: list[str]) -> int:
    """Compare or write; 1 where an answer differs."""
    recorded = json.loads((GOLDEN / "suggestions.json").read_text())
    kept = GOLDEN / "rules.json"
    golden = json.loads(kept.read_text()) if kept.exists() else {"versions": {}, "curves": {}, "runs": {}}
    differences = 0
    for original in (lightning, torch_lr_finder, ignite):
        try:
            rule, release, ask, record = original()
        except ImportError as error:
            print(f"{original.__name__} is not installed ({error.name}): not compared")
            continue
        on_curves, on_runs = [], []
        for curve in recorded["curves"]:
            answer = suggest.RULES[rule](curve["lrs"], curve["losses"])
            with contextlib.redirect_stdout(io.StringIO()):
                theirs = ask((curve["lrs"], curve["losses"]))
            on_curves.append((None if answer is None else answer.lr, theirs))
        for run in recorded["range_tests"]:
            raw, lrs = run["raw_losses"], run["lrs"]
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                theirs = ask((lrs, record(raw)[: len(raw)]))
            on_runs.append((suggest.as_originals(lrs, raw, run["num_it"])[rule], theirs))
        wrong = sum(ours != theirs for ours, theirs in on_curves + on_runs)
        print(f"{release}: {len(on_curves)} curves and {len(on_runs)} runs, {wrong} differ")
        differences += wrong
        golden["versions"][rule] = release
        golden["curves"][rule] = [theirs for _, theirs in on_curves]
        golden["runs"][rule] = [theirs for _, theirs in on_runs]
    if "--write" in arguments:
        kept.write_text(json.dumps(golden, indent=1) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
