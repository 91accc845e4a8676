from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "examples").glob("*.py") if path.stem != "__init__")


def test_every_example_is_executed_by_make_parity():
    assert sorted((ROOT / "parity" / "examples.txt").read_text().split()) == NAMES
