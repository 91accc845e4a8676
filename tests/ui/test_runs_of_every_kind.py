"""Runs with one finished run of every kind there is, each really run: the list, each one opened, and all at once."""

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from data import builtin
from jobs import requests, supervisor, work
from jobs.store import Store
from ui import downloads, find_result, range_families
from ui.pages.runs import answer
from ui.watch import arrays

DIGITS, IRIS = {"builtin": "digits"}, {"builtin": "iris"}
SMALL = {"model": "linear", "seeds": [0, 1]}
FIND = {"kind": "find", "data": DIGITS, **SMALL, "num_it": 40}
COURSE = {**SMALL, "data": IRIS, "updates": 10}
GRID = {**COURSE, "rates": 3}
FAMILIES = {"weight_decay": [0.0, 1e-2], "momentum": [0.5, 0.9], "batch_size": [16, 64]}
# Kinds that belong to another run and are shown with it.
BESIDE = {"critical", "predict", "export"}
TINY = [
    FIND,
    *({**FIND, "vary": {"name": name, "values": values}} for name, values in FAMILIES.items()),
    {**COURSE, "kind": "train", "schedules": [{"schedule": "constant"}]},
    {**GRID, "kind": "verdict"},
    {**GRID, "kind": "map", "along": "batch_size", "values": [16, 32]},
    {**COURSE, "kind": "recommend"},
    {**SMALL, "kind": "critical", "data": IRIS},
    {**SMALL, "kind": "fine_tune", "data": DIGITS, "before": 10, "frozen": 5, "updates": 5},
    {**COURSE, "kind": "cross_validate", "folds": 2},
]


def called(request):
    return " ".join([request["kind"], *([request["vary"]["name"]] if "vary" in request else [])])


@pytest.fixture
def submit(app, home):
    """`submit(request)`: its run, worked off, named as `called` says."""
    store = Store.open(home)

    def run(request):
        new = store.submit(requests.check(request), owner="local", name=called(request))
        supervisor.ensure()
        job = store.job(new, owner="local")
        assert job.state == "done", job.message
        return job

    yield run
    store.close()


@pytest.fixture
def every(submit, home):
    """One finished run of every kind of work, and one of every kind of family."""
    ran = [submit(request) for request in TINY]
    trained = next(job for job in ran if job.kind == "train")
    rows = builtin.table("iris").iloc[::30].drop(columns="target").to_csv(index=False).encode()
    store = Store.open(home)
    file = {"upload": store.save_upload(rows, "new.csv", owner="local"), "filename": "new.csv"}
    store.close()
    of = {"data": IRIS, "model_of": {"run": trained.id, "schedule": 0}}
    ran += [submit({"kind": "predict", **of, "files": [file]}), submit({"kind": "export", **of})]
    assert {job.kind for job in ran} == set(work.KINDS)
    return ran


@pytest.fixture
def pick_all(monkeypatch):
    """Select all rows of the table of runs."""
    shown = st.dataframe

    def dataframe(table, **how):
        event = shown(table, **how)
        return {"selection": {"rows": list(range(len(table)))}} if how.get("on_select") else event

    return lambda: monkeypatch.setattr(st, "dataframe", dataframe)


def lines(job):
    return list(csv.DictReader(io.StringIO(downloads.metrics(job, arrays(job.id)))))


def tables(report):
    """The text of a report without its scripts."""
    return report.split("<script", maxsplit=1)[0]


def drawn(report):
    """The figures of a report."""
    return json.loads(report.split('id="figures">')[1].split("</script>")[0])


def test_runs_lists_every_kind_opens_each_and_takes_it_home(every, app, home):
    table = app.open("runs").at.dataframe[0].value.set_index("Run")
    listed = [job for job in every if job.kind not in BESIDE]
    assert set(table.index) == {called(job.request) for job in listed}
    assert (table["Answer"] != "").all()
    for job in listed:
        opened = type(app)(home).open("runs", run=job.id)
        assert opened.figures() or job.kind == "cross_validate"
        assert {"Report", "CSV", "JSON"} <= {button.label for button in opened.at.get("download_button")}
        assert lines(job)
        assert "</html>" in downloads.report(job, arrays(job.id))


def test_runs_lays_every_kind_over_each_other(every, app, pick_all):
    pick_all()
    app.open("runs")
    assert not app.at.error
    assert f"Delete these {len(every) - len(BESIDE)} runs" in [button.label for button in app.at.button]
    assert len(app.figures()) == 3  # trainings, range tests with the families among them, and verdicts


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("weight_decay", ["0", "1e-2"], "weight decay 0, 1e-2"),
        ("momentum", ["0.5", "0.9"], "momentum 0.5, 0.9"),
        ("batch_size", ["16", "64"], "batch size 16, 64"),
    ],
)
def test_a_family_is_listed_opened_and_taken_home_by_value(submit, app, name, written, said):
    job = submit({**FIND, "vary": {"name": name, "values": FAMILIES[name]}})
    listed = app.open("runs", run=job.id).at.dataframe[0].value
    assert listed["What"].tolist() == [f"Range tests over {name.replace('_', ' ')}"]
    assert listed["Answer"].tolist() == [range_families.answer(job)]
    assert said in app.words()
    assert ("batch size 64 ·" in app.words()) == (name != "batch_size")

    table, curves = lines(job), arrays(job.id)
    assert list(table[0]) == [name, "seed", "update", "learning_rate", "loss", "smoothed_loss"]
    for place, value in enumerate(FAMILIES[name]):
        for seed in (0, 1):
            own = [line for line in table if float(line[name]) == value and line["seed"] == str(seed)]
            losses = curves[f"loss.{place}"][seed]
            assert [float(line["loss"]) for line in own] == pytest.approx(losses[~np.isnan(losses)].tolist())
            assert float(own[0]["learning_rate"]) == pytest.approx(1e-7)
            assert float(own[0]["smoothed_loss"]) == pytest.approx(float(own[0]["loss"]), rel=1e-5)

    report = downloads.report(job, curves)
    (figure,) = drawn(report)
    named = {trace["name"]: trace for trace in figure["data"]}
    assert named.keys() == set(written)
    shown = range_families.summary(job, range_families.read_jobs(job, curves))
    for line in shown.to_numpy().tolist():
        cells = "".join(f"<td>{cell}</td>" for cell in line)
        assert f"<tr>{cells}</tr>" in tables(report)
    assert len(shown) == 2
    assert f"<td>{', '.join(written)}</td>" in tables(report)


def test_the_overlay_holds_each_value_of_a_family_beside_an_ordinary_test(submit, app):
    family = submit({**FIND, "vary": {"name": "momentum", "values": [0.5, 0.9]}})
    alone = submit({**FIND, "momentum": 0.9})
    figure = find_result.overlay([family, alone], [arrays(family.id), arrays(alone.id)])
    curves = {trace["name"]: trace for trace in figure["data"]}
    first, second, third = curves
    assert (first, second) == ("1 · find momentum · momentum 0.5", "1 · find momentum · momentum 0.9")
    assert third == "2 · find"
    assert len(curves[first]["y"]) > 20
    # The same test, run in the family and alone.
    assert list(curves[second]["y"]) == pytest.approx(list(curves[third]["y"]), rel=1e-3)


def test_a_family_stopped_before_it_began_is_listed_and_taken_home_empty(app, home):
    store = Store.open(home)
    request = {**FIND, "vary": {"name": "batch_size", "values": [16, 64]}}
    new = store.submit(requests.check(request), owner="local", name="stopped")
    store.cancel(new, owner="local")
    job = store.job(new, owner="local")
    store.close()
    app.open("runs", run=new)
    assert app.at.dataframe[0].value["Answer"].tolist() == [""]
    assert downloads.metrics(job, {}) == "batch_size,seed,update,learning_rate,loss,smoothed_loss\n"
    assert "<td>16</td><td>–</td>" in downloads.report(job, {})


def test_the_answer_of_a_family_is_where_its_valleys_lie():
    def family(*values):
        said = [
            {"doubts": doubts, "suggestions": {} if lr is None else {"valley": {"lr": lr}}} for lr, doubts in values
        ]
        return range_families.answer(SimpleNamespace(result={"values": said}))

    assert family((0.1, []), (0.02, []), (3.0, ["It never fell."])) == "valley 2e-2 to 0.1"
    assert family((0.1, []), (None, [])) == "valley 0.1"
    assert family((None, []), (3.0, ["It never fell."])) == "no answer"


def test_the_answer_of_a_range_test_that_supports_none_is_none():
    def came(doubts):
        result = {"doubts": doubts, "suggestions": {"valley": {"lr": 0.02}}}
        return answer(SimpleNamespace(state="done", kind="find", request={}, result=result))

    assert came([]) == "valley 2e-2"
    assert came(["It never fell."]) == "no answer"


def test_the_report_of_a_doubted_range_test_says_the_doubts(submit):
    request = {**FIND, "end": 2e-7}  # rates at which nothing happens
    job = submit(request)
    assert job.result["doubts"]
    assert "The curve supports no suggestion." in downloads.report(job, arrays(job.id))
