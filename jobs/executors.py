"""How a job's process is started, watched and killed on this machine."""

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any, Protocol

from jobs import process
from jobs.queue import Claim

# Imported once by the server that forks the job processes; imports alone, since a fork after OpenMP has run hangs.
PRELOAD = ("jobs.forked", "torch", "training.engine", "finder.range_test", "jobs.process", "jobs.work")
# Measured: two jobs with one thread each do more than twice the work of one whose products have two; spinning threads
# collapse. A job that is alone is given more once it runs (`Queue.claim`), for which the engine divides its models.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Running(Protocol):
    """A started job: `sentinel` becomes readable when it has ended; `exitcode` is None until then."""

    @property
    def pid(self) -> int | None: ...  # noqa: D102

    @property
    def sentinel(self) -> int: ...  # noqa: D102

    @property
    def exitcode(self) -> int | None: ...  # noqa: D102

    def kill(self) -> None:
        """End it at once."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""


class Executor(Protocol):
    """Whatever can start a claimed run."""

    def start(self, claim: Claim) -> Running:
        """Start the work and return at once."""


class LocalExecutor:
    """One fresh process per job on this machine, forked from a server that has torch loaded already.

    A process costs about 60 ms and 30 MB to start; killing it is how a run is cancelled. Where forking is not safe
    (macOS, Windows) each process loads torch by itself, about 2 s.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        os.environ.update(THREADS)  # before torch loads anywhere below
        self._processes = _processes()
        if sys.platform == "linux":
            from multiprocessing import forkserver

            self._processes.set_forkserver_preload(list(PRELOAD))
            forkserver.ensure_running()
            first = self._processes.Process(target=int)  # ends once everything is loaded; no run is claimed before
            first.start()
            first.join()

    def start(self, claim: Claim) -> Running:
        """Start the process of a claimed run."""
        started = self._processes.Process(target=process.run, args=(self._home, claim), daemon=True)
        started.start()
        return started  # type: ignore[no-any-return]


def _processes() -> Any:  # the common type of the two lacks what both have
    return multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def describe(exitcode: int | None) -> str:
    """Say how a process ended: 'its process was killed (SIGKILL)'."""
    if exitcode is None:
        return "its process is gone"
    if exitcode < 0:
        return f"its process was killed ({signal.Signals(-exitcode).name})"
    return f"its process ended with exit code {exitcode}"
