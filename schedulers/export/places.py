"""Where updates fall: from shares of a run to the whole numbers that libraries' arguments are."""

from typing import Any

import numpy as np

Call = tuple[str, dict[str, Any]]  # name and arguments, as schedulers.libraries.curve takes them
Values = dict[str, Any]  # a schedule's checked parameters


def at(T: int, share: float) -> int:
    """Return the first update at which `share` of the run has passed."""
    return int(np.ceil(share * T - 1e-9))


def first_cycle(T: int, v: Values) -> int:
    """Return the length of the first of the cycles, each `multiplier` times as long as the one before."""
    m, n = v["multiplier"], v["cycles"]
    length: float = T / n if m == 1 else T * (m - 1) / (m**n - 1)
    return round(length)


def lengths(T: int, v: Values) -> list[int]:
    """Return the lengths of all cycles."""
    first = first_cycle(T, v)
    return [round(first * v["multiplier"] ** cycle) for cycle in range(v["cycles"])]
