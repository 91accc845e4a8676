"""A recommendation as a run: what it logs, and that it goes on where it was interrupted."""

import numpy as np
import pytest

from jobs import requests
from jobs.measured import recommend

REQUEST = {"kind": "recommend", "data": {"builtin": "iris"}, "model": "linear", "updates": 20, "device": "cpu"}


class AttemptError(Exception):
    """The end of an attempt."""


class Context:
    """A run's context that takes every checkpoint, and ends the attempt where as many different ones were taken."""

    def __init__(self, home, resume=None, last=None):
        self.home, self.resume, self.read_upload, self.last = home, resume, None, last
        self.shares, self.logged, self.checkpoints = [], [], []

    def progress(self, share, message=""):
        self.shares.append(share)

    def log(self, start, arrays):
        if arrays:
            self.logged.append((start, arrays["rate"], arrays["parts"]))

    def checkpoint(self, take):
        self.checkpoints = list(dict.fromkeys([*self.checkpoints, take()]))
        if len(self.checkpoints) == self.last:
            raise AttemptError


@pytest.fixture(scope="module")
def request_():
    return requests.check({**requests.defaults("recommend"), **REQUEST})


@pytest.fixture(scope="module")
def whole(request_, tmp_path_factory):
    context = Context(tmp_path_factory.mktemp("home"))
    return context, recommend(context, request_)


def answer(result):
    return {name: value for name, value in result.items() if name != "seconds"}


def rates_and_parts(logged):
    starts, rates, parts = zip(*logged, strict=True)
    assert list(starts) == np.cumsum([0, *map(len, rates[:-1])]).tolist()
    return np.concatenate(rates).tolist(), np.concatenate(parts, axis=1).tolist()


def test_it_logs_each_candidate_once_with_its_loss_on_every_part(whole):
    context, result = whole
    rates, parts = rates_and_parts(context.logged)
    assert sorted(rates) == [trial["lr"] for trial in result["trials"]]
    tried = {trial["lr"]: trial["losses"] for trial in result["trials"]}
    np.testing.assert_allclose(np.array(parts).T, [tried[lr] for lr in rates], rtol=1e-6)
    assert context.shares[-1] == 1.0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_interrupted_one_goes_on_to_the_same_answer(share, whole, request_, tmp_path):
    context, result = whole
    last = max(1, round(share * len(context.checkpoints)))
    first = Context(tmp_path, last=last)
    with pytest.raises(AttemptError):
        recommend(first, request_)
    second = Context(tmp_path, resume=first.checkpoints[-1])
    assert answer(recommend(second, request_)) == answer(result)
    assert rates_and_parts(first.logged + second.logged) == rates_and_parts(context.logged)
    assert first.checkpoints + second.checkpoints[1:] == context.checkpoints
