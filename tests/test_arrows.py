"""The arrows of ARCHITECTURE.md: who may import whom, read from the source and not from the running program."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"words", "schedulers", "data", "training", "finder", "jobs", "figures", "ui"}
ALLOWED = {
    "words": set(),
    "schedulers": {"words", "figures"},
    "data": {"words"},
    "training": {"words", "data"},
    "finder": {"words", "schedulers", "training", "data", "figures"},
    "jobs": {"words", "schedulers", "finder", "training", "data"},
    "figures": {"words"},
    "ui": OURS,
}
# Inside functions only, where the reader of a page never comes.
MAY_IMPORT_TORCH = {
    "finder/batches.py",
    "finder/kept.py",
    "finder/lr_find.py",
    "finder/own_critical.py",
    "finder/trial.py",
    "finder/verdict.py",
    "jobs/process.py",
    "schedulers/as_torch.py",
}
# The parts of training that import no torch, which the web process may load.
TORCHLESS = ("options", "decode")
FILES = sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py"))


def _for_types_only(node: ast.AST) -> bool:
    """Say whether this is an `if TYPE_CHECKING:`, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports(path: Path) -> set[tuple[str, bool]]:
    """Return (dotted name, whether at the top of the file) for every absolute import."""
    found = set()
    tree = ast.parse(path.read_text())
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.Lambda)) or _for_types_only(function)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        top = id(node) not in inside
        if isinstance(node, ast.Import):
            found |= {(alias.name, top) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add((node.module or "", top))
            found |= {(f"{node.module}.{alias.name}", top) for alias in node.names}
    return found


def test_every_folder_of_the_product_is_checked():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks"}
    assert packages == OURS
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_where_the_arrows_point(path):
    where = path.relative_to(ROOT)
    folder = where.parts[0]
    for name, top in imports(path):
        package = name.split(".")[0]
        if package in OURS - {folder}:
            assert package in ALLOWED[folder], f"{where} imports {name}"
        if folder == "ui" and package == "training":
            torchless = any(f"{name}.".startswith(f"training.{part}.") for part in TORCHLESS)
            assert torchless or name == "training", f"{where}: {name}"
        if package == "torch":
            assert folder == "training" or (str(where) in MAY_IMPORT_TORCH and not top), f"{where} imports torch"
            assert str(where) not in {f"training/{part}.py" for part in TORCHLESS}
        if package == "streamlit":
            assert folder == "ui", f"{where} imports streamlit"
        if package == "plotly":
            assert not top or folder == "ui", f"{where} imports plotly at the top"
        if package == "sqlalchemy":
            assert folder == "jobs", f"{where} holds SQL"


def test_app_only_configures_and_navigates():
    assert {name.split(".")[0] for name, _ in imports(ROOT / "app.py")} == {"streamlit", "ui"}
