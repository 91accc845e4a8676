"""What happens in the course of a training: reports, stopping, adjusting, resuming, small and real data."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from data.task import Task
from training.engine import train
from training.options import MODELS

LINEAR, SMALL = MODELS["linear"], MODELS["mlp_16"]


def assert_same(one, other):
    for name in ("losses", "updates", "validation_loss", "validation_metric", "stopped", "test_loss", "test_metric"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.reason == other.reason
    for mine, theirs in zip(one.parameters, other.parameters, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_reports_cover_every_update_once(task):
    reports = []
    trained = train(
        task,
        SMALL,
        np.full((2, 47), 0.05),
        seeds=[0, 1],
        report_every=10,
        evaluate_every=15,
        on_progress=reports.append,
    )
    assert [(report.start, report.end) for report in reports] == [
        (0, 0), (0, 10), (10, 15), (15, 20), (20, 30), (30, 40), (40, 45), (45, 47)
    ]  # fmt: skip
    np.testing.assert_array_equal(np.concatenate([report.losses for report in reports], 1), trained.losses)
    seen = [report.evaluation for report in reports if report.evaluation]
    assert [evaluation.update for evaluation in seen] == trained.updates.tolist() == [0, 15, 30, 45, 47]
    np.testing.assert_array_equal(np.stack([evaluation.loss for evaluation in seen], 1), trained.validation_loss)
    assert all(report.alive.tolist() == [True, True] for report in reports)


def test_about_forty_evaluations_by_default_and_none_on_demand(build):
    trained = train(build(), LINEAR, np.full((1, 203), 0.05), seeds=[0])
    assert trained.updates.tolist() == [*range(0, 203, 6), 203]
    none = train(build(), LINEAR, np.full((1, 20), 0.05), seeds=[0], evaluate_every=0)
    assert none.updates.shape == (0,)
    assert none.validation_loss.shape == none.validation_metric.shape == (1, 0)
    assert np.isnan(none.test_loss).all()


def test_stop_freezes_after_the_update_that_it_saw(build):
    task = build()
    rates = np.full((3, 30), 0.05)
    asked = []

    def stop(t, losses):
        asked.append(losses)
        return np.array([t == 9, False, t == 4])

    reports = []
    trained = train(task, SMALL, rates, seeds=[1, 1, 2], stop=stop, on_progress=reports.append, dtype="float64")
    assert trained.reason == ("stopped", "finished", "stopped")
    assert trained.stopped.tolist() == [10, 30, 5]
    np.testing.assert_array_equal(np.stack(asked, 1), trained.losses)
    assert np.isfinite(trained.losses).sum(1).tolist() == [10, 30, 5]
    assert reports[-1].alive.tolist() == [False, True, False]
    short = train(task, SMALL, rates[:1, :10], seeds=[1], dtype="float64")
    np.testing.assert_allclose(trained.parameters[0][0], short.parameters[0][0], rtol=1e-9)
    assert trained.test_loss[0] == pytest.approx(short.test_loss[0], rel=1e-9)


def test_training_ends_when_every_model_is_stopped(build):
    reports = []
    trained = train(
        build(),
        LINEAR,
        np.full((2, 5000), 0.01),
        seeds=[0, 1],
        stop=lambda t, losses: losses < 10,
        on_progress=reports.append,
    )
    assert trained.stopped.tolist() == [1, 1]
    assert reports[-1].end == 1
    assert not reports[-1].alive.any()


def test_stop_at_the_last_update_counts_as_stopped(build):
    trained = train(build(), LINEAR, np.full((1, 3), 0.01), seeds=[0], stop=lambda t, losses: np.array([t == 2]))
    assert trained.reason == ("stopped",)


def test_weights_that_overflow_at_the_last_update_have_diverged(build):
    trained = train(build("number"), LINEAR, np.array([[0.1, 1e300]]), seeds=[0])
    assert trained.reason == ("diverged",)
    assert np.isfinite(trained.losses).all()


def test_adjust_multiplies_the_rates_that_follow(build):
    task, base = build(), np.full((2, 20), 0.05)
    answers = {0: None, 5: np.array([0.5, 1.0]), 10: None, 15: np.array([0.1, 1.0]), 20: None}
    adjusted = train(
        task, SMALL, base, seeds=[0, 1], evaluate_every=5, adjust=lambda seen: answers[seen.update], dtype="float64"
    )
    rates = base.copy()
    rates[0, 5:15], rates[0, 15:] = 0.05 * 0.5, 0.05 * 0.1
    assert_same(adjusted, train(task, SMALL, rates, seeds=[0, 1], evaluate_every=5, dtype="float64"))


class Patience:
    """Remembers: a tenth of the rate for every evaluation since which the loss did not get better."""

    def __init__(self):
        self.best, self.factors = np.full(4, np.inf), np.ones(4)

    def __call__(self, evaluation):
        self.factors = np.where(evaluation.loss < self.best - 0.02, self.factors, self.factors * 0.7)
        self.best = np.fmin(self.best, evaluation.loss)
        return self.factors


class Worst:
    """Remembers: stops a model after its loss exceeded its least fourfold three times."""

    def __init__(self):
        self.least, self.times = np.full(4, np.inf), np.zeros(4)

    def __call__(self, t, losses):
        self.least = np.fmin(self.least, losses)
        self.times += np.nan_to_num(losses) > 4 * self.least
        return self.times >= 3


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_resuming_from_any_snapshot_is_bit_identical(task, optimizer):
    rates = np.full((4, 40), 0.02)
    rates[1] = np.geomspace(1e-3, 1e3, 40)
    rates[2, 20:] = 1e200

    def go(**more):
        return train(
            task, SMALL, rates, seeds=[4, 5, 6, 4], optimizer=optimizer, weight_decay=0.01, batch_size=16,
            evaluate_every=8, report_every=7, stop=Worst(), adjust=Patience(), **more,
        )  # fmt: skip

    snapshots = []
    whole = go(on_progress=lambda progress: snapshots.append((progress.end, progress.snapshot())))
    assert len(snapshots) > 8
    assert whole.reason[2] == "diverged"
    for end, snapshot in snapshots:
        reports = []
        assert_same(go(resume=snapshot, on_progress=reports.append), whole)
        if end < 40:
            assert reports[0].start == end
    assert go(on_progress=None).reason == whole.reason


def test_a_snapshot_of_something_else_is_refused(build):
    task, rates, snapshots = build(), np.full((2, 6), 0.05), []
    told = {"seeds": [0, 1], "report_every": 3}
    train(task, LINEAR, rates, **told, on_progress=lambda progress: snapshots.append(progress.snapshot()))
    another = r"^Train: this snapshot belongs to another training\.$"
    for task_, model, rates_, changed in (
        (build(seed=1), LINEAR, rates, {}),
        (task, SMALL, rates, {}),
        (task, LINEAR, rates * 2, {}),
        (task, LINEAR, rates, {"seeds": [0, 2]}),
        (task, LINEAR, rates, {"momentum": 0.8}),
        (task, LINEAR, rates, {"optimizer": "adam"}),
        (task, LINEAR, rates, {"batch_size": 8}),
        (task, LINEAR, rates, {"dtype": "float64"}),
    ):
        with pytest.raises(ValueError, match=another):
            train(task_, model, rates_, **(told | changed), resume=snapshots[0])
    for broken in (b"", b"not a snapshot", snapshots[0][:100]):
        with pytest.raises(ValueError, match=rf"^Train: these {len(broken)} bytes are not a snapshot\.$"):
            train(task, LINEAR, rates, **told, resume=broken)


@pytest.mark.parametrize(
    ("shape", "batch"),
    [
        ({"rows": 30}, 64),
        ({"rows": 6, "train": 0.34, "features": 2}, 2),
        ({"rows": 20, "train": 0.5, "features": 1}, 4),
    ],
    ids=["batch larger than the rows", "two training rows", "one feature"],
)
@pytest.mark.parametrize("kind", ["classes", "number"])
def test_small_data(build, kind, shape, batch):
    task = build(kind, **shape)
    trained = train(task, SMALL, np.full((2, 12), 0.05), seeds=[0, 0], batch_size=batch)
    assert np.isfinite(trained.losses).all()
    np.testing.assert_array_equal(trained.losses[0], trained.losses[1])
    assert np.isfinite(trained.test_metric).all()


def test_a_batch_of_all_rows_is_gradient_descent_on_all_rows(build):
    task = build("number")
    large = train(task, LINEAR, np.full((2, 10), 0.05), seeds=[0, 0], batch_size=8192, dtype="float64")
    exact = train(task, LINEAR, np.full((1, 10), 0.05), seeds=[0], batch_size=len(task.train), dtype="float64")
    np.testing.assert_allclose(large.losses[1], exact.losses[0], rtol=1e-12)


def test_global_state_is_left_alone(build):
    import torch

    before = (
        torch.get_rng_state(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        np.random.get_state()[1].tolist(),
    )
    train(build(), SMALL, np.full((2, 5), 0.05), seeds=[0, 1], dtype="float64")
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (torch.get_default_dtype(), torch.get_num_threads(), np.random.get_state()[1].tolist())


def test_it_learns_digits():
    bunch = load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.data))
    task = Task(
        name="digits", inputs=(bunch.data / 16).astype(np.float32), targets=bunch.target.astype(np.int64),
        kind="classes", class_names=tuple("0123456789"), train=order[:1078],
        validation=order[1078:1437], test=order[1437:], recipe={},
        target_name="digit",
    )  # fmt: skip
    trained = train(task, MODELS["mlp_64"], np.array([[0.1] * 300, [0.0] * 300]), seeds=[0, 0])
    assert trained.validation_metric[0, -1] > 0.9
    assert trained.test_metric[0] > 0.9
    assert trained.test_metric[1] < 0.3
    assert trained.validation_metric[1, -1] == trained.validation_metric[1, 0] == trained.validation_metric[0, 0]
