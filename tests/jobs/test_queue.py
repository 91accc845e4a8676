"""What the worker's side of the store promises: fair claims, fencing, checkpoints and tries."""

import numpy as np
import pytest
from sqlalchemy import select

from jobs import schema
from jobs.queue import Claim, Queue
from words import Refusal

CRASH = "its process was killed (SIGKILL)"


@pytest.fixture
def queue(store):
    opened = Queue.open(store.home)
    yield opened
    opened.close()


def submit(store, owner="ann"):
    return store.submit({"kind": "train"}, owner=owner)


def write(queue, claim, start=0, values=(1.0,), checkpoint=None):
    arrays = {"loss": np.array([values], dtype=np.float32)}
    return queue.write(claim, start=start, arrays=arrays, checkpoint=checkpoint, progress=0.5, message="half")


def losses(store, run):
    return store.metrics(run, owner="ann").arrays["loss"].tolist()


def test_runs_are_claimed_oldest_first_and_once(store, queue):
    runs = [submit(store) for _ in range(3)]
    assert [queue.claim() for _ in range(4)] == [Claim(run, 1) for run in runs] + [None]
    assert {job.state for job in store.jobs(owner="ann")} == {"running"}


def test_the_owner_with_the_fewest_running_is_next(store, queue):
    of_ann = [submit(store) for _ in range(12)]
    assert queue.claim().id == of_ann[0]
    of_bob = [submit(store, "bob") for _ in range(2)]
    assert queue.claim().id == of_bob[0]
    assert queue.claim().id == of_ann[1]


def test_progress_and_result_reach_the_owner(store, queue):
    run = submit(store)
    claim = queue.claim()
    assert queue.write(claim, progress=0.25, message="a quarter", seconds_left=3.0)
    job = store.job(run, owner="ann")
    assert (job.state, job.progress, job.message, job.seconds_left) == ("running", 0.25, "a quarter", 3.0)
    assert queue.finish(claim, {"best": None})
    job = store.job(run, owner="ann")
    assert (job.state, job.progress, job.message, job.seconds_left) == ("done", 1.0, "", None)
    assert job.result == {"best": None}
    assert job.created <= job.started <= job.finished


def frozen(store, queue, run, claim):
    """The owner of the claim did not renew its lease, and somebody else works on the run."""
    assert queue.lose(claim, "frozen")
    assert queue.claim() == Claim(run, 2)


def cancelled(store, queue, run, claim):
    store.cancel(run, owner="ann")


def deleted(store, queue, run, claim):
    store.delete(run, owner="ann")


def failed(store, queue, run, claim):
    queue.fail(claim, "because")


@pytest.mark.parametrize("happened", [frozen, cancelled, deleted, failed])
def test_every_write_of_an_attempt_that_no_longer_runs_is_refused(store, queue, happened):
    run = submit(store)
    claim = queue.claim()
    write(queue, claim, checkpoint=b"one")
    happened(store, queue, run, claim)
    before = store.job(run, owner="ann"), store.metrics(run, owner="ann")
    assert write(queue, claim, 1, checkpoint=b"two") is False
    assert queue.finish(claim, {}) is False
    assert queue.fail(claim, "late") is False
    assert queue.lose(claim, "late") is False
    assert queue.renew([claim]) == set()
    assert queue.work(claim) is None
    after = store.job(run, owner="ann"), store.metrics(run, owner="ann")
    assert after[0] == before[0]
    assert after[1].last == before[1].last
    if happened is frozen:
        assert queue.work(Claim(run, 2)).resume == b"one"


def test_a_new_attempt_resumes_from_the_checkpoint_without_the_chunks_beyond(store, queue):
    run = submit(store)
    claim = queue.claim()
    assert queue.work(claim).resume is None
    write(queue, claim, 0, (1.0, 2.0))
    write(queue, claim, 2, (3.0,), checkpoint=b"three")
    write(queue, claim, 3, (9.0, 9.0))
    queue.lose(claim, CRASH)
    again = queue.claim()
    assert queue.work(again).resume == b"three"
    assert losses(store, run) == [[1.0, 2.0, 3.0]]
    write(queue, again, 3, (4.0,))
    assert losses(store, run) == [[1.0, 2.0, 3.0, 4.0]]


def test_without_a_checkpoint_a_new_attempt_begins_with_empty_curves(store, queue):
    run = submit(store)
    claim = queue.claim()
    write(queue, claim)
    queue.lose(claim, CRASH)
    queue.claim()
    assert store.metrics(run, owner="ann").arrays == {}


def test_the_last_two_checkpoints_are_kept_and_a_damaged_one_gives_way_to_the_one_before(store, queue):
    run = submit(store)
    claim = queue.claim()
    for number in range(4):
        write(queue, claim, number, (float(number),), checkpoint=f"state {number}".encode())
    with queue._writing.begin() as connection:
        kept = connection.exec_driver_sql("SELECT chunk FROM checkpoints ORDER BY chunk").scalars().all()
        assert kept == [2, 3]
        connection.exec_driver_sql("UPDATE checkpoints SET blob = x'00' WHERE chunk = 3")
    queue.lose(claim, CRASH)
    assert queue.work(queue.claim()).resume == b"state 2"
    assert losses(store, run) == [[0.0, 1.0, 2.0]]


def test_three_tries_without_a_checkpoint_are_enough(store, queue):
    run = submit(store)
    for attempt in range(1, 4):
        assert store.job(run, owner="ann").state == "queued"
        claim = queue.claim()
        assert claim.attempt == attempt
        queue.lose(claim, CRASH)
    job = store.job(run, owner="ann")
    assert job.state == "failed"
    assert job.message == "The run stopped 3 times without getting further: its process was killed (SIGKILL)."


def test_a_checkpoint_or_a_stop_from_outside_starts_the_tries_anew(store, queue):
    run = submit(store)
    for number in range(8):
        claim = queue.claim()
        if number % 2:
            write(queue, claim, number, checkpoint=b"state")
        queue.lose(claim, CRASH)
    for _ in range(8):
        queue.lose(queue.claim(), "the supervisor ended", blame=False)
    assert store.job(run, owner="ann").state == "queued"


def test_only_a_lease_that_ran_out_is_expired(store, queue):
    submit(store), submit(store)
    late, held = queue.claim(lease=-1.0), queue.claim(lease=60.0)
    assert queue.expired() == [late]
    assert queue.renew([late, held]) == {late, held}
    assert queue.expired() == []


@pytest.mark.parametrize("most", [10, 1000, 8_000_000])
def test_an_ended_run_keeps_its_curves_in_few_chunks(store, queue, monkeypatch, most):
    monkeypatch.setattr("jobs.chunk.MERGED_BYTES", most)
    run = submit(store)
    claim = queue.claim()
    for number in range(20):
        write(queue, claim, 2 * number, (2.0 * number, 2.0 * number + 1))
    between, up_to_date = 7, store.metrics(run, owner="ann").last
    assert queue.finish(claim, {})
    assert losses(store, run) == [list(range(40))]
    assert store.metrics(run, owner="ann", after=up_to_date).arrays == {}
    seen = store.metrics(run, owner="ann", after=between)
    assert seen.arrays["loss"].tolist() == ([list(range(40))] if seen.whole else [list(range(16, 40))])
    with queue._reading.begin() as connection:
        starts = connection.exec_driver_sql("SELECT start FROM chunks ORDER BY number").scalars().all()
    assert starts[0] == 0
    assert len(starts) == {10: 20, 1000: len(starts), 8_000_000: 1}[most] <= 20
    assert starts == sorted(starts)


def test_the_files_of_a_run_come_with_its_result_are_its_owners_alone_and_go_with_it(store, queue):
    run = submit(store)
    claim = queue.claim()
    assert store.artifacts(run, owner="ann") == {}
    assert queue.finish(claim, {}, {"model 1": b"weights", "model 0": b""})
    assert store.artifacts(run, owner="ann") == {"model 0": 0, "model 1": 7}
    assert store.artifact(run, "model 1", owner="ann") == b"weights"
    assert store.artifacts(run, owner="bob") == {}
    for name, owner in (("model 1", "bob"), ("model 2", "ann")):
        with pytest.raises(Refusal) as refusal:
            store.artifact(run, name, owner=owner)
        assert str(refusal.value) == "What this run made is no longer here; please run it again."
    store.delete(run, owner="ann")
    with queue._reading.begin() as connection:
        assert connection.execute(select(schema.artifacts)).all() == []


def test_a_fenced_attempt_leaves_no_file(store, queue):
    run = submit(store)
    claim = queue.claim()
    store.cancel(run, owner="ann")
    assert not queue.finish(claim, {}, {"model 0": b"late"})
    assert store.artifacts(run, owner="ann") == {}


def test_a_wide_run_that_is_alone_gets_a_thread_for_each_slot_and_keeps_them(store, queue):
    run = store.submit({"kind": "verdict"}, owner="ann")
    claim = queue.claim(slots=4)
    assert (claim.id, claim.threads) == (run, 4)
    queue.lose(claim, CRASH)
    submit(store)  # no longer alone, but what it was given first stays
    assert [queue.claim(slots=4).threads for _ in range(2)] == [4, 1]


def test_a_run_resumed_where_there_are_fewer_slots_takes_what_there_is(store, queue):
    store.submit({"kind": "map"}, owner="ann")
    queue.lose(queue.claim(slots=4), CRASH)
    fewer = queue.claim(slots=2)
    assert fewer.threads == 2
    queue.lose(fewer, CRASH)
    assert queue.claim(slots=4).threads == 4


@pytest.mark.parametrize("beside", ["queued", "running", "a kind that is not wide"])
def test_any_other_run_gets_one_thread(store, queue, beside):
    if beside == "a kind that is not wide":
        submit(store)
        assert queue.claim(slots=2).threads == 1
        return
    submit(store, "bob")
    if beside == "running":
        queue.claim(slots=2)
    run = store.submit({"kind": "verdict"}, owner="ann")
    claims = [queue.claim(slots=2) for _ in range(1 if beside == "running" else 2)]
    assert {claim.id: claim.threads for claim in claims}[run] == 1
    queue.lose(claims[-1], CRASH)
    assert queue.claim(slots=2).threads == 1


def test_runs_that_ended_do_not_count_as_company(store, queue):
    submit(store)
    queue.finish(queue.claim(slots=2), {})
    store.submit({"kind": "verdict"}, owner="ann")
    assert queue.claim(slots=2).threads == 2


def test_a_data_folder_from_before_threads_were_kept_gains_the_column(store, queue):
    run = submit(store)
    with queue._writing.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN threads")
    again = Queue.open(store.home)
    assert again.claim(slots=2) == Claim(run, 1)
    again.close()
