"""The tool that spreads one schedule over groups of layers."""

import base64
import csv
import io

import numpy as np
import pytest

from jobs.store import Store
from schedulers import cosine, groups
from ui.explore_tools.layers_rates import FineTune, Slice, as_csv, table


@pytest.fixture
def unpack():
    """Return the function that reads an encoded array of a figure."""
    kinds = {"i4": "<i4", "f4": "<f4", "f8": "<f8", "u2": "<u2"}
    return lambda packed: np.frombuffer(base64.b64decode(packed["bdata"]), dtype=kinds[packed["dtype"]])


def opened(app, *curves, **query):
    app.at.session_state["explore.tool"] = "Layer rates"
    return app.open("explore", c=list(curves), **query)


def highest(app, unpack):
    return [unpack(trace["y"]).max() for trace in app.figures()[-1]["data"] if trace["meta"]["draws"] == "rate"]


def test_a_curve_is_spread_by_ratio_or_as_tenths(app, unpack):
    opened(app, "cosine,peak=0.1")
    assert highest(app, unpack) == pytest.approx([1e-3, 1e-2, 0.1], rel=1e-6)
    assert [trace["name"] for trace in app.figures()[-1]["data"]] == ["group 1 (input)", "group 2", "group 3 (head)"]
    assert "fastai's slice(1e-3, 0.1). Highest rates from input to head: 1e-3, 1e-2, 0.1." in app.words().replace(
        "\\", ""
    )
    app.at.pills(key="explore.layers.mode").set_value("tenth")
    app.at.number_input(key="explore.layers.groups").set_value(4)
    app.run()
    assert highest(app, unpack) == pytest.approx([0.01, 0.01, 0.01, 0.1], rel=1e-6)
    assert "fastai's slice(0.1)." in app.words().replace("\\", "")


def test_fine_tune_has_its_two_phases(app, unpack):
    opened(app, "cosine", updates="200")
    app.at.pills(key="explore.layers.mode").set_value("fine_tune")
    app.run()
    assert "20 updates of the head alone up to 2e-3, then 180 of all: slice(1e-5, 1e-3)." in app.words().replace(
        "\\", ""
    )
    traces = [trace for trace in app.figures()[-1]["data"] if trace["meta"]["draws"] == "rate"]
    expected = groups.fine_tune(20, 180, groups=3)
    for trace, rates in zip(traces, expected.rates.T, strict=True):
        np.testing.assert_allclose(unpack(trace["y"]), rates[unpack(trace["x"]).astype(int)], rtol=1e-6)
    assert unpack(traces[0]["y"])[:20].max() == 0


def test_what_is_drawn_is_written_as_csv():
    asked = Slice("cosine", (("peak", 0.1),), 30, 3, 100.0)
    rows = list(csv.reader(io.StringIO(as_csv(asked, 3).decode())))
    assert rows[0][2:] == [f"{group}: learning rate" for group in ("group 1 (input)", "group 2", "group 3 (head)")]
    written = np.array([[float(cell) for cell in row[2:]] for row in rows[1:]])
    np.testing.assert_allclose(written, cosine.rates(30, peak=0.1)[:, None] * [0.01, 0.1, 1], rtol=1e-12)
    rates, momentum = table(FineTune(10, 20, 2, 2e-3, 100.0, 0.3, 5.0, 33.3))
    assert rates.shape == (30, 2)
    assert momentum.shape == (30,)
    assert "momentum" in as_csv(FineTune(10, 20, 2, 2e-3, 100.0, 0.3, 5.0, 33.3), 3).decode().splitlines()[0]


def test_train_takes_a_spread_over_the_layers(app, home):
    app.open("train")
    app.at.number_input(key="train.updates").set_value(20)
    app.at.number_input(key="train.seeds").set_value(1)
    app.at.number_input(key="train.layer_spread").set_value(50.0)
    app.run()
    next(button for button in app.at.button if button.label == "Train").click()
    app.run()
    store = Store.open(home)
    (job,) = store.jobs(owner="local")
    store.close()
    assert job.request["layer_spread"] == 50.0
    assert job.result["rows"][0]["updates"] == 20
