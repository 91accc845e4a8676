"""Columns that give the target away: alone they tell it almost perfectly, which real data seldom does."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.kinds import ColumnKind
from data.task import Kind
from words import say

PERFECT = 0.999
ROWS = 5_000
LEAST_ROWS = 30
MOST_CLASSES = 50


def sentence(column: pd.Series, target: pd.Series, column_kind: ColumnKind, kind: Kind) -> str | None:
    """Return why the column gives the target away, or None.

    Numbers: a rank correlation, or groups that explain the target, of 0.999 or more. Classes: each value belongs to one
    class (balanced accuracy), or the values part the classes (area under the ROC curve), with 0.999 or more. Under 30
    rows, and from 51 classes on, chance or time forbid an answer. At most 5,000 rows are looked at, spread over the
    table, so that the time per column does not grow beyond.
    """
    if column_kind not in ("number", "category"):
        return None
    known = np.flatnonzero(target.notna().to_numpy())
    if len(known) < LEAST_ROWS:
        return None
    rows = known[np.linspace(0, len(known) - 1, min(len(known), ROWS)).astype(np.int64)]
    values, goals = column.iloc[rows], target.iloc[rows]
    levels = pd.factorize(values, use_na_sentinel=False)[0]
    if kind == "number":
        return _about_numbers(values, goals, levels, column_kind)
    return _about_classes(values, pd.factorize(goals)[0], levels, column_kind)


def _about_numbers(
    values: pd.Series, goals: pd.Series, levels: NDArray[np.int64], column_kind: ColumnKind
) -> str | None:
    if column_kind == "number":
        both = np.isfinite(values.to_numpy(np.float64))
        if both.sum() >= max(LEAST_ROWS, len(values) / 2):
            correlation = _correlation(values[both].rank().to_numpy(), goals[both].rank().to_numpy())
            if abs(correlation) >= PERFECT:
                return say(
                    "It may give {target} away: both rise and fall together (rank correlation {value:.4f}).",
                    target=goals.name, value=correlation,
                )  # fmt: skip
    if levels.max() + 1 <= len(values) / 5:
        numbers = goals.to_numpy(np.float64)
        means = np.bincount(levels, weights=numbers) / np.bincount(levels)
        total = ((numbers - numbers.mean()) ** 2).sum()
        explained = 1 - ((numbers - means[levels]) ** 2).sum() / total if total > 0 else 0.0
        if explained >= PERFECT:
            return say(
                "It may give {target} away: rows of equal value have equal {target} (R2 {value:.4f}).",
                target=goals.name, value=explained,
            )  # fmt: skip
    return None


def _about_classes(
    values: pd.Series, goals: NDArray[np.int64], levels: NDArray[np.int64], column_kind: ColumnKind
) -> str | None:
    counts = np.bincount(goals)
    if not 2 <= len(counts) <= MOST_CLASSES:
        return None
    if levels.max() + 1 <= len(goals) / 5:
        table = np.zeros((levels.max() + 1, len(counts)), dtype=np.int64)
        np.add.at(table, (levels, goals), 1)
        guess = table.argmax(axis=1)[levels]
        # Balanced: the mean over the classes, so that guessing a common class is no success.
        accuracy = float((np.bincount(goals, weights=guess == goals) / counts).mean())
        if accuracy >= PERFECT:
            return say(
                "It may give the target away: alone it tells the class of {share:.4g} % of the rows.",
                share=100 * accuracy,
            )  # fmt: skip
    elif column_kind == "number":
        area = _separation(values.to_numpy(np.float64), goals)
        if area >= PERFECT:
            return say("It may give the target away: its values alone part the classes (AUC {area:.4f}).", area=area)
    return None


def _separation(numbers: NDArray[np.float64], goals: NDArray[np.int64]) -> float:
    """Return the least area under the ROC curve between classes that are neighbours by their median.

    Missing counts as a value below all others. Classes under three rows are left out: chance parts them.
    """
    numbers = np.where(np.isnan(numbers), -np.inf, numbers)
    groups = [np.sort(numbers[goals == at]) for at in range(goals.max() + 1)]
    groups = sorted((group for group in groups if len(group) >= 3), key=lambda group: float(group[len(group) // 2]))
    least = 1.0 if len(groups) > 1 else 0.0
    for low, high in pairwise(groups):
        below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
        least = min(least, float(below.mean()) / (2 * len(low)))
        if least < PERFECT:
            break
    return least


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
