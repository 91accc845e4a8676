"""MixUp and the loss of several labels, with values worked by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training import metrics, mixup
from training.engine import train
from training.metrics import Blended
from training.options import MODELS
from words import Refusal


def test_lambda_is_folded_to_the_upper_half_and_partners_are_a_permutation():
    share, partner = mixup.draw(0.4, 2000, 3, 7)
    assert share.min() >= 0.5
    assert share.max() <= 1
    assert sorted(partner.tolist()) == list(range(2000))
    # The fold of the very numbers that the stream gives: the greater of lambda and 1 - lambda.
    drawn = np.random.default_rng((3, 7, mixup.MIXUP)).beta(0.4, 0.4, 2000)
    assert (drawn < 0.5).mean() > 0.4
    np.testing.assert_array_equal(share, [max(one, 1 - one) for one in drawn])


def test_a_large_alpha_blends_evenly_and_a_small_one_hardly():
    assert mixup.draw(10, 2000, 0, 0).share.mean() < 0.65
    assert mixup.draw(0.05, 2000, 0, 0).share.mean() > 0.95


def test_the_row_itself_is_the_larger_part():
    """Lambda 0.75 of (4, 8) and its partner (0, 2): 3 and 6.5, not 1 and 3.5."""
    values, partners = torch.tensor([[[4.0, 8.0]]]), torch.tensor([[[0.0, 2.0]]])
    assert mixup.blend(values, partners, torch.tensor([[0.75]])).tolist() == [[[3.0, 6.5]]]


def test_two_losses_are_interpolated_by_lambda():
    """At even odds of two classes either loss is log 2; at odds of 3 to 1 they are log 4/3 and log 4."""
    outputs = torch.tensor([[[math.log(3.0), 0.0]]], dtype=torch.float64)
    own, other = torch.tensor([[0]]), Blended(torch.tensor([[1]]), torch.tensor([[0.75]], dtype=torch.float64))
    loss, slope = metrics.loss_and_slope("classes", outputs, own, other)
    assert loss.item() == pytest.approx(0.75 * math.log(4 / 3) + 0.25 * math.log(4))
    assert slope[0, 0].tolist() == pytest.approx([0.75 - 0.75, 0.25 - 0.25], abs=1e-12)


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_a_partner_of_the_same_class_changes_no_loss(share):
    outputs = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[0, 1, 2, 0, 1]] * 2)
    blended = Blended(targets, torch.full((2, 5), share, dtype=torch.float64))
    for mine, theirs in zip(
        metrics.loss_and_slope("classes", outputs, targets, blended),
        metrics.loss_and_slope("classes", outputs, targets),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-14)


def test_the_loss_of_labels_is_the_mean_over_labels():
    """Logits 0 and log 3 are odds of 1/2 and 3/4; with both labels there: (log 2 + log 4/3) / 2."""
    outputs = torch.tensor([[[0.0, math.log(3.0)]]], dtype=torch.float64)
    loss, slope = metrics.loss_and_slope("multi-label", outputs, torch.ones(1, 1, 2, dtype=torch.float64))
    assert loss.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert slope[0, 0].tolist() == pytest.approx([-0.5 / 2, -0.25 / 2])


@given(st.floats(-1000, 1000), st.floats(0, 1))
def test_the_loss_of_a_label_is_torchs_however_large_the_logit(logit, target):
    outputs = torch.tensor([[[logit]]], dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([[[target]]], dtype=torch.float64)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(outputs, targets)
    wanted.backward()
    loss, slope = metrics.loss_and_slope("multi-label", outputs.detach(), targets)
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-12, abs=1e-12)
    assert slope.item() == pytest.approx(outputs.grad.item(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", ["classes", "number"])
def test_mixup_of_a_table(build, kind):
    """One row to a batch has itself for a partner: MixUp changes nothing; with more it does."""
    task = build(kind)
    told = {"seeds": [0, 1], "dtype": "float64"}
    rates = np.full((2, 20), 0.02)
    single = train(task, MODELS["mlp_16"], rates, batch_size=1, mixup=0.4, **told)
    np.testing.assert_allclose(single.losses, train(task, MODELS["mlp_16"], rates, batch_size=1, **told).losses)
    mixed = train(task, MODELS["mlp_16"], rates, batch_size=16, mixup=0.4, **told)
    assert not np.allclose(mixed.losses, train(task, MODELS["mlp_16"], rates, batch_size=16, **told).losses)
    for m in (0, 1):
        alone = train(task, MODELS["mlp_16"], rates[:1], batch_size=16, mixup=0.4, seeds=[m], dtype="float64")
        np.testing.assert_allclose(alone.losses[0], mixed.losses[m], rtol=1e-12)


def test_an_alpha_that_is_not_allowed_is_refused(build):
    with pytest.raises(Refusal, match=r"^Train: MixUp alpha must be 0 to 10, got -0\.1\.$"):
        train(build(), MODELS["linear"], np.ones((1, 3)), seeds=[0], mixup=-0.1)
