"""The finder without a browser: `python -m finder data.csv --target price --seeds 8 [--verdict] [--json]`."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from data.task import Task
from finder import command_options, verdict
from finder.command_answer import Proof, as_json, table
from finder.command_options import SEEDS
from finder.curve import Found
from finder.range_test import range_test
from finder.recommend import SEEDS as RECOMMEND_SEEDS
from finder.recommend import budget_of, recommend
from words import Refusal

BAD_INPUT = 2
INTERRUPTED = 130
BAR = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 after one sentence on stderr where the input is bad."""
    try:
        options = command_options.parser().parse_args(arguments)
        command_options.check(options)
        task = command_options.task(options)
        found, proof = _run(task, options)
    except Refusal as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    try:
        print(json.dumps(as_json(task, found, proof), allow_nan=False) if options.json else table(task, found, proof))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough; nothing more may be written when Python closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(task: Task, options: argparse.Namespace) -> tuple[Found, Proof | None]:
    """Run the range test and, with --verdict, what proves it; seeds of the verdict are none of the range test's."""
    seeds = range(options.seed, options.seed + (SEEDS if options.seeds is None else options.seeds))
    judges = range(seeds.stop, seeds.stop + (len(verdict.SEEDS) if options.seeds is None else options.seeds))
    settings: dict[str, Any] = {
        "optimizer": options.optimizer,
        "batch_size": options.batch_size,
        "device": options.device,
    }
    whole = {"updates": options.updates, "schedule": options.schedule, **settings}
    parts = [options.iterations * len(seeds)]
    if options.verdict:
        parts += [budget_of(options.updates), options.rates * len(judges) * options.updates]
    draw, clear = _bar(sys.stderr, sum(parts))
    try:
        found = range_test(
            task,
            options.model,
            start=options.start,
            end=options.end,
            num_it=options.iterations,
            seeds=seeds,
            on_progress=lambda progress: draw(progress.end * len(seeds)),
            **settings,
        )
        if not options.verdict:
            return found, None
        own = range(options.seed, options.seed + len(RECOMMEND_SEEDS))
        one = recommend(task, options.model, seeds=own, on_progress=lambda stage: draw(parts[0] + stage.done), **whole)
        proof = verdict.measure(
            task,
            options.model,
            verdict.grid(options.rates),
            seeds=judges,
            on_progress=lambda progress: draw(sum(parts[:2]) + progress.end * options.rates * len(judges)),
            **whole,
        )
        return found, Proof(proof, one)
    finally:
        clear()


def _bar(stream: TextIO, updates: int) -> tuple[Callable[[int], object], Callable[[], object]]:
    """What draws a progress bar on a terminal, and what removes it; both do nothing where the stream is no terminal."""
    if not stream.isatty():
        return lambda done: None, lambda: None

    def draw(done: int) -> None:
        full = BAR * done // updates
        stream.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {done}/{updates}")
        stream.flush()

    def clear() -> None:
        stream.write("\r\033[K")
        stream.flush()

    return draw, clear
