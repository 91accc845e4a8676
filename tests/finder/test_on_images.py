"""Everything that finds a rate, on tasks of images: classes, several labels a row, and numbers."""

import numpy as np
import pytest

from data import choice
from finder import critical, finished, recommend, verdict
from finder.range_family import range_family
from finder.range_test import range_test
from training import augment
from training.engine import train
from training.options import MODELS

SHAPES = {"builtin": "shapes", "options": {"rows": 300, "most": 3}}
LABELS = {"label_col": "shapes", "label_delim": ";"}
AREA = {"label_col": "area", "y_block": "number"}
MOVED = [{"name": "Flip"}, {"name": "Shift", "share": 0.1}]
CHOICES = {
    "classes": {"builtin": "digit_images"},
    "labels": {**SHAPES, "images": LABELS},
    "moved labels": {**SHAPES, "images": {**LABELS, "batch_tfms": MOVED}},
    "area": {**SHAPES, "images": AREA},
    "cropped area": {**SHAPES, "images": {**AREA, "item_tfms": [{"name": "RandomCrop", "size": 12}]}},
}
# The rates that the losses of CNN 8 tell apart: one that learns, one that does not, one that is too much.
RATES = {"classes": [1e-4, 0.05, 50.0], "labels": [1e-4, 0.1, 1e4], "area": [1e-4, 0.01, 50.0]}


@pytest.fixture(scope="module", params=CHOICES)
def task(request):
    return choice.load(CHOICES[request.param], lambda _: b"")


def rates(task):
    return np.array(RATES["area" if task.kind == "number" else "labels" if task.kind == "multi-label" else "classes"])


def test_a_range_test_suggests_rates_below_where_it_bursts(task):
    found = range_test(task, "cnn_8", num_it=60, start=1e-6, end=1000.0, seeds=(0, 1))
    assert {"valley", "steep"} <= set(found.suggestions)
    assert all(1e-6 < one["lr"] < 1000 for one in found.suggestions.values())
    assert np.isfinite(found.raw[:, :20]).all()
    assert len(found.lrs) == 60


def test_a_verdict_prefers_the_rate_that_learns(task):
    found = verdict.measure(task, "cnn_8", rates(task), updates=30, seeds=(0, 1))
    assert found.best is not None
    assert found.best.lr == rates(task)[1]
    assert found.loss[1] < 0.97 * found.at_rest.mean()
    assert np.isfinite(found.test[1]).all()


def test_a_family_of_range_tests_is_one_test_a_value(task):
    told = {"seeds": (0, 1), "num_it": 20, "start": 1e-5, "end": 1.0}
    for vary, values in (("momentum", [0.0, 0.9]), ("batch_size", [32, 64])):
        found = range_family(task, MODELS["cnn_8"], vary, values, **told)
        alone = range_test(task, "cnn_8", **told, **{vary: values[0]})
        np.testing.assert_allclose(found[0].raw, alone.raw, rtol=1e-4)
        assert not np.allclose(found[0].raw, found[1].raw, rtol=1e-3)


def test_a_step_of_the_critical_rate_raises_the_loss_of_its_batch(task):
    found = critical.critical_rate(task, "cnn_8", seeds=(0, 1))
    assert (np.isfinite(found.rates) & (found.rates > 1e-3)).all()
    # One update at a rate below lowers the same batch's loss, one above raises it: a batch of all rows is the same.
    whole = critical.critical_rate(task, "cnn_8", seeds=(0,), batch_size=len(task.train))
    if task.transforms.get("crop") or task.transforms.get("flip"):
        return  # where the second update sees other pixels than the first
    steps = whole.rates[0] * np.array([[0.5, 0.5], [1.5, 1.5]])
    losses = train(task, MODELS["cnn_8"], steps, seeds=[0, 0], momentum=0.0, batch_size=len(task.train)).losses
    assert losses[0, 1] < losses[0, 0]
    assert losses[1, 1] > losses[1, 0]


@pytest.mark.parametrize("name", ["labels", "cropped area"])
def test_a_recommended_rate_learns(name):
    task = choice.load(CHOICES[name], lambda _: b"")
    found = recommend.recommend(task, "cnn_8", updates=60)
    assert found.low <= found.lr <= found.high
    trained = train(task, MODELS["cnn_8"], np.full((1, 60), found.lr), seeds=[7])
    assert trained.validation_loss[0, -1] < 0.97 * trained.validation_loss[0, 0]


def test_a_recommendation_goes_on_only_with_the_same_pictures():
    plain, moved = (choice.load(CHOICES[name], lambda _: b"") for name in ("labels", "moved labels"))
    assert finished.fingerprint(plain, 1) != finished.fingerprint(moved, 1)
    assert finished.fingerprint(plain, 1) == finished.fingerprint(choice.load(CHOICES["labels"], lambda _: b""), 1)


@pytest.mark.parametrize("model", ["linear", "mlp_16"])
def test_dense_models_on_pixels_burst_where_the_sharpness_says(model):
    """Pixels of one image rise and fall together, so that the loss is sharp: rates that suit tables are too high."""
    task = choice.load(CHOICES["area"], lambda _: b"")
    rows = len(task.train)
    if model == "linear":
        inputs = augment.plain(task, task.train).reshape(rows, -1).astype(np.float64)
        with_bias = np.column_stack([inputs, np.ones(rows)])
        edge = 2 / np.linalg.eigvalsh(2 * with_bias.T @ with_bias / rows)[-1]
        assert edge < 0.02
        told = {"momentum": 0.0, "batch_size": rows, "dtype": "float64", "seeds": [0, 0]}
        below, above = train(task, MODELS[model], np.full((2, 300), [[0.95 * edge], [1.05 * edge]]), **told).losses
        assert below[-1] < below[0]
        assert (np.diff(below) < 0).all()
        assert above[-1] > 100 * above[0]
    lost = train(task, MODELS[model], np.array([[0.5] * 60, [0.001] * 60]), seeds=[0, 0])
    assert lost.reason == ("diverged", "finished")
    assert lost.losses[1, -1] < lost.losses[1, 0]
