"""What the process that serves the pages must not do, and how it is configured."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

VISIT = """
import sys
from streamlit.testing.v1 import AppTest
from jobs import supervisor
supervisor.ensure = lambda: None
at = AppTest.from_file("app.py", default_timeout=60).run()
for page in ("data", "explore", "train", "runs", "find"):
    at.switch_page(f"ui/pages/{page}.py").run()
    assert not at.exception, (page, at.exception)
next(button for button in at.button if button.label == "Find the learning rate").click()
at.run()
assert not at.exception
assert "torch" not in sys.modules, "torch was imported"
"""


def test_no_page_imports_torch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", VISIT], check=False, cwd=ROOT, capture_output=True, text=True, timeout=240,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "RATESCOPE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize(
    ("section", "option", "wanted"),
    [
        ("runner", "postScriptGC", False),
        ("browser", "gatherUsageStats", False),
        ("client", "showErrorDetails", "none"),
        ("client", "showErrorLinks", False),
        ("server", "maxUploadSize", 100),
        ("server", "enableStaticServing", True),
    ],
)
def test_the_configuration_holds(section, option, wanted):
    assert tomllib.loads((ROOT / ".streamlit/config.toml").read_text())[section][option] == wanted


def test_streamlit_still_knows_the_hidden_option():
    """`runner.postScriptGC` is hidden; were it gone, every rerun would pay for a full collection again."""
    from streamlit import config
    from streamlit.runtime.scriptrunner import script_runner

    assert config.get_options_for_section("runner")["postScriptGC"] is not None
    assert "postScriptGC" in Path(script_runner.__file__).read_text()


def test_versions_are_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
        assert all("==" in line for line in lines), name
    pinned = (ROOT / "requirements.txt").read_text()
    assert {"streamlit==1.67.0", "plotly==7.1.0", "torch==2.13.0"} <= set(pinned.split())
