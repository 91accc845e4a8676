"""A scheduler pasted as code: the text is parsed, never run, and gives what `schedulers.libraries.curve` draws."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schedulers import libraries
from schedulers.declare import Curve
from schedulers.lint import Lint, lints
from schedulers.pasted import calls, values
from schedulers.pasted.reading import Reading
from schedulers.pasted.recognise import understood
from words import Refusal

LONGEST = 20_000  # characters
DEEPEST = 40  # levels of nesting


@dataclass(frozen=True)
class Pasted:
    """A scheduler as `schedulers.libraries.curve` takes it; `notes` say what was assumed, `line` where it stands.

    `momentum` is what the text gives its optimizer as momentum or beta1; None where it says nothing of it.
    """

    library: str
    name: str
    kwargs: Mapping[str, Any]
    line: int = 1
    notes: tuple[str, ...] = ()
    momentum: float | None = None


def read(text: str) -> list[Pasted]:
    """Return the schedulers that the pasted code makes, in its order; what others are made of is not listed twice.

    Understood are constructor calls of the schedulers in `schedulers.libraries.NAMES`, with numbers, texts, lists,
    tables, arithmetic of them, names that the text assigns them to, and for LambdaLR a function of arithmetic; imports;
    and the optimizer's line, for its learning rate and momentum. Other statements are passed over, unless they hold a
    scheduler in a loop or a condition. Nothing is evaluated but numbers. O(length of the text). Refusal, with the
    line, for all that is not understood.
    """
    if not isinstance(text, str) or not text.strip():
        raise Refusal("Pasted code: there is nothing to read; paste a line such as {example}.", example=values.EXAMPLE)
    if len(text) > LONGEST:
        raise Refusal(
            "Pasted code: it must be at most {longest} characters long, got {length}.",
            longest=f"{LONGEST:,}",
            length=f"{len(text):,}",
        )
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise Refusal("Pasted code: line {line} is not Python.", line=error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError):
        raise Refusal("Pasted code: it is nested too deeply to be read.") from None
    _measure(tree)
    reading = Reading()
    reading.statements(tree.body)
    if not reading.found:
        raise Refusal("Pasted code: there is no scheduler in it; understood are {known}.", known=understood())
    return [Pasted(*found) for found in reading.listed()]


def curve(pasted: Pasted, steps: int) -> dict[str, Curve]:
    """Return what the pasted scheduler gives at updates 0 ... steps-1, as `schedulers.libraries.curve` does."""
    return libraries.curve(pasted.library, pasted.name, pasted.kwargs, steps)


def warnings(pasted: Pasted, given: Mapping[str, Curve]) -> list[Lint]:
    """Return what is likely wrong with what `curve` gave, an optimizer's momentum that is overwritten among it."""
    return lints(
        given["lr"], given.get("momentum"), library=pasted.library, name=pasted.name, kwargs=pasted.kwargs,
        optimizer_momentum=pasted.momentum,
    )  # fmt: skip


def ends(pasted: Pasted) -> int | None:
    """Return the number of updates after which the library's own scheduler refuses to go on, or None."""
    return calls.end(pasted.name, pasted.kwargs)


def _measure(tree: ast.AST) -> None:
    """Refuse what is nested deeper than DEEPEST; level by level, so that no depth can exhaust the stack."""
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        if depth > DEEPEST:
            line = next((node.lineno for node in level if hasattr(node, "lineno")), 1)
            raise Refusal("Pasted code: line {line} is nested too deeply to be read.", line=line)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
