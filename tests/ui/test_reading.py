"""A range test is read differently at once, and its critical rate is measured beside it; nothing else runs anew."""

import pytest

from jobs.store import Store


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


@pytest.fixture
def tested(app):
    app.at.selectbox(key="find.model").set_value("linear")
    return press(app.run(), "Find the learning rate")


def jobs(home, kind=None):
    return [job for job in Store.open(home).jobs(owner="local") if kind in (None, job.kind)]


def shown(app):
    """The figure's lines and marks as they are sent."""
    return app.figures()[0]["data"]


def test_other_smoothing_changes_the_curve_without_a_new_run_and_back_again(tested, home):
    (job,) = jobs(home)
    before = shown(tested)
    slider = tested.at.slider(key=f"reading.{job.id}.beta")
    assert slider.value == pytest.approx(0.98)
    slider.set_value(0.0)
    tested.run()
    rough = shown(tested)
    assert rough != before
    press(tested, "Back to fastai's values")
    assert shown(tested) == before
    assert len(jobs(home)) == 1


def test_skipping_points_moves_what_the_rules_see(tested, home):
    (job,) = jobs(home)
    before = tested.words()
    tested.at.slider(key=f"reading.{job.id}.skip_start").set_value(45)
    tested.run()
    assert tested.words() != before


def test_a_later_stop_than_the_tests_own_says_that_nothing_was_trained_there(tested, home):
    (job,) = jobs(home)
    tested.at.select_slider(key=f"reading.{job.id}.factor").set_value(10.0)
    tested.run()
    assert "The test itself stopped at 4 times the best loss." in tested.words()


def test_rules_can_be_chosen_and_are_remembered(tested, home):
    tested.at.multiselect(key="find.rules").set_value(["valley", "lightning"])
    tested.run()
    assert {button.key for button in tested.at.button if button.label == "Take to Train"} == {
        "take.valley",
        "take.lightning",
    }
    assert type(tested)(home).at.multiselect(key="find.rules").value == ["valley", "lightning"]


def test_the_critical_rate_is_measured_once_and_marked_with_its_cost(tested, home):
    press(tested, "Measure the critical rate")
    tested.run()
    (job,) = jobs(home, "critical")
    assert job.state == "done"
    assert job.result["lr"] > 0
    assert f"It took {job.result['passes']} forward passes of one batch over 3 seeds" in tested.words()
    assert "Measure the critical rate" not in {button.label for button in tested.at.button}
    assert any("critical rate" in str(trace.get("name")) for trace in tested.figures()[0]["data"])
