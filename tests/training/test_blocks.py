"""A large stack is updated block by block: each model as without, whoever diverges or stops meanwhile."""

import numpy as np
import pytest
import torch

from data.task import Task
from training import run
from training.engine import Trained, train
from training.options import MODELS


def course(task: Task, optimizer: str) -> Trained:
    rates = np.geomspace(1e-3, 1.0 if optimizer == "sgd" else 0.1, 7)[:, None].repeat(30, 1)
    rates[3, 10:] = 1e300
    return train(
        task, MODELS["mlp_16"], rates, seeds=np.arange(7), optimizer=optimizer, batch_size=16, device="cpu",
        dtype="float64", evaluate_every=10, stop=lambda update, losses: (np.arange(7) == 5) & (update == 15),
    )  # fmt: skip


@pytest.fixture
def threads():
    """`threads(n)`: let torch have n threads until the test ends."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize(("numbers", "count"), [(1, 1), (1, 2), (4000, 1), (4000, 2)])
def test_blocks_and_threads_change_no_model(build, monkeypatch, threads, *, optimizer, numbers, count):
    threads(1)
    task = build()
    whole = course(task, optimizer)
    counts = []
    held = run.Run._hold
    monkeypatch.setattr(run, "BLOCK_NUMBERS", numbers)
    monkeypatch.setattr(run.Run, "_hold", lambda self, *given: (held(self, *given), counts.append(len(self.blocks))))
    threads(count)
    parts = course(task, optimizer)
    assert torch.get_num_threads() == count
    assert counts[0] == 7 if numbers == 1 else 1 < counts[0] < 7
    assert "diverged" in parts.reason
    assert "stopped" in parts.reason
    assert parts.reason == whole.reason
    for name in ("losses", "validation_loss", "validation_metric", "stopped", "test_loss"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9)
    for mine, its in zip(parts.parameters, whole.parameters, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-12)


def test_threads_give_the_same_bits_every_time(build, monkeypatch, threads):
    threads(2)
    monkeypatch.setattr(run, "BLOCK_NUMBERS", 4000)
    first, again = course(build(), "sgd"), course(build(), "sgd")
    np.testing.assert_array_equal(first.losses, again.losses)


@pytest.mark.parametrize(("count", "blocks"), [(1, 15), (2, 14), (4, 12)])
def test_blocks_follow_the_numbers_that_an_update_touches(build, monkeypatch, threads, count, blocks):
    threads(count)
    counts = []
    held = run.Run._hold
    monkeypatch.setattr(run.Run, "_hold", lambda self, *given: (held(self, *given), counts.append(len(self.blocks))))
    train(build(), MODELS["mlp_64_64"], np.full((512, 1), 0.1), seeds=np.arange(512) % 32, batch_size=60, device="cpu",
          evaluate_every=0)  # fmt: skip
    # 64-wide: 5*64+64 + 64*64+64 + 64*3+3 = 4739 weights, three times; 60 * (5+64+64+3) activations, twice.
    assert round(512 * (3 * 4739 + 2 * 60 * 136) / 2**20) == 15
    assert counts[0] == blocks


@pytest.mark.parametrize("seconds", [0, 1e-4, 1e9])
def test_how_many_updates_are_done_at_once_changes_no_bit(build, monkeypatch, seconds):
    """Also where models diverge on the way, at an update that nobody looks at."""

    def go(**more):
        rates = np.full((5, 70), 0.05)
        rates[1, 9:], rates[3, 40:] = 1e30, 1e300
        return train(
            build(), MODELS["mlp_16"], rates, seeds=np.arange(5), optimizer="adam", batch_size=16, device="cpu",
            evaluate_every=35, **more,
        )  # fmt: skip

    whole = go(report_every=1)
    monkeypatch.setattr(run, "AT_ONCE_SECONDS", seconds)
    other = go(report_every=None if seconds else 13)
    assert whole.reason == ("finished", "diverged", "finished", "diverged", "finished")
    assert whole.stopped.tolist() == other.stopped.tolist() == [70, 10, 70, 41, 70]
    for name in ("losses", "validation_loss", "test_loss"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(other, name), err_msg=name)
    for mine, its in zip([*whole.parameters, *whole.memory], [*other.parameters, *other.memory], strict=True):
        np.testing.assert_array_equal(mine, its)
    assert np.isnan(whole.losses[1, 11:]).all()
