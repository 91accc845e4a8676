"""The table of regrets, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.regret import pair
from benchmarks.regret.suite import CHOSEN_ON, SUITE

LITTLE = 0.05
RESAMPLES = 4000
TITLES = {
    "ours": "recommendation",
    "valley of 8": "valley, geometric mean of all seeds",
    "valley": "valley (fastai)",
    "minimum": "minimum / 10 (fastai)",
    "slide": "slide (fastai)",
    "steep": "steep (fastai)",
    "lightning": "Lightning since 2.5.3",
    "lightning_before_2.5.3": "steepest per index (Lightning before 2.5.3)",
    "pytorch_lr_finder": "steepest per index (pytorch-lr-finder)",
    "ignite": "Ignite",
}

Records = Mapping[tuple[str, str], dict[str, Any]]
ByTask = dict[str, list[float]]


def page(records: Records, effort: pair.Effort) -> str:
    """Return docs/regret.md."""
    telling = {key: record for key, record in records.items() if pair.ends(record)[2]}
    apart = [f"{task}, {optimizer}" for task, optimizer in records if (task, optimizer) not in telling]
    halves = {
        "The tasks that the method was chosen on": [name for name in SUITE if name in CHOSEN_ON],
        "The other tasks, looked at once it stood": [name for name in SUITE if name not in CHOSEN_ON],
    }
    lines = [
        "# Which suggestion to trust",
        "",
        f"Measured by `python -m benchmarks.regret`: {len({task for task, _ in records})} tasks x SGD with momentum "
        f"and Adam, MLP 64-64, batch 64, {effort.updates} updates of fastai's one-cycle, {effort.seeds} seeds of the "
        f"range test, {effort.repeats} repeats of the recommendation. A grid of {effort.rates} rates from 1e-5 to 10, "
        "the recommended rates and the mean of the valleys are trained alike with "
        f"{effort.judges} seeds that no suggestion saw and judged by the loss on the test rows, which no suggestion "
        "saw either; the other rules' rates are read between those of the grid. Regret is "
        "(min(loss, 3 L0) - best) / (L0 - best), L0 the loss at a rate of 1e-5: 0 is the best rate of the grid, 1 no "
        "better than hardly training. NaN counts as 3 L0, no answer as L0. In brackets is the 95 % interval over "
        "tasks, by bootstrap. Costs are in updates of a single model; a range test takes at most 100 a seed. Each rule "
        "reads its own library's smoothing of one range test that stops at 4 times the lowest smoothed loss.",
        "",
        f"## All {len(telling)} pairs",
        "",
        *_table(telling),
    ]
    for title, names in halves.items():
        part = {key: record for key, record in telling.items() if key[0] in names}
        if part:
            lines += ["", f"## {title}: {len(part)} pairs", "", *_table(part)]
    lines += ["", "## Pair by pair", "", *_pairs(telling)]
    if apart:
        lines += ["", f"Told apart, since L0 - best is under three standard errors: {'; '.join(apart)}."]
    return "\n".join([*lines, "", "![Regret of every rule](regret.svg)", ""])


def gather(records: Records, rule: str) -> ByTask:
    """Return a rule's regrets by task, of both optimizers and all seeds."""
    found: ByTask = {}
    for (task, _), record in records.items():
        found.setdefault(task, []).extend(pair.regrets(record)[rule])
    return found


def interval(by_task: ByTask) -> tuple[float, float]:
    """Return the 95 % interval of the share within 0.05: tasks are drawn anew, with all that belongs to them.

    Where all are within, a bootstrap knows no doubt: then the rule of three stands in, 1 - 3 / tasks.
    """
    within = [np.asarray(values) <= LITTLE for values in by_task.values()]
    hits = np.array([one.sum() for one in within])
    sizes = np.array([one.size for one in within])
    if hits.sum() == sizes.sum():
        return max(0.0, 1 - 3 / len(within)), 1.0
    drawn = np.random.default_rng(0).integers(len(within), size=(RESAMPLES, len(within)))
    shares = hits[drawn].sum(1) / sizes[drawn].sum(1)
    return float(np.quantile(shares, 0.025)), float(np.quantile(shares, 0.975))


def _table(records: Records) -> list[str]:
    lines = [
        "| rule | regret <= 0.05 | mean | p90 | worst | cost in updates |",
        "|---|---|---|---|---|---|",
    ]
    for rule, title in TITLES.items():
        by_task = gather(records, rule)
        values = np.concatenate([np.asarray(one) for one in by_task.values()])
        low, high = interval(by_task)
        lines.append(
            f"| {title} | {np.mean(values <= LITTLE):.1%} ({low:.0%} to {high:.0%}) | {values.mean():.3f} | "
            f"{np.quantile(values, 0.9):.3f} | {values.max():.3f} | {_cost(records, rule)} |"
        )
    return lines


def _cost(records: Records, rule: str) -> str:
    if rule == "ours":
        costs: NDArray[np.float64] = np.concatenate([record["cost"] for record in records.values()])
        return f"{costs.mean():,.0f} (at most {costs.max():,.0f})"
    seeds = max(len(record["suggested"]["valley"]) for record in records.values())
    return f"{pair.RANGE_TEST * (seeds if rule == 'valley of 8' else 1):,}"


def _pairs(records: Records) -> list[str]:
    lines = [
        "| task | optimizer | L0 | best | best rate | recommended | its regret, at worst | valley's, at worst |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (task, optimizer), record in records.items():
        at_rest, best, _ = pair.ends(record)
        regrets, rates = pair.regrets(record), record["suggested"]["ours"]
        lines.append(
            f"| {task} | {optimizer} | {at_rest:.3g} | {best:.3g} | {_best_rate(record):.2g} | "
            f"{min(rates):.2g} to {max(rates):.2g} | {max(regrets['ours']):.3f} | {max(regrets['valley']):.3f} |"
        )
    return lines


def _best_rate(record: dict[str, Any]) -> float:
    losses: Sequence[float] = [
        float(np.mean([np.inf if loss is None else loss for loss in row])) for row in record["losses"]
    ]
    return float(record["grid"][int(np.argmin(losses))])
