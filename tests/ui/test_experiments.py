"""Super-convergence with one press: two trainings, one figure, and a sentence that says what came out."""

import numpy as np
import pytest

from jobs import requests
from jobs.store import Store
from ui import experiments


def test_both_trainings_are_allowed_and_one_is_four_times_as_long():
    short, long = (requests.check(request) for request, _ in experiments.both(100, 0.5))
    assert (short["updates"], long["updates"]) == (100, 400)
    assert short["schedules"][0]["parameters"]["peak"] == 0.5
    assert [entry["schedules"][0]["schedule"] for entry in (short, long)] == ["one_cycle", "multistep"]


def test_one_press_runs_both_and_says_what_came_out(app, home):
    app.open("train")
    app.at.segmented_control(key="experiments.updates").set_value(100)
    app.run()
    app.at.button(key="experiments.run").click()
    app.run()
    jobs = Store.open(home).jobs(owner="local")
    assert {(job.name, job.state) for job in jobs} == {
        ("Super-convergence · one cycle", "done"),
        ("Super-convergence · step decay", "done"),
    }
    by_length = {job.request["updates"]: [row["test_metric"] for row in job.result["rows"]] for job in jobs}
    assert f"**{np.mean(by_length[100]):.1%}** after 100 updates of one cycle" in app.words().replace(" %", "%")
    figure = app.figures()[-1]
    assert {"one cycle, 100 updates", "step decay, 400 updates"} <= {
        str(trace.get("legendgroup") or trace.get("name")) for trace in figure["data"]
    } | {str(trace.get("name")) for trace in figure["data"]}


@pytest.mark.parametrize(
    ("short", "long", "said"),
    [(0.93, 0.934, "as good"), (0.92, 0.93, "stays behind"), (None, 0.9, "One of the two has no result.")],
)
def test_the_sentence_follows_the_test_accuracy(short, long, said):
    class Job:
        def __init__(self, updates, metric):
            self.request = {"updates": updates}
            self.result = {"rows": [{"test_metric": metric}]}

    assert said in experiments.outcome([Job(100, short), Job(400, long)])
