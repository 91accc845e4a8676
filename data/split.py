"""Which rows train, which validate and which test."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from data.task import Kind
from words import Refusal

LOW, HIGH, TOGETHER = 0.01, 0.5, 0.8
SEEDS = 2**31 - 1
LEAST_ROWS = 3

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """How rows are divided: `validation` and `test` are shares of all rows, `seed` fixes the draw.

    A Refusal where a share is outside 0.01 to 0.5, both together exceed 0.8, or the seed is no whole number.
    """

    validation: float = 0.2
    test: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("validation", "test"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not LOW <= value <= HIGH:
                raise Refusal(
                    "Split: {name} (share of rows) must be {low} to {high}, got {value}.",
                    name=name, low=LOW, high=HIGH, value=value,
                )  # fmt: skip
        if self.validation + self.test > TOGETHER + 1e-9:
            raise Refusal(
                "Split: validation and test together must be at most {high}, got {value:g}.",
                high=TOGETHER, value=self.validation + self.test,
            )  # fmt: skip
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed <= SEEDS:
            raise Refusal("Split: seed must be a whole number 0 to {high}, got {value}.", high=SEEDS, value=self.seed)

    def to_json(self) -> dict[str, Any]:
        """Return the split as plain JSON."""
        return asdict(self)

    @staticmethod
    def from_json(stored: object) -> "Split":
        """Return the split that `to_json` wrote, defaults filled in; a Refusal where it is none."""
        if not isinstance(stored, dict):
            raise Refusal("Split: must be an object with validation, test and seed, got {value}.", value=stored)
        unknown = sorted(str(name) for name in stored if name not in ("validation", "test", "seed"))
        if unknown:
            raise Refusal("Split: allowed are validation, test and seed, got {name}.", name=unknown[0])
        return Split(**stored)


def rows(split: Split, targets: NDArray[Any], kind: Kind) -> tuple[Rows, Rows, Rows]:
    """Return the sorted row indices that train, validate and test.

    `targets` is (N,). Classes are drawn in proportion (stratified) wherever every class has at least two rows and each
    part has room for every class; otherwise, and for numbers, the draw is plain, and a rare class may then be missing
    from a part. Equal arguments give equal rows. A Refusal under three rows, since each part needs one.
    """
    count = len(targets)
    if count < LEAST_ROWS:
        raise Refusal(
            "Too few rows: training, validation and test need at least one row each, so {least} in all, got {count}.",
            least=LEAST_ROWS, count=count,
        )  # fmt: skip
    everything = np.arange(count, dtype=np.int64)
    test_count = max(1, math.floor(count * split.test + 0.5))
    validation_count = max(1, math.floor(count * split.validation + 0.5))
    # With three or four rows the rounding may leave none to train on.
    test_count = min(test_count, count - 2)
    validation_count = min(validation_count, count - test_count - 1)
    rest, test = _draw(everything, test_count, targets, kind, split.seed)
    train, validation = _draw(rest, validation_count, targets, kind, split.seed)
    return np.sort(train), np.sort(validation), np.sort(test)


def rows_given(marked: NDArray[np.bool_], split: Split, targets: NDArray[Any], kind: Kind) -> tuple[Rows, Rows, Rows]:
    """Return the sorted row indices that train, validate and test, where the validation rows (N,) are marked.

    `split.test` is the share of the other rows that test; they are drawn as in `rows`. A Refusal where no row is
    marked, or under two are not.
    """
    validation, rest = np.flatnonzero(marked).astype(np.int64), np.flatnonzero(~marked).astype(np.int64)
    if not len(validation) or len(rest) < 2:
        raise Refusal(
            "The validation column must mark one row at least and leave two, got {marked} marked of {count}.",
            marked=len(validation), count=len(marked),
        )  # fmt: skip
    test_count = min(max(1, math.floor(len(rest) * split.test + 0.5)), len(rest) - 1)
    train, test = _draw(rest, test_count, targets, kind, split.seed)
    return np.sort(train), validation, np.sort(test)


def _draw(among: Rows, size: int, targets: NDArray[Any], kind: Kind, seed: int) -> tuple[Rows, Rows]:
    stratify = None
    if kind == "classes":
        classes, counts = np.unique(targets[among], return_counts=True)
        if counts.min() >= 2 and min(size, len(among) - size) >= len(classes):
            stratify = targets[among]
    kept, drawn = train_test_split(among, test_size=size, random_state=seed, stratify=stratify)
    return kept, drawn
