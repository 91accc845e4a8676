"""What `lr_find` says to rules, losses and loaders that it cannot use; the model is as it was afterwards."""

import functools
import math

import numpy as np
import pytest
import torch

from finder import RuleFailed, lr_find, minimum, valley
from finder.suggestion import Suggestion
from words import Refusal

ROWS = torch.randn(20, 5, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 3
LOSS = torch.nn.CrossEntropyLoss()


def search(**change):
    """Run a short test, and see that a refusal leaves the weights as they were."""
    torch.manual_seed(0)
    model = torch.nn.Linear(5, 3)
    before = model.weight.tolist()
    given = {"model": model, "loader": [ROWS], "loss_fn": LOSS, "num_it": 25}
    given |= {"optimizer": torch.optim.SGD(model.parameters(), lr=1.0)} | change
    try:
        return lr_find(**given)
    finally:
        assert model.weight.tolist() == before


def refused(**change):
    with pytest.raises(Refusal) as refusal:
        search(**change)
    return refusal.value


def test_rules_of_one_name_are_numbered_and_the_same_rule_is_asked_once():
    rules = [
        lambda lrs, losses: 1e-3,
        lambda lrs, losses: 2e-3,
        "valley",
        valley,
        functools.partial(minimum),
        functools.partial(lambda lrs, losses: 3e-3),
    ]
    found = search(suggest_funcs=rules).suggestions
    assert list(found) == ["<lambda>", "<lambda> 2", "valley", "partial", "partial 2"]
    assert [found[name].lr for name in ("<lambda>", "<lambda> 2", "partial 2")] == [1e-3, 2e-3, 3e-3]


def test_a_function_with_a_rules_name_does_not_replace_the_rule():
    def lightning(lrs, losses):
        return float(len(lrs))

    found = search(suggest_funcs=[lightning, "lightning"], stop_factor=None).suggestions
    assert list(found) == ["lightning", "lightning 2"]
    assert found["lightning"].lr < 25  # one's own sees what fastai's rules see, the library's the whole curve
    assert found["lightning 2"].lr < 10


@pytest.mark.parametrize("answer", [np.float32(0.125), np.float64(0.125), torch.tensor(0.125), np.array([0.125])])
def test_any_single_number_is_a_rate(answer):
    found = search(suggest_funcs=lambda lrs, losses: answer)
    assert type(found.suggestions["<lambda>"]) is Suggestion
    assert found.suggestions["<lambda>"].lr == found.suggestions["<lambda>"].mark[0] == 0.125
    found.plot()


@pytest.mark.parametrize("answer", [None, math.nan, np.float32("nan"), Suggestion(math.nan, (1.0, 1.0))])
def test_none_and_nan_are_no_answer(answer):
    assert search(suggest_funcs=lambda lrs, losses: answer).suggestions == {}


def test_a_rule_that_has_no_points_to_read_is_not_asked():
    assert search(suggest_funcs=lambda lrs, losses: lrs[0], loss_fn=lambda *_: LOSS(*_) * math.nan).suggestions == {}


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (0, "0"),
        (-1e-3, "-0.001"),
        (math.inf, "inf"),
        (np.float32("inf"), "inf"),
        (Suggestion(0.0, (0.0, 0.0)), "0.0"),
        (True, "bool"),
        ("0.1", "str"),
        ([0.1], "list"),
        (1j, "complex"),
    ],
)
def test_an_answer_that_is_no_rate_is_refused(answer, came):
    def mine(lrs, losses):
        return answer

    assert str(refused(suggest_funcs=mine)) == (
        f"Range test: the suggestion rule mine must answer a rate above 0, a Suggestion or None, got {came}."
    )


def test_a_rule_that_raises_is_named_and_its_error_kept():
    def mine(lrs, losses):
        return {}["rate"]

    error = refused(suggest_funcs=mine)
    assert str(error) == "Range test: the suggestion rule mine failed: KeyError: 'rate'"
    assert isinstance(error.__cause__, KeyError)


def test_what_was_found_is_kept_where_a_rule_fails():
    error = refused(suggest_funcs=(lambda lrs, losses: lrs[0], lambda lrs, losses: {}["rate"], lambda lrs, losses: 0.5))
    assert isinstance(error, RuleFailed)
    assert set(error.result.suggestions) == {"<lambda>", "<lambda> 3"}
    assert error.result.losses.size == error.result.lrs.size > 0


RULES = (
    "suggest_funcs must be functions or some of minimum, steep, valley, slide, lightning, lightning_before_2.5.3, "
    "pytorch_lr_finder, ignite"
)
TENSOR = "loss_fn must answer a tensor of one number"
NO_GRADIENT = (
    "the loss has no gradient; it must be made from the model's outputs without detach, no_grad or "
    "inference mode, and some parameter must require a gradient."
)
GONE = (
    "the validation loader gives no batches, or none when it is gone through again, as it must be after "
    "every update; give a DataLoader."
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"suggest_funcs": None}, f"{RULES}, got None."),
        ({"suggest_funcs": 3}, f"{RULES}, got 3."),
        ({"suggest_funcs": [["valley"]]}, f"{RULES}, got ['valley']."),
        ({"loader": None}, "loader must be a DataLoader or something else that gives batches, got NoneType."),
        ({"validation": 3}, "validation must be a DataLoader or something else that gives batches, got int."),
        ({"validation": iter([ROWS])}, GONE),
        ({"validation": (batch for batch in [ROWS])}, GONE),
        ({"loss_fn": lambda outputs, targets: LOSS(outputs, targets).item()}, f"{TENSOR}, got float."),
        ({"loss_fn": lambda outputs, targets: None}, f"{TENSOR}, got NoneType."),
        ({"loss_fn": lambda outputs, targets: LOSS(outputs.detach(), targets)}, NO_GRADIENT),
        ({"accumulate": 3.0}, "accumulate must be 1 or more batches, got 3.0."),
        ({"accumulate": np.int64(0)}, "accumulate must be 1 or more batches, got np.int64(0)."),
        ({"accumulate": "3"}, "accumulate must be 1 or more batches, got '3'."),
        ({"accumulate": True}, "accumulate must be 1 or more batches, got True."),
    ],
)
def test_bad_arguments_get_one_sentence(change, sentence):
    assert str(refused(**change)).removeprefix("Range test: ") == sentence


def test_inference_mode_and_a_frozen_model_are_refused():
    with torch.inference_mode():
        assert str(refused()) == f"Range test: {NO_GRADIENT}"
    frozen = torch.nn.Linear(5, 3).requires_grad_(False)
    assert str(refused(model=frozen, optimizer=torch.optim.SGD(frozen.parameters(), lr=1.0))).endswith(NO_GRADIENT)


def test_a_count_of_numpys_is_a_count():
    calls = []
    model = torch.nn.Linear(5, 3)
    model.register_forward_hook(lambda *_: calls.append(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    assert search(model=model, optimizer=optimizer, accumulate=np.int64(3), stop_factor=None).raw.size == 25
    assert len(calls) == 75
