"""Rules that follow the validation loss on the Train page: chosen, trained, drawn as they were really used."""

import numpy as np
import pytest

from jobs.store import Store
from ui import downloads, train_schedules


def add(app, name):
    next(box for box in app.at.selectbox if box.label.startswith("Add a schedule")).set_value(name)
    app.run()


def test_a_rule_is_offered_beside_the_schedules_and_its_rates_are_drawn(app, home):
    app.open("train")
    add(app, "plateau")
    app.at.number_input(key="train.updates").set_value(120)
    app.run()
    assert "Constant, reduced on plateau" in [box.label for box in app.at.expander]
    assert "Threshold is" in [group.label for group in app.at.get("button_group")]
    next(button for button in app.at.button if button.label == "Train").click()
    app.run()
    store = Store.open(home)
    job = store.jobs(owner="local")[0]
    assert job.state == "done"
    entry = job.request["schedules"][1]
    assert (entry["schedule"], entry["label"]) == ("constant", "Constant, reduced on plateau")
    assert entry["rule"]["name"] == "plateau"
    assert entry["rule"]["parameters"]["patience"] == 10
    arrays = store.metrics(job.id, owner="local").arrays
    used = arrays["rate"]
    assert used.shape == arrays["loss"].shape == (6, 120)
    assert np.all(np.isin(np.round(used[3:] / entry["parameters"]["peak"], 6), [1, 0.1, 0.01, 0.001]))
    names = [trace["name"] for figure in app.figures() for trace in figure["data"] if trace.get("yaxis") == "y"]
    # The plan, the seeds and their median; of a schedule without a rule the plan and what was used of it.
    assert names.count("Constant, reduced on plateau") == 3
    assert names.count("1cycle (fastai)") == 2
    lines = downloads.metrics(job, arrays).splitlines()
    last = next(line for line in lines if line.startswith('"Constant, reduced on plateau",2,119,'))
    assert float(last.split(",")[4]) == pytest.approx(used[5, 119])


def test_the_same_rule_twice_gets_two_names():
    entry = {"schedule": "constant", "rule": {"name": "greedy", "parameters": {}}}
    assert train_schedules.labels([entry, {"schedule": "constant"}, entry]) == [
        "Constant, greedy (1)", "Constant", "Constant, greedy (2)"
    ]  # fmt: skip


def test_a_taken_rate_keeps_the_other_rates_below_it():
    entry = {"schedule": "cyclic", "parameters": {"peak": 0.1, "low": 1e-3, "cycles": 2}}
    assert train_schedules.at_peak(entry, 1e-4) == {"peak": 1e-4, "cycles": 2}
    assert train_schedules.at_peak({"schedule": "noam", "parameters": {"width": 8}}, 1e-4) == {"width": 8}
