import re

import numpy as np
import pytest

from schedulers import libraries
from schedulers.differences import PAIRS, compare
from words import Refusal


def sentences(title, steps=1000):
    return compare(*PAIRS[title].sides(steps), steps)


def test_one_cycle_of_fastai_and_of_pytorch():
    said = sentences("1cycle: fastai and PyTorch")
    assert said[0] == "fastai heads for lr/1e5, PyTorch for lr/(25*1e4)."
    assert said[1] == "fastai is at its peak at update 250, PyTorch at update 299."
    assert said[2] == "The last learning rate is 1.44e-6 in fastai, 4e-7 in PyTorch."
    assert said[3].startswith(
        "They are furthest apart at update 176: 8.07e-2 in fastai, 6.52e-2 in PyTorch, 1.24 times"
    )
    assert said[5].startswith("The momentum is furthest apart at update 176: ")
    assert said[5].endswith("it is lowest at update 250 and 299.")


def test_the_numbers_follow_the_arguments():
    first = ("fastai", "fit_one_cycle", {"lr_max": 1.0, "div_final": 500.0, "pct_start": 0.5})
    second = ("torch", "OneCycleLR", {"max_lr": 2.0, "total_steps": 100, "div_factor": 10.0, "final_div_factor": 30.0})
    said = compare(first, second, 100)
    assert said[:3] == [
        "fastai heads for lr/500, PyTorch for lr/(10*30).",
        "The first learning rate is 4e-2 in fastai, 0.2 in PyTorch.",
        "The highest learning rate is 1 in fastai, 2 in PyTorch.",
    ]


def test_the_momentum_of_one_side_only_is_named():
    assert "fastai also takes the momentum from 0.95 to 0.85 and back; optax leaves it alone." in sentences(
        "1cycle: fastai and optax"
    )


def test_steps_that_drop_an_update_early_or_late():
    assert "PyTorch gives what timm gives, one update later." in sentences("Steps: PyTorch and timm")
    assert "Keras gives what timm gives, 2 updates later." in sentences("Steps: timm and Keras")
    assert sentences("Steps: PyTorch and optax") == [
        "PyTorch and optax give the same learning rate at every update."
    ]  # fmt: skip


def test_a_cosine_that_climbs_again_after_its_end():
    assert sentences("Cosine: PyTorch and Keras") == [
        "PyTorch and Keras give the same learning rate at every update.",
        "Stepped on after update 999, PyTorch rises to 1.45e-2, and Keras stays at 0.",
    ]


def test_warm_up_within_the_decay_or_before_it():
    said = sentences("Warm-up and cosine: Transformers and timm")
    assert "The highest learning rate is 0.1 in Transformers, 9.9e-2 in timm." in said
    assert "The last learning rate is 3.05e-7 in Transformers, 2.5e-3 in Keras." in sentences(
        "Warm-up and cosine: Transformers and Keras"
    )


@pytest.mark.parametrize("title", PAIRS)
@pytest.mark.parametrize("steps", [2, 3, 61, 700])
def test_every_pair_is_compared_at_every_length_and_the_numbers_are_the_curves(title, steps):
    first, second = PAIRS[title].sides(steps)
    said = compare(first, second, steps)
    one, other = (libraries.curve(*side, steps)["lr"] for side in (first, second))
    apart = np.abs(one - other)
    furthest = next((sentence for sentence in said if sentence.startswith("They are furthest apart")), None)
    assert (furthest is None) == (apart.max() <= 1e-9 * max(one.max(), other.max()))
    if furthest is not None:
        update, a, b = re.search(r"update ([\d,]+): (\S+) in .*?, (\S+) in ", furthest).groups()
        t = int(update.replace(",", ""))
        assert apart[t] == apart.max()
        np.testing.assert_allclose([float(a), float(b)], [one[t], other[t]], rtol=6e-3, atol=1e-12)


def test_a_comparison_across_one_library_names_both_schedulers():
    steps = ("torch", "StepLR", {"base_lr": 0.1, "step_size": 30})
    said = compare(steps, ("torch", "ConstantLR", {"base_lr": 0.1, "factor": 1.0}), 60)
    assert said[0].startswith("The last learning rate is 1e-2 in PyTorch StepLR, 0.1 in PyTorch ConstantLR.")


def test_what_a_library_refuses_is_refused():
    with pytest.raises(Refusal, match="step_size must be given"):
        compare(("torch", "StepLR", {}), ("torch", "StepLR", {}), 10)
