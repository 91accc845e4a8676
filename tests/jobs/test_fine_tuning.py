"""Fine-tuning and training from scratch side by side, as a run."""

import numpy as np
import pytest

from jobs import requests
from jobs.fine_tuning import course, fine_tune, halves
from words import Refusal

SHORT = {"before": 60, "frozen": 10, "updates": 20, "base_lr": 0.1, "model": "mlp_16", "seeds": [0, 1], "device": "cpu"}


class Log:
    """What a run logs, joined as the store does."""

    def __init__(self, home):
        self.home, self.read_upload, self.shares, self.arrays = home, None, [], {}

    def progress(self, share, _message=""):
        self.shares.append(share)

    def log(self, _start, arrays):
        for name, array in arrays.items():
            known = self.arrays.get(name)
            self.arrays[name] = array if known is None else np.concatenate([known, array], axis=-1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    log = Log(tmp_path_factory.mktemp("home"))
    request = requests.check({"kind": "fine_tune", "data": {"builtin": "digits"}, **SHORT})
    return log, fine_tune(log, request)


def test_both_ways_take_equal_updates_and_are_logged_whole(ran):
    log, _ = ran
    assert {part: log.arrays[f"{part}.loss"].shape for part in ("before", "tuned", "scratch")} == {
        "before": (2, 60), "tuned": (2, 30), "scratch": (2, 30),
    }  # fmt: skip
    for part in ("before", "tuned", "scratch"):
        updates = log.arrays[f"{part}.validation_update"]
        assert (np.diff(updates) > 0).all()
        assert updates[[0, -1]].tolist() == [0, log.arrays[f"{part}.loss"].shape[1]]
        assert log.arrays[f"{part}.validation_metric"].shape == (2, updates.size)
    assert log.shares == sorted(log.shares)
    assert log.shares[-1] == 1


def test_the_first_half_of_the_classes_comes_before_the_second(ran):
    _, result = ran
    assert (result["first"], result["second"]) == (list("01234"), list("56789"))
    assert [row["seed"] for row in result["tuned"]] == [0, 1]
    assert min(row["test_metric"] for row in result["before"]) > 0.7


def test_a_body_that_has_learned_is_ahead_when_the_tuning_begins_to_move(ran):
    # With the body frozen at what it learned from other digits, the head alone is soon better than chance.
    log, _ = ran
    seen = log.arrays["tuned.validation_update"]
    assert log.arrays["tuned.validation_metric"][:, np.flatnonzero(seen == 10)[0]].min() > 0.3


def test_the_body_rests_while_the_head_is_trained_and_then_every_layer_has_its_own_rate():
    request = requests.check({"kind": "fine_tune", "data": {"builtin": "digits"}, **SHORT, "lr_mult": 100.0})
    rates = course(request)
    assert (rates.rates[:10, :-1] == 0).all()
    assert rates.rates[:10, -1].max() == pytest.approx(request["base_lr"], rel=0.05)
    np.testing.assert_allclose(rates.rates[10:, 0] * 100, rates.rates[10:, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("names", "first"), [(("a", "b", "c"), None), (tuple("abcd"), ["a"]), (tuple("abcd"), ["a", "b", "c"])]
)
def test_too_few_classes_for_two_tasks_are_refused(names, first):
    with pytest.raises(
        Refusal, match=r"^Fine-tuning: the data must have at least 2 classes to begin with and 2 others"
    ):
        halves(names, first)
