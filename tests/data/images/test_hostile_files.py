"""Every hostile archive, image and row is refused with its own sentence, in little memory, with nothing written."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("hostile.py")
HANG_SECONDS = 120

specification = importlib.util.spec_from_file_location("hostile", SCRIPT)
hostile = importlib.util.module_from_spec(specification)
specification.loader.exec_module(hostile)
CORPUS = hostile.corpus()


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    """What one process that reads them all says, with every folder that it could take for its own under watch."""
    folder = tmp_path_factory.mktemp("reader")
    places = {name: str(folder) for name in ("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME")}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
                   "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **places}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout) | {"left": [str(path) for path in folder.rglob("*")]}


def test_the_corpus_is_large():
    assert len(hostile.ARCHIVES) >= 30
    assert len(CORPUS) >= 70


@pytest.mark.parametrize("name", CORPUS)
def test_is_refused_with_its_sentence(answer, name):
    assert answer["refusals"][name] == CORPUS[name].sentence


def test_nothing_is_written(answer):
    assert answer["written"] == []
    assert answer["left"] == []
