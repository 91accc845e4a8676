"""Schedules without a browser: `python -m schedulers one_cycle --steps 1000 --peak 0.1 --out curve.html`."""

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from schedulers.declare import CATALOGUE, Curve, Param, Schedule, Value
from schedulers.lint import facts, lints
from schedulers.plot import drawing
from words import Refusal, rate, say, share

BAD_INPUT = 2
STEPS = 1000


@dataclass(frozen=True, eq=False)
class Drawn:
    """What was asked for: the schedule, its checked parameters and its curves over T updates."""

    schedule: Schedule
    parameters: dict[str, Value]
    rates: Curve
    momentum: Curve | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 after one sentence on stderr where the input is bad."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except Refusal as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # Whoever read has read enough; nothing more may be written when Python closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h"):
        print(say("usage: python -m schedulers NAME [--steps 1000] [--out curve.html|.csv|.json] [parameters]"))
        print(say("       python -m schedulers NAME --help   the parameters of a schedule"))
        print(say("       python -m schedulers --list        the names of all schedules"))
        return 0 if words else BAD_INPUT
    if words == ["--list"]:
        width = max(map(len, CATALOGUE))
        print("\n".join(f"{name:{width}}  {say(one.title)}: {say(one.about)}" for name, one in CATALOGUE.items()))
        return 0
    schedule = _named(words[0])
    options = vars(_parser(schedule).parse_args(_joined(words[1:])))
    steps, out = options.pop("--steps"), options.pop("--out")
    write = None if out is None else _writer(Path(out))
    parameters = {
        param.name: given if isinstance(given, bool) else param.parse(schedule.title, given)
        for param in schedule.params
        if (given := options[param.name]) is not None
    }
    rates, momentum = schedule.rates(steps, **parameters), schedule.momentum(steps, **parameters)
    drawn = Drawn(schedule, schedule.check(steps, **parameters), rates, momentum)
    if out is None or write is None:
        sys.stdout.write(as_csv(drawn))
        sys.stdout.flush()
        return 0
    try:
        Path(out).write_text(write(drawn), encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refusal("{path}: cannot be written ({reason}).", path=out, reason=reason) from None
    return 0


def as_csv(drawn: Drawn) -> str:
    """Return a line an update: update, learning_rate and, where it is cycled, momentum."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if drawn.momentum is None:
        writer.writerow(["update", "learning_rate"])
        writer.writerows(enumerate(drawn.rates.tolist()))
    else:
        writer.writerow(["update", "learning_rate", "momentum"])
        writer.writerows(zip(range(len(drawn.rates)), drawn.rates.tolist(), drawn.momentum.tolist(), strict=True))
    return buffer.getvalue()


def as_json(drawn: Drawn) -> str:
    """Return name, updates, parameters and the curves in full precision; momentum is null where it is left alone."""
    momentum = None if drawn.momentum is None else drawn.momentum.tolist()
    told = {"schedule": drawn.schedule.name, "updates": len(drawn.rates), "parameters": drawn.parameters}
    return json.dumps({**told, "learning_rate": drawn.rates.tolist(), "momentum": momentum}, allow_nan=False) + "\n"


def as_html(drawn: Drawn) -> str:
    """Return a page that needs nothing else: the figure, its facts and the parameters."""
    from figures.report import html

    schedule, known = drawn.schedule, facts(drawn.rates, drawn.momentum)
    rows: list[list[object]] = [
        [say("Updates"), f"{len(drawn.rates):,}"],
        [say("First, peak and last learning rate"), ", ".join(map(rate, (known.first, known.peak, known.last)))],
        [say("Sum of the learning rates"), rate(known.area)],
        [say("Warm-up"), share(known.warmup_share)],
    ]
    rows += [[say(param.title), _shown(param, drawn.parameters[param.name])] for param in schedule.params]
    notes = [lint.sentence for lint in lints(drawn.rates, drawn.momentum)]
    figure = drawing(len(drawn.rates), schedule, **drawn.parameters)
    return html(
        say(schedule.title),
        [
            (say("Learning rate"), [say(schedule.about), *notes], figure, None),
            (say("Numbers"), [say("Source: {source}.", source=schedule.source)], None, ([say("What"), ""], rows)),
        ],
    )


def _shown(param: Param, value: Value) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, str):
        return value
    return rate(value) if param.kind == "rate" else share(value) if param.kind == "share" else f"{value:,.6g}"


WRITERS: Mapping[str, Callable[[Drawn], str]] = {".html": as_html, ".csv": as_csv, ".json": as_json}


def _writer(path: Path) -> Callable[[Drawn], str]:
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise Refusal(
            "{path}: the suffix must be one of {allowed}, got {value}.",
            path=path,
            allowed=", ".join(WRITERS),
            value=suffix or say("none"),
        )
    return WRITERS[suffix]


def _named(name: str) -> Schedule:
    if name not in CATALOGUE:
        near = get_close_matches(name.lower().replace("-", "_"), CATALOGUE, n=3, cutoff=0.5)
        hint = say("near it are {near}", near=", ".join(near)) if near else say("nothing is near it")
        raise Refusal("Schedule must be a name that --list shows, got {name}; {hint}.", name=name, hint=hint)
    return CATALOGUE[name]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse with one sentence, where argparse would print its usage too."""
        raise Refusal("Command line: {message}.", message=message.rstrip("."))


def _parser(schedule: Schedule) -> argparse.ArgumentParser:
    """Return the parser whose options are the schedule's parameters; what is not given stays None."""
    parser = _Parser(
        prog=f"python -m schedulers {schedule.name}",
        description=f"{schedule.title}: {schedule.about} {schedule.source}.".replace("%", "%%"),
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--steps", dest="--steps", type=_whole, default=STEPS, help=say("T, the updates of the run"))
    add("--out", dest="--out", help=say("a file ending in .html, .csv or .json; without it, CSV on stdout"))
    for param in schedule.params:
        option = "--" + param.name.replace("_", "-")
        about = say("{help} Default {default}.", help=param.help, default=_shown(param, param.default))
        about = about.replace("%", "%%")
        if param.kind == "flag":
            add(option, dest=param.name, action=argparse.BooleanOptionalAction, default=None, help=about)
        else:
            allowed = "|".join(param.choices) or param.kind.upper()
            add(option, dest=param.name, metavar=allowed, help=about)
    return parser


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("must be a whole number, got {value}", value=text)) from None


def _joined(words: list[str]) -> list[str]:
    """Write `--lower -1e-3` as `--lower=-1e-3`: argparse would take such a number for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _negative(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _negative(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.startswith("-")
