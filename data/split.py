"""Which rows train, which validate and which test."""

import math
import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from data.task import Kind
from words import Refusal

LOW, HIGH, TOGETHER = 0.01, 0.5, 0.8
SEEDS = 2**31 - 1
LEAST_ROWS = 3
MOST_FOLDS = 20

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """How rows are divided: `validation` and `test` are shares of all rows, `seed` fixes the draw.

    With `fold` (i, k) the rows that are not for testing are parted into k, and part i of 0 ... k-1 validates.
    A Refusal where a share is outside 0.01 to 0.5, both together exceed 0.8, the seed is no whole number, or the fold
    is none of 2 to 20.
    """

    validation: float = 0.2
    test: float = 0.2
    seed: int = 0
    fold: tuple[int, int] | None = None

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
        if self.fold is not None and not (
            len(self.fold) == 2
            and all(type(number) is int for number in self.fold)
            and 2 <= self.fold[1] <= MOST_FOLDS
            and 0 <= self.fold[0] < self.fold[1]
        ):
            raise Refusal("Split: fold must be [number from 0, count of 2 to {most}], got {value}.",
                          most=MOST_FOLDS, value=list(self.fold))  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return the split as plain JSON, without a fold where there is none."""
        plain = asdict(self)
        fold = plain.pop("fold")
        return plain if fold is None else {**plain, "fold": list(fold)}

    @staticmethod
    def from_json(stored: object) -> "Split":
        """Return the split that `to_json` wrote, defaults filled in; a Refusal where it is none."""
        if not isinstance(stored, dict):
            raise Refusal("Split: must be an object with validation, test and seed, got {value}.", value=stored)
        unknown = sorted(str(name) for name in stored if name not in ("validation", "test", "seed", "fold"))
        if unknown:
            raise Refusal("Split: allowed are validation, test, seed and fold, got {name}.", name=unknown[0])
        fold = stored.get("fold")
        if fold is not None and not isinstance(fold, list | tuple):
            raise Refusal("Split: fold must be [number from 0, count of 2 to {most}], got {value}.",
                          most=MOST_FOLDS, value=fold)  # fmt: skip
        return Split(**{**stored, "fold": None if fold is None else tuple(fold)})


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
    if split.fold is not None:
        number, count = split.fold
        validation = folds(rest, targets, kind, count, split.seed)[number]
        train = np.setdiff1d(rest, validation)
    return np.sort(train), np.sort(validation), np.sort(test)


def folds(among: Rows, targets: NDArray[Any], kind: Kind, k: int, seed: int) -> list[Rows]:
    """Return k sorted parts of the rows `among`, about equal in size, by scikit-learn's KFold, shuffled by the seed.

    Classes are spread evenly over the parts (StratifiedKFold) where any of them has k rows; one with fewer is then in
    as many parts as it has rows. Equal arguments give equal parts. A Refusal where there are fewer rows than parts.
    """
    if not 2 <= k <= min(MOST_FOLDS, len(among)):
        raise Refusal("Cross-validation: folds must be 2 to {most}, at most one a row, got {k} for {rows} rows.",
                      most=MOST_FOLDS, k=k, rows=len(among))  # fmt: skip
    among = np.sort(among)
    evenly = kind == "classes" and np.bincount(targets[among]).max() >= k
    parts = (StratifiedKFold if evenly else KFold)(k, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class with fewer rows than folds; said above.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        return [among[part] for _, part in parts.split(among, targets[among] if evenly else None)]


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
