"""An export in a process of its own, which cannot import this project."""

import csv
import io
import os
import pickle
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from data import choice, samples
from data.columns import propose
from data.images.recipe import view
from data.new_rows import new_rows
from data.reading import read
from training import decode, models, predict
from training.export import bundle, load_learner
from training.export.predict import refuse_pickles
from training.module import as_module
from training.options import MODELS, models_for

pytestmark = pytest.mark.slow  # torch traces the model: seconds an export
SEES_NOTHING = """
import importlib.util, runpy, sys
assert sys.flags.isolated
for name in ("words", "data", "training", "jobs", "ui"):
    assert importlib.util.find_spec(name) is None, name
assert REPOSITORY not in sys.path
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
ROOT = Path(__file__).resolve().parents[3]
ENGINES = ["onnx", "torch"]


def weights(task, model):
    sizes = models.widths(model, task)
    stack = models.layers(models.initial(sizes, [5]), sizes)
    return [part[0].numpy() for layer in stack for part in layer]


def predicted(folder, *arguments):
    """Run the export's predict.py where the project cannot be imported; return its lines as dictionaries."""
    code = SEES_NOTHING.replace("REPOSITORY", repr(str(ROOT)))
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, "predict.py", *arguments],
        cwd=folder, env=environment | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    raw = samples.sample_csv()  # text, a date, numbers, and missing cells in each kind
    plan = propose(read(raw, "sales.csv"), "price").to_json()
    kinds = plan["columns"]
    assert {"category", "date", "number"} <= set(kinds.values())
    task = choice.load({"upload": sha256(raw).hexdigest(), "filename": "sales.csv", "plan": plan}, lambda _: raw)
    assert any("missing" in name for name in task.feature_names)
    model = MODELS["mlp_16"]
    stored = bundle(task, model, weights(task, model))
    return task, model, stored, unpacked(stored, tmp_path_factory.mktemp("table"), {"rows.csv": raw})


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    chosen = {"builtin": "shapes", "images": {"item_tfms": [{"name": "RandomCrop", "size": 20}]}}
    task = choice.load(chosen, None)
    model = next(model for model in models_for(True).values() if model.convolutions)
    files = {f"{row}.png": png(task.inputs[row]) for row in range(3)}
    stored = bundle(task, model, weights(task, model))
    return task, model, stored, unpacked(stored, tmp_path_factory.mktemp("pictures"), files)


def unpacked(stored, folder, files):
    zipfile.ZipFile(io.BytesIO(stored)).extractall(folder)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return folder


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0).squeeze()).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_of_a_mixed_table_are_predicted_alike(table, engine):
    task, model, _, folder = table
    found = predicted(folder, "rows.csv", "--engine", engine)
    module = as_module(model, task, weights(task, model))
    wanted = decode.own_units(task, module(torch.from_numpy(task.inputs)).detach().numpy())
    assert [line["row"] for line in found] == [str(row) for row in range(1, 401)]
    np.testing.assert_allclose([float(line["price"]) for line in found], wanted, rtol=1e-5)
    assert {line["confidence"] for line in found} == {""}


@pytest.mark.parametrize("engine", ENGINES)
def test_images_are_predicted_alike(pictures, engine):
    task, model, _, folder = pictures
    found = predicted(folder, "0.png", "1.png", "2.png", "--engine", engine)
    inputs = view(task.recipe, task.inputs[:3], None if task.sizes is None else task.sizes[:3])
    assert inputs.shape[2:] == (20, 20)
    outputs = as_module(model, task, weights(task, model))(torch.from_numpy(inputs)).detach().numpy()
    wanted = decode.decode(task, outputs)
    assert [line["file"] for line in found] == ["0.png", "1.png", "2.png"]
    assert [line[task.target_name] for line in found] == wanted.values.tolist()
    np.testing.assert_allclose([float(line["confidence"]) for line in found], wanted.confidence, atol=2e-6)


def test_one_row_is_predicted_as_among_many(table):
    _, _, _, folder = table
    lines = (folder / "rows.csv").read_text().splitlines()
    (folder / "one.csv").write_text("\n".join([lines[0], lines[7]]))
    assert predicted(folder, "one.csv")[0]["price"][:6] == predicted(folder, "rows.csv")[6]["price"][:6]


def test_the_learner_read_back_predicts_the_same(table, pictures):
    task, model, stored, folder = table
    learner = load_learner(stored)
    rows = new_rows(learner.task, [("rows.csv", (folder / "rows.csv").read_bytes())])
    outputs = predict.outputs(rows, learner.model, learner.parameters, rows.test)
    np.testing.assert_array_equal(outputs, predict.outputs(task, model, weights(task, model), np.arange(400)))
    task, _, stored, folder = pictures
    learner = load_learner(stored)
    rows = new_rows(learner.task, [(f"{row}.png", png(task.inputs[row])) for row in range(3)])
    found = decode.decode(rows, predict.outputs(rows, learner.model, learner.parameters, rows.test))
    assert found.values.tolist() == [line[task.target_name] for line in predicted(folder, "0.png", "1.png", "2.png")]


def test_the_pt2_file_is_loaded_without_any_pickle(table, monkeypatch):
    folder = table[3]
    refuse_pickles(folder / "model.pt2")

    def never(*_, **__):
        raise AssertionError("something was unpickled")

    monkeypatch.setattr(torch, "load", never)
    for name in ("loads", "load", "Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    program = torch.export.load(io.BytesIO((folder / "model.pt2").read_bytes()))
    assert program.module()(torch.zeros(1, table[0].features)).shape == (1, 1)


def test_the_recipe_and_its_file_are_shipped_unchanged(table, pictures):
    assert (table[3] / "recipe.py").read_bytes() == (ROOT / "data" / "recipe.py").read_bytes()
    assert (pictures[3] / "recipe.py").read_bytes() == (ROOT / "data" / "images" / "recipe.py").read_bytes()
    readme = (pictures[3] / "README.txt").read_text()
    assert "float32 of shape rows x 3 x 20 x 20" in readme or "float32 of shape rows x 1 x 20 x 20" in readme
    assert "any number of rows at once" in readme
