"""From submit to result with the real work: what a user sees is what the engine computes, also after a crash."""

import os
import signal
import threading

import numpy as np
import pytest

from jobs import requests, supervisor, tasks, work

pytestmark = pytest.mark.slow

FIND = {"kind": "find", "data": {"builtin": "digits"}, "model": "mlp_16", "num_it": 60, "seeds": [0, 5]}
TRAIN = {
    "kind": "train",
    "data": {"builtin": "digits"},
    "model": "mlp_16",
    "updates": 300,
    "schedules": [
        {"schedule": "cosine", "parameters": {"peak": 0.1}, "label": "cosine"},
        {"schedule": "one_cycle", "parameters": {"peak": 0.2}, "label": "cycle"},
    ],
    "seeds": [0, 1],
}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as a job has
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The direct call of the engine that the training jobs must equal."""
    from training import engine, options

    request = requests.check(TRAIN)
    rates, momentum = work.curves(request)
    task = tasks.load(request["data"], lambda sha256: b"", tmp_path_factory.mktemp("direct"))
    return engine.train(
        task,
        options.MODELS["mlp_16"],
        rates,
        momentum=momentum,
        weight_decay=0.0,
        optimizer="sgd",
        batch_size=64,
        seeds=[0, 1, 0, 1],
        device="auto",
    )


def curves(workshop, identifier):
    return workshop.store.metrics(identifier, owner="ann").arrays


def submit(workshop, request):
    identifier = workshop.store.submit(requests.check(request), owner="ann")
    supervisor.ensure(workshop.home)
    return identifier


def assert_equals_direct_run(job, arrays, trained):
    assert (job.state, job.message) == ("done", "")
    np.testing.assert_array_equal(arrays["loss"], trained.losses.astype(np.float32))
    np.testing.assert_array_equal(arrays["validation_update"], trained.updates)
    np.testing.assert_array_equal(arrays["validation_loss"], trained.validation_loss.astype(np.float32))
    np.testing.assert_array_equal(arrays["validation_metric"], trained.validation_metric.astype(np.float32))
    rows = job.result["rows"]
    assert [(row["schedule"], row["label"], row["seed"]) for row in rows] == [
        (0, "cosine", 0), (0, "cosine", 1), (1, "cycle", 0), (1, "cycle", 1),
    ]  # fmt: skip
    assert [row["updates"] for row in rows] == trained.stopped.tolist()
    assert [row["reason"] for row in rows] == list(trained.reason)
    assert [row["test_metric"] for row in rows] == trained.test_metric.tolist()
    assert [row["metric"] for row in rows] == trained.validation_metric[:, -1].tolist()


def test_a_training_ends_with_exactly_what_the_engine_computes(workshop, trained):
    run = submit(workshop, TRAIN)
    job = workshop.ended(run)
    assert_equals_direct_run(job, curves(workshop, run), trained)
    assert (job.attempt, job.progress, job.result["metric"], job.result["unit"]) == (1, 1.0, "accuracy", "")


def test_a_range_test_ends_with_exactly_what_the_finder_computes(workshop, tmp_path):
    from finder.range_test import range_test
    from training import options

    run = submit(workshop, FIND)
    job = workshop.ended(run)
    request = requests.check(FIND)
    task = tasks.load(request["data"], lambda sha256: b"", tmp_path)
    found = range_test(task, options.MODELS["mlp_16"], num_it=60, seeds=[0, 5])
    assert (job.state, job.message) == ("done", "")
    loss = curves(workshop, run)["loss"]
    np.testing.assert_array_equal(loss, found.raw[:, : loss.shape[1]].astype(np.float32))
    assert np.isnan(found.raw[:, loss.shape[1] :]).all()
    assert job.result["lrs"] == found.lrs.tolist()
    assert job.result["stopped"] == list(found.stopped)
    assert job.result["suggestions"] == found.suggestions
    assert set(found.suggestions) >= {"valley", "steep"}


def test_a_training_whose_process_is_killed_resumes_to_the_same_bits(workshop, trained):
    run = submit(workshop, {**TRAIN, "pace": 100})
    # A checkpoint is taken after a second, at about update 100.
    workshop.when(run, lambda job: job.progress > 0.6)
    os.kill(workshop.pids(run)[-1], signal.SIGKILL)
    resumed = workshop.when(run, lambda job: job.attempt == 2)
    assert resumed.progress > 0.3
    job = workshop.ended(run)
    assert job.attempt == 2
    assert_equals_direct_run(job, curves(workshop, run), trained)


def test_a_paced_training_keeps_its_pace_and_can_be_cancelled(workshop):
    run = submit(workshop, {**TRAIN, "pace": 20})
    halfway = workshop.when(run, lambda job: job.progress > 0.05)
    assert halfway.seconds_left > 5
    workshop.store.cancel(run, owner="ann")
    arrays = curves(workshop, run)
    assert 15 <= arrays["loss"].shape[1] < 100
    assert workshop.job(run).state == "cancelled"


def test_many_that_start_at_once_start_one_supervisor(workshop):
    threads = [threading.Thread(target=supervisor.ensure, args=(workshop.home,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert supervisor._lock(workshop.home) is None
    assert (workshop.home / "logs" / "supervisor.log").exists()
