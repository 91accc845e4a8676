"""Find, Data, Train and Runs through AppTest: a visitor's clicks, with real training behind them."""

import numpy as np
import pytest

from data.samples import sample_csv
from jobs.store import Store
from ui import train_schedules


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


def upload(app, name, raw):
    app.at.file_uploader(key="data.file").upload(name, raw)
    return app.run()


def data_page(app):
    app.open("data")
    app.at.segmented_control(key="data.source").set_value("upload")
    return app.run()


def test_the_first_page_runs_lr_find_on_digits_with_one_button(app, home):
    assert "1,797 rows" in app.words()
    press(app, "Find the learning rate")
    words = app.words()
    for rule in ("minimum", "steep", "valley", "slide"):
        assert f"**{rule}**" in words
    assert "falls steepest between" in words
    (job,) = Store.open(home).jobs(owner="local")
    assert (job.state, job.request["num_it"], job.request["seeds"]) == ("done", 100, [0, 1, 2])
    (figure,) = app.figures()
    assert {"valley", "slide", "steep", "minimum"} <= {trace.get("name", "-").split()[0] for trace in figure["data"]}
    assert figure["layout"]["xaxis"]["type"] == "log"


def test_valley_goes_to_train_with_the_setup_it_was_found_for(app, home):
    app.at.selectbox(key="find.optimizer").set_value("adam")
    app.at.number_input(key="find.batch_size").set_value(32)
    app.run()
    press(app, "Find the learning rate")
    found = Store.open(home).jobs(owner="local")[0].result["suggestions"]["valley"]["lr"]
    app.at.button(key="take.valley").click()
    app.at.run()
    app.open("train")
    assert "taken from Find" in app.words()
    assert app.at.selectbox(key="train.optimizer").value == "adam"
    assert app.at.number_input(key="train.batch_size").value == 32
    app.at.number_input(key="train.updates").set_value(40)
    app.run()
    press(app, "Train")
    job = Store.open(home).jobs(owner="local")[0]
    assert (job.kind, job.state, job.request["optimizer"], job.request["batch_size"]) == ("train", "done", "adam", 32)
    assert job.request["schedules"][0]["parameters"]["peak"] == pytest.approx(found)
    assert "does not carry over" in app.words()
    assert app.at.dataframe[0].value.iloc[0]["Schedule"] == "1cycle (fastai)"


def test_two_schedules_race_side_by_side(app, home):
    app.open("train")
    add = next(box for box in app.at.selectbox if box.label.startswith("Add a schedule"))
    add.set_value("constant")
    app.run()
    app.at.number_input(key="train.updates").set_value(20)
    app.run()
    press(app, "Train")
    job = Store.open(home).jobs(owner="local")[0]
    assert [one["schedule"] for one in job.request["schedules"]] == ["one_cycle", "constant"]
    loss = Store.open(home).metrics(job.id, owner="local").arrays["loss"]
    assert loss.shape == (6, 20)
    # Same initial weights and same first batch: the first loss of a seed is the same under every schedule.
    np.testing.assert_array_equal(loss[:3, 0], loss[3:, 0])
    assert len(set(app.at.dataframe[0].value["Schedule"])) == 2


def test_the_same_schedule_twice_gets_two_names():
    entries = [{"schedule": "constant"}, {"schedule": "cosine"}, {"schedule": "constant"}]
    assert train_schedules.labels(entries) == ["Constant (1)", "Cosine decay", "Constant (2)"]


def test_an_upload_is_understood_kept_and_survives_a_new_session(app, home):
    data_page(app)
    upload(app, "houses.csv", sample_csv())
    assert app.at.selectbox(key="data.plan.target").value == "price"
    app.open("find")
    assert "houses" in app.words()
    assert "price" in app.words()
    fresh = type(app)(home)
    assert "houses" in fresh.words()


def test_a_refused_upload_says_why_and_keeps_what_was_there(app):
    data_page(app)
    upload(app, "houses.csv", sample_csv())
    upload(app, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert len(app.at.error) == 1
    assert "PNG" in app.at.error[0].value
    assert app.at.selectbox(key="data.plan.target").value == "price"


def test_a_target_can_be_changed_and_its_kind_follows(app):
    data_page(app)
    upload(app, "houses.csv", sample_csv())
    assert app.at.segmented_control(key="data.plan.kind").value == "number"
    app.at.selectbox(key="data.plan.target").set_value("district")
    app.run()
    assert app.at.segmented_control(key="data.plan.kind").value == "classes"
    app.open("find")
    assert "district" in app.words()


def test_an_impossible_plan_is_refused_in_place_and_the_last_good_data_stays(app):
    app.open("find")
    raw = "".join(f"{row},{row % 7},same\n" for row in range(40))
    data_page(app)
    upload(app, "constant.csv", ("a,b,target\n" + raw).encode())
    app.at.selectbox(key="data.plan.target").set_value("target")
    app.run()
    assert len(app.at.error) == 1
    assert "go on with digits" in app.words()


def test_built_in_sets_have_their_options(app):
    app.open("data")
    app.at.selectbox(key="data.builtin").set_value("moons")
    app.run()
    app.at.number_input(key="data.options.moons.rows").set_value(200)
    app.run()
    assert [metric.value for metric in app.at.metric] == ["120", "40", "40", "2"]
    app.open("find")
    assert "200 rows" in app.words()


def test_runs_are_kept_opened_renamed_and_deleted(app, home):
    app.at.number_input(key="find.seeds").set_value(1)
    app.run()
    press(app, "Find the learning rate")
    (job,) = Store.open(home).jobs(owner="local")
    fresh = type(app)(home).open("runs", run=job.id)
    assert fresh.at.dataframe[0].value["Answer"][0].startswith("valley ")
    assert "batch size 64" in fresh.words()
    fresh.at.text_input(key=f"runs.name.{job.id}").set_value("My first run")
    fresh.at.button(key=f"runs.rename.{job.id}").click()
    fresh.run()
    assert Store.open(home).jobs(owner="local")[0].name == "My first run"
    fresh.at.button(key=f"runs.delete.{job.id}").click()
    fresh.run()
    assert Store.open(home).jobs(owner="local") == []
    assert "Nothing was run yet" in fresh.words()


def test_one_owner_sees_nothing_of_another(app, home):
    press(app, "Find the learning rate")
    other = type(app)(home)
    other.at.session_state["owner"] = "somebody else"
    other.open("runs")
    assert "Nothing was run yet" in other.words()
