"""The supervisor: one process per data folder that starts, watches and ends the job processes. Imports no torch."""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import wait
from pathlib import Path

from jobs import executors, home
from jobs.queue import Claim, Queue

TICK_SECONDS = 0.1
RENEW_SECONDS = 0.25
IDLE_SECONDS = 600.0
WIDE_SECONDS = 10.0  # for so long at most does a run with several threads keep others waiting
_ROOT = Path(__file__).resolve().parent.parent

_started: dict[Path, subprocess.Popen[bytes]] = {}  # kept so that their ends are noticed


def ensure(folder: str | os.PathLike[str] | None = None) -> None:
    """Start the data folder's supervisor unless there is one; return at once.

    Whoever gets the lock starts the supervisor and hands the lock over to it, so there is never a second one, and it
    outlives this process. Call it after each submit, and when the app starts so that torch is loaded before the first.
    """
    path = home.folder(folder)
    if path in _started:
        _started[path].poll()
    lock = _lock(path)
    if lock is None:
        return
    try:
        with (home.inside(path, "logs") / "supervisor.log").open("wb") as log:
            _started[path] = subprocess.Popen(
                [sys.executable, "-m", "jobs.supervisor", str(path), "--lock", str(lock)],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,
            )
    finally:
        os.close(lock)


def slots() -> int:
    """How many runs may work at once: the environment's RATESCOPE_SLOTS, or the number of cores."""
    return max(int(os.environ.get("RATESCOPE_SLOTS") or os.cpu_count() or 1), 1)


class Supervisor:
    """Works on the queue of one data folder until told to stop, the folder vanishes, or ten idle minutes pass."""

    def __init__(self, folder: Path, executor: executors.Executor, slots: int) -> None:
        self._lock_file = folder / "supervisor.lock"
        self._queue = Queue.open(folder)
        self._executor = executor
        self._running: dict[Claim, executors.Running] = {}
        self._since: dict[Claim, float] = {}
        self._slots = slots
        self.stopping = False
        self._renewed = 0.0
        self._busy = time.monotonic()

    def stop(self, *_: object) -> None:
        """Ask it to end after the current round."""
        self.stopping = True

    def work(self) -> None:
        """Work until there is a reason to end; runs that are not done wait for the next supervisor."""
        try:
            while not self.stopping and time.monotonic() - self._busy < IDLE_SECONDS and self._lock_file.exists():
                self.round()
        finally:
            for running in self._running.values():
                running.kill()
            for claim, running in self._running.items():
                running.join()
                self._queue.lose(claim, "the supervisor ended", blame=False)
            self._queue.close()

    def round(self) -> None:
        """Wait a tick or for the end of a process, then reap, renew and claim."""
        if self._running:
            wait([running.sentinel for running in self._running.values()], TICK_SECONDS)
        else:
            time.sleep(TICK_SECONDS)
        for claim, running in list(self._running.items()):
            if running.exitcode is not None:
                del self._running[claim], self._since[claim]
                print("ended", claim.id, claim.attempt, running.exitcode, flush=True)
                self._queue.lose(claim, executors.describe(running.exitcode))  # does nothing where the run has ended
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            self._renew()
        while self._taken() < self._slots and (new := self._queue.claim(slots=self._slots)) is not None:
            self._since[new] = time.monotonic()
            self._running[new] = self._executor.start(new)
            print("started", new.id, new.attempt, self._running[new].pid, flush=True)
        if self._running:
            self._busy = time.monotonic()

    def _taken(self) -> int:
        """Return how many slots are taken: one a thread, but only one a run once it has had its time alone."""
        now = time.monotonic()
        return sum(claim.threads if now - self._since[claim] < WIDE_SECONDS else 1 for claim in self._running)

    def _renew(self) -> None:
        self._renewed = time.monotonic()
        if self._running:
            held = self._queue.renew(self._running)
            for claim, running in self._running.items():
                if claim not in held:
                    running.kill()
        for claim in self._queue.expired():
            self._queue.lose(claim, "nobody took care of it any more", blame=False)


def _lock(folder: Path) -> int | None:
    """Return a file descriptor that holds the folder's lock, or None where somebody else does."""
    descriptor = os.open(folder / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def main() -> None:
    """Run the supervisor: `python -m jobs.supervisor [data folder]`."""
    parser = argparse.ArgumentParser(prog="python -m jobs.supervisor", description="Work on the queued runs.")
    parser.add_argument("home", nargs="?", help="data folder (default: RATESCOPE_HOME or ~/.ratescope)")
    parser.add_argument("--lock", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    folder = home.folder(given.home)
    lock = given.lock if given.lock is not None else _lock(folder)
    while lock is not None:
        os.set_inheritable(lock, False)
        os.pwrite(lock, f"{os.getpid():<20}\n".encode(), 0)  # for whoever wants to stop it with SIGTERM
        supervisor = Supervisor(folder, executors.LocalExecutor(folder), slots())
        signal.signal(signal.SIGTERM, supervisor.stop)
        signal.signal(signal.SIGINT, supervisor.stop)
        supervisor.work()
        os.close(lock)
        # A run submitted while we still held the lock found a supervisor: us.
        lock = _lock(folder) if not supervisor.stopping and folder.exists() and Queue.open(folder).waiting() else None


if __name__ == "__main__":
    main()
