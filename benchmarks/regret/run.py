"""Measure the suite, print the table, and keep it with its figure in docs/.

`python -m benchmarks.regret` goes on where it was interrupted: each pair of a task and an optimizer, under one split,
is one line of `--results`, a JSON lines file. The first split measures every rule, a further one ours alone and once.
`--quick` takes four tasks with less effort and keeps nothing in docs/. A full run takes about half an hour on one core.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.regret import pair, table
from benchmarks.regret.suite import SUITE
from data.task import Task

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
OPTIMIZERS = ("sgd", "adam")
QUICK_TASKS = ("iris", "diabetes", "moons", "friedman 1")

Records = dict[tuple[int, str, str], pair.Record]


def main(arguments: Sequence[str] = ()) -> int:
    """Run what is missing, then print and keep the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regret", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four tasks, less effort, nothing kept in docs/")
    parser.add_argument("--results", type=Path, help="the JSON lines file to go on with")
    parser.add_argument("--splits", type=int, help="how many splits of each task into rows to train, validate and test")
    options = parser.parse_args(arguments)
    effort = pair.QUICK if options.quick else pair.Effort()
    results = options.results or HERE / ("quick.jsonl" if options.quick else "results.jsonl")
    suite = {name: SUITE[name] for name in QUICK_TASKS} if options.quick else SUITE
    records = measure(suite, effort, results, range(options.splits or effort.splits))
    page = table.page(records, effort)
    print(page)
    if not options.quick:
        from benchmarks.regret import figure

        DOCS.mkdir(exist_ok=True)
        (DOCS / "regret.md").write_text(page)
        figure.draw(records, DOCS / "regret.svg")
    return 0


def measure(
    suite: Mapping[str, Callable[[int], Task]], effort: pair.Effort, results: Path, splits: Sequence[int]
) -> Records:
    """Return the records of these tasks and splits, those in `results` as they are; the others are added to it."""
    known, wanted = read(results), {}
    for split in splits:
        for name, make in suite.items():
            missing = [optimizer for optimizer in OPTIMIZERS if (split, name, optimizer) not in known]
            task = make(split) if missing else None
            for optimizer in OPTIMIZERS:
                key = (split, name, optimizer)
                if task is not None and optimizer in missing:
                    began = time.monotonic()
                    whole = split == splits[0]
                    own = effort if whole else replace(effort, repeats=1)
                    known[key] = pair.measure(task, optimizer, own, rules=whole)
                    line = {"split": split, "task": name, "optimizer": optimizer, **known[key]}
                    with results.open("a") as file:
                        file.write(json.dumps(line, allow_nan=False) + "\n")
                    worst = max(pair.regrets(known[key])["ours"])
                    took = time.monotonic() - began
                    print(f"split {split}, {name}, {optimizer}: {took:.0f} s, ours at worst {worst:.3f}", flush=True)
                wanted[key] = known[key]
    return wanted


def read(results: Path) -> Records:
    """Return the pairs that a results file holds; a last line cut short by an interruption is left out, and removed."""
    records: Records = {}
    lines = results.read_text().splitlines(keepends=True) if results.exists() else []
    if lines and not lines[-1].endswith("\n"):
        results.write_text("".join(lines[:-1]))
        lines = lines[:-1]
    for line in lines:
        record = json.loads(line)
        records[record.pop("split"), record.pop("task"), record.pop("optimizer")] = record
    return records
