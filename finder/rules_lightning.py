"""Lightning's suggestion rule, before and since version 2.5.3, and the smoothing that its losses go through.

Source: lightning 2.5.2 and 2.6.6, pytorch/tuner/lr_finder.py, `_LRFinder.suggestion(skip_begin=10, skip_end=1)`. Both
take a whole curve, uncut, and leave out ten points at its start, one at its end and every loss that is not finite.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finder.suggestion import Suggestion, at, curve

SKIP_START, SKIP_END = 10, 1


def lightning(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The point where the loss falls fastest per rate: on an axis that is not logarithmic, so a very early one. O(n).

    Since Lightning 2.5.3: `torch.gradient` in float32 over the rates themselves. None under 2 finite points, where
    the original logs an error and answers None.
    """
    kept = _kept(losses)
    if kept.size < 2:
        return None
    rates, values = curve(np.asarray(lrs)[kept], np.asarray(losses)[kept])
    return at(lrs, losses, int(kept[int(_slopes(rates, values).argmin())]))


def lightning_before_2_5_3(lrs: ArrayLike, losses: ArrayLike) -> Suggestion | None:
    """The point where the loss falls fastest per update. O(n).

    Until Lightning 2.5.2: `torch.gradient` of the losses alone, in float32. Its index is counted among the finite
    losses, so that one that is not finite shifts the answer, as there. None under 2 finite points.
    """
    kept = _kept(losses)
    if kept.size < 2:
        return None
    steepest = int(np.gradient(np.asarray(losses, dtype=np.float32)[kept]).argmin())
    return at(lrs, losses, steepest + SKIP_START)


def smooth(raw_losses: ArrayLike, beta: float = 0.98) -> NDArray[np.float64]:
    """Smooth losses (T,) as Lightning's own callback does, float64.

    An exponential average whose bias is corrected one update too far (`1 - beta ** (t + 2)`), so that it begins at
    about half the first loss and rises to it within some 50 updates, where fastai's begins at the loss itself.
    """
    average, smoothed = 0.0, []
    for t, loss in enumerate(np.asarray(raw_losses, dtype=np.float64).tolist()):
        average = beta * average + (1 - beta) * loss
        smoothed.append(average / (1 - beta ** (t + 2)))
    return np.array(smoothed)


def _kept(losses: ArrayLike) -> NDArray[np.int64]:
    """Places of the losses that the rules look at."""
    finite = np.isfinite(np.asarray(losses, dtype=np.float32))
    places = np.arange(finite.size)[SKIP_START:-SKIP_END]
    return places[finite[SKIP_START:-SKIP_END]]


def _slopes(rates: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slopes as `torch.gradient(values, spacing=[rates])` works them out, in float32: shape (n,)."""
    with np.errstate(all="ignore"):
        steps, rises = np.diff(rates), np.diff(values)
        ends = (rises[:1] / steps[:1], rises[-1:] / steps[-1:])
        left, right = steps[:-1], steps[1:]
        before, here, after = (
            -right / (left * (left + right)),
            (right - left) / (left * right),
            left / (right * (left + right)),
        )
        inner = before * values[:-2] + here * values[1:-1] + after * values[2:]
    return np.concatenate([ends[0], inner, ends[1]])
