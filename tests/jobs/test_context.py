"""When a context writes: ten chunks a second at most, and a tenth of the time for checkpoints."""

from pathlib import Path

import numpy as np
import pytest

from jobs import chunk, context
from jobs.context import Context, SupersededError
from jobs.queue import Claim, Work


class Recorder:
    """Stands for the queue: keeps what is written, and fences when told to."""

    def __init__(self):
        self.written, self.fenced = [], False

    def write(self, claim, **values):
        self.written.append(values)
        return not self.fenced


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(context, "time", clock)
    return clock


@pytest.fixture
def queue():
    return Recorder()


@pytest.fixture
def work(queue, clock):
    nothing = {"read_upload": lambda sha256: b"", "read_artifact": lambda run, name: b""}
    return Context(queue, Claim("run", 1), Work("train", "ann", {}, None), home=Path(), **nothing)


def loss(*values):
    return {"loss": np.array([values], dtype=np.float32)}


def test_what_is_logged_within_100_ms_becomes_one_chunk(work, queue, clock):
    for update in range(100):
        work.log(update, loss(update))
        clock.now += 0.01
    work.flush()
    assert 10 <= len(queue.written) <= 12
    assert [part["start"] for part in queue.written] == [
        int(part["arrays"]["loss"][0, 0]) for part in queue.written
    ]  # fmt: skip
    joined = chunk.join([part["arrays"] for part in queue.written])
    assert joined["loss"].tolist() == [list(range(100))]


def test_the_time_left_follows_from_the_pace(work, queue, clock):
    work.progress(0.2)
    clock.now += 4.0
    work.progress(0.4, "on")
    assert queue.written[-1]["progress"] == 0.4
    assert queue.written[-1]["message"] == "on"
    assert queue.written[-1]["seconds_left"] == pytest.approx(12.0)


@pytest.mark.parametrize(("cost", "least"), [(0.01, 1.0), (0.5, 5.0), (3.0, 30.0)])
def test_checkpoints_take_a_tenth_of_the_time_at_most(work, queue, clock, cost, least):
    taken = []

    def take():
        clock.now += cost
        taken.append(clock.now)
        return b"state"

    while len(taken) < 4:
        clock.now += 0.125
        work.log(0, loss(1.0))
        work.checkpoint(take)
    gaps = np.diff(taken)
    assert (gaps >= least + cost).all()
    assert (gaps <= least + cost + 0.25).all()
    assert [part["checkpoint"] for part in queue.written if part["checkpoint"]] == [b"state"] * 4


def test_a_checkpoint_is_written_with_everything_logged_before_it(work, queue, clock):
    work.log(0, loss(0.0))
    work.log(1, loss(1.0))
    clock.now += 2.0
    work.checkpoint(lambda: b"after two")
    assert queue.written[-1]["arrays"]["loss"].tolist() == [[1.0]]
    assert queue.written[-1]["checkpoint"] == b"after two"


def test_a_superseded_attempt_stops_at_its_next_write(work, queue):
    queue.fenced = True
    with pytest.raises(SupersededError):
        work.flush()
    assert not isinstance(SupersededError(), Exception)
