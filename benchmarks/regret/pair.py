"""One task with one optimizer: every rule's suggestions and ours, then what each of them is worth.

Rules and bake-off see training and validation rows only. What their rates and those of the grid are worth is measured
alike: trained with seeds that no suggestion saw, judged on the test rows. The recommended rates and the mean of the
valleys are trained as they are; the rates of the other rules, some 60 a pair, are read between those of the grid, six a
decade.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.task import Task
from finder import regret, suggest, verdict
from finder.range_test import range_test
from finder.recommend import recommend

MODEL = "mlp_64_64"
FRESH = 9001  # the first of the seeds that judge
RANGE_TEST = 100
TRAINED = ("ours", "valley of 8")


@dataclass(frozen=True)
class Effort:
    """How much is measured: rates of the grid, seeds of the range test, seeds that judge, repeats of ours."""

    rates: int = 37
    seeds: int = 8
    judges: int = 3
    repeats: int = 3
    updates: int = 600


QUICK = Effort(rates=13, seeds=4, judges=2, repeats=1, updates=150)


def measure(task: Task, optimizer: str, effort: Effort) -> dict[str, Any]:
    """Return one pair's record, plain JSON: the grid's test losses, each rule's rates, and their test losses."""
    hidden = replace(task, test=task.test[:0])
    seen = range_test(hidden, MODEL, num_it=RANGE_TEST, seeds=range(effort.seeds), optimizer=optimizer, device="cpu")
    answers = []
    for raw in seen.raw:
        length = int(np.flatnonzero(~np.isnan(raw))[-1]) + 1
        answers.append(suggest.as_originals(seen.lrs[:length], raw[:length], RANGE_TEST))
    suggested = {rule: [answer[rule] for answer in answers] for rule in suggest.RULES}
    valleys = [lr for lr in suggested["valley"] if lr is not None]
    suggested["valley of 8"] = [float(np.exp(np.mean(np.log(valleys)))) if valleys else None]
    ours = [
        recommend(
            hidden,
            MODEL,
            updates=effort.updates,
            seeds=range(100 + 3 * number, 103 + 3 * number),
            optimizer=optimizer,
            device="cpu",
        )
        for number in range(effort.repeats)
    ]
    suggested["ours"] = [one.lr for one in ours]

    grid = verdict.grid(effort.rates)
    asked = sorted({lr for rule in TRAINED for lr in suggested[rule] if lr is not None})
    on_grid, judged = (_judge(task, rates, optimizer, effort) for rates in (grid.tolist(), asked))
    return {
        "grid": grid.tolist(),
        "losses": on_grid,
        "suggested": suggested,
        "judged": [[lr, losses] for lr, losses in zip(asked, judged, strict=True)],
        "cost": [one.cost for one in ours],
        "confidence": [one.confidence for one in ours],
        "intervals": [[one.low, one.high] for one in ours],
    }


def _judge(task: Task, rates: Sequence[float], optimizer: str, effort: Effort) -> list[list[float | None]]:
    """Return the test loss of each rate with each fresh seed; None where it is not finite."""
    seeds = range(FRESH, FRESH + effort.judges)
    found = verdict.measure(
        task, MODEL, rates, seeds=seeds, optimizer=optimizer, updates=effort.updates, device="cpu"
    )  # fmt: skip
    return [[float(loss) if np.isfinite(loss) else None for loss in row] for row in found.test]


def regrets(record: dict[str, Any]) -> dict[str, list[float]]:
    """Return the regret of each of a rule's answers, from a record of `measure`."""
    at_rest, best, _ = ends(record)
    trained = {lr: float(regret.capped(_numbers(losses), at_rest).mean()) for lr, losses in record["judged"]}
    curve = np.array([regret.capped(_numbers(losses), at_rest).mean() for losses in record["losses"]])

    def loss(rule: str, lr: float | None) -> float | None:
        if lr is None:
            return None
        return trained[lr] if rule in TRAINED else regret.at(record["grid"], curve, lr)

    return {
        rule: [regret.regret(loss(rule, lr), best, at_rest) for lr in rates]
        for rule, rates in record["suggested"].items()
    }


def ends(record: dict[str, Any]) -> tuple[float, float, bool]:
    """Return the loss at rest, the best loss, and whether the pair tells good rates from bad."""
    losses = np.array([_numbers(row) for row in record["losses"]])
    at_rest = float(losses[0].mean())
    counted = regret.capped(losses, at_rest)
    place = int(counted.mean(axis=1).argmin())
    return at_rest, float(counted[place].mean()), regret.tells(counted[place], losses[0])


def _numbers(losses: Sequence[float | None]) -> list[float]:
    return [np.nan if loss is None else loss for loss in losses]
