"""One task, under one split, with one optimizer: every rule's suggestions and ours, then what each of them is worth.

Rules and bake-off see training and validation rows only. What their rates and those of the grid are worth is measured
alike: every rate that was suggested, some 60 a pair, and those of the grid are trained with seeds that no suggestion
saw, and judged on the test rows.
"""

from collections.abc import Mapping, Sequence
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

Record = dict[str, Any]


@dataclass(frozen=True)
class Effort:
    """How much is measured: rates of the grid, seeds of the range test, seeds that judge, repeats of ours, splits."""

    rates: int = 37
    seeds: int = 8
    judges: int = 3
    repeats: int = 3
    updates: int = 600
    splits: int = 2
    model: str = MODEL


QUICK = Effort(rates=13, seeds=4, judges=2, repeats=1, updates=150, splits=1)


def measure(task: Task, optimizer: str, effort: Effort, *, rules: bool = True) -> Record:
    """Return one pair's record, plain JSON: the grid's test losses, each rule's rates, and their test losses.

    Without `rules` ours alone is measured.
    """
    hidden = replace(task, test=task.test[:0])
    suggested = suggestions(hidden, optimizer, effort) if rules else {}
    ours = [
        recommend(
            hidden,
            effort.model,
            updates=effort.updates,
            seeds=range(100 + 3 * number, 103 + 3 * number),
            optimizer=optimizer,
            device="cpu",
        )
        for number in range(effort.repeats)
    ]
    suggested["ours"] = [one.lr for one in ours]
    grid = verdict.grid(effort.rates)
    asked = rates_of(suggested)
    on_grid, judged = (judge(task, rates, optimizer, effort) for rates in (grid.tolist(), asked))
    return {
        "grid": grid.tolist(),
        "losses": on_grid,
        "suggested": suggested,
        "judged": [[lr, losses] for lr, losses in zip(asked, judged, strict=True)],
        "cost": [one.cost for one in ours],
        "confidence": [one.confidence for one in ours],
        "intervals": [[one.low, one.high] for one in ours],
    }


def rates_of(suggested: Mapping[str, Sequence[float | None]]) -> list[float]:
    """Return the rates that were suggested, rising, each once."""
    return sorted({lr for rates in suggested.values() for lr in rates if lr is not None})


def suggestions(hidden: Task, optimizer: str, effort: Effort) -> dict[str, list[float | None]]:
    """Return each rule's rate for each seed of a range test, and the geometric mean of the valleys."""
    seen = range_test(
        hidden, effort.model, num_it=RANGE_TEST, seeds=range(effort.seeds), optimizer=optimizer, device="cpu"
    )
    answers = []
    for raw in seen.raw:
        length = int(np.flatnonzero(~np.isnan(raw))[-1]) + 1
        answers.append(suggest.as_originals(seen.lrs[:length], raw[:length], RANGE_TEST))
    found: dict[str, list[float | None]] = {rule: [answer[rule] for answer in answers] for rule in suggest.RULES}
    valleys = [lr for lr in found["valley"] if lr is not None]
    found["valley of all"] = [float(np.exp(np.mean(np.log(valleys)))) if valleys else None]
    return found


def judge(task: Task, rates: Sequence[float], optimizer: str, effort: Effort) -> list[list[float | None]]:
    """Return the test loss of each rate, rising, with each fresh seed; None where it is not finite."""
    seeds = range(FRESH, FRESH + effort.judges)
    found = verdict.measure(
        task, effort.model, rates, seeds=seeds, optimizer=optimizer, updates=effort.updates, device="cpu"
    )  # fmt: skip
    return [[float(loss) if np.isfinite(loss) else None for loss in row] for row in found.test]


def regrets(record: Record) -> dict[str, list[float]]:
    """Return the regret of each of a rule's answers, from a record of `measure`."""
    at_rest, best, _ = ends(record)
    trained = {lr: float(regret.capped(_numbers(losses), at_rest).mean()) for lr, losses in record["judged"]}
    return {
        rule: [regret.regret(None if lr is None else trained[lr], best, at_rest) for lr in rates]
        for rule, rates in record["suggested"].items()
    }


def ends(record: Record) -> tuple[float, float, bool]:
    """Return the loss at rest, the best loss, and whether the pair tells good rates from bad."""
    losses = np.array([_numbers(row) for row in record["losses"]])
    at_rest = float(losses[0].mean())
    counted = regret.capped(losses, at_rest)
    place = int(counted.mean(axis=1).argmin())
    return at_rest, float(counted[place].mean()), regret.tells(counted[place], losses[0])


def over_splits(records: Sequence[Record]) -> list[float]:
    """Return the regrets of ours with the test losses of the splits taken together, of as many repeats as all have.

    The draw of the test rows is averaged so: the grid's losses, those at rest and those of our rates, each split's own,
    are shares of the split's loss at rest and then means over the splits, and the best is that of these means.
    """
    grids, ours = [], []
    for record in records:
        losses = np.array([_numbers(row) for row in record["losses"]])
        at_rest = float(losses[0].mean())
        trained = {lr: regret.capped(_numbers(own), at_rest).mean() / at_rest for lr, own in record["judged"]}
        grids.append(regret.capped(losses, at_rest).mean(axis=1) / at_rest)
        ours.append([trained[lr] for lr in record["suggested"]["ours"]])
    best = float(np.mean(grids, axis=0).min())
    return [regret.regret(float(np.mean(losses)), best, 1.0) for losses in zip(*ours, strict=False)]


def _numbers(losses: Sequence[float | None]) -> list[float]:
    return [np.nan if loss is None else loss for loss in losses]
