import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from jobs import supervisor
from jobs.store import Store

HANG_SECONDS = 60.0


def until(condition, seconds=HANG_SECONDS):
    """Return the first true answer of `condition`, asked every 10 ms; fail after the hang limit."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (answer := condition()):
        assert time.monotonic() < deadline, "waited too long"
        pause.wait(0.01)
    return answer


@pytest.fixture(name="until")
def until_fixture():
    return until


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def pid(home: Path) -> int:
    return int((home / "supervisor.lock").read_text() or 0)


def free(home: Path) -> bool:
    lock = supervisor._lock(home)
    if lock is not None:
        os.close(lock)
    return lock is not None


def stop(home: Path, with_signal=signal.SIGTERM) -> None:
    """End the supervisor and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(until(lambda: pid(home)), with_signal)
    until(lambda: free(home))
    supervisor._started.pop(home).wait(HANG_SECONDS)


class Workshop:
    """A store with a supervisor that works on it."""

    def __init__(self, store):
        self.store, self.home = store, store.home
        supervisor.ensure(self.home)

    def submit(self, owner="ann", **request):
        identifier = self.store.submit({"folder": str(self.home), **request}, owner=owner)
        supervisor.ensure(self.home)
        return identifier

    def job(self, identifier, owner="ann"):
        return self.store.job(identifier, owner=owner)

    def when(self, identifier, condition):
        return until(lambda: (job := self.job(identifier)) and condition(job) and job)

    def ended(self, identifier):
        return self.when(identifier, lambda job: job.ended)

    def pids(self, identifier):
        """The process of each attempt, as the supervisor's log names them."""
        lines = (line.split() for line in (self.home / "logs" / "supervisor.log").read_text().splitlines())
        return [int(words[3]) for words in lines if words[:2] == ["started", identifier]]

    def restart(self, with_signal=signal.SIGTERM):
        stop(self.home, with_signal)
        supervisor.ensure(self.home)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = str(Path(__file__).parent)
        patch.setenv("RATESCOPE_EXTRA_KINDS", "faulty_kinds")
        patch.setenv("PYTHONPATH", folder)
        patch.setenv("RATESCOPE_SLOTS", "2")
        opened = Store.open(tmp_path_factory.mktemp("workshop"))
        yield Workshop(opened)
        stop(opened.home)
        opened.close()
