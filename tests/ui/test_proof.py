"""Verdicts, recommendations and maps through AppTest: a visitor's clicks, with real training behind them."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from jobs import requests
from jobs.store import Store
from schedulers import CATALOGUE
from ui import find_result, proof_kept, reading, verdict_result
from ui.reading import Reading


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


def jobs(home, kind):
    return [job for job in Store.open(home).jobs(owner="local") if job.kind == kind]


@pytest.fixture
def small(app):
    """The page with little to do: 4 rates, 2 seeds, 20 updates, a model without hidden layers."""
    app.at.selectbox(key="find.model").set_value("linear")
    for name, value in (("updates", 20), ("rates", 4), ("seeds", 2)):
        app.at.number_input(key=f"find.verdict.{name}").set_value(value)
    return app.run()


def test_one_click_says_who_was_right_without_a_range_test(small, home):
    press(small, "Verdict: train at every rate")
    (job,) = jobs(home, "verdict")
    assert (job.state, job.request["suggestions"]) == ("done", None)
    table = next(frame.value for frame in small.at.dataframe if "Regret" in frame.value)
    assert {"minimum", "steep", "valley", "slide", "Lightning", "Ignite"} <= set(table["Rule"])
    said = [float(value) for value in table["Regret"] if value != "–"]
    assert said == sorted(said)
    assert set(table["Was"]) <= {"right", "too low", "too high", "no answer"}
    assert "holds for 20 updates" in small.words()
    figure = small.figures()[-1]
    assert {"mean of 2 seeds", "valley"} <= {trace.get("name") for trace in figure["data"]}
    assert figure["layout"]["shapes"][0]["label"]["text"] == "best"


def test_the_verdict_judges_the_range_test_that_was_run(small, home):
    press(small, "Find the learning rate")
    press(small, "Verdict: train at every rate")
    (test,) = jobs(home, "find")
    (job,) = jobs(home, "verdict")
    assert job.request["suggestions"]["valley"]["lr"] == pytest.approx(test.result["suggestions"]["valley"]["lr"])
    assert set(job.result["rows"][0]["regret"]) == set(job.request["suggestions"])


def test_a_range_test_of_another_model_is_not_judged(small, home):
    press(small, "Find the learning rate")
    small.at.selectbox(key="find.model").set_value("mlp_16")
    small.run()
    press(small, "Verdict: train at every rate")
    assert jobs(home, "verdict")[0].request["suggestions"] is None


def test_the_best_rate_goes_to_train_with_its_schedule_and_updates(small, home):
    small.at.selectbox(key="find.verdict.schedule").set_value("cosine")
    small.run()
    press(small, "Verdict: train at every rate")
    (job,) = jobs(home, "verdict")
    best = job.result["rows"][0]["best"]["lr"]
    small.at.button(key=f"take.best.{job.id}").click()
    small.at.run()
    small.open("train")
    assert small.at.number_input(key="train.updates").value == 20
    press(small, "Train")
    (trained,) = jobs(home, "train")
    (entry,) = trained.request["schedules"]
    assert (entry["schedule"], trained.request["model"]) == ("cosine", "linear")
    assert entry["parameters"]["peak"] == pytest.approx(best)


def test_a_recommendation_is_one_rate_with_a_sentence(small, home):
    press(small, "Recommend a rate")
    (job,) = jobs(home, "recommend")
    assert job.state == "done"
    assert job.result["low"] <= job.result["lr"] <= job.result["high"]
    assert job.result["cost"] <= 8 * (100 + 20)
    assert "at most 960 updates" in small.words()
    assert "Take to Train" in [button.label for button in small.at.button]


def test_a_map_over_batch_sizes_marks_its_best_cell(small, home):
    small.at.segmented_control(key="find.map.along").set_value("batch_size")
    small.run()
    small.at.multiselect(key="find.map.batch_size").set_value([32, 64])
    small.run()
    press(small, "Draw the map")
    (job,) = jobs(home, "map")
    assert [row["label"] for row in job.result["rows"]] == ["32", "64"]
    table = np.array([row["loss"] for row in job.result["rows"]])
    row, column = np.unravel_index(table.argmin(), table.shape)
    best = f"{job.result['rows'][row]['rates'][column]:.0e}"
    assert f"batch size **{job.result['rows'][row]['label']}**" in small.words()
    assert best
    assert small.figures()[-1]["data"][0]["type"] == "heatmap"


def test_too_much_is_refused_in_place(small):
    small.at.number_input(key="find.verdict.rates").set_value(128)
    small.at.number_input(key="find.verdict.seeds").set_value(32)
    small.run()
    press(small, "Verdict: train at every rate")
    assert [error.value.replace("\\", "") for error in small.at.error] == [
        "Verdict: number of models at once must be 1 to 512, got 4,096."
    ]


def test_all_of_it_is_there_after_a_reload(small, home):
    press(small, "Verdict: train at every rate")
    fresh = type(small)(home)
    assert "Regret" in next(frame.value for frame in fresh.at.dataframe if "Regret" in frame.value)
    assert fresh.at.number_input(key="find.verdict.updates").value == 20


@pytest.mark.parametrize("label", ["Verdict: train at every rate", "Recommend a rate", "Draw the map"])
def test_runs_opens_each_kind_and_all_of_it_can_be_taken_home(small, home, label):
    from ui import downloads

    press(small, label)
    (job,) = (one for one in Store.open(home).jobs(owner="local") if one.kind != "find")
    arrays = Store.open(home).metrics(job.id, owner="local").arrays
    lines = downloads.metrics(job, arrays).splitlines()
    assert len(lines) > 2
    assert "learning_rate" in lines[0]
    assert job.name.split(" · ")[0] in downloads.report(job, arrays)
    assert json.loads(downloads.settings(job))["request"]["kind"] == job.kind
    script = downloads.code(job)
    compile(script, "code.py", "exec")
    assert "T = 20" in script
    unstarted = replace(job, state="cancelled", result=None)
    assert job.name.split(" · ")[0] in downloads.report(unstarted, {})
    assert len(downloads.metrics(unstarted, {}).splitlines()) == 1
    fresh = type(small)(home).open("runs", run=job.id)
    assert len(fresh.figures()) == 1
    press(fresh, "Run again")
    assert len(jobs(home, job.kind)) == 2


@pytest.mark.parametrize(
    ("schedule", "lr", "sentence"),
    [("cosine", 20.0, "at most 10, got 20"), ("cosine", 0.5, ""), ("noam", 0.5, "has no peak")],
)
def test_a_rate_that_its_schedule_cannot_have_is_not_taken_to_train(monkeypatch, schedule, lr, sentence):
    said, taken = [], []
    monkeypatch.setattr(verdict_result, "refused", lambda refusal: said.append(str(refusal)))
    monkeypatch.setattr(verdict_result, "take", lambda _request, rate: taken.append(rate))
    monkeypatch.setattr(verdict_result, "put", lambda *_place, **_values: None)
    parameters = CATALOGUE[schedule].check()
    entry = {"schedule": schedule, "parameters": parameters, "label": CATALOGUE[schedule].title}
    verdict_result.take_course({"schedule": entry, "updates": 20}, lr)
    assert taken == ([] if sentence else [lr])
    assert len(said) == bool(sentence)
    assert sentence in "".join(said)


def test_a_verdict_that_was_stopped_is_no_answer(small, home):
    press(small, "Verdict: train at every rate")
    (job,) = jobs(home, "verdict")
    stopped = replace(job, state="cancelled", result=None)
    arrays = {"row": np.zeros(1), "update": np.array([10]), "loss": np.linspace(3, 2, 8).reshape(8, 1)}
    assert verdict_result.holds(stopped, arrays).startswith("Stopped after 10 of 20 updates (")
    assert "no answer yet" in verdict_result.holds(stopped, arrays)
    (found,) = verdict_result.rows(stopped, arrays)
    assert found.best is not None
    assert not verdict_result.figure(stopped, found, {})["layout"].get("shapes")
    running = verdict_result.figure(replace(stopped, state="running"), found, {})
    assert running["layout"]["shapes"][0]["label"]["text"] == "best"


def test_one_run_of_a_kind_at_a_time(small, home, monkeypatch):
    press(small, "Verdict: train at every rate")

    class Running(Store):
        def job(self, identifier, *, owner):
            job = super().job(identifier, owner=owner)
            return job and replace(job, state="running")

    monkeypatch.setattr("ui.proof.store", lambda: Running.open(home))
    small.run()
    buttons = {button.label: button for button in small.at.button}
    assert buttons["Verdict: train at every rate"].disabled
    assert buttons["Verdict: train at every rate"].help == "One is under way. Stop it first."
    assert not buttons["Recommend a rate"].disabled


def test_the_verdict_judges_the_range_test_as_it_is_read_and_says_its_doubts(small, home):
    press(small, "Find the learning rate")
    (test,) = jobs(home, "find")
    small.at.slider(key=f"reading.{test.id}.beta").set_value(0.5)
    small.run()
    press(small, "Verdict: train at every rate")
    (job,) = jobs(home, "verdict")
    whole = Store.open(home).metrics(test.id, owner="local", after=-1).arrays
    read = find_result.read_job(test, whole, Reading(**reading.fastai(test) | {"beta": 0.5}))
    said = job.request["suggestions"]["minimum"]["lr"]
    assert said == pytest.approx(read.suggestions["minimum"]["lr"])
    assert said != pytest.approx(test.result["suggestions"]["minimum"]["lr"])


@pytest.mark.parametrize(("epochs", "written"), [(0.256, "0.256"), (3.14159, "3.14"), (99.9, "99.9"), (1250, "1,250")])
def test_epochs_are_written_to_three_digits_or_whole(epochs, written):
    assert verdict_result.in_epochs(epochs) == written


def test_a_schedule_is_proven_with_its_own_parameters(small, home):
    small.at.selectbox(key="find.verdict.schedule").set_value("own_formula")
    small.run()
    small.at.text_input(key="find.verdict.own_formula.shape.formula").set_value("peak * (1 - p) ** 2")
    small.run()
    press(small, "Verdict: train at every rate")
    (job,) = jobs(home, "verdict")
    assert job.request["schedule"]["parameters"]["formula"] == "peak * (1 - p) ** 2"
    assert job.state == "done"
    small.at.selectbox(key="find.verdict.schedule").set_value("cosine")
    small.run()
    small.at.selectbox(key="find.verdict.schedule").set_value("own_formula")
    small.run()
    assert small.at.text_input(key="find.verdict.own_formula.shape.formula").value == "peak * (1 - p) ** 2"


def measured_job(kind, losses, **request):
    """A finished run of that kind whose row has these losses, (rates + 1, seeds), the first at rest."""
    checked = requests.check(
        {
            "kind": kind,
            "data": {"builtin": "iris"},
            "rates": 3,
            "low": 1e-3,
            "high": 0.1,
            "seeds": [0, 1, 2],
            "updates": 20,
            **request,
        }
    )
    result = {"rows": [{"losses": losses} for _ in request.get("values", [0])], "suggestions": None}
    return SimpleNamespace(
        id="one", kind=kind, name="one", request=checked, state="done", ended=True, result=result, message=""
    )


NOISE = [[1.0, 1.1, 0.9], [1.0, 1.1, 0.9], [0.98, 1.08, 0.9], [1.1, 1.0, 1.2]]
SIGNAL = [[1.0, 1.01, 0.99], [0.9, 0.91, 0.92], [0.2, 0.21, 0.22], [0.5, 0.52, 0.51]]
MAP = {"along": "weight_decay", "values": [0.0, 1e-2]}


@pytest.mark.parametrize(("kind", "more"), [("verdict", {}), ("map", MAP)])
def test_runs_and_reports_name_a_best_rate_only_where_one_is_known(kind, more):
    lost, won = (measured_job(kind, losses, **more) for losses in (NOISE, SIGNAL))
    assert proof_kept.answer(lost) == "no answer"
    assert proof_kept.training(lost) is None
    _, sentences, figure, _ = proof_kept.report(lost, {})
    assert "no rate is known to be better than another" in sentences[0]
    assert not [trace for trace in figure["data"] if str(trace.get("name")).startswith("best")]
    assert proof_kept.answer(won).startswith("best 1e-2")
    assert proof_kept.training(won)["kind"] == "train"
    assert proof_kept.report(won, {})[1][0].startswith("Best is 1e-2")


def test_the_best_region_is_told_as_it_is_made():
    near = [[1.0, 1.01, 0.99], [0.9, 0.91, 0.92], [0.2, 0.21, 0.22], [0.21, 0.22, 0.23]]  # worse with every seed
    (found,) = verdict_result.rows(measured_job("verdict", near), {})
    assert verdict_result.outcome(found) == (
        "Best is 1e-2. From 1e-2 to 0.1 training gains at least 95 % of what it gains there, or differs by no more "
        "than the noise of 3 seeds."
    )


def test_a_map_over_schedules_names_no_other_schedule(small, home):
    small.at.selectbox(key="find.verdict.schedule").set_value("step")
    small.run()
    press(small, "Draw the map")
    (job,) = jobs(home, "map")
    assert "Step" not in job.name
    assert f"{len(job.request['values'])} schedules, 20 updates" in job.name
    assert "of Step" not in verdict_result.holds(job, {})
    assert "of Step" in verdict_result.holds(
        replace(job, request={**job.request, "along": "batch_size", "values": [16]}), {}
    )


def test_a_stopped_recommendation_takes_its_candidates_home(small, home):
    press(small, "Recommend a rate")
    (job,) = jobs(home, "recommend")
    arrays = Store.open(home).metrics(job.id, owner="local").arrays
    stopped = replace(job, state="cancelled", result=None)
    _, sentences, _, (titles, cells) = proof_kept.report(stopped, arrays)
    assert sentences == ["It has not come to an answer."]
    assert len(cells) == len(job.result["trials"]) > 2
    assert len(cells[0]) == len(titles) == 4
    assert cells == proof_kept.report(job, arrays)[3][1]
