"""Adding a schedule is one declaration, the README's: the suites of the whole catalogue then hold for it as it stands.

The declaration is taken from the README and entered before pytest collects; the catalogue's own tests, which nobody
changed, then find it. What it means to the eye and on the page is read here.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import schedulers
from schedulers import CATALOGUE
from words import Refusal

ROOT = Path(__file__).parents[2]
HANG_SECONDS = 300
# What each suite shows of a schedule that was only declared, and the least number of its tests that must find it.
SUITES = {
    "tests/schedulers/test_catalogue_contract.py": 9,  # its bounds, its words, its sentences
    "tests/schedulers/test_properties.py": 6,  # finite, never above the peak, from 1 update to a million
    "tests/schedulers/test_symbols.py": 1,  # LaTeX and JavaScript
    "tests/schedulers/test_export.py": 2,  # source that stands alone
    "tests/schedulers/test_export_code.py": 2,  # code for the libraries, executed
    "tests/schedulers/test_as_torch.py": 2,  # a torch scheduler that resumes
    "tests/schedulers/test_command_line.py": 1,  # its options and their help
    "tests/ui/test_controls.py": 1,  # its controls
}


def declaration():
    """Return the code of the README's section on adding a schedule."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Add a schedule\n")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return code


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Declare the README's schedule as anybody would, in a file of its own, and take it back after the test."""
    known = set(CATALOGUE)
    (tmp_path / "readmes_schedule.py").write_text(declaration(), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("readmes_schedule")
    (name,) = set(CATALOGUE) - known
    yield CATALOGUE[name]
    del CATALOGUE[name], sys.modules["readmes_schedule"]


def test_it_has_its_curve_and_refuses_in_its_own_words(added):
    np.testing.assert_allclose(added.rates(4, peak=0.2), 0.2 * np.sqrt([1, 0.75, 0.5, 0.25]), rtol=1e-12)
    with pytest.raises(Refusal, match=r"^Square root decay: peak \(learning rate\) must be 0 to 10, got 11\.$"):
        added.rates(4, peak=11)


def test_the_page_offers_it_draws_it_and_gives_its_code(added, monkeypatch, tmp_path):
    monkeypatch.setenv("RATESCOPE_HOME", str(tmp_path / "home"))
    at = AppTest.from_file(ROOT / "ui" / "pages" / "explore.py", default_timeout=60)
    at.query_params["c"] = f"{added.name},peak=0.2"
    at.session_state["explore.tool"] = "Code"
    at.run()
    assert not at.exception
    assert not at.warning
    assert added.title in at.selectbox(key="explore.add").options
    drawn = str([element.proto for element in at.get("bidi_component")])
    for word in (added.title, added.params[0].title, added.params[0].help):
        assert word in drawn
    assert added.about in [caption.value for caption in at.caption]
    assert f"def {added.name}(" in at.code[0].value


@pytest.mark.slow
def test_the_suites_of_the_catalogue_find_it_and_hold(tmp_path):
    (tmp_path / "readmes_schedule.py").write_text(declaration(), encoding="utf-8")
    # What schedulers/__init__.py says of each: it is imported under its name.
    (tmp_path / "declare_it.py").write_text(
        "import schedulers\nknown = set(schedulers.CATALOGUE)\nimport readmes_schedule\n"
        "for name in set(schedulers.CATALOGUE) - known:\n"
        "    setattr(schedulers, name, schedulers.CATALOGUE[name])\n",
        encoding="utf-8",
    )
    (name,) = re.findall(r"^def (\w+)\(xp, t, T", declaration(), re.MULTILINE)
    assert not hasattr(schedulers, name)
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "declare_it", "-p", "no:cacheprovider", f"--junitxml={report}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(
        [*command, "-k", name, *SUITES], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=HANG_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert all(name in case.get("name") for case in cases)
    assert not [case.get("name") for case in cases if case.find("skipped") is not None]
    found = Counter(case.get("classname").replace(".", "/") + ".py" for case in cases)
    assert {suite: found[suite] >= least for suite, least in SUITES.items()} == dict.fromkeys(SUITES, True), found
