"""Range tests over several values of something: one run, one figure, a line of rules for each, and the way to Train."""

import pytest

from jobs.store import Store


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


@pytest.fixture
def compare(app):
    """`compare(name, values)`: the page set to compare these."""

    def choose(name, values):
        app.at.selectbox(key="find.model").set_value("linear")
        app.at.selectbox(key="find.vary").set_value(name)
        app.run()
        app.at.multiselect(key=f"find.values.{name}").set_value(values)
        return app.run()

    return choose


def family(home):
    return next(job for job in Store.open(home).jobs(owner="local") if "vary" in job.request)


@pytest.mark.parametrize(
    ("name", "values", "written"),
    [
        ("weight_decay", [0.0, 1e-2], ["0", "1e-2"]),
        ("momentum", [0.0, 0.9], ["0", "0.9"]),
        ("batch_size", [16, 64], ["16", "64"]),
    ],
)
def test_each_value_has_its_curve_and_its_line(compare, home, name, values, written):
    app = press(compare(name, values), "Find the learning rate")
    job = family(home)
    assert (job.state, job.request["vary"]) == ("done", {"name": name, "values": values})
    table = app.at.dataframe[0].value
    assert table.iloc[:, 0].tolist() == written
    assert {"minimum", "steep", "valley", "slide", "Lowest loss", "At rate"} <= set(table)
    named = {str(trace.get("name")) for trace in app.figures()[0]["data"]}
    assert all(any(value in one for one in named) for value in written)


def test_one_value_goes_to_train_with_its_own_setting_and_rate(compare, home):
    app = press(compare("batch_size", [16, 64]), "Find the learning rate")
    job = family(home)
    app.at.selectbox(key=f"family.value.{job.id}").set_value("16")
    app.run()
    app.at.button(key=f"family.take.{job.id}").click()
    app.at.run()
    kept = Store.open(home).recall("local", "train")
    assert (kept["batch_size"], kept["model"]) == (16, "linear")
    assert kept["taken"] > 0


def test_one_value_alone_is_refused_in_place(compare, home):
    app = press(compare("momentum", [0.9]), "Find the learning rate")
    assert len(app.at.error) == 1
    assert "2" in app.at.error[0].value
    assert not Store.open(home).jobs(owner="local")
