"""Whole snippets: a schedule in each library, as its own scheduler where it has one that draws exactly the same."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schedulers.declare import Schedule
from schedulers.export import arrays, stepped
from schedulers.export.own import own
from schedulers.export.parts import Parts
from words import Refusal

RECORD = Path(__file__).with_name("parity.json")
# name here -> (whose own schedulers it uses, who writes the snippet)
LIBRARIES: dict[str, tuple[str, Callable[[Parts], str]]] = {
    "pytorch": ("torch", stepped.pytorch),
    "fastai": ("fastai", arrays.fastai),
    "transformers": ("transformers", stepped.transformers),
    "timm": ("timm", stepped.timm),
    "optax": ("optax", arrays.optax),
    "keras": ("keras", arrays.keras),
    "lightning": ("torch", stepped.lightning),
}


@dataclass(frozen=True)
class Exported:
    """A snippet; `native` says that it uses the library's own scheduler rather than a function handed to it.

    `tested` says that snippets of this schedule, library and kind were executed and gave the schedule's rates.
    """

    text: str
    native: bool
    tested: bool


def code(library: str, schedule: Schedule, parameters: dict[str, Any], T: int) -> Exported:
    """Return code for the library that draws exactly the schedule over a run of T updates.

    The library's own scheduler is taken only where `schedulers.libraries.curve` gives the schedule's rates to 1e-9 for
    these very parameters and this T; otherwise the schedule's function goes through LambdaLR or what the library has
    for that. fastai, optax and Keras compute in single precision, so there exactly means to some 1e-7 of the peak.
    O(T). Refusal for an unknown library and for what the schedule refuses.
    """
    if library not in LIBRARIES:
        raise Refusal(
            "Code export: there is no library {library}; there are {known}.",
            library=library,
            known=", ".join(LIBRARIES),
        )
    values = schedule.check(T, **parameters)
    base, write = LIBRARIES[library]
    call = own(base, schedule, values, T)
    text = re.sub(r"\n{4,}", "\n\n\n", write(Parts(schedule, values, T, call)))
    return Exported(text, call is not None, record().get(f"{library} {schedule.name} {kind(call is not None)}") == "ok")


def kind(native: bool) -> str:
    """Return the word for a snippet's kind in the record of what was executed."""
    return "own" if native else "function"


@cache
def record() -> dict[str, str]:
    """Return what `make parity` found: "library schedule kind" -> "ok", or why it could not be executed."""
    if not RECORD.exists():
        return {}
    results: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))["results"]
    return results


def fingerprint(texts: list[str]) -> str:
    """Return a digest of snippets without the schedule's own functions, which `source` takes from the declaration.

    By it the record of an execution knows of which code it is.
    """
    without = [re.sub(r"\ndef .*?\n\n\nT = ", "\nT = ", text, flags=re.DOTALL) for text in texts]
    return hashlib.sha256("\f".join(without).encode()).hexdigest()[:12]
