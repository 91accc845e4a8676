"""The Dockerfile, read and tried as far as that goes without a Docker engine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
COPIED = [source for line in LINES if line.startswith("COPY ") for source in line.split()[1:-1]]
KNOWN = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


def value(instruction):
    (line,) = [line for line in LINES if line.startswith(f"{instruction} ")]
    return line.removeprefix(f"{instruction} ")


def test_every_line_is_an_instruction():
    assert {line.split()[0] for line in LINES} <= KNOWN


def test_it_is_slim_runs_as_a_user_and_keeps_data_in_a_volume():
    assert re.fullmatch(r"python:3\.\d+-slim", value("FROM"))
    assert value("USER") not in ("root", "0")
    assert value("VOLUME") == "/data"
    assert "RATESCOPE_HOME=/data" in value("ENV")
    assert value("ARG") == 'TORCH_INDEX=""'
    assert "/_stcore/health" in value("HEALTHCHECK")


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_exists_and_is_let_through(source):
    assert (ROOT / source).exists()
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[0] == "*"
    assert f"!{source}" in ignore


def test_every_package_of_the_product_is_copied():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "parity", "tests"}
    assert packages | {"app.py", "requirements.txt", ".streamlit"} <= set(COPIED)


def test_the_copied_files_alone_make_the_app_start(tmp_path):
    """The image's own steps: only what COPY names, the build's python line, then the app's imports."""
    for source in COPIED:
        (tmp_path / source).symlink_to(ROOT / source)
    code = "import runpy; runpy.run_module('ui.live_chart', run_name='__main__'); import ui.frame"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path), "RATESCOPE_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_the_command_and_the_health_check_are_lists():
    assert json.loads(value("CMD"))[:3] == ["streamlit", "run", "app.py"]
    assert json.loads(value("HEALTHCHECK").split("CMD ")[1])[0] == "python"
