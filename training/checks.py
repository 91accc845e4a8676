"""The numbers that `train` is told, each checked and made uniform, or refused in a sentence."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training import options
from words import Refusal

TITLE = "Train"
MOST_EVALUATIONS = 2000
EVALUATIONS = 40

Floats = NDArray[np.float64]


def numbers(name: str, values: ArrayLike) -> Floats:
    """Return numbers as a float64 array."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refusal("{title}: {name} must be numbers in one array.", title=TITLE, name=name) from None


def spread(name: str, values: ArrayLike, models: int, updates: int) -> Floats:
    """Return a number, (M,) or (M, T) as (M, T)."""
    title = options.LIMITS[name].title
    array = numbers(title, values)
    if array.shape not in ((), (models,), (models, updates)):
        raise Refusal(
            "{title}: {name} must be one number, or have shape ({models},) or ({models}, {updates}), got {shape}.",
            title=TITLE,
            name=title,
            models=models,
            updates=updates,
            shape=array.shape,
        )
    # NaN is the least and the greatest of an array that holds one, and refused as either.
    for extreme in (array.min(), array.max()):
        options.check_number(name, float(extreme), TITLE)
    return np.broadcast_to(array[:, None] if array.ndim == 1 else array, (models, updates))


def seeds(given: ArrayLike, models: int) -> NDArray[np.int64]:
    """Return a whole number from 0 up for each model, int64 (M,), of which not too many differ."""
    array = np.asarray(given)
    if array.shape != (models,) or array.dtype.kind not in "iu" or (array < 0).any():
        raise Refusal(
            "{title}: seeds must be {models} whole numbers from 0 up, one for each model, got {value}.",
            title=TITLE,
            models=models,
            value=given,
        )
    options.check_number("seeds", len(np.unique(array)), TITLE)
    return array.astype(np.int64)


def evaluate_every(every: int | None, updates: int) -> int:
    """Return how many updates lie between evaluations, 0 for never."""
    if every is None:
        return -(-updates // EVALUATIONS)
    return whole("evaluate every", every, -(-updates // MOST_EVALUATIONS), updates) if every != 0 else 0


def freeze(given: object, layers: int) -> int:
    """Return how many layers keep their weights: fewer than there are."""
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not 0 <= given < layers:
        raise Refusal(
            "{title}: frozen layers must be 0 to {high}, one less than the model has, got {value}.",
            title=TITLE,
            high=layers - 1,
            value=given,
        )
    return int(given)


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return a whole number of updates from low to high."""
    integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not integer or not low <= int(value) <= high:  # type: ignore[call-overload]
        raise Refusal(
            "{title}: {name} must be {low:,} to {high:,} updates, got {value}.",
            title=TITLE,
            name=name,
            low=low,
            high=high,
            value=value,
        )
    return int(value)  # type: ignore[call-overload,no-any-return]


def named(answer: ArrayLike, models: int) -> NDArray[np.bool_]:
    """Return what `stop` answered, bool (M,)."""
    rows = np.asarray(answer)
    if rows.shape != (models,) or rows.dtype != np.bool_:
        raise Refusal("Train: stop must answer {models} times true or false, got {value}.", models=models, value=answer)
    return rows


def factors(answer: ArrayLike, models: int) -> Floats:
    """Return what `adjust` answered, float64 (M,), at least 0."""
    many = np.asarray(answer, dtype=np.float64)
    if many.shape != (models,) or not (np.isfinite(many) & (many >= 0)).all():
        raise Refusal(
            "Train: adjust must answer {models} finite numbers from 0 up, got {value}.",
            models=models,
            value=answer,
        )
    return many
