"""Find on images: the range test, the critical rate, the verdict, the map and the recommendation, by clicks."""

import pytest

from data import choice
from jobs.store import Store

SHAPES = {"builtin": "shapes", "options": {"rows": 100, "most": 3}}
CHOICES = {
    "digits": {"builtin": "digit_images"},
    "labels": {**SHAPES, "images": {"label_col": "shapes", "label_delim": ";", "batch_tfms": [{"name": "Flip"}]}},
    "area": {**SHAPES, "images": {"label_col": "area", "y_block": "number"}},
}


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


@pytest.fixture(params=CHOICES)
def small(request, app, home):
    """The page on images with little to do: 4 rates, 2 seeds, 12 updates, one convolution."""
    Store.open(home).remember("local", "data", {"choice": choice.check(CHOICES[request.param])})
    fresh = type(app)(home).open("find")
    fresh.at.selectbox(key="find.image_model").set_value("cnn_8")
    for name, value in (("updates", 12), ("rates", 4), ("seeds", 2)):
        fresh.at.number_input(key=f"find.verdict.{name}").set_value(value)
    return fresh.run()


def test_every_measurement_ends_with_its_figure(small, home):
    for figures, label in enumerate(
        ("Find the learning rate", "Verdict: train at every rate", "Recommend a rate", "Draw the map"), start=1
    ):
        press(small, label)
        assert len(small.figures()) == figures, label
    press(small, "Measure the critical rate")
    assert "Critical rate" in small.words()
    jobs = Store.open(home).jobs(owner="local")
    assert {(job.kind, job.state) for job in jobs} == {
        (kind, "done") for kind in ("find", "verdict", "recommend", "map", "critical")
    }
    assert {job.request["model"] for job in jobs} == {"cnn_8"}
    small.open("runs", run=next(job.id for job in jobs if job.kind == "find"))
    words = small.words()
    assert ("crops, flips or shifts them by chance" in words) == ("Flip" in str(jobs[0].request["data"]))
