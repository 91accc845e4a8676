"""Executes a snippet as it stands and returns the rates and the momentum that each update really used."""

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any

Curves = tuple[list[float], list[float]]  # learning rate and momentum of each update


def execute(library: str, text: str) -> Curves:
    """Run the snippet and return what its updates used; whatever the snippet raises is raised."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return {"fastai": _fastai, "optax": _optax, "keras": _keras, "lightning": _lightning}.get(library, stepped)(
            text
        )


def stepped(text: str) -> Curves:
    """Run a snippet that is built on PyTorch's optimizers and look at the first group before each of their steps."""
    import torch
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    used: Curves = ([], [])

    def look(optimizer: Any, *_: Any) -> None:
        used[0].append(float(optimizer.param_groups[0]["lr"]))
        used[1].append(float(optimizer.param_groups[0]["momentum"]))

    torch.manual_seed(0)
    handle = register_optimizer_step_pre_hook(look)
    try:
        exec(compile(text, "snippet", "exec"), {"__name__": "snippet"})
    finally:
        handle.remove()
    return used


def _lightning(text: str) -> Curves:
    import logging
    from functools import partial

    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer: Callable[..., Any] = lightning.Trainer
    quiet = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False, "accelerator": "cpu"}
    lightning.Trainer = partial(trainer, enable_model_summary=False, **quiet)
    try:
        return stepped(text)
    finally:
        lightning.Trainer = trainer


def _fastai(text: str) -> Curves:
    from fastai.callback.progress import ProgressCallback
    from fastai.learner import defaults

    defaults.callbacks = [callback for callback in defaults.callbacks if callback is not ProgressCallback]
    space: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(text, "snippet", "exec"), space)
    recorder = space["learn"].recorder
    return [float(rate) for rate in recorder.hps["lr"]], [float(value) for value in recorder.hps.get("mom", [])]


def _optax(text: str) -> Curves:
    import jax
    import jax.numpy as jnp

    space: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(text, "snippet", "exec"), space)
    counts = jnp.arange(space["T"])
    momentum = space.get("momentum_schedule")
    return jax.vmap(space["schedule"])(counts).tolist(), jax.vmap(momentum)(counts).tolist() if momentum else []


def _keras(text: str) -> Curves:
    space: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(text, "snippet", "exec"), space)
    schedule, optimizer, T = space["schedule"], space["optimizer"], space["T"]
    assert int(optimizer.iterations) == T
    momenta = [float(optimizer.momentum_at(t)) for t in range(T)] if hasattr(optimizer, "momentum_at") else []
    return [float(schedule(t)) for t in range(T)], momenta
