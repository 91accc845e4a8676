"""The parts of a measurement that have ended, as plain JSON, so that an interrupted one goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from data.task import Task
from words import Refusal


class Finished:
    """What a measurement has done so far, part by part.

    A measurement whose every step follows from its settings and from the parts before runs again from its beginning,
    and asks here for each part: those that are stored come back at once, to the same bits, and only what is missing is
    done. `settings` is a fingerprint of what decides the numbers; a Refusal where `stored` belongs to others.
    """

    def __init__(self, settings: str, stored: bytes | None, title: str) -> None:
        self._settings = settings
        self._parts: list[Any] = []
        self._asked = 0
        if stored is None:
            return
        try:
            found = json.loads(stored)
            of, parts = found["settings"], list(found["parts"])
        except (ValueError, KeyError, TypeError):
            raise Refusal(
                "{title}: these {count} bytes are not a checkpoint.", title=title, count=len(stored)
            ) from None
        if of != settings:
            raise Refusal("{title}: this checkpoint belongs to another measurement.", title=title)
        self._parts = parts

    def once(self, work: Callable[[], Any]) -> Any:
        """Return the next part: the stored one, or what `work()` returns, which must be plain JSON."""
        if self._asked == len(self._parts):
            self._parts.append(work())
        self._asked += 1
        return self._parts[self._asked - 1]

    def pack(self) -> bytes:
        """Return the parts so far, for `stored`. Grows with what the parts hold."""
        return json.dumps({"settings": self._settings, "parts": self._parts}).encode()


def fingerprint(task: Task, *settings: object) -> str:
    """Return a digest of the rows to train and validate on and of plain settings. Time grows with the data."""
    images = (task.transforms, task.recipe["mean"], task.recipe["std"]) if task.image else ()
    digest = hashlib.sha256(repr((task.kind, task.outputs, settings, *images)).encode())
    sizes = () if task.sizes is None else (task.sizes,)
    for array in (task.inputs, task.targets, task.train, task.validation, *sizes):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
