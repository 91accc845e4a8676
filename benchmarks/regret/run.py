"""Measure the suite, print the table, and keep it with its figure in docs/.

`python -m benchmarks.regret` goes on where it was interrupted: each pair of a task and an optimizer is one line of
`--results`, a JSON lines file. `--quick` takes four tasks with less effort and keeps nothing in docs/. A full run takes
about 20 minutes on one core.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.regret import pair, table
from benchmarks.regret.suite import SUITE

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
OPTIMIZERS = ("sgd", "adam")
QUICK_TASKS = ("iris", "diabetes", "moons", "friedman 1")

Records = dict[tuple[str, str], dict[str, Any]]


def main(arguments: Sequence[str] = ()) -> int:
    """Run what is missing, then print and keep the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regret", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four tasks, less effort, nothing kept in docs/")
    parser.add_argument("--results", type=Path, help="the JSON lines file to go on with")
    options = parser.parse_args(arguments)
    effort = pair.QUICK if options.quick else pair.Effort()
    results = options.results or HERE / ("quick.jsonl" if options.quick else "results.jsonl")
    tasks = QUICK_TASKS if options.quick else tuple(SUITE)
    records = read(results)
    for name in tasks:
        missing = [optimizer for optimizer in OPTIMIZERS if (name, optimizer) not in records]
        task = SUITE[name]() if missing else None
        for optimizer in missing:
            assert task is not None
            began = time.monotonic()
            record = pair.measure(task, optimizer, effort)
            records[name, optimizer] = record
            with results.open("a") as file:
                file.write(json.dumps({"task": name, "optimizer": optimizer, **record}, allow_nan=False) + "\n")
            worst = max(pair.regrets(record)["ours"])
            print(f"{name}, {optimizer}: {time.monotonic() - began:.0f} s, ours at worst {worst:.3f}", flush=True)
    wanted = {(name, optimizer): records[name, optimizer] for name in tasks for optimizer in OPTIMIZERS}
    page = table.page(wanted, effort)
    print(page)
    if not options.quick:
        from benchmarks.regret import figure

        DOCS.mkdir(exist_ok=True)
        (DOCS / "regret.md").write_text(page)
        figure.draw(wanted, DOCS / "regret.svg")
    return 0


def read(results: Path) -> Records:
    """Return the pairs that a results file holds; a last line cut short by an interruption is left out."""
    records: Records = {}
    for line in results.read_text().splitlines() if results.exists() else []:
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        records[record.pop("task"), record.pop("optimizer")] = record
    return records
