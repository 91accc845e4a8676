import math
from functools import partial

import numpy as np
import pytest
import torch

from parity.metrics import BATCHES, CASES, both, check
from training.accumulate import AccumMetric, accuracy, auc, f1, label_accuracy, label_f1, r2, rmse, usual
from words import Refusal


def fed(metric, *batches):
    for predictions, targets in batches:
        metric.accumulate(predictions, targets)
    return metric.value


def test_the_pooled_rmse_is_not_the_mean_of_the_batches_rmse():
    # Errors 0, 0 and 6, 8: batch RMSEs 0 and sqrt(50); pooled sqrt(100 / 4) = 5.
    first, second = ([1.0, 2.0], [1.0, 2.0]), ([6.0, 8.0], [0.0, 0.0])
    assert rmse()(*first) == 0
    assert rmse()(*second) == pytest.approx(math.sqrt(50))
    assert fed(rmse(), first, second) == pytest.approx(5.0)
    assert fed(rmse(), first, second) != pytest.approx((0 + math.sqrt(50)) / 2)


def test_pooling_does_not_depend_on_how_the_rows_are_divided():
    random = np.random.default_rng(0)
    outputs, targets = random.normal(size=(60, 3)), random.integers(0, 3, 60)
    whole = [fed(metric, (outputs, targets)) for metric in usual("classes", 3)]
    parts = [(outputs[rows], targets[rows]) for rows in np.split(np.arange(60), [1, 8, 50])]
    assert [fed(metric, *parts) for metric in usual("classes", 3)] == pytest.approx(whole)


def test_nothing_pooled_has_no_value_and_reset_forgets():
    metric = rmse()
    assert metric.value is None
    metric.accumulate([1.0], [0.0])
    metric.reset()
    assert metric.value is None


def test_a_call_scores_these_alone_without_the_activation():
    metric = accuracy()
    metric.accumulate([[9.0, 0.0]], [1])
    assert metric([1, 1, 0, 0], [1, 1, 1, 0]) == 0.75


def test_r2_by_hand():
    # Targets 1, 2, 3: variance sum 2; errors 0, 0, 1: R2 = 1 - 1/2.
    assert fed(r2(), ([[1.0], [2.0]], [1.0, 2.0]), ([[4.0]], [3.0])) == pytest.approx(0.5)
    assert math.isnan(r2()([1.0], [1.0]))


def test_accuracy_and_f1_by_hand():
    # Classes predicted 0, 1, 1, 1 of targets 0, 0, 1, 1: F1 of class 0 is 2/3, of class 1 is 4/5.
    outputs = [[2.0, 1.0], [0.0, 1.0], [0.0, 3.0], [-1.0, 1.0]]
    batches = (outputs[:1], [0]), (outputs[1:], [0, 1, 1])
    assert fed(accuracy(), *batches) == 0.75
    assert fed(f1("binary"), *batches) == pytest.approx(4 / 5)
    assert fed(f1("macro"), *batches) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_auc_by_hand():
    # Scores of class 1: .1 .4 | .35 .8 for targets 0 0 | 1 1: three of four pairs are in order.
    scores = np.log(np.array([[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]]))
    assert fed(auc(2), (scores[:2], [0, 0]), (scores[2:], [1, 1])) == pytest.approx(0.75)
    assert math.isnan(fed(auc(2), (scores[:2], [0, 0])))


def test_auc_of_three_classes_is_the_mean_of_each_against_the_rest():
    # Class 0 is ranked perfectly (1); of class 1's two pairs one is in order (1/2); so are both of class 2 (1).
    probabilities = np.array([[0.8, 0.15, 0.05], [0.1, 0.1, 0.8], [0.3, 0.12, 0.58]])
    assert fed(auc(3), (np.log(probabilities), [0, 2, 1])) == pytest.approx((1 + 0.5 + 1) / 3)


def test_several_labels_a_row():
    # Sigmoids over and under one half: predicted 1 0 | 1 1 of targets 1 0 | 0 1.
    batch = ([[3.0, -1.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]])
    assert fed(label_accuracy(), batch) == 0.75
    assert fed(label_f1(), batch) == pytest.approx((2 / 3 + 1) / 2)
    assert fed(label_accuracy(0.9), batch) == 0.75  # sigmoid(3) = .95, sigmoid(2) = .88


def test_arguments_reach_the_function_as_told():
    seen = {}

    def keep(first, second, **kwargs):
        seen.update(first=first, second=second, **kwargs)

    fed(AccumMetric(keep, thresh=0.5, to_np=True, invert_arg=True, power=3), ([[0.5], [0.4]], [1, 0]))
    assert isinstance(seen["first"], np.ndarray)
    assert (seen["first"].tolist(), seen["second"].tolist(), seen["power"]) == ([1, 0], [True, False], 3)
    fed(AccumMetric(keep, flatten=False), (torch.ones(2, 3, dtype=torch.float16), torch.zeros(2)))
    assert seen["first"].shape == (2, 3)
    assert seen["first"].dtype == torch.float32


def test_softmax_goes_along_the_named_dimension():
    logits = torch.tensor([[0.0, math.log(3)], [math.log(4), 0.0]])
    kept = AccumMetric(lambda predictions, _: predictions, activation="softmax", flatten=False)
    torch.testing.assert_close(fed(kept, (logits, [0, 0])), torch.tensor([[0.25, 0.75], [0.8, 0.2]]))
    last = AccumMetric(lambda predictions, _: predictions, activation="binary_softmax")
    torch.testing.assert_close(fed(last, (logits, [0, 0])), torch.tensor([0.75, 0.2]))


def test_the_name_is_the_functions_own():
    assert AccumMetric(partial(max, key=len)).name == "max"
    assert AccumMetric(max, name="most").name == "most"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: AccumMetric(max, activation="relu"),
            "Metric: activation must be one of no, sigmoid, softmax, binary_softmax, got relu.",
        ),
        (
            lambda: AccumMetric(max, dim_argmax=0),
            "Metric: dim_argmax must not be 0, the dimension along which rows are pooled.",
        ),
        (
            lambda: rmse()([1.0, 2.0], [1.0]),
            "Metric rmse: a batch must have as many predictions as targets, got 2 and 1.",
        ),
    ],
)
def test_refusals(make, sentence):
    with pytest.raises(Refusal) as refusal:
        make()
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(("arguments", "wanted"), CASES)
def test_the_function_gets_what_it_gets_in_fastai(arguments, wanted):
    metric = AccumMetric(both, **arguments)
    check(fed(metric, *BATCHES), wanted)
