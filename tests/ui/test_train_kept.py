"""Train goes on where what it remembers no longer holds, and takes no rate that no schedule may have."""

import pytest

from jobs.store import Store
from ui import train_kept

ENTRY = {"number": 0, "schedule": "cosine", "parameters": {"peak": 0.2}}
TRAIN = {
    "kind": "train",
    "data": {"builtin": "digits"},
    "seeds": [0],
    "updates": 5,
    "schedules": [{"schedule": "cosine"}],
}


def opened(app, **kept):
    app.at.session_state["kept.train"] = kept
    return app.open("train")


@pytest.mark.parametrize(
    "bad",
    [
        {"number": 1, "schedule": "of_yesterday", "parameters": {}},
        {"number": 1, "schedule": "cosine", "parameters": {"peak": -5}},
        {"number": 1, "schedule": "cosine", "parameters": {"peek": 0.1}},
        {"number": 1, "schedule": "combined", "parameters": {"peak": 0.1, "segments": "zzz"}},
        {"number": 1, "schedule": "constant", "parameters": {}, "rule": {"name": "of_yesterday", "parameters": {}}},
        {"number": "one", "schedule": "cosine", "parameters": {}},
        {"number": 0, "schedule": "cosine", "parameters": {}},
        "cosine",
    ],
)
def test_an_entry_that_no_longer_holds_is_left_out_and_the_others_stay(bad):
    assert train_kept.usable([ENTRY, bad]) == [ENTRY]


def test_the_page_says_what_it_left_out_once_and_draws_the_rest(app, home):
    stale = {
        "schedules": [{**ENTRY, "schedule": "of_yesterday"}, {**ENTRY, "number": 4}],
        "updates": "abc",
        "batch_size": 0,
        "seeds": 2.5,
        "optimizer": ["sgd"],
        "momentum.sgd": "much",
        "mixup": -1.0,
        "run": 7,
    }
    app = opened(app, **stale)
    said = "What was remembered here of updates, batch_size, seeds, optimizer, momentum.sgd, mixup, run, schedules no"
    assert said in app.words()
    assert app.at.number_input(key="train.updates").value == 600
    kept = Store.open(home).recall("local", "train")
    assert [(one["schedule"], one["parameters"]["peak"]) for one in kept["schedules"]] == [("cosine", 0.2)]
    assert "no longer holds" not in app.run().words()


def test_what_holds_is_kept_without_a_word(app):
    app = opened(app, schedules=[ENTRY], updates=40, mixup=0.4, **{"momentum.sgd": 0.5})
    assert "no longer holds" not in app.words()
    assert app.at.number_input(key="train.updates").value == 40
    assert app.at.number_input(key="train.momentum.sgd").value == 0.5


@pytest.mark.parametrize("kept", [{"taken": 20.0}, {"taken": 20.0, "applied": 20.0}])
def test_a_rate_beyond_every_peak_is_refused_in_a_sentence_and_not_applied(app, home, kept):
    app = opened(app, schedules=[ENTRY], **kept)
    assert "must be above 0 and at most 10, got 20; it is not taken." in app.words().replace("\\", "")
    (entry,) = Store.open(home).recall("local", "train")["schedules"]
    assert entry["parameters"]["peak"] == 0.2
    assert "got 20" not in app.run().words()


def test_a_run_on_other_data_than_the_chosen_is_named_and_not_drawn(app, home):
    store = Store.open(home)
    run = store.submit(TRAIN, owner="local", name="Earlier")
    store.cancel(run, owner="local")
    app.at.session_state["kept.data"] = {"choice": {"builtin": "iris"}}
    app = opened(app, run=run)
    assert "The latest result is of **digits**, and says nothing about **iris**." in app.words()
    assert app.figures() == []
