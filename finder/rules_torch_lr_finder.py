"""torch-lr-finder's suggestion rule, and the smoothing that its losses go through.

Source: torch-lr-finder 0.2.2, `LRFinder.plot(skip_start=10, skip_end=5)` and `range_test(smooth_f=0.05)`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder.suggestion import Suggestion, at

SKIP_START, SKIP_END = 10, 5


def pytorch_lr_finder(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The point where the loss falls fastest per update, on a whole curve but its first ten and last five points. O(n).

    None under 2 points, where the original raises or suggests nothing. A NaN counts as steepest, as there.
    """
    seen = np.asarray(losses, dtype=np.float64)[SKIP_START:-SKIP_END]
    if seen.size < 2:
        return None
    with np.errstate(all="ignore"):
        return at(lrs, losses, int(np.gradient(seen).argmin()) + SKIP_START)


def smooth(raw_losses: ArrayLike, share: float = 0.05) -> NDArray[np.float64]:
    """Smooth losses (T,) as torch-lr-finder and Ignite do, float64: each loss counts for `share`, the first for all.

    Unlike fastai's average it gives the first loss the weight of twenty, which fades over some 60 updates.
    """
    smoothed: list[float] = []
    for loss in np.asarray(raw_losses, dtype=np.float64).tolist():
        smoothed.append(share * loss + (1 - share) * smoothed[-1] if smoothed else loss)
    return np.array(smoothed)
