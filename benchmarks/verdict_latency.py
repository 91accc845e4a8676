"""A verdict on digits in a real Chromium: from the click to the first points of its curve, and to its end.

The app runs as anybody starts it, in a data folder of its own: 24 rates x 3 seeds x 600 updates of an MLP 64-64 at
batch 64, and the range test before it. The first click also finds the data unprepared. Beside what the page shows stand
the seconds in which the run waited and worked, as the store has them. Aimed at: first points within 1 s, training
within 4 s on two cores. Needs the packages of requirements-dev.txt and a Chromium; takes a minute.
"""

import os
from typing import Any

from benchmarks.slider_latency import app

CLICKS = 4
# Resolves to the milliseconds from the click to the first frame with a curve of two rates or more, and to the end.
WATCH = """() => {
    window.took = new Promise((resolve) => addEventListener('click', () => {
        const clicked = performance.now()
        const old = document.querySelector('[class*="st-key-verdict"]')?.className
        let first
        const look = () => {
            const chart = [...document.querySelectorAll('.live-chart-plot')].at(-1)
            const lines = [...(chart?.querySelectorAll('.js-line') ?? [])].map((line) => line.getAttribute('d') ?? '')
            const begun = lines.some((line) => line.split(/[LCHV]/).length > 3)
            const words = begun ? document.body.innerText : '' // which takes the browser long to tell
            const running = /Waiting for a free place|Running|Stop$/.test(words)
            if (!first && begun && running) first = performance.now()
            if (first && /Best is/.test(words) && !running) resolve([first - clicked, performance.now() - clicked])
            else setTimeout(look, first ? 100 : 20)
        }
        setTimeout(look, 20)
    }, { capture: true, once: true }))
}"""


def main() -> None:
    """Start the app and a browser, click, measure, print."""
    with app() as (url, home, _server, browser):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}/")
        for number in range(CLICKS):
            click(page, home, number)


def click(page: Any, home: str, number: int) -> None:
    """Click and print what it took."""
    from jobs.store import Store

    button = page.get_by_role("button", name="Verdict: train at every rate")
    button.wait_for()
    page.wait_for_timeout(5000)  # as a person does who reads; the worker has torch loaded by then
    page.evaluate(WATCH)
    button.click()
    first, end = page.evaluate("took")
    store = Store.open(home)
    job = store.jobs(owner="local")[0]
    store.close()
    assert job.started is not None
    assert job.finished is not None
    assert job.result is not None
    print(
        f"  click {number + 1}: first points after {first / 1000:.2f} s, the end after {end / 1000:.2f} s; waited"
        f" {job.started - job.created:.2f} s, worked {job.finished - job.started:.2f} s, of that"
        f" {job.result['seconds']:.2f} s in the work itself; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
