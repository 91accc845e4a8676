"""What a training's result says of each model, as plain JSON."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.engine import Trained


def of(trained: "Trained", seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return for each model its "seed" (the seeds in turn), "updates" done, "reason", and how it did in the end.

    "loss" and "metric" are the last on the validation rows, "test_loss" and "test_metric" on the test rows; None where
    not finite.
    """
    return [
        {
            "seed": seeds[row % len(seeds)],
            "updates": int(trained.stopped[row]),
            "reason": trained.reason[row],
            "loss": known(trained.validation_loss[row, -1]),
            "metric": known(trained.validation_metric[row, -1]),
            "test_loss": known(trained.test_loss[row]),
            "test_metric": known(trained.test_metric[row]),
        }
        for row in range(len(trained.losses))
    ]


def known(value: float) -> float | None:
    """Return the number, None where it is not finite."""
    return float(value) if math.isfinite(value) else None
