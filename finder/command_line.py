"""The finder without a browser: `python -m finder data.csv --target price --seeds 8 [--verdict] [--json]`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TextIO, get_args

import numpy as np

from data.task import Kind, Task
from finder import suggest, sweep, verdict
from finder.bake_off import Recommendation
from finder.curve import Found
from finder.range_test import range_test
from finder.recommend import budget_of, recommend
from finder.verdict import Verdict
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
from words import Refusal, rate, say

BAD_INPUT = 2
INTERRUPTED = 130
BAR = 30
SEEDS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 after one sentence on stderr where the input is bad."""
    try:
        options = _parser().parse_args(arguments)
        _check(options)
        task = _task(options)
        found, proof = _run(task, options)
    except Refusal as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    if options.json:
        print(json.dumps(as_json(task, found, proof), allow_nan=False))
    else:
        print(_table(task, found, proof))
    return 0


@dataclass(frozen=True)
class Proof:
    """What --verdict adds: what each rate achieves, and the rate recommended."""

    verdict: Verdict
    recommended: Recommendation

    def regrets(self, found: Found) -> dict[str, float]:
        """The regret of each rule's rate; one without an answer counts as a rate of 1e-5."""
        answers = found.suggestions
        return self.verdict.regrets(
            {rule: answers[rule]["lr"] if rule in answers else None for rule in suggest.DEFAULT_RULES}
        )


def as_json(task: Task, found: Found, proof: Proof | None = None) -> dict[str, Any]:
    """What --json prints, in plain numbers.

    `rows` are those with a target. Each of `losses` ends where that seed stopped, or before its first value that is not
    finite; a rule without an answer is left out of `suggestions`. In `verdict` the losses are means over the seeds,
    each counted as at most three times the loss at a rate of 1e-5; `best` is null and `regret` empty where no rate
    learns anything.
    """
    printed: dict[str, Any] = {
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
    if proof is None:
        return printed
    regrets = {rule: value for rule, value in proof.regrets(found).items() if np.isfinite(value)}
    one = proof.recommended
    return printed | {
        "verdict": verdict.as_json(proof.verdict) | {"regret": regrets},
        "recommended": {"lr": one.lr, "low": one.low, "high": one.high},
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
    add("--seeds", type=_whole, help=say("how many seeds, all trained at once; 4, and 3 for the verdict"))
    add("--seed", type=_whole, default=0, help=say("the first of the seeds"))
    add("--device", default="auto", help=", ".join(DEVICES))
    add("--verdict", action="store_true", help=say("train at a grid of rates, say who was right and recommend a rate"))
    add("--updates", type=_whole, default=verdict.UPDATES, help=say("updates of each training of the verdict"))
    add("--rates", type=_whole, default=verdict.RATES, help=say("how many rates the verdict trains at"))
    add("--schedule", default="one_cycle", help=say("the verdict's schedule: {names}", names=", ".join(CATALOGUE)))
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
        one = recommend(task, options.model, on_progress=lambda stage: draw(parts[0] + stage.done), **whole)
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


def _table(task: Task, found: Found, proof: Proof | None = None) -> str:
    """The suggestions as a table for people, and under it the doubts and what was measured."""
    regrets = proof.regrets(found) if proof else {}
    rows = [[say("Rule"), say("Learning rate"), say("Lowest"), say("Highest")] + [say("Regret")] * bool(proof)]
    for name in suggest.DEFAULT_RULES:
        answer = found.suggestions.get(name)
        numbers = [rate(answer[part]) for part in ("lr", "low", "high")] if answer else ["–"] * 3
        rows.append([say(suggest.TITLES[name]), *numbers, *([f"{regrets[name]:.3f}"] if proof else [])])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
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
    if proof:
        lines += ["", _measured(proof.verdict), proof.recommended.sentence]
    return "\n".join(lines)


def _measured(found: Verdict) -> str:
    if found.best is None:
        return say(
            "Measured: none of {count} learning rates learned anything in {updates} updates.",
            count=found.rates.size,
            updates=found.updates,
        )
    return say(
        "Measured: of {count} learning rates with {seeds} seeds, {updates} updates each, {lr} is best, and from {low} "
        "to {high} they are as good. Regret 0 is that best rate, 1 no better than a rate of 1e-5.",
        count=found.rates.size,
        seeds=len(found.seeds),
        updates=found.updates,
        lr=rate(found.best.lr),
        low=rate(found.best.low),
        high=rate(found.best.high),
    )
