"""The verdict in a real browser: from the click to a live curve, to the regrets, and the best rate on Train."""

import re

import pytest

from jobs.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HANG_MILLISECONDS = 90_000  # the first run also waits until torch is loaded
LINES = "[...document.querySelectorAll('.live-chart-plot .js-line')].map(line => line.getAttribute('d') ?? '')"


@pytest.fixture
def url(serve, home):
    # What this visitor chose last time: little to do.
    store = Store.open(home)
    chosen = {"verdict.updates": 200, "verdict.rates": 12, "verdict.seeds": 2, "verdict.schedule": "cosine"}
    store.remember("local", "find", {"model": "mlp_16", **chosen})
    store.close()
    return serve("app.py", {"RATESCOPE_HOME": str(home)})


def test_from_the_click_to_the_regrets_and_to_train(page, url, home):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(HANG_MILLISECONDS)
    page.goto(url)
    page.get_by_role("button", name="Verdict: train at every rate").click()

    # Points of the curve are there before the end ...
    page.wait_for_function(f"{LINES}.some(line => line.split(/[LCHV]/).length > 3)")
    # ... and then who was right, the best first.
    page.get_by_text(re.compile("^Best is")).wait_for()
    page.get_by_text("Regret: 0 is the best rate measured").wait_for()
    (job,) = [job for job in Store.open(home).jobs(owner="local") if job.kind == "verdict"]
    assert job.state == "done"
    assert job.name.split(" · ")[:2] == ["digits", "MLP 16"]
    regrets = job.result["rows"][0]["regret"]
    assert regrets
    assert all(value >= 0 for value in regrets.values())
    names = page.evaluate("document.querySelector('.live-chart-plot').data.map(trace => trace.name ?? '')")
    assert {"mean of 2 seeds", "valley"} <= set(names)

    page.get_by_role("button", name="Take to Train").last.click()
    page.get_by_role("heading", name="Train").first.wait_for()
    page.get_by_role("spinbutton", name="Updates").first.wait_for()
    assert page.get_by_role("spinbutton", name="Updates").first.input_value() == "200"
    assert not errors
