"""A constructor call in pasted code: whose it is, and its positional arguments under the library's names."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from schedulers.libraries import fastai, keras, optax, timm, torch, transformers

MAKERS: dict[str, dict[str, Callable[..., Any]]] = {
    "torch": torch.MAKERS,
    "transformers": transformers.SCHEDULERS,
    "timm": timm.SCHEDULERS,
    "optax": optax.SCHEDULERS,
    "keras": keras.SCHEDULERS,
    "fastai": fastai.SCHEDULERS,
}
WITH_OPTIMIZER = ("torch", "transformers", "timm")
# The package that a library's schedulers are imported from.
PACKAGES = {
    "torch": ("torch", "lightning", "pytorch_lightning"),
    "transformers": ("transformers",),
    "timm": ("timm",),
    "optax": ("optax",),
    "keras": ("keras", "tensorflow", "tf_keras"),
    "fastai": ("fastai", "fastai2"),
}
# Methods of fastai's Learner: what stands before the arguments that make the curve.
LEARNER = {"fit_one_cycle": ("n_epoch",), "fit_flat_cos": ("n_epoch",), "fit_sgdr": (), "lr_find": ()}
FINE_TUNE = ("epochs", "base_lr", "freeze_epochs", "lr_mult", "pct_start", "div")
ANNEALERS = fastai.SHAPES
# Positional order where it differs from that of schedulers.libraries: its arguments and, as None, others between them.
ORDER: dict[str, tuple[str | None, ...]] = {
    "CyclicLR": (
        "base_lr", "max_lr", "step_size_up", "step_size_down", "mode", "gamma", None, "scale_mode", "cycle_momentum",
        "base_momentum", "max_momentum",
    ),
    "get_cosine_with_min_lr_schedule_with_warmup": (
        "num_warmup_steps", "num_training_steps", "num_cycles", None, "min_lr", "min_lr_rate",
    ),
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": (
        "num_warmup_steps", "num_training_steps", "num_cycles", None, "min_lr", "min_lr_rate", "warmup_lr_rate",
    ),
}  # fmt: skip
# Arguments that leave the curve as it is, as long as they have one of these values; empty: whatever they are.
HARMLESS: dict[str, tuple[object, ...]] = {
    "last_epoch": (-1,),
    "verbose": (),
    "optimizer": (),
    "scale_fn": (None,),
    "noise_range_t": (None,),
    "noise_pct": (),
    "noise_std": (),
    "noise_seed": (),
    "initialize": (True,),
    "wd": (),
    "cbs": (),
    "reset_opt": (),
    "start_epoch": (0,),
    "show_plot": (),
    "stop_div": (),
    "suggest_funcs": (),
    "dtype": (),
}


def library_of(name: str) -> str | None:
    """Return the library whose scheduler has this name, or None."""
    return next((library for library, makers in MAKERS.items() if name in makers and "." not in name), None)


def positional(library: str, name: str) -> tuple[str | None, ...]:
    """Return the names of a constructor's positional arguments; None for one that must not be given."""
    if name in ORDER:
        own = ORDER[name]
    else:
        parameters = inspect.signature(MAKERS[library][name]).parameters.values()
        own = tuple(parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY)
        own = tuple(argument for argument in own if argument != "base_lr")
    if name == "ChainedScheduler":
        return (*own, "optimizer")
    if library == "fastai":
        return (*LEARNER.get(name, ()), *own)
    return ("optimizer", *own) if library in WITH_OPTIMIZER else own


def end(name: str, kwargs: Mapping[str, Any]) -> int | None:
    """Return the number of updates that the scheduler allows, or None where it goes on without end."""
    if name == "OneCycleLR":
        total = kwargs.get("total_steps")
        epochs, batches = kwargs.get("epochs"), kwargs.get("steps_per_epoch")
        if total is None and isinstance(epochs, int) and isinstance(batches, int):
            total = epochs * batches
        return total if isinstance(total, int) else None
    if name == "lr_find":
        return int(kwargs.get("num_it", 100))
    return None
