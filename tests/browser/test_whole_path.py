"""The main job in a real browser: from a CSV of one's own to a learning rate, to a training, to Runs."""

import re

import pytest

from data.samples import sample_csv
from jobs.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HANG_MILLISECONDS = 60_000  # the first run also waits until torch is loaded
DRAWN = "document.querySelector('.js-plotly-plot')?.data"


@pytest.fixture
def url(serve, home):
    # What this visitor chose last time: a training slow enough to be seen growing.
    store = Store.open(home)
    store.remember("local", "train", {"updates": 400, "pace": 50})
    store.close()
    return serve("app.py", {"RATESCOPE_HOME": str(home)})


def settled(page):
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    )


def go(page, name):
    page.get_by_role("link", name=re.compile(rf"{name}$")).first.click()
    page.get_by_role("heading", name=re.compile(name)).first.wait_for()
    settled(page)


REACHED = """() => Math.max(0, ...(document.querySelector('.js-plotly-plot')?.data ?? [])
    .filter(trace => trace.meta?.updates?.bdata !== undefined && trace.yaxis !== 'y' && trace.yaxis !== 'y2')
    .map(trace => {
        const bytes = Uint8Array.from(atob(trace.x.bdata), letter => letter.charCodeAt(0)).buffer
        const numbers = trace.x.dtype === 'f4' ? new Float32Array(bytes) : new Float64Array(bytes)
        return Math.max(0, ...numbers.filter(Number.isFinite))
    }))"""


def test_from_a_csv_to_a_rate_to_a_training_to_runs(page, url):
    outside = []
    page.on("request", lambda request: outside.append(request.url) if not local(request.url) else None)
    page.set_default_timeout(HANG_MILLISECONDS)
    page.goto(url)
    settled(page)

    go(page, "Data")
    page.get_by_role("radio", name="My CSV").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "houses.csv", "mimeType": "text/csv", "buffer": sample_csv()}
    )
    page.get_by_text("Target: what to predict").wait_for()
    settled(page)

    go(page, "Find")
    page.get_by_text("houses.csv").first.wait_for()
    page.get_by_role("button", name="Find the learning rate").click()
    page.get_by_role("button", name="Take to Train").nth(3).wait_for()
    page.wait_for_function(
        f"""['minimum', 'steep', 'valley', 'slide'].every(rule => {DRAWN}?.some(
            trace => trace.name?.startsWith(rule + ' ') && trace.mode === 'markers'))"""
    )
    row = page.get_by_text(re.compile(r"^valley"))
    assert row.count() >= 1

    page.get_by_role("button", name="Take to Train").nth(2).click()
    page.get_by_text("taken from Find").wait_for()
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    reached = 0
    for _ in range(3):
        page.wait_for_function(f"before => ({REACHED})() > before", arg=reached)
        before, reached = reached, page.evaluate(f"({REACHED})()")
        assert before < reached < 400

    page.reload()
    settled(page)
    page.get_by_text("Mean ± standard deviation").wait_for()
    assert page.evaluate(f"({REACHED})()") == 400

    go(page, "Runs")
    page.get_by_text("houses.csv · 1cycle (fastai)").first.wait_for(state="attached")  # the table is a canvas
    assert outside == []


def local(url):
    return url.startswith(("http://127.0.0.1", "data:", "blob:"))


def test_where_browsers_are_owners_each_keeps_its_own_over_a_reload(page, browser, serve, home):
    url = serve("app.py", {"RATESCOPE_HOME": str(home), "RATESCOPE_OWNERS": "browser"})
    page.goto(url)
    settled(page)
    page.wait_for_function("document.cookie.includes('ratescope_owner=')")
    mine = owner_of(page)
    page.reload()
    settled(page)
    assert owner_of(page) == mine
    go(page, "Data")  # which remembers what is chosen there, for its owner
    other = browser.new_context()
    stranger = other.new_page()
    stranger.goto(url)
    stranger.wait_for_function("document.cookie.includes('ratescope_owner=')")
    assert owner_of(stranger) != mine
    other.close()


def owner_of(page):
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "ratescope_owner")
