"""Explore in a real Chromium: frames a second while a slider is dragged, and from key press to changed chart.

The drag is over 2,000 points with one and with eight curves; it counts the frames that the page drew, those with a
changed curve, and the websocket frames that were sent (there should be none). The pointer moves once for each frame, as
far as this machine's driver gets. From the press of a key to the first frame with the changed chart thirteen things
are timed, zoomed in: a key that turns the axis logarithmic, one that lets it count epochs, Enter on another schedule,
after a peak was typed, after another length of the run was, after a formula was, and after the text of a nested
combination was, a key that hides a curve, one on a preset, which has other curves and another number of them, one on
the step calculator's button, and what a typed number makes of a tool's own chart: where a run is stopped, AdamW's
weight decay, and the groups of layers. All these the browser draws before the server answers. With them stand the bytes
that the browser got for each and the processor time that the server took, which other work on the machine changes less.
Needs the packages of requirements-dev.txt and a Chromium; takes ten minutes.
"""

import math
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SECONDS, PRESSES, UPDATES = 4, 30, 2000
NAMES = ("one_cycle", "cosine_restarts", "torch_one_cycle", "polynomial", "cyclic", "wsd", "step", "cosine_warmup")
TARGETS = {1: (60, 80), 8: (90, 120)}
# The first curve, where it is not a one-cycle schedule.
BEGINNINGS = {
    "a hidden curve": "c=one_cycle,peak=0.1",
    "a formula": "c=own_formula",
    "a preset": "c=one_cycle,peak=0.1",
    "the text of a combination": "c=combined",
    "a tool's button": "c=one_cycle,peak=0.1",
    "a resumed run": "c=one_cycle,peak=0.1",
    "another weight decay": "c=one_cycle,peak=0.1",
    "another number of groups": "c=one_cycle,peak=0.1",
}
PLOT = "document.querySelector('.live-chart-plot')"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WATCH = f"""() => {{
    const lines = () => [...{PLOT}.querySelectorAll('.js-line')].map((line) => line.getAttribute('d')).join()
    let before = lines()
    window.watched = {{ frames: 0, changed: 0, gaps: [] }}
    let last
    const look = (now) => {{
        watched.frames += 1
        if (last) watched.gaps.push(now - last)
        last = now
        const line = lines()
        if (line !== before) watched.changed += 1
        before = line
        watching = requestAnimationFrame(look)
    }}
    let watching = requestAnimationFrame(look)
    window.stopWatching = () => (cancelAnimationFrame(watching), watched)
}}"""
TIME = f"""(look) => {{
    const line = () => {PLOT}.querySelector('.js-line')?.getAttribute('d')
    const axes = () => {PLOT}._fullLayout
    const last = () => [...document.querySelectorAll('.live-chart-plot')].at(-1)
    const state = {{ axis: () => axes().yaxis.type, curve: line, unit: () => axes().xaxis.title.text,
        count: () => {PLOT}.data.length, tool: () => last().querySelector('.js-line:last-child')?.getAttribute('d'),
        groups: () => last().querySelectorAll('.js-line').length }}[look]
    const before = state()
    window.took = new Promise((resolve) => addEventListener('keydown', () => {{
        const pressed = performance.now()
        const look = () => (state() === before ? requestAnimationFrame(look) : resolve(performance.now() - pressed))
        look()
    }}, {{ capture: true, once: true }}))
}}"""


@contextmanager
def app() -> Iterator[tuple[str, str, int, Any]]:
    """Start the app, in a data folder of its own, and a browser; give (url, folder, the server's process, browser)."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}",
             "--server.address=127.0.0.1", "--server.headless=true"],
            cwd=ROOT, env={**os.environ, "RATESCOPE_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await(f"http://127.0.0.1:{port}/_stcore/health")
            with sync_playwright() as playwright:
                system = os.environ.get("RATESCOPE_CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
                yield f"http://127.0.0.1:{port}", home, server.pid, browser
                browser.close()
        finally:
            server.terminate()
            server.wait()
            lock = Path(home) / "supervisor.lock"
            if lock.exists():
                os.kill(int(lock.read_text()), signal.SIGTERM)


def main() -> None:
    """Start the app and a browser of its own, measure, print."""
    with app() as (url, _home, server, browser):
        for count in TARGETS:
            curves = "&".join(f"c={name}" + (",peak=0.1" if name != "noam" else "") for name in NAMES[:count])
            measure(browser, f"{url}/explore?{curves}&updates={UPDATES}", count, server)


def measure(browser: Any, url: str, curves: int, server: int) -> None:
    """Print what one picture gives; `server` is the process."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sent: list[object] = []
    received: list[int] = []

    def send(payload: object) -> None:
        sent.append(payload)

    def receive(payload: bytes) -> None:
        received.append(len(payload))

    page.on("websocket", lambda socket: (socket.on("framesent", send), socket.on("framereceived", receive)))
    _open(page, url, curves)
    print(f"{curves} curve{'s' if curves > 1 else ''} of {UPDATES:,} points; load {os.getloadavg()[0]:.1f}")
    for name in ("Warm-up", "Peak"):
        drag(page, name, sent)
    page.evaluate(f"() => Plotly.relayout({PLOT}, {{'xaxis.range': [100, 900]}})")
    for what, look, key, prepare in (
        ("a logarithmic axis", "axis", "Space", _to_axis),
        ("a typed number", "curve", "Enter", _to_number),
        ("another schedule", "curve", "Enter", _to_schedule),
        ("another unit", "unit", "Space", _to_unit),
        ("another length", "curve", "Enter", _to_length),
        ("a hidden curve", "count", "Space", _to_hidden),
        ("a formula", "curve", "Enter", _to_formula),
        ("a preset", "curve", "Enter", _to_preset),
        ("the text of a combination", "curve", "Enter", _to_combination),
        ("a tool's button", "curve", "Enter", _to_used),
        ("a resumed run", "tool", "Enter", _to_resumed),
        ("another weight decay", "tool", "Enter", _to_decay),
        ("another number of groups", "groups", "Enter", _to_groups),
    ):
        if begin := BEGINNINGS.get(what.split(",")[0]):
            _open(page, url.replace("c=one_cycle,peak=0.1", begin), curves)
            page.evaluate(f"() => Plotly.relayout({PLOT}, {{'xaxis.range': [100, 900]}})")
        times, bytes_each, spent = [], [], _seconds(server)
        for press in range(PRESSES):
            prepare(page, press)
            page.wait_for_timeout(300)
            page.evaluate(TIME, look)
            received.clear()
            page.keyboard.press(key)
            times.append(page.evaluate("took"))
            page.wait_for_timeout(300)
            bytes_each.append(sum(received))
        median, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        zoom = page.evaluate(f"{PLOT}._fullLayout.xaxis.range")
        print(
            f"  key to changed chart, {what}: median {median:.0f} ms, 95th percentile {late:.0f} ms (targets"
            f" {TARGETS[curves][0]} and {TARGETS[curves][1]}), {PRESSES} presses;"
            f" {statistics.median(bytes_each) / 1000:.0f} kB each,"
            f" {1000 * (_seconds(server) - spent) / PRESSES:.0f} ms of the server's processor;"
            f" zoom kept: {all(map(math.isclose, zoom, (100, 900)))}"
        )
    page.context.close()


def _open(page: Any, url: str, curves: int) -> None:
    page.goto(url)
    page.wait_for_function(f"{PLOT}?.data?.length >= {curves} && document.querySelector('.dial-range')")
    page.wait_for_timeout(2000)


def _to_axis(page: Any, press: int) -> None:
    name = "Linear" if press % 2 else "Logarithmic"
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.focus()


def _to_unit(page: Any, press: int) -> None:
    name = "Updates" if press % 2 else "Epochs"
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.focus()


def _to_schedule(page: Any, press: int) -> None:
    page.get_by_role("combobox", name="Schedule of curve 1").fill("1cycle (fastai)" if press % 2 else "Cosine decay")
    page.keyboard.press("ArrowDown")


def _to_length(page: Any, press: int) -> None:
    page.get_by_role("spinbutton", name="Updates").fill(str(UPDATES + 1 + press))


def _to_formula(page: Any, press: int) -> None:
    page.get_by_role("textbox", name="Formula").fill(f"1 - 0.{500 + press} * p")


def _to_hidden(page: Any, press: int) -> None:
    if press == 0:
        page.get_by_role("button", name="More").first.click()
    shown = page.get_by_label("Show in the chart")
    shown.wait_for(state="attached")
    page.wait_for_timeout(300)
    shown.focus()


def _to_combination(page: Any, press: int) -> None:
    text = (
        f"0.{10 + press} drawn points:(0:0 1:1) then 0.{90 - press} combined segments:(cosine times wsd shape:cosine)"
    )
    page.get_by_role("textbox", name="Parts").fill(text)


def _to_used(page: Any, press: int) -> None:
    if press == 0:
        page.get_by_text("Steps", exact=True).click()
    page.get_by_role("spinbutton", name="Training rows").fill(str(13_000 + 64 * press))
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Use for the picture").focus()


def _to_resumed(page: Any, press: int) -> None:
    if press == 0:
        page.get_by_text("Resume", exact=True).click()
    page.get_by_role("spinbutton", name="Stopped before update").fill(str(500 + 10 * press))


def _to_decay(page: Any, press: int) -> None:
    if press == 0:
        page.get_by_text("Theory", exact=True).click()
    page.get_by_role("spinbutton", name="Weight decay").fill(f"0.{11 + press}")


def _to_groups(page: Any, press: int) -> None:
    if press == 0:
        page.get_by_text("Layer rates", exact=True).click()
    page.get_by_role("spinbutton", name="Groups").fill(str(2 + press % 3))


def _to_preset(page: Any, press: int) -> None:
    page.get_by_role("button", name="Warm-up" if press % 2 else "How steps compare", exact=True).focus()


def _to_number(page: Any, press: int) -> None:
    page.get_by_role("textbox", name="Peak, exactly").first.fill(f"{0.11 + press / 1000:.3f}")


def _seconds(process: int) -> float:
    """Return the processor time that a process has taken; 0 where the system does not say it in /proc."""
    times = Path(f"/proc/{process}/stat")
    if not times.exists():
        return 0.0
    user, system = times.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def drag(page: Any, name: str, sent: list[object]) -> None:
    """Drag a slider to and fro over a third of its length and print how it went."""
    slider = page.get_by_role("slider", name=name, exact=True).first
    box = slider.bounding_box()
    share = slider.evaluate("node => node.value / node.max")
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle)
    page.mouse.down()
    page.wait_for_timeout(500)
    quiet, begun, moves = len(sent), time.perf_counter(), 0
    page.evaluate(WATCH)
    while (passed := time.perf_counter() - begun) < SECONDS:
        page.mouse.move(box["x"] + box["width"] * (share + 0.15 * math.sin(2 * math.pi * passed / 2)), middle)
        moves += 1
    watched = page.evaluate("stopWatching()")
    late = statistics.quantiles(watched["gaps"], n=20)[-1]
    print(
        f"  {name}: {watched['frames'] / passed:.0f} frames a second (95th percentile between two {late:.0f} ms),"
        f" {watched['changed'] / passed:.0f} with another curve for {moves / passed:.0f} moves of the pointer a second;"
        f" {len(sent) - quiet} websocket frames"
    )
    page.mouse.up()
    page.wait_for_timeout(1000)


def _await(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {url}")


if __name__ == "__main__":
    main()
