"""Which scheduler of a library's own may draw a schedule: candidates, which `own` compares with the schedule itself.

A candidate is only ever a proposal, so it may be careless about parameters that it cannot express: what does not draw
exactly the schedule is not taken.
"""

from typing import Any

import numpy as np

from schedulers import libraries
from schedulers.declare import MOST_UPDATES, Schedule, Value
from schedulers.export.own_functions import FASTAI, KERAS, OPTAX
from schedulers.export.own_stepped import TIMM, TRANSFORMERS
from schedulers.export.own_torch import TORCH
from schedulers.export.places import Call
from words import Refusal


def own(library: str, schedule: Schedule, values: dict[str, Value], T: int) -> Call | None:
    """Return the library's own scheduler that draws exactly this schedule over T updates, or None.

    `library` is a name of schedulers.libraries. Exactly is to 1e-9 of each rate (and 1e-12 of the highest), momentum
    included where the schedule cycles it and the library's scheduler sets it. O(T).
    """
    rates, momentum = schedule.rates(T, **values), schedule.momentum(T, **values)
    # What is stepped after each update is stepped once more after the last one, which may divide by zero.
    steps = min(T + 1, MOST_UPDATES) if library in ("torch", "transformers") else T
    for candidate in CANDIDATES[library].get(schedule.name, ()):
        try:
            name, kwargs = candidate(T, dict(values))
            curve = {key: given[:T] for key, given in libraries.curve(library, name, kwargs, steps).items()}
        except (Refusal, ArithmeticError):
            continue
        if not _same(curve["lr"], rates):
            continue
        if momentum is None or "momentum" not in curve or _same(curve["momentum"], momentum):
            return name, kwargs
    return None


def _same(one: Any, other: Any) -> bool:
    return bool((np.abs(one - other) <= 1e-9 * np.abs(other) + 1e-12 * np.abs(other).max()).all())


CANDIDATES = {
    "torch": TORCH,
    "transformers": TRANSFORMERS,
    "timm": TIMM,
    "optax": OPTAX,
    "keras": KERAS,
    "fastai": FASTAI,
}
