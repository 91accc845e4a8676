"""What other libraries' schedulers do, under their own names and arguments, without those libraries."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from schedulers.declare import MOST_UPDATES, Curve, is_whole, written
from schedulers.libraries import fastai, keras, optax, timm, torch, transformers
from schedulers.libraries.arguments import checked
from words import Refusal

_FORMULAS: dict[str, dict[str, Callable[..., Any]]] = {
    "fastai": fastai.SCHEDULERS,
    "transformers": transformers.SCHEDULERS,
    "timm": timm.SCHEDULERS,
    "optax": optax.SCHEDULERS,
    "keras": keras.SCHEDULERS,
}
NAMES: dict[str, tuple[str, ...]] = {
    "torch": tuple(torch.MAKERS),
    **{library: tuple(schedulers) for library, schedulers in _FORMULAS.items()},
}


def curve(library: str, name: str, kwargs: Mapping[str, object], steps: int) -> dict[str, Curve]:
    """Return what the library's scheduler gives at updates 0 ... steps-1: "lr" and, where it sets it, "momentum".

    `kwargs` are the library's own arguments (omitted ones take the library's defaults), for torch, transformers and
    timm with the optimizer's rate as `base_lr`; LambdaLR's and MultiplicativeLR's function is a formula of t, as text.
    In O(steps).
    Refusal for an unknown library, name or argument, for arguments that the library itself refuses or divides by zero
    with, and for steps other than 1 to 1,000,000.
    """
    if library not in NAMES:
        raise Refusal("There is no library {library}; known: {known}.", library=library, known=", ".join(NAMES))
    if name not in NAMES[library]:
        raise Refusal(
            "{library}: there is no scheduler {name}; known: {known}.",
            library=library,
            name=name,
            known=", ".join(NAMES[library]),
        )
    if not isinstance(kwargs, Mapping):
        raise Refusal(
            "{library} {name}: its arguments must be a table of names and values, got {value}.",
            library=library,
            name=name,
            value=written(kwargs),
        )
    if not (is_whole(steps) and 1 <= steps <= MOST_UPDATES):
        raise Refusal(
            "{library} {name}: steps must be a whole number, 1 to {high}, got {value}.",
            library=library,
            name=name,
            high=f"{MOST_UPDATES:,}",
            value=written(steps),
        )
    if library == "torch":
        result: Any = torch.run(name, kwargs, steps)
    else:
        title, function = f"{library} {name}", _FORMULAS[library][name]
        values = checked(title, function, kwargs)
        try:
            # Both branches of a `where` are computed, and only what is taken has to be finite.
            with np.errstate(all="ignore"):
                result = function(np.arange(steps, dtype=np.float64), **values)
        except Refusal:
            raise
        except (ArithmeticError, ValueError, TypeError):
            raise Refusal("{title}: these arguments divide by zero or take a root below 0.", title=title) from None
    rates, momentum = result if isinstance(result, tuple) else (result, None)
    if not np.isfinite(rates).all():
        raise Refusal(
            "{library} {name}: with these arguments update {update} has no finite rate.",
            library=library,
            name=name,
            update=int(np.argmin(np.isfinite(rates))),
        )
    return {"lr": rates} if momentum is None else {"lr": rates, "momentum": momentum}
