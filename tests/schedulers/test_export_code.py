"""Every snippet for PyTorch and, where it needs no Transformers, for Transformers is executed as it stands."""

import importlib.util
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.cases import CASES, snippets
from parity.execute import stepped
from schedulers import CATALOGUE, paste
from schedulers.export import LIBRARIES, code
from schedulers.export.snippets import RECORD, fingerprint, kind
from words import Refusal

EXECUTED = ["pytorch", "transformers"]


def named(case):
    return f"{case[0]}-{case[2]}-{'-'.join(map(str, case[1].values()))}"


def executable(library, text):
    return importlib.util.find_spec(library) is not None or f"from {library}" not in text


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize("library", EXECUTED)
def test_a_snippet_executed_as_it_stands_uses_the_schedules_rates(library, case):
    name, parameters, T = case
    schedule = CATALOGUE[name]
    exported = code(library, schedule, parameters, T)
    assert "schedulers" not in exported.text.replace("schedulers=[", "")
    if not executable(library, exported.text):
        assert exported.tested  # by make parity
        return
    rates, momenta = stepped(exported.text)
    np.testing.assert_allclose(rates, schedule.rates(T, **parameters), rtol=1e-9, atol=1e-13)
    momentum = schedule.momentum(T, **parameters)
    if momentum is not None:
        np.testing.assert_allclose(momenta, momentum, rtol=1e-9)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_record_of_what_was_executed_is_of_this_code(library):
    record = json.loads(RECORD.read_text())
    texts = {}
    for name, _, _, exported in snippets(library):
        key = f"{library} {name} {kind(exported.native)}"
        texts.setdefault(key, []).append(exported.text)
        # A schedule declared since is labelled untested until the next make parity.
        assert exported.tested == (record["results"].get(key) == "ok"), key
    executed = {key for key in record["results"] if key.startswith(f"{library} ")}
    assert len(executed) > 25
    stale = [key for key in executed if record["snippets"][key] != fingerprint(texts[key])]
    assert not stale, "run make parity"


@pytest.mark.parametrize(
    ("library", "name", "parameters", "T", "expected"),
    [
        ("pytorch", "torch_one_cycle", {}, 100, "OneCycleLR(\n    optimizer,\n    max_lr=0.1,\n    total_steps=T,"),
        ("pytorch", "cosine", {}, 100, "CosineAnnealingLR(optimizer, T_max=T, eta_min=0.0)"),
        ("pytorch", "step", {"every": 0.25}, 100, "StepLR(optimizer, step_size=25, gamma=0.1)"),
        ("fastai", "one_cycle", {"peak": 0.02}, 100, "learn.fit_one_cycle(\n    1,\n    lr_max=0.02,"),
        ("transformers", "cosine_warmup", {}, 100, "get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=10, "),
        # timm drops an update before the time that it is given, and Keras an update after.
        ("timm", "multistep", {}, 100, "decay_t=[51, 76]"),
        ("keras", "multistep", {}, 100, "boundaries=[49, 74]"),
        ("optax", "multistep", {}, 100, "boundaries_and_scales={50: 0.1, 75: 0.1}"),
        ("keras", "cosine_warmup", {}, 100, "decay_steps=90,"),
        ("optax", "cosine_warmup", {}, 100, "decay_steps=T,"),
        ("lightning", "exponential", {}, 100, "ExponentialLR(optimizer, gamma="),
    ],
)
def test_a_librarys_own_scheduler_is_used_where_it_draws_exactly_the_same(library, name, parameters, T, expected):
    exported = code(library, CATALOGUE[name], parameters, T)
    assert exported.native
    assert expected in exported.text


@pytest.mark.parametrize(
    ("library", "name", "parameters", "T", "expected"),
    [
        ("pytorch", "step", {}, 100, "LambdaLR("),  # a third of 100 is no whole step
        ("pytorch", "one_cycle", {}, 100, 'group["momentum"] = momenta[t]'),
        ("pytorch", "polynomial", {"final": 1e-4}, 100, "LambdaLR("),
        ("pytorch", "cosine_restarts", {"multiplier": 1.5}, 100, "LambdaLR("),
        ("transformers", "linear_warmup", {"first": 1e-5}, 100, "LambdaLR("),
        ("timm", "rex", {}, 100, "LambdaLR("),
        ("lightning", "one_cycle", {}, 100, "momenta[self.global_step]"),
        ("fastai", "torch_one_cycle", {}, 100, 'ParamScheduler({"lr": at(rates), "mom": at(momenta)})'),
        ("optax", "noam", {}, 100, "def schedule(count):"),
        ("keras", "one_cycle", {}, 100, "class CyclingSGD(keras.optimizers.SGD):"),
    ],
)
def test_everything_else_goes_through_a_function(library, name, parameters, T, expected):
    exported = code(library, CATALOGUE[name], parameters, T)
    assert not exported.native
    assert expected in exported.text


def drawn(param):
    if param.kind in ("choice", "flag"):
        return st.sampled_from(param.choices or (True, False))
    if param.kind == "text":
        return st.just(param.default)
    if param.kind == "count":
        return st.integers(int(param.low), 6)
    shares = st.integers(0, 10).map(lambda tenth: param.low + (min(param.high, 1) - param.low) * tenth / 10)
    return shares | st.sampled_from([param.low, param.high])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_code_is_exact_whatever_the_parameters(data):
    schedule = data.draw(st.sampled_from(sorted(CATALOGUE.values(), key=lambda schedule: schedule.name)))
    T = data.draw(st.integers(1, 40))
    parameters = data.draw(st.fixed_dictionaries({}, optional={one.name: drawn(one) for one in schedule.params}))
    try:
        rates, momentum = schedule.rates(T, **parameters), schedule.momentum(T, **parameters)
    except Refusal:
        return
    used, momenta = stepped(code("pytorch", schedule, parameters, T).text)
    np.testing.assert_allclose(used, rates, rtol=1e-9, atol=1e-12 * rates.max())
    if momentum is not None:
        np.testing.assert_allclose(momenta, momentum, rtol=1e-9)
    for library in LIBRARIES:
        exported = code(library, schedule, parameters, T)
        if exported.native:
            (pasted,) = paste.read(exported.text)
            back = paste.curve(pasted, T)["lr"]
            np.testing.assert_allclose(back, rates, rtol=1e-9, atol=1e-12 * rates.max())


def test_a_scheduler_that_fails_at_the_step_after_the_last_update_is_not_used():
    assert not code("pytorch", CATALOGUE["torch_one_cycle"], {"warmup": 1.0}, 30).native


def test_an_unknown_library_is_refused():
    with pytest.raises(Refusal, match=r"^Code export: there is no library mxnet; there are pytorch, fastai, .*\.$"):
        code("mxnet", CATALOGUE["cosine"], {}, 10)


def test_bad_parameters_are_refused_with_the_schedules_sentence():
    with pytest.raises(Refusal, match=r"^Cosine decay: peak \(learning rate\) must be 0 to 10, got -1\.$"):
        code("pytorch", CATALOGUE["cosine"], {"peak": -1}, 10)
