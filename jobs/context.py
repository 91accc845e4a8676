"""What a job's work sees of the world: it logs, says how far it is, makes checkpoints and resumes."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs import chunk
from jobs.queue import Claim, Queue, Work

CHUNK_SECONDS = 0.1
LEAST_BETWEEN_CHECKPOINTS = 1.0
CHECKPOINT_RATIO = 10.0  # seconds of work for each second of checkpointing: at most a tenth of the time goes there


class SupersededError(BaseException):
    """This attempt is no longer the running one: cancelled, deleted or claimed anew. Not for the work to catch."""


class Context:
    """What the work of a job is given: how it logs, reports, makes checkpoints and resumes.

    resume: the last checkpoint's bytes, or None where the work begins.
    read_upload: sha256 -> bytes of an upload of the run's owner.
    read_artifact: (run, name) -> bytes of what another run of this owner made.
    kept: the files that this work makes, by name; they are stored with its result and deleted with the run.
    home: the data folder.

    Chunks are written at most every 100 ms, whatever the work's pace, so the store grows by ten rows a second at most.
    """

    def __init__(
        self,
        queue: Queue,
        claim: Claim,
        work: Work,
        *,
        home: Path,
        read_upload: Callable[[str], bytes],
        read_artifact: Callable[[str, str], bytes],
    ) -> None:
        self.resume = work.resume
        self.home = home
        self.read_upload = read_upload
        self.read_artifact = read_artifact
        self.kept: dict[str, bytes] = {}
        self._queue = queue
        self._claim = claim
        self._parts: list[Mapping[str, NDArray[np.generic]]] = []
        self._start = 0
        self._share = 0.0
        self._message = ""
        self._pace: tuple[float, float] | None = None  # (time, share) at this attempt's first share above 0
        self._written = -CHUNK_SECONDS
        self._saved = time.monotonic()
        self._cost = 0.0

    def log(self, start: int, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Add to the curves: named arrays with updates along the last axis, the first of them update `start`."""
        if not self._parts:
            self._start = start
        self._parts.append(arrays)
        if time.monotonic() - self._written >= CHUNK_SECONDS:
            self.flush()

    def progress(self, share: float, message: str = "") -> None:
        """Say which share of the work is done, 0 to 1, and in words what happens now.

        New words are written at once, a new share with what is logged next.
        """
        if self._pace is None and share > 0:
            self._pace = time.monotonic(), share
        new_words = message != self._message
        self._share, self._message = min(max(share, 0.0), 1.0), message
        if new_words:
            self.flush()

    def checkpoint(self, take: Callable[[], bytes]) -> None:
        """Keep `take()` to resume from, now and then: where the last one was long enough ago, it is called.

        What has been logged so far must be exactly what a run resumed from it does not log again.
        """
        begun = time.monotonic()
        if begun - self._saved > max(LEAST_BETWEEN_CHECKPOINTS, CHECKPOINT_RATIO * self._cost):
            self.flush(take())
            self._saved = time.monotonic()
            self._cost = self._saved - begun

    def flush(self, checkpoint: bytes | None = None) -> None:
        """Write what has been logged and said since the last time."""
        values: dict[str, Any] = {
            "progress": self._share,
            "message": self._message,
            "seconds_left": self._seconds_left(),
        }
        arrays = chunk.join(self._parts)
        if not self._queue.write(self._claim, start=self._start, arrays=arrays, checkpoint=checkpoint, **values):
            raise SupersededError
        self._parts = []
        self._written = time.monotonic()

    def _seconds_left(self) -> float | None:
        if self._pace is None or self._share <= self._pace[1]:
            return None
        elapsed, gained = time.monotonic() - self._pace[0], self._share - self._pace[1]
        return elapsed * (1 - self._share) / gained
