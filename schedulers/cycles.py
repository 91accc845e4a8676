"""Where a curve's cycles end: the moments at which SGDR takes its snapshots."""

import numpy as np
from numpy.typing import ArrayLike

LEAST_RISE = 0.1  # of the curve's span, within one update


def cycle_ends(rates: ArrayLike) -> list[int]:
    """Return after how many updates each cycle of the curve (T,) ends; the last is T.

    A cycle ends where the rate has been falling and then rises within one update by a tenth of the curve's span or
    more: there the weights have settled and are about to be shaken loose (Snapshot ensembles, arXiv 1704.00109).
    """
    eta = np.asarray(rates, dtype=np.float64)
    steps = np.diff(eta)
    span = float(np.ptp(eta))
    ends = [
        update + 1
        for update in np.flatnonzero(steps >= LEAST_RISE * span).tolist()
        if span > 0 and update > 0 and steps[update - 1] < 0
    ]
    return [*ends, eta.size]
