"""The range test, the critical rate and the verdict on images: small networks on scikit-learn's 8x8 digits."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from data.task import Task
from finder import critical, lr_find, verdict
from finder.range_test import range_test
from training import augment
from training.engine import train
from training.module import as_module
from training.options import MODELS

RATES = np.array([1e-3, 0.05, 5.0])


@pytest.fixture(scope="module", params=[{}, {"crop": [7, 7], "flip": False, "shift": 0.15}], ids=["plain", "moved"])
def digits(request):
    bunch = load_digits()
    rows = np.random.default_rng(0).permutation(len(bunch.data))[:600]
    pixels = (bunch.images[rows] * 15).astype(np.uint8)[:, None]
    return Task(
        name="digits", inputs=pixels, targets=bunch.target[rows].astype(np.int64), kind="classes",
        class_names=tuple("0123456789"), train=np.arange(400), validation=np.arange(400, 500),
        test=np.arange(500, 600), recipe={"mean": [0.29], "std": [0.35]}, target_name="digit",
        transforms=request.param,
    )  # fmt: skip


def test_a_range_test_suggests_a_rate_at_which_the_network_learns(digits):
    found = range_test(digits, "cnn_8", start=1e-5, num_it=60, seeds=(3, 4))
    alone = range_test(digits, "cnn_8", start=1e-5, num_it=60, seeds=(4,))
    np.testing.assert_allclose(alone.smoothed[0], found.smoothed[1], rtol=1e-3)
    lr = found.suggestions["valley"]["lr"]
    trained = train(digits, MODELS["cnn_8"], np.full((1, 60), lr), seeds=[0])
    assert trained.validation_loss[0, -1] < 0.8 * trained.validation_loss[0, 0]


def test_a_verdict_tells_rates_that_learn_from_those_that_do_not(digits):
    judged = verdict.measure(digits, "cnn_8", RATES, updates=60, seeds=(3, 4))
    assert judged.best is not None
    assert judged.best.lr == RATES[1]
    assert judged.loss[1] < 0.7 * judged.at_rest.mean()
    shape, momentum = verdict.shape("one_cycle", 60)
    alone = train(digits, MODELS["cnn_8"], RATES[1] * shape[None], momentum=momentum[None], seeds=[4])
    assert judged.validation[1, 1] == pytest.approx(alone.validation_loss[0, -1], rel=1e-3)


def test_a_critical_rate_raises_the_loss_of_the_batch_as_training_sees_it(digits):
    found = critical.critical_rate(digits, "cnn_8", seeds=(0, 1))
    assert ((found.rates > 1e-2) & (found.rates < 1e3)).all()


def test_lr_find_takes_the_same_network_as_a_module(digits):
    parameters = train(digits, MODELS["cnn_8"], np.zeros((1, 1)), seeds=[0]).parameters
    module = as_module(MODELS["cnn_8"], digits, [part[0] for part in parameters])
    inputs = torch.from_numpy(augment.plain(digits, digits.train))
    rows = torch.utils.data.TensorDataset(inputs, torch.from_numpy(digits.targets[digits.train]))
    result = lr_find(
        module,
        torch.utils.data.DataLoader(rows, batch_size=64),
        torch.nn.functional.cross_entropy,
        torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9),
        num_it=60,
    )
    assert result.restored
    assert 1e-4 < result.suggestions["valley"].lr < 1
