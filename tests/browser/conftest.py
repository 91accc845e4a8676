"""Fixtures for tests in a real browser: `serve(script, env) -> url` starts an app, `page` is a Chromium tab."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_SECONDS = 60
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, env=None, base="") -> url`: run a Streamlit script on a free port until the session of tests ends.

    The same script with the same environment is started once. `base` is Streamlit's server.baseUrlPath.
    """
    from ui.live_chart import library

    running: dict[object, tuple[subprocess.Popen[bytes], str]] = {}

    def start(script: str | Path, env: dict[str, str] | None = None, base: str = "") -> str:
        path = (ROOT / script).resolve()
        known = (path, base, tuple(sorted((env or {}).items())))
        if known in running:
            return running[known][1]
        library.install()
        static = path.parent / "static"  # Streamlit serves the folder beside the script
        if not static.exists():
            static.symlink_to(library.STATIC, target_is_directory=True)
        port = _free_port()
        log = tmp_path_factory.mktemp("streamlit") / "log.txt"
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(path),
            f"--server.port={port}",
            "--server.address=127.0.0.1",
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **(env or {})}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, f"--server.baseUrlPath={base}"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        url = f"http://127.0.0.1:{port}/" + (f"{base}/" if base else "")
        running[known] = (process, url)
        _wait_until_healthy(process, url, log)
        return url

    yield start
    for process, _ in running.values():
        process.terminate()
    for process, _ in running.values():
        process.wait(timeout=START_LIMIT_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"no answer from {url}: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium: $RATESCOPE_CHROMIUM, the system's, or Playwright's own."""
    from playwright import sync_api as api

    system = os.environ.get("RATESCOPE_CHROMIUM") or shutil.which("chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one app for all tests that store nothing: a process for each would fill the machine's memory."""
    home = tmp_path_factory.mktemp("explore") / "home"
    yield serve("app.py", {"RATESCOPE_HOME": str(home)})
    _end_supervisor(home)


def _end_supervisor(home: Path) -> None:
    lock = home / "supervisor.lock"
    if lock.exists():
        os.kill(int(lock.read_text()), signal.SIGTERM)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A data folder, whose supervisor ends with the test."""
    yield tmp_path / "home"
    _end_supervisor(tmp_path / "home")


@pytest.fixture
def page(browser: object, request: pytest.FixtureRequest) -> Iterator[object]:
    """A fresh tab of 1280 x 900; `parametrize("page", [{"color_scheme": "dark"}], indirect=True)` for another."""
    options = {"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
