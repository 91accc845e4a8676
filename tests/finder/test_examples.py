import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "examples").glob("*.py") if path.stem != "__init__")


def test_every_example_is_executed_by_make_parity():
    assert sorted((ROOT / "parity" / "examples.txt").read_text().split()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_where_its_library_is_installed(name, capsys):
    pytest.importorskip("lightning")
    importlib.import_module(f"examples.{name}").main()
    assert "everything restored: True" in capsys.readouterr().out
