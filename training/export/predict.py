"""Predicts with an exported model: python predict.py rows.csv, or python predict.py image.png other.jpg ...

Needs NumPy (for images Pillow too) and either onnxruntime or torch. README.txt says more.
"""

import argparse
import csv
import importlib
import importlib.util
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent
AT_ONCE = 256  # rows
Run = Callable[[Any], Any]


def main(arguments: list[str] | None = None) -> int:
    """Print predictions as CSV; returns 0, or 2 after a sentence about what cannot be used."""
    parser = argparse.ArgumentParser(prog="predict.py", description="Predicts with an exported model.")
    parser.add_argument("files", nargs="+", help="one CSV file with a header, or images")
    parser.add_argument("--engine", choices=("auto", "onnx", "torch"), default="auto", help="what runs the model")
    parser.add_argument("--delimiter", default=",", help="what separates cells in the CSV file (default: a comma)")
    parser.add_argument("--decimal", default=".", help="the decimal mark in the CSV file (default: a point)")
    parser.add_argument("--threshold", type=float, default=0.5, help="from where on a label is given, if any may be")
    asked = parser.parse_args(arguments)
    about = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    try:
        if about["rows"] == "images":
            names, inputs = asked.files, images(asked.files)
        elif len(asked.files) > 1:
            raise ValueError(f"One CSV file is read at a time, got {len(asked.files)} files.")
        else:
            inputs = table(asked.files[0], about, asked.delimiter, asked.decimal)
            names = [str(row + 1) for row in range(len(inputs))]
        run = engine(asked.engine)
        pieces = [run(inputs[start : start + AT_ONCE]) for start in range(0, len(inputs), AT_ONCE)]
    except (ValueError, OSError, csv.Error) as error:
        print(error, file=sys.stderr)
        return 2
    outputs = np.concatenate(pieces) if pieces else np.zeros((0, about["outputs"]))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file" if about["rows"] == "images" else "row", about["target_name"], "confidence"])
    for name, (value, confidence) in zip(names, decode(outputs, about, asked.threshold), strict=True):
        writer.writerow([name, value, "" if confidence is None else f"{confidence:.6f}"])
    return 0


def table(path: str, about: dict[str, Any], delimiter: str, decimal: str) -> Any:
    """Return the inputs float32 (n, F) of a CSV file's rows; columns that the model does not know are passed over."""
    prepare, recipe = recipe_and_json()
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=delimiter, skipinitialspace=True) if any(row)]
    if not rows:
        raise ValueError(f"{path} is empty; a header and rows are needed.")
    header = [name.strip() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            raise ValueError(f"{path}, row {number}: {len(row)} cells, but the header has {len(header)}.")
    missing = set(about["missing"])
    cells = {
        name: [None if row[at].strip().lower() in missing else row[at].strip() for row in rows[1:]]
        for at, name in enumerate(header)
    }
    for entry in recipe["columns"]:
        name = entry["name"]
        if name in cells and entry["kind"] == "category":
            cells[name] = [level(cell, entry["levels"]) for cell in cells[name]]
        elif name in cells and entry["kind"] == "number" and decimal != ".":
            cells[name] = [cell and cell.replace(decimal, ".") for cell in cells[name]]
    return prepare.apply(recipe, cells)


def level(cell: str | None, levels: list[str]) -> str | None:
    """Return the cell as the levels write it where it is a number: 2.0 as 2."""
    if cell is None or cell in levels:
        return cell
    try:
        value = float(cell)
        written = str(int(value)) if value.is_integer() else str(value)
    except (ValueError, OverflowError):
        return cell
    return written if written in levels else cell


def images(paths: list[str]) -> Any:
    """Return the inputs float32 (n, C, h, w) of image files."""
    prepare, recipe = recipe_and_json()
    views = []
    for path in paths:
        try:
            canvas, sizes = prepare.apply(recipe, [Path(path).read_bytes()])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        views.append(prepare.view(recipe, canvas, sizes))
    return np.concatenate(views)


def recipe_and_json() -> tuple[Any, dict[str, Any]]:
    """Return recipe.py as a module, and what recipe.json tells it to do."""
    spec = importlib.util.spec_from_file_location("recipe", FOLDER / "recipe.py")
    assert spec is not None
    assert spec.loader is not None
    prepare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prepare)
    return prepare, json.loads((FOLDER / "recipe.json").read_text(encoding="utf-8"))


def engine(name: str) -> Run:
    """Return a function from inputs to outputs: onnxruntime's where it is there, else torch's."""
    onnx = (FOLDER / "model.onnx").exists() and importlib.util.find_spec("onnxruntime") is not None
    if name == "onnx" and not onnx:
        raise ValueError("The engine onnx needs model.onnx and the package onnxruntime.")
    if onnx and name != "torch":
        session = importlib.import_module("onnxruntime").InferenceSession(
            str(FOLDER / "model.onnx"), providers=["CPUExecutionProvider"]
        )
        return lambda inputs: session.run(None, {session.get_inputs()[0].name: inputs})[0]
    if importlib.util.find_spec("torch") is None:
        raise ValueError("Either onnxruntime or torch is needed; install one of them with pip.")
    refuse_pickles(FOLDER / "model.pt2")
    torch = importlib.import_module("torch")
    module = importlib.import_module("torch.export").load(str(FOLDER / "model.pt2")).module()
    return lambda inputs: module(torch.from_numpy(inputs)).detach().numpy()


def refuse_pickles(path: Path) -> None:
    """Stop where a .pt2 file holds anything that torch would unpickle or compiled code: ours hold neither."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename.partition("/")[2]
            pickled = name.endswith("_config.json") and b'"use_pickle": true' in archive.read(entry)
            examples = name.startswith("data/sample_inputs/") and entry.file_size > 0
            if pickled or examples or name.startswith("data/aotinductor/"):
                raise ValueError(f"{path.name} holds {name}, which may run code when it is loaded; it is not loaded.")


def decode(outputs: Any, about: dict[str, Any], threshold: float) -> list[tuple[Any, float | None]]:
    """Return each row's value (a class's name, labels joined by "; ", a number) and confidence (None for numbers)."""
    values = np.asarray(outputs, dtype=np.float64)
    names = about["class_names"]
    if about["kind"] == "number":
        return [(float(value) * about["target_scale"] + about["target_mean"], None) for value in values.reshape(-1)]
    if about["kind"] == "multi-label":
        small = np.exp(-np.abs(values))
        chances = np.where(values >= 0, 1, small) / (1 + small)
        sure = np.where(chances >= threshold, chances, 1 - chances).min(axis=1)
        given = [[name for name, chance in zip(names, row, strict=True) if chance >= threshold] for row in chances]
        return [("; ".join(labels), float(least)) for labels, least in zip(given, sure, strict=True)]
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    chances = raised / raised.sum(axis=1, keepdims=True)
    return [(names[int(row.argmax())], float(row.max())) for row in chances]


if __name__ == "__main__":
    sys.exit(main())
