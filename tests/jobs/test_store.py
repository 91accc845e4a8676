"""What a user's side of the store promises."""

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from jobs.queue import Queue
from jobs.store import MOST_WAITING, Store
from words import Refusal

FIND = {"kind": "find", "start": 1e-7, "seeds": [0, 1]}
GONE = "This run does not exist; it may have been deleted."


@pytest.fixture
def queue(store):
    opened = Queue.open(store.home)
    yield opened
    opened.close()


def chunk(*values):
    return {"loss": np.array([values], dtype=np.float32)}


def write(queue, claim, start, *values, checkpoint=None):
    return queue.write(claim, start=start, arrays=chunk(*values), checkpoint=checkpoint, progress=0.5, message="")


def test_a_submitted_run_is_queued_with_what_was_asked(store):
    job = store.job(store.submit(FIND, owner="ann", name=" first "), owner="ann")
    assert (job.kind, job.name, job.request, job.state, job.owner) == ("find", "first", FIND, "queued", "ann")
    assert (job.attempt, job.progress, job.result, job.started, job.finished) == (0, 0.0, None, None, None)
    assert not job.ended


def test_runs_are_listed_newest_first(store):
    runs = [store.submit(FIND, owner="ann", name=str(number)) for number in range(5)]
    assert [job.id for job in store.jobs(owner="ann")] == runs[::-1]


def test_one_user_sees_and_changes_nothing_of_another(store, queue):
    run = store.submit(FIND, owner="ann")
    upload = store.save_upload(b"secret", "a.csv", owner="ann")
    store.remember("ann", "page", {"x": 1})
    write(queue, queue.claim(), 0, 1.0)
    assert store.job(run, owner="bob") is None
    assert store.jobs(owner="bob") == []
    assert store.metrics(run, owner="bob").arrays == {}
    assert store.recall("bob", "page") is None
    with pytest.raises(Refusal, match="no longer here"):
        store.read_upload(upload, owner="bob")
    for act in (store.cancel, store.delete, lambda run, owner: store.rename(run, "mine", owner=owner)):
        with pytest.raises(Refusal) as refusal:
            act(run, owner="bob")
        assert str(refusal.value) == GONE
    assert store.job(run, owner="ann").state == "running"
    assert store.metrics(run, owner="ann").arrays["loss"].tolist() == [[1.0]]


def test_the_store_survives_reopening(store, queue):
    run = store.submit(FIND, owner="ann", name="kept")
    upload = store.save_upload(b"a,b\n1,2\n", "a.csv", owner="ann")
    store.remember("ann", "page", [1, None, "ä"])
    claim = queue.claim()
    write(queue, claim, 0, 1.0, 2.0)
    queue.finish(claim, {"lr": 0.1})
    again = Store.open(store.home)
    assert again.job(run, owner="ann") == store.job(run, owner="ann")
    assert again.job(run, owner="ann").result == {"lr": 0.1}
    assert again.metrics(run, owner="ann").arrays["loss"].tolist() == [[1.0, 2.0]]
    assert again.read_upload(upload, owner="ann") == b"a,b\n1,2\n"
    assert again.recall("ann", "page") == [1, None, "ä"]
    again.close()


def test_curves_are_joined_over_chunks_and_read_on_from_the_last(store, queue):
    run = store.submit(FIND, owner="ann")
    claim = queue.claim()
    empty = store.metrics(run, owner="ann")
    assert (empty.arrays, empty.last, empty.whole) == ({}, -1, True)
    write(queue, claim, 0, 1.0, 2.0)
    write(queue, claim, 2, 3.0)
    first = store.metrics(run, owner="ann")
    assert (first.arrays["loss"].tolist(), first.whole) == ([[1.0, 2.0, 3.0]], True)
    assert first.arrays["loss"].dtype == np.float32
    nothing = store.metrics(run, owner="ann", after=first.last)
    assert (nothing.arrays, nothing.last, nothing.whole) == ({}, first.last, False)
    write(queue, claim, 3, 4.0)
    more = store.metrics(run, owner="ann", after=first.last)
    assert (more.arrays["loss"].tolist(), more.whole) == ([[4.0]], False)


def test_a_reader_that_was_further_than_the_checkpoint_is_given_the_whole_again(store, queue):
    run = store.submit(FIND, owner="ann")
    claim = queue.claim()
    write(queue, claim, 0, 1.0, checkpoint=b"after 1")
    at_checkpoint = store.metrics(run, owner="ann").last
    write(queue, claim, 1, 2.0)
    further = store.metrics(run, owner="ann").last
    queue.lose(claim, "killed")
    again = queue.claim()
    write(queue, again, 1, 2.5)
    write(queue, again, 2, 3.5)
    for after in (-1, further):
        seen = store.metrics(run, owner="ann", after=after)
        assert (seen.arrays["loss"].tolist(), seen.whole) == ([[1.0, 2.5, 3.5]], True)
    seen = store.metrics(run, owner="ann", after=at_checkpoint)
    assert (seen.arrays["loss"].tolist(), seen.whole) == ([[2.5, 3.5]], False)


def test_cancelling_ends_a_run_once(store):
    run = store.submit(FIND, owner="ann")
    assert store.cancel(run, owner="ann")
    assert not store.cancel(run, owner="ann")
    job = store.job(run, owner="ann")
    assert job.state == "cancelled"
    assert job.finished >= job.created


def test_a_run_is_renamed_within_1_to_80_characters(store):
    run = store.submit(FIND, owner="ann")
    store.rename(run, "x" * 80, owner="ann")
    assert store.job(run, owner="ann").name == "x" * 80
    for name, count in (("", 0), ("  ", 0), ("x" * 81, 81)):
        with pytest.raises(Refusal) as refusal:
            store.rename(run, name, owner="ann")
        assert str(refusal.value) == f"Run: name must be 1 to 80 characters, got {count}."


def test_deleting_removes_the_run_and_its_curves(store, queue):
    run, other = (store.submit(FIND, owner="ann") for _ in range(2))
    for claim in (queue.claim(), queue.claim()):
        write(queue, claim, 0, 1.0, checkpoint=b"state")
    store.delete(run, owner="ann")
    assert [job.id for job in store.jobs(owner="ann")] == [other]
    assert store.metrics(run, owner="ann").arrays == {}
    assert store.metrics(other, owner="ann").arrays["loss"].tolist() == [[1.0]]
    with store._reading.begin() as connection:
        for table in ("chunks", "checkpoints"):
            assert connection.exec_driver_sql(f"SELECT job FROM {table}").scalars().all() == [other]


def test_an_owner_may_not_fill_the_queue(store):
    for _ in range(MOST_WAITING):
        store.submit(FIND, owner="ann")
    with pytest.raises(Refusal, match="at most 50 runs waiting"):
        store.submit(FIND, owner="ann")
    store.submit(FIND, owner="bob")


def test_an_upload_is_kept_under_its_hash_whatever_its_name(store):
    sha256 = store.save_upload(b"data", "../../etc/passwd", owner="ann")
    assert sha256 == hashlib.sha256(b"data").hexdigest()
    assert [path.name for path in (store.home / "uploads").iterdir()] == [sha256]
    assert store.save_upload(b"data", "other.csv", owner="bob") == sha256
    assert store.read_upload(sha256, owner="bob") == b"data"


@pytest.mark.parametrize("name", ["../ratescope.sqlite", "", "g" * 64, "A" * 64, "a" * 64, "a" * 64 + "\n"])
def test_reading_refuses_what_is_no_upload(store, name):
    with pytest.raises(Refusal) as refusal:
        store.read_upload(name, owner="ann")
    assert str(refusal.value) == "The uploaded file is no longer here; please upload it again."


def test_what_is_remembered_is_replaced(store):
    store.remember("ann", "page", {"x": 1})
    store.remember("ann", "page", {"y": 2})
    assert store.recall("ann", "page") == {"y": 2}
    assert store.recall("ann", "other") is None


def test_the_data_folder_is_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("RATESCOPE_HOME", str(tmp_path / "chosen"))
    opened = Store.open()
    assert opened.home == tmp_path / "chosen"
    assert opened.home.stat().st_mode & 0o777 == 0o700
    opened.close()


def test_stores_that_open_at_once_agree(tmp_path):
    failures = []

    def use(number):
        try:
            opened = Store.open(tmp_path / "home")
            opened.submit(FIND, owner="ann", name=str(number))
            opened.close()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    opened = Store.open(tmp_path / "home")
    assert sorted(job.name for job in opened.jobs(owner="ann")) == list("01234567")
    opened.close()


def test_what_the_pages_import_does_not_import_torch():
    program = "import sys, jobs.store, jobs.requests, jobs.supervisor; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0
