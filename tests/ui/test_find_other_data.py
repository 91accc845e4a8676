"""On Find a result of other data than the chosen one is not shown under it; a rate takes its data to Train along."""

import pytest

from jobs.store import Store
from ui.current import DIGITS
from ui.elsewhere import same

IRIS = {"builtin": "iris", "options": {}, "split": DIGITS["split"]}


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


def chosen(home):
    return (Store.open(home).recall("local", "data") or {}).get("choice", {})


@pytest.fixture
def moved(app, home):
    """A visitor with a range test and a verdict on the digits, who has chosen iris since."""
    app.at.selectbox(key="find.model").set_value("linear")
    for name, value in (("updates", 20), ("rates", 4), ("seeds", 2)):
        app.at.number_input(key=f"find.verdict.{name}").set_value(value)
    app.run()
    press(app, "Find the learning rate")
    press(app, "Verdict: train at every rate")
    assert len(app.figures()) == 2
    Store.open(home).remember("local", "data", {**(Store.open(home).recall("local", "data") or {}), "choice": IRIS})
    return type(app)(home)


def test_results_of_other_data_are_named_and_not_drawn_and_offer_nothing_to_train(moved):
    assert moved.figures() == []
    said = [warning.value for warning in moved.at.warning]
    assert said == ["The latest result is of **digits**, and says nothing about **iris**."] * 2
    assert "Take to Train" not in {button.label for button in moved.at.button}


def test_the_way_back_shows_them_again(moved, home):
    press(moved, "Work on digits again")
    assert chosen(home)["builtin"] == "digits"
    assert len(moved.figures()) == 2
    assert not moved.at.warning


def test_a_rate_taken_from_runs_takes_its_data_along(moved, home):
    run = next(job for job in Store.open(home).jobs(owner="local") if job.kind == "find")
    moved.open("runs", run=run.id)
    moved.at.button(key="take.valley").click()
    moved.at.run()
    assert chosen(home)["builtin"] == "digits"
    moved.open("train")
    assert "**digits**" in moved.words()


def test_a_job_is_named_by_the_models_title(moved, home):
    assert {job.name.split(" · ")[1] for job in Store.open(home).jobs(owner="local")} == {"Linear"}


def test_choices_are_the_same_where_they_prepare_the_same_arrays():
    assert same(DIGITS, {"builtin": "digits"})
    assert not same(DIGITS, IRIS)
    assert not same(DIGITS, {**DIGITS, "split": {**DIGITS["split"], "seed": 1}})
