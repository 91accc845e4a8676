"""Families of range tests: each member equals the range test of its own value."""

import numpy as np
import pytest

from data import choice
from finder.range_family import check_values, range_family
from finder.range_test import range_test
from training.options import MODELS
from words import Refusal

TASK = choice.load({"builtin": "moons", "options": {}, "split": {}}, bytes)
MODEL = MODELS["mlp_16"]
SPAN = {"start": 1e-4, "end": 10.0, "num_it": 40, "seeds": [0, 1], "device": "cpu"}


@pytest.mark.parametrize(
    ("vary", "values"), [("weight_decay", [0.0, 1e-2]), ("momentum", [0.5, 0.9]), ("batch_size", [16, 64])]
)
def test_each_member_is_the_range_test_of_its_value(vary, values):
    family = range_family(TASK, MODEL, vary, values, **SPAN)
    alone = [range_test(TASK, MODEL, **{vary: value}, **SPAN) for value in values]
    for member, one in zip(family, alone, strict=True):
        np.testing.assert_allclose(member.median, one.median, rtol=1e-4)
        assert member.stopped == one.stopped
    assert not np.allclose(family[0].raw, family[1].raw, equal_nan=True)


@pytest.mark.parametrize(("vary", "values"), [("weight_decay", [0.0, 1e-2]), ("batch_size", [16, 64])])
def test_a_family_resumes_where_its_snapshot_was_taken(vary, values):
    steps, losses = [], {}

    def keep(step):
        steps.append((step.share, step.snapshot()))
        for place, part in step.losses.items():
            losses.setdefault(place, []).append(part)

    whole = range_family(TASK, MODEL, vary, values, report_every=10, on_step=keep, **SPAN)
    assert [share for share, _ in steps] == pytest.approx(np.arange(1, len(steps) + 1) / len(steps))
    for place, member in enumerate(whole):
        raw = np.concatenate(losses[place], axis=1)
        np.testing.assert_array_equal(member.raw[:, : raw.shape[1]], raw)
    for _, snapshot in steps[::3]:
        again = range_family(TASK, MODEL, vary, values, resume=snapshot, **SPAN)
        for member, one in zip(again, whole, strict=True):
            np.testing.assert_array_equal(member.raw, one.raw)


@pytest.mark.parametrize(
    ("vary", "values", "sentence"),
    [
        ("depth", [1, 2], "Range test: what varies must be one of weight_decay, momentum, batch_size, got depth."),
        ("momentum", [0.9], "Range test: momentum must vary over 2 to 8 different values, got [0.9]."),
        ("momentum", [0.9, 0.9], "Range test: momentum must vary over 2 to 8 different values, got [0.9, 0.9]."),
        ("momentum", [0.9, 1.0], "Range test: momentum must be 0 to under 1, got 1."),
        ("batch_size", [0, 16], "Range test: batch size must be 1 to 8,192, got 0."),
    ],
)
def test_what_cannot_vary_is_refused(vary, values, sentence):
    with pytest.raises(Refusal) as refusal:
        check_values(vary, values, "Range test")
    assert str(refusal.value) == sentence


def test_values_are_put_in_order():
    assert check_values("batch_size", [64, 16], "Range test") == {"name": "batch_size", "values": [16, 64]}
