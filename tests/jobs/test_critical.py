"""The critical rate as a run."""

from types import SimpleNamespace

import numpy as np
import pytest

from data import choice
from finder.critical import critical_rate
from jobs import requests
from jobs.critical import critical
from words import Refusal

REQUEST = {"kind": "critical", "data": {"builtin": "moons"}, "model": "mlp_16", "seeds": [0, 1, 2], "device": "cpu"}


def test_it_is_measured_for_each_seed_and_says_what_it_cost(tmp_path):
    request = requests.check(REQUEST)
    context = SimpleNamespace(home=tmp_path, read_upload=None, progress=lambda *words: None)
    result = critical(context, request)
    found = critical_rate(choice.load(request["data"], bytes), "mlp_16", seeds=[0, 1, 2], device="cpu")
    assert result["each"] == pytest.approx(found.rates.tolist())
    assert result["lr"] == pytest.approx(np.median(found.rates))
    assert result["passes"] == found.passes.sum()


def test_it_takes_the_set_up_alone():
    assert set(requests.check(REQUEST)) == {"kind", *requests.defaults("critical"), "data"}
    with pytest.raises(Refusal) as refusal:
        requests.check({**REQUEST, "updates": 5})
    assert str(refusal.value).startswith("Critical rate: allowed are batch_size, data, device, kind, model, momentum,")
