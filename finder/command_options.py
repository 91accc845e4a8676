"""What the finder's command line is told: its options, their checks, and the data that they name."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from data.task import TABLE_KINDS, Task
from finder import sweep, verdict
from schedulers import CATALOGUE
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
from words import Refusal, say

SEEDS = 4


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


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; it raises a Refusal where argparse would print and exit."""
    made = _Parser(
        prog="python -m finder",
        description=say(
            "Finds a learning rate for a table: the range test over several seeds, and what each rule reads."
        ),
        allow_abbrev=False,
    )
    add = made.add_argument
    add("data", help=say("a CSV file, or the name of built-in data such as digits"))
    add("--target", help=say("the column to predict; proposed where none is given"))
    add("--kind", help=say("what the target is, {kinds}; proposed where none is given", kinds=" or ".join(TABLE_KINDS)))
    add("--model", default="mlp_64_64", help=", ".join(MODELS))
    add("--optimizer", default="sgd", help=", ".join(OPTIMIZERS))
    add("--batch-size", type=_whole, default=64)
    add("--start", type=_number, default=1e-7, help=say("the first learning rate"))
    add("--end", type=_number, default=10.0, help=say("the learning rate before which the test ends"))
    add("--iterations", type=_whole, default=100, help=say("updates, one rate each"))
    add("--seeds", type=_whole, help=say("how many seeds, all trained at once; 4, and 3 for the verdict"))
    add("--seed", type=_whole, default=0, help=say("the first of the seeds"))
    add("--device", default="auto", help=", ".join(DEVICES))
    add("--verdict", action="store_true", help=say("train at a grid of rates, say who was right and recommend a rate"))
    add("--updates", type=_whole, default=verdict.UPDATES, help=say("updates of each training of the verdict"))
    add("--rates", type=_whole, default=verdict.RATES, help=say("how many rates the verdict trains at"))
    add("--schedule", default="one_cycle", help=say("the verdict's schedule: {names}", names=", ".join(CATALOGUE)))
    add("--json", action="store_true", help=say("print one JSON object instead of a table"))
    return made


def check(options: argparse.Namespace) -> None:
    """Refuse options before any work; the engine checks the rest."""
    title = "Range test"
    sweep.rates(options.start, options.end, options.iterations)
    check_model(options.model, title)
    check_optimizer(options.optimizer, title)
    check_device(options.device, title)
    check_number("batch_size", options.batch_size, title)
    seeds = SEEDS if options.seeds is None else options.seeds
    check_number("seeds", seeds, title)
    if options.verdict:
        verdict.grid(options.rates)
        check_number("updates", options.updates, verdict.TITLE)
        judges = len(verdict.SEEDS) if options.seeds is None else seeds
        check_number("models", options.rates * judges, verdict.TITLE)
        verdict.shape(options.schedule, options.updates)
    highest = 2**31 - 2 * int(LIMITS["seeds"].high)
    if not 0 <= options.seed <= highest:
        raise Refusal("{title}: seed must be 0 to {high}, got {value}.", title=title, high=highest, value=options.seed)
    if options.kind is not None and options.kind not in TABLE_KINDS:
        raise Refusal(
            "{title}: kind must be one of {kinds}, got {value}.",
            title=title,
            kinds=", ".join(TABLE_KINDS),
            value=options.kind,
        )


def task(options: argparse.Namespace) -> Task:
    """Return the task of the built-in data or the file that the options name; a Refusal where there is none."""
    from data import builtin
    from data.split import Split

    if options.data in builtin.BUILTIN:
        known = builtin.task(options.data)
        for what, asked, has in (("target", options.target, known.target_name), ("kind", options.kind, known.kind)):
            if asked not in (None, has):
                raise Refusal(
                    "Built-in data {name}: {what} must be {has}, got {value}.",
                    name=options.data,
                    what=what,
                    has=has,
                    value=asked,
                )
        return known
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
