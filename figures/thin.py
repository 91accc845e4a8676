"""Fewer points for the eye, none of its landmarks lost."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LIMIT = 2000


def thin(values: ArrayLike, limit: int = LIMIT) -> NDArray[np.int64]:
    """Return the rising indices of at most `limit` of the values (n,) that draw the same curve.

    Keeps the first, the last, and each stretch's least and greatest value, so that every peak and jump stays; NaN
    counts as neither. `limit` is at least 4. All indices come back when there are few enough. Time grows with n.
    """
    values = np.asarray(values, dtype=np.float64)
    count = len(values)
    if count <= limit:
        return np.arange(count)
    width = -(-count // ((limit - 2) // 2))
    starts = np.arange(0, count, width)
    missing = np.isnan(values)

    def stretches(filling: float) -> NDArray[np.float64]:
        filled = np.empty(len(starts) * width)
        filled[:count] = values
        filled[:count][missing] = filling
        filled[count:] = filled[count - 1]
        return filled.reshape(-1, width)

    # Of equal values the first as the least and the last as the greatest, so that a level keeps both its ends.
    low = starts + stretches(np.inf).argmin(axis=1)
    high = np.minimum(starts + width - 1 - stretches(-np.inf)[:, ::-1].argmax(axis=1), count - 1)
    return np.unique(np.concatenate(([0], low, high, [count - 1])))


def thin_together(values: ArrayLike, others: ArrayLike | None, limit: int = LIMIT) -> NDArray[np.int64]:
    """Return the rising indices of at most `limit` that draw both curves (n,), as `thin` does; `others` may be None."""
    if others is None:
        return thin(values, limit)
    return np.union1d(thin(values, limit // 2), thin(others, limit // 2))
