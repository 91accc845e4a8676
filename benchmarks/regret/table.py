"""The table of regrets, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.regret import pair
from benchmarks.regret.suite import EARLIER, SUITE

LITTLE = 0.05
RESAMPLES = 4000
TITLES = {
    "ours": "recommendation",
    "valley of all": "valley, geometric mean of all seeds",
    "valley": "valley (fastai)",
    "minimum": "minimum / 10 (fastai)",
    "slide": "slide (fastai)",
    "steep": "steep (fastai)",
    "lightning": "Lightning since 2.5.3",
    "lightning_before_2.5.3": "steepest per index (Lightning before 2.5.3)",
    "pytorch_lr_finder": "steepest per index (pytorch-lr-finder)",
    "ignite": "Ignite",
}

Records = Mapping[tuple[int, str, str], dict[str, Any]]
ByTask = dict[str, list[float]]


def page(records: Records, effort: pair.Effort) -> str:
    """Return docs/regret.md."""
    telling = {key: record for key, record in records.items() if pair.ends(record)[2]}
    apart = [_name(key) for key in records if key not in telling]
    splits = sorted({split for split, _, _ in records})
    first = {key: record for key, record in telling.items() if key[0] == splits[0]}
    lines = [
        "# Which suggestion to trust",
        "",
        f"Measured by `python -m benchmarks.regret`: {len({task for _, task, _ in records})} tasks x SGD with momentum "
        f"and Adam, MLP 64-64, batch 64, {effort.updates} updates of fastai's one-cycle, {effort.seeds} seeds of the "
        f"range test, {effort.repeats} repeats of the recommendation (one under a further split). "
        f"A grid of {effort.rates} rates from 1e-5 to 10 and every rate that was suggested are trained alike with "
        f"{effort.judges} seeds that no suggestion saw and judged by the loss on the test rows, which no suggestion "
        "saw either. Regret is "
        "(min(loss, 3 L0) - best) / (L0 - best), L0 the loss at a rate of 1e-5: 0 is the best rate of the grid, 1 no "
        "better than hardly training. NaN counts as 3 L0, no answer as L0. In brackets is the 95 % interval over "
        "tasks, by bootstrap. Costs are in updates of a single model; a range test takes at most 100 a seed. Each rule "
        "reads its own library's smoothing of one range test that stops at 4 times the lowest smoothed loss.",
        "",
        f"## All {len(first)} pairs",
        "",
        *_table(first, TITLES),
    ]
    for title, names in (
        ("The tasks that an earlier method was chosen on", EARLIER),
        ("The other tasks", [name for name in SUITE if name not in EARLIER]),
    ):
        part = {key: record for key, record in first.items() if key[1] in names}
        if part:
            lines += ["", f"## {title}: {len(part)} pairs", "", *_table(part, TITLES)]
    if len(splits) > 1:
        lines += ["", f"## The recommendation under {len(splits)} splits", "", *_splits(telling, splits)]
    lines += ["", "## Pair by pair", "", *_pairs(telling)]
    if apart:
        lines += ["", f"Told apart, since L0 - best is under three standard errors: {'; '.join(apart)}."]
    return "\n".join([*lines, "", "![Regret of every rule](regret.svg)", ""])


def gather(records: Records, rule: str) -> ByTask:
    """Return a rule's regrets by task, of both optimizers and all seeds."""
    found: ByTask = {}
    for (_, task, _), record in records.items():
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


def _name(key: tuple[int, str, str]) -> str:
    split, task, optimizer = key
    return f"{task}, {optimizer}" + (f", split {split}" if split else "")


def _table(records: Records, titles: Mapping[str, str]) -> list[str]:
    head = ["| rule | regret <= 0.05 | mean | p90 | worst | cost in updates |", "|---|---|---|---|---|---|"]
    rows = (_row(title, gather(records, rule), _cost(records, rule)) for rule, title in titles.items())
    return [*head, *rows]


def _row(title: str, by_task: ByTask, cost: str) -> str:
    values = np.concatenate([np.asarray(one) for one in by_task.values()])
    low, high = interval(by_task)
    return (
        f"| {title} | {np.mean(values <= LITTLE):.1%} ({low:.0%} to {high:.0%}) | {values.mean():.3f} | "
        f"{np.quantile(values, 0.9):.3f} | {values.max():.3f} | {cost} |"
    )


def _splits(records: Records, splits: Sequence[int]) -> list[str]:
    """Return ours under each split by itself, under all of them, and with the splits' test losses taken together."""
    lines = [
        "Which rows test is drawn anew for each split, and on small tasks that draw alone moves the best rate. Each "
        "split is read by itself first; then a pair's test losses are averaged over its splits, of the grid and of the "
        "recommendation made for that split alike, so that the draw of the test rows weighs less.",
        "",
        "| reading | regret <= 0.05 | mean | p90 | worst | cost in updates |",
        "|---|---|---|---|---|---|",
    ]
    for split in splits:
        part = {key: record for key, record in records.items() if key[0] == split}
        lines.append(_row(f"split {split}", gather(part, "ours"), _cost(part, "ours")))
    lines.append(_row("each split by itself, all together", gather(records, "ours"), _cost(records, "ours")))
    together: ByTask = {}
    for task, optimizer in dict.fromkeys((task, optimizer) for _, task, optimizer in records):
        own = [records[split, task, optimizer] for split in splits if (split, task, optimizer) in records]
        together.setdefault(task, []).extend(pair.over_splits(own))
    return [*lines, _row("test losses averaged over splits", together, _cost(records, "ours"))]


def _cost(records: Records, rule: str) -> str:
    if rule == "ours":
        costs: NDArray[np.float64] = np.concatenate([record["cost"] for record in records.values()])
        return f"{costs.mean():,.0f} (at most {costs.max():,.0f})"
    seeds = max(len(record["suggested"].get("valley", ())) for record in records.values())
    return f"{pair.RANGE_TEST * (seeds if rule == 'valley of all' else 1):,}"


def _pairs(records: Records) -> list[str]:
    lines = [
        "| task | optimizer | split | L0 | best | best rate | recommended | its worst regret | valley's worst |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (split, task, optimizer), record in records.items():
        at_rest, best, _ = pair.ends(record)
        regrets, rates = pair.regrets(record), record["suggested"]["ours"]
        valley = f"{max(regrets['valley']):.3f}" if "valley" in regrets else ""
        lines.append(
            f"| {task} | {optimizer} | {split} | {at_rest:.3g} | {best:.3g} | {_best_rate(record):.2g} | "
            f"{min(rates):.2g} to {max(rates):.2g} | {max(regrets['ours']):.3f} | {valley} |"
        )
    return lines


def _best_rate(record: dict[str, Any]) -> float:
    losses: Sequence[float] = [
        float(np.mean([np.inf if loss is None else loss for loss in row])) for row in record["losses"]
    ]
    return float(record["grid"][int(np.argmin(losses))])
