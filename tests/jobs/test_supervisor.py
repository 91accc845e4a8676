"""When the supervisor claims, loses and ends, with processes that only pretend."""

import os

import pytest

from jobs import supervisor
from jobs.queue import Queue
from jobs.supervisor import Supervisor


class Pretended:
    """A process that runs until the test says that it has ended."""

    def __init__(self, claim):
        self.claim, self.pid, self.exitcode = claim, 0, None
        self.sentinel, self._end = os.pipe()

    def end(self, exitcode):
        self.exitcode = exitcode
        os.write(self._end, b"x")

    def kill(self):
        self.end(-9)

    def join(self, timeout=None):
        assert self.exitcode is not None


class Stage:
    def __init__(self):
        self.processes = []

    def start(self, claim):
        self.processes.append(Pretended(claim))
        return self.processes[-1]


@pytest.fixture
def stage(store, monkeypatch):
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "RENEW_SECONDS", 0.0)
    (store.home / "supervisor.lock").touch()
    return Stage()


def submit(store, owner="ann"):
    return store.submit({"kind": "train"}, owner=owner)


def states(store):
    return [job.state for job in store.jobs(owner="ann")][::-1]


def test_no_more_runs_work_at_once_than_there_are_slots(store, stage):
    for _ in range(3):
        submit(store)
    at_work = Supervisor(store.home, stage, slots=2)
    at_work.round()
    assert states(store) == ["running", "running", "queued"]
    Queue.open(store.home).finish(stage.processes[0].claim, {})
    stage.processes[0].end(0)
    at_work.round()
    assert states(store) == ["done", "running", "running"]


@pytest.mark.parametrize("exitcode", [0, 1, -9, -11])
def test_a_run_whose_process_is_gone_starts_again_whatever_the_exit_code(store, stage, exitcode):
    run = submit(store)
    at_work = Supervisor(store.home, stage, slots=1)
    at_work.round()
    stage.processes[0].end(exitcode)
    at_work.round()
    assert [process.claim.attempt for process in stage.processes] == [1, 2]
    assert store.job(run, owner="ann").state == "running"


def test_a_process_is_killed_when_its_run_is_cancelled_and_its_slot_is_free_again(store, stage):
    first, second = submit(store), submit(store)
    at_work = Supervisor(store.home, stage, slots=1)
    at_work.round()
    store.cancel(first, owner="ann")
    at_work.round()
    assert stage.processes[0].exitcode == -9
    at_work.round()
    assert store.job(second, owner="ann").state == "running"


def test_a_run_that_a_dead_supervisor_left_behind_is_taken_over_once_its_lease_ran_out(store, stage):
    run = submit(store)
    Queue.open(store.home).claim(lease=-1.0)
    Supervisor(store.home, stage, slots=1).round()
    assert [process.claim.attempt for process in stage.processes] == [2]
    assert store.job(run, owner="ann").state == "running"


@pytest.mark.parametrize("reason", ["idle", "no lock", "told to"])
def test_it_ends_when_idle_when_its_folder_is_gone_and_when_told_to(store, stage, monkeypatch, reason):
    at_work = Supervisor(store.home, stage, slots=1)
    if reason == "idle":
        monkeypatch.setattr(supervisor, "IDLE_SECONDS", 0.05)
    elif reason == "no lock":
        (store.home / "supervisor.lock").unlink()
    else:
        at_work.stop()
    at_work.work()
    assert stage.processes == []


def test_when_it_ends_its_runs_wait_for_the_next_one(store, stage):
    submit(store)
    at_work = Supervisor(store.home, stage, slots=1)
    at_work.round()
    at_work.stop()
    at_work.work()
    assert stage.processes[0].exitcode == -9
    assert states(store) == ["queued"]
    assert Queue.open(store.home).claim() is not None


def test_the_number_of_slots_is_the_environments_or_the_cores(monkeypatch):
    monkeypatch.setenv("RATESCOPE_SLOTS", "7")
    assert supervisor.slots() == 7
    monkeypatch.delenv("RATESCOPE_SLOTS")
    assert supervisor.slots() == os.cpu_count()


def test_a_run_with_two_threads_takes_two_slots_for_its_time_alone_and_then_one(store, stage, monkeypatch):
    store.submit({"kind": "verdict"}, owner="ann")
    at_work = Supervisor(store.home, stage, slots=2)
    at_work.round()
    assert stage.processes[0].claim.threads == 2
    submit(store, "bob")
    at_work.round()
    assert len(stage.processes) == 1
    monkeypatch.setattr(supervisor, "WIDE_SECONDS", 0.0)
    at_work.round()
    assert [process.claim.threads for process in stage.processes] == [2, 1]
