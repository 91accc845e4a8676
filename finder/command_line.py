"""The range test without a browser: `python -m finder data.csv --target price --seeds 8 [--json]`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, get_args

import numpy as np

from data.task import Kind, Task
from finder import suggest, sweep
from finder.curve import Found
from finder.range_test import range_test
from training.options import (
    DEVICES,
    LIMITS,
    MODELS,
    OPTIMIZERS,
    check_device,
    check_model,
    check_number,
    check_optimizer,
)
from words import Refusal, rate, say

if TYPE_CHECKING:
    from training.engine import Progress

BAD_INPUT = 2
INTERRUPTED = 130
BAR = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 after one sentence on stderr where the input is bad."""
    try:
        options = _parser().parse_args(arguments)
        _check(options)
        task = _task(options)
        found = _run(task, options)
    except Refusal as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    if options.json:
        print(json.dumps(as_json(task, found), allow_nan=False))
    else:
        print(_table(task, found))
    return 0


def as_json(task: Task, found: Found) -> dict[str, Any]:
    """What --json prints, in plain numbers.

    `rows` are those with a target. Each of `losses` ends where that seed stopped, or before its first value that is not
    finite; a rule without an answer is left out of `suggestions`.
    """
    return {
        "rows": int(task.inputs.shape[0]),
        "target": task.target_name,
        "kind": task.kind,
        "lrs": [float(lr) for lr in found.lrs],
        "losses": [[float(loss) for loss in row if np.isfinite(loss)] for row in found.smoothed],
        "suggestions": {
            name: {part: answer[part] for part in ("lr", "low", "high")} for name, answer in found.suggestions.items()
        },
        "doubts": list(found.doubts),
    }


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse with one sentence, where argparse would print its usage too."""
        raise Refusal("Command line: {message}.", message=message.rstrip("."))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("must be a number, got {value}", value=text)) from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("must be a whole number, got {value}", value=text)) from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m finder",
        description=say(
            "Finds a learning rate for a table: the range test over several seeds, and what each rule reads."
        ),
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("data", help=say("a CSV file, or the name of built-in data such as digits"))
    add("--target", help=say("the column to predict; proposed where none is given"))
    add(
        "--kind",
        help=say("what the target is, {kinds}; proposed where none is given", kinds=" or ".join(get_args(Kind))),
    )
    add("--model", default="mlp_64_64", help=", ".join(MODELS))
    add("--optimizer", default="sgd", help=", ".join(OPTIMIZERS))
    add("--batch-size", type=_whole, default=64)
    add("--start", type=_number, default=1e-7, help=say("the first learning rate"))
    add("--end", type=_number, default=10.0, help=say("the learning rate before which the test ends"))
    add("--iterations", type=_whole, default=100, help=say("updates, one rate each"))
    add("--seeds", type=_whole, default=4, help=say("how many seeds, all trained at once"))
    add("--seed", type=_whole, default=0, help=say("the first of the seeds"))
    add("--device", default="auto", help=", ".join(DEVICES))
    add("--json", action="store_true", help=say("print one JSON object instead of a table"))
    return parser


def _check(options: argparse.Namespace) -> None:
    """Refuse options before any work; the engine checks the rest."""
    title = "Range test"
    sweep.rates(options.start, options.end, options.iterations)
    check_model(options.model, title)
    check_optimizer(options.optimizer, title)
    check_device(options.device, title)
    check_number("batch_size", options.batch_size, title)
    check_number("seeds", options.seeds, title)
    highest = 2**31 - int(LIMITS["seeds"].high)
    if not 0 <= options.seed <= highest:
        raise Refusal("{title}: seed must be 0 to {high}, got {value}.", title=title, high=highest, value=options.seed)
    if options.kind is not None and options.kind not in get_args(Kind):
        raise Refusal(
            "{title}: kind must be one of {kinds}, got {value}.",
            title=title,
            kinds=", ".join(get_args(Kind)),
            value=options.kind,
        )


def _task(options: argparse.Namespace) -> Task:
    from data import builtin
    from data.split import Split

    if options.data in builtin.BUILTIN:
        task = builtin.task(options.data)
        for what, asked, has in (("target", options.target, task.target_name), ("kind", options.kind, task.kind)):
            if asked not in (None, has):
                raise Refusal(
                    "Built-in data {name}: {what} must be {has}, got {value}.",
                    name=options.data,
                    what=what,
                    has=has,
                    value=asked,
                )
        return task
    from data import reading
    from data.columns import propose
    from data.prepare import prepare

    path = Path(options.data)
    read = reading.read(_bytes(path), path.name)
    plan = propose(read, options.target)
    columns = plan.columns | {name: "ignore" for name in read.ignored if name != plan.target}
    plan = replace(plan, kind=options.kind or plan.kind, columns=columns)
    return prepare(read.table, plan, Split(), path.stem, infinite=read.infinite)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refusal("{path}: cannot be read ({reason}).", path=path, reason=reason) from None


def _run(task: Task, options: argparse.Namespace) -> Found:
    on_progress, clear = _bar(sys.stderr, options.iterations)
    try:
        return range_test(
            task,
            options.model,
            start=options.start,
            end=options.end,
            num_it=options.iterations,
            seeds=range(options.seed, options.seed + options.seeds),
            optimizer=options.optimizer,
            batch_size=options.batch_size,
            device=options.device,
            on_progress=on_progress,
        )
    finally:
        clear()


def _bar(stream: TextIO, updates: int) -> "tuple[Callable[[Progress], object] | None, Callable[[], object]]":
    """What draws a progress bar on a terminal, and what removes it; nothing where the stream is no terminal."""
    if not stream.isatty():
        return None, lambda: None

    def draw(progress: "Progress") -> None:
        full = BAR * progress.end // updates
        stream.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {progress.end}/{updates}")
        stream.flush()

    def clear() -> None:
        stream.write("\r\033[K")
        stream.flush()

    return draw, clear


def _table(task: Task, found: Found) -> str:
    """The suggestions as a table for people, and the doubts under it."""
    rows = [(say("Rule"), say("Learning rate"), say("Lowest"), say("Highest"))]
    for name in suggest.DEFAULT_RULES:
        answer = found.suggestions.get(name)
        numbers = [rate(answer[part]) for part in ("lr", "low", "high")] if answer else ["–"] * 3
        rows.append((say(suggest.TITLES[name]), numbers[0], numbers[1], numbers[2]))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    head = say(
        "{rows} rows, target {target}, {seeds} seeds on {device}",
        rows=task.inputs.shape[0],
        target=task.target_name,
        seeds=len(found.smoothed),
        device=found.device,
    )
    lines = [head, ""]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if found.doubts:
        lines += ["", *(say("Doubt: {doubt}", doubt=doubt) for doubt in found.doubts)]
    return "\n".join(lines)
