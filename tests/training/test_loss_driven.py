"""Rules that follow the validation loss: each as its original, fed with the same losses."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers.loss_driven import RULES
from training.engine import train
from training.loss_driven import MAKERS, adjust
from training.options import MODELS
from words import Refusal

GREEDY = json.loads((Path(__file__).parents[1] / "golden" / "greedy.json").read_text())


def torchs(lr, losses, **parameters):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **parameters)
    seen = []
    for loss in losses:
        scheduler.step(loss)
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


@settings(max_examples=100, deadline=None)
@given(
    losses=st.lists(st.sampled_from([0.5, 0.8, 0.99995, 1.0, 2.0, float("nan"), float("inf")]), max_size=60),
    factor=st.sampled_from([0.1, 0.5, 0.999]),
    patience=st.integers(0, 5),
    threshold=st.sampled_from([0.0, 1e-4, 0.3]),
    threshold_mode=st.sampled_from(["rel", "abs"]),
    cooldown=st.integers(0, 4),
    min_lr=st.sampled_from([0.0, 1e-3, 1.0]),
)
def test_plateau_is_torchs(losses, **parameters):
    rule = MAKERS["plateau"](0.1, **parameters)
    assert [rule.step(loss) for loss in losses] == torchs(0.1, losses, **parameters)


@pytest.mark.parametrize("case", GREEDY["cases"], ids=lambda case: case["name"])
def test_greedy_is_transformers(case):
    rule = MAKERS["greedy"](case["lr"], **RULES["greedy"].check(**case["kwargs"]))
    np.testing.assert_allclose([rule.step(loss) for loss in case["losses"]], case["lrs"], rtol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_the_declared_defaults_are_those_of_the_originals(name):
    assert set(RULES) == set(MAKERS)
    rule = MAKERS[name](0.1, **RULES[name].check())
    if name == "plateau":
        losses = [1.0] * 40
        assert [rule.step(loss) for loss in losses] == torchs(0.1, losses)
    for param in RULES[name].params:
        assert RULES[name].check()[param.name] == param.default
        assert param.help.endswith(".")
    with pytest.raises(
        Refusal, match=rf"^{RULES[name].title}: patience \(evaluations\) must be 0 to 10,000, got -1\.$"
    ):
        RULES[name].check(patience=-1)


def test_by_eye_a_plateau_is_cut_and_an_improvement_is_not():
    plateau = MAKERS["plateau"](1.0, **RULES["plateau"].check(patience=2, factor=0.5))
    assert [plateau.step(loss) for loss in [3, 2, 2, 2, 2, 2, 2, 2, 1]] == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    greedy = MAKERS["greedy"](0.1, **RULES["greedy"].check(patience=1, factor=0.5))
    assert [greedy.step(loss) for loss in [5, 4, 3, 2, 2, 2, 2]] == [0.1, 0.2, 0.2, 0.4, 0.4, 0.2, 0.2]


def test_rows_without_a_rule_keep_their_plan_and_the_first_evaluation_does_not_count():
    follow = adjust([None, ("plateau", RULES["plateau"].check(patience=0))], np.full((2, 5), 0.1))
    seen = [follow(SimpleNamespace(update=update, loss=np.ones(2))).tolist() for update in (0, 1, 2, 3)]
    assert seen == [[1, 1], [1, 1], [1, pytest.approx(0.1)], [1, pytest.approx(0.01)]]
    assert adjust([None, None], np.ones((2, 5))) is None


def test_a_training_follows_the_losses_as_a_loop_with_torchs_scheduler(build):
    task, told = build(), {"patience": 1, "threshold": 0.2}
    plan = np.full((2, 60), 0.05)
    rules = [("plateau", RULES["plateau"].check(**told)), None]
    parts = []
    same = {"seeds": [0, 0], "evaluate_every": 3, "dtype": "float64"}
    trained = train(task, MODELS["mlp_16"], plan, adjust=adjust(rules, plan), on_progress=parts.append, **same)
    used = np.concatenate([plan[:, now.start : now.end] * now.factors[:, None] for now in parts], axis=1)
    lrs = torchs(0.05, trained.validation_loss[0, 1:], **told)
    np.testing.assert_allclose(used[0], np.repeat([0.05, *lrs[:-1]], 3), rtol=1e-12)
    assert used[0, -1] < 0.05
    np.testing.assert_array_equal(used[1], plan[1])
    again = train(task, MODELS["mlp_16"], used, **same)
    np.testing.assert_array_equal(again.losses, trained.losses)


@pytest.mark.parametrize("name", RULES)
def test_resuming_is_bit_identical(build, name):
    task, plan = build(), np.full((2, 40), 0.2)
    rules = [(name, RULES[name].check(patience=1, threshold=0.02, factor=0.5))] * 2

    def go(**more):
        return train(
            task, MODELS["linear"], plan, seeds=[0, 1], evaluate_every=2, adjust=adjust(rules, plan), **more
        )  # fmt: skip

    snapshots, factors = [], []
    whole = go(on_progress=lambda now: (snapshots.append(now.snapshot()), factors.append(now.factors[0])))
    assert len(set(factors)) > 1
    for snapshot in snapshots[::3]:
        np.testing.assert_array_equal(go(resume=snapshot).losses, whole.losses)
