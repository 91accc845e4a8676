"""Fine-tuning and cross-validation from the Train page with the real work behind, and what Runs makes of them."""

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from jobs.store import Store
from ui import downloads, fine_tuning
from ui.watch import arrays
from words import Refusal

IRIS = {"builtin": "iris"}
SHORT = {"updates": 40, "seeds": 2, "model": "mlp_16", "image_model": "cnn_8"}


@pytest.fixture
def on(app):
    """`on(which)`: the Train page with an experiment open, short."""

    def open_on(which, data=None):
        app.at.session_state["kept.data"] = {"choice": data or IRIS}
        app.at.session_state["kept.train"] = SHORT
        app.at.session_state["experiments.which"] = which
        app.at.session_state["kept.tune"] = {"before": 40, "frozen": 6, "updates": 14, "lr_mult": 100.0}
        app.at.session_state["kept.cross"] = {"folds": 3}
        return app.open("train")

    return open_on


def press(app, key):
    app.at.button(key=key).click()
    return app.run().run()


def done(home, kind):
    store = Store.open(home)
    (found,) = [job for job in store.jobs(owner="local") if job.kind == kind]
    store.close()
    assert found.state == "done", found.message
    return found


def named(figure):
    return {str(trace.get("name")) for trace in figure["data"]}


def frames(app):
    return [element.value for element in app.at.dataframe]


def test_fine_tuning_digits_shows_both_ways_the_layers_rates_and_the_outcome(on, home):
    app = press(on("fine_tune"), "tune.run")
    job = done(home, "fine_tune")
    assert (job.name, job.request["model"]) == ("digit images · fine-tuning", "cnn_8")
    assert (job.result["first"], job.result["second"]) == (list("01234"), list("56789"))
    *_, curves, rates = app.figures()
    assert {"fine-tuned", "from scratch"} <= named(curves)
    assert {"layer 1", "layer 2"} <= named(rates)
    table = next(frame for frame in frames(app) if "Model" in frame)
    assert table["Model"].tolist() == ["fine-tuned", "from scratch"]
    tuned = np.mean([row["test_metric"] for row in job.result["tuned"]])
    assert f"reaches {tuned:.1%} of the test rows" in app.words()
    assert "Slices: 1e-4 to 1e-2" in app.words()


def test_fine_tuning_takes_the_set_up_on_the_left(on, home):
    app = on("fine_tune")
    app.at.selectbox(key="train.optimizer").set_value("adam")
    app.at.number_input(key="train.batch_size").set_value(32)
    app.at.number_input(key="train.seeds").set_value(1)
    app.run()
    app.at.number_input(key="train.weight_decay.adam").set_value(0.25)
    app.at.selectbox(key="train.device").set_value("cpu")
    press(app.run(), "tune.run")
    request = done(home, "fine_tune").request
    assert (request["optimizer"], request["batch_size"], request["seeds"]) == ("adam", 32, [0])
    assert (request["weight_decay"], request["device"]) == (0.25, "cpu")


@pytest.mark.parametrize(
    ("tuned", "scratch", "said"),
    [
        (0.9, 0.9, "They are as good as each other, to half a percentage point."),
        (0.904, 0.9, "They are as good as each other, to half a percentage point."),
        (0.91, 0.9, "Tuning is ahead."),
        (0.89, 0.9, "Starting from scratch is ahead."),
    ],
)
def test_fine_tuning_is_ahead_only_by_more_than_the_margin(tuned, scratch, said):
    result = {part: [{"test_metric": value}] for part, value in (("before", 1), ("tuned", tuned), ("scratch", scratch))}
    request = {"frozen": 5, "updates": 5, "base_lr": 0.02, "lr_mult": 10.0}
    job = SimpleNamespace(result={**result, "first": ["a", "b"], "second": ["c", "d"]}, request=request)
    assert said in fine_tuning.outcome(job)


def test_fine_tuning_takes_ones_own_data_only_with_enough_classes(on):
    app = on("fine_tune")
    assert "iris" not in app.at.segmented_control(key="tune.data").options
    app = on("fine_tune", {"builtin": "digits"})
    assert "digits" in app.at.segmented_control(key="tune.data").options


def test_cross_validation_shows_the_pooled_and_the_averaged_score(on, home):
    app = press(on("cross_validate"), "cross.run")
    job = done(home, "cross_validate")
    assert (job.name, sum(job.result["sizes"])) == ("iris · 3 folds", job.result["rows"])
    table = next(frame for frame in frames(app) if "Pooled" in frame)
    assert list(table)[:3] == ["Metric", "Pooled", "Average of folds"]
    assert list(table)[3:] == ["Fold 1", "Fold 2", "Fold 3"]
    for score in job.result["scores"]:
        assert score["sentence"] in app.words().replace("\\", "")


def test_runs_lists_both_opens_each_and_offers_what_can_be_taken_home(on, app, home):
    press(on("fine_tune"), "tune.run")
    press(on("cross_validate"), "cross.run")
    app.open("runs")
    table = next(frame for frame in frames(app) if "What" in frame)
    answers = dict(zip(table["What"], table["Answer"], strict=True))
    assert answers.keys() == {"Cross-validation", "Fine-tuning"}
    assert answers["Fine-tuning"].startswith("tuned ")
    assert answers["Cross-validation"].endswith(" pooled")
    for kind, shown in (("fine_tune", "6 frozen, 14 of all"), ("cross_validate", "3 folds")):
        fresh = type(app)(home).open("runs", run=done(home, kind).id)
        assert shown in fresh.words()
        offered = {button.label for button in fresh.at.get("download_button")}
        assert {"Report", "CSV", "JSON"} <= offered


@pytest.mark.parametrize(
    ("which", "key", "parts"),
    [
        ("fine_tune", "tune.run", {"before": 40, "tuned": 20, "scratch": 20}),
        ("cross_validate", "cross.run", {"0": 40, "1": 40, "2": 40}),
    ],
)
def test_the_downloads_hold_every_part(on, home, which, key, parts):
    press(on(which), key)
    job = done(home, which)
    curves = arrays(job.id)
    rows = list(csv.DictReader(io.StringIO(downloads.metrics(job, curves))))
    first = next(iter(rows[0]))
    for part, updates in parts.items():
        assert len([row for row in rows if row[first] == part]) == updates * len(job.request["seeds"])
    assert json.loads(downloads.settings(job))["request"]["kind"] == which
    report = downloads.report(job, curves)
    assert "</html>" in report
    with pytest.raises(Refusal, match="this run is several that depend on each other"):
        downloads.code(job)
