"""What an export holds and how it is read back; torch's own slow tracing is left out here."""

import importlib.util
import json
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from data import choice
from data.new_rows import new_rows
from training import archive, decode, models, saved
from training.export import bundle, load_learner, make, predict
from training.options import MODELS
from training.predict import outputs
from words import Refusal

MODEL = MODELS["linear"]
IRIS = choice.load({"builtin": "iris"}, None)
SHAPES = choice.load({"builtin": "shapes"}, None)


@pytest.fixture(autouse=True)
def untraced(monkeypatch):
    monkeypatch.setattr(make, "pt2", lambda *_: b"traced")
    monkeypatch.setattr(make, "onnx", lambda *_: None)


def weights(task, model=MODEL):
    sizes = models.widths(model, task)
    stack = models.layers(models.initial(sizes, [5]), sizes)
    return [part[0].numpy() for layer in stack for part in layer]


def exported(task=IRIS):
    return bundle(task, MODEL, weights(task))


def changed(stored, **members):
    kept = archive.unpack(stored, "file")
    return archive.pack({**kept, **{name.replace("_dot_", "."): raw for name, raw in members.items()}})


def other_words(stored, change, task=IRIS):
    """Return the export with its words changed consistently, as someone would who means harm."""
    members = archive.unpack(stored, "file")
    inner = archive.unpack(members["weights.npz"], "file")
    words = json.loads(inner["words.json"])
    change(words["about"])
    members["weights.npz"] = archive.pack({**inner, "words.json": json.dumps(words).encode()})
    members["recipe.json"] = json.dumps(words["about"]["recipe"]).encode()
    return archive.pack(members)


def test_what_an_export_holds():
    members = archive.unpack(exported(), "file")
    assert sorted(members) == [
        "README.txt", "model.json", "model.pt2", "predict.py", "recipe.json", "recipe.py", "weights.npz",
    ]  # fmt: skip
    described = json.loads(members["model.json"])
    assert (described["rows"], described["input_shape"], described["outputs"]) == ("table", [4], 3)
    assert described["class_names"] == ["setosa", "versicolor", "virginica"]
    assert "n/a" in described["missing"]
    assert json.loads(members["recipe.json"]) == IRIS.recipe
    assert b"not made: the packages onnx and onnxscript were not installed" in members["README.txt"]


def test_onnx_is_left_out_where_its_packages_are_not_there(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert make.onnx(torch.nn.Linear(1, 1), torch.zeros(2, 1)) is None


def test_reading_back_runs_nothing_of_the_export(monkeypatch):
    def never(*_, **__):
        raise AssertionError("code was run or unpickled")

    for module, name in ((torch, "load"), (torch.export, "load"), (pickle, "loads"), (pickle, "load")):
        monkeypatch.setattr(module, name, never)
    stored = changed(exported(), predict_dot_py=b"raise SystemExit", recipe_dot_py=b"raise SystemExit")
    learner = load_learner(stored)
    names = ",".join(entry["name"] for entry in IRIS.recipe["columns"])
    rows = new_rows(learner.task, [("new.csv", f"{names}\n1,2,3,4\n,2,3,4\n".encode())])
    decoded = decode.decode(rows, outputs(rows, learner.model, learner.parameters, rows.test))
    assert len(decoded.values) == 2
    assert set(decoded.values) <= set(IRIS.class_names)


def test_only_a_part_of_the_classes_is_named_by_the_task(build):
    task = build("classes", features=4)
    task = replace(task, recipe={**IRIS.recipe, "class_names": ["more", "than", "these", "three"]})
    learner = load_learner(bundle(task, MODEL, weights(task)))
    assert learner.task.class_names == ("a", "b", "c")


UNFIT = "The saved model is damaged: its recipe does not prepare what the model takes."


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda stored: b"GIF89a", "These 6 bytes are no export."),
        (lambda stored: stored[:-30], "The export is damaged: its {size:,} bytes cannot be unpacked."),
        (lambda stored: archive.pack({"a": b""}), "These bytes are no export: weights.npz is not in them."),
        (
            lambda stored: changed(stored, **{"../../evil_dot_py": b""}),
            "The export holds a file with the name '../../evil.py', which is not allowed.",
        ),
        (
            lambda stored: changed(stored, **{"C:evil": b""}),
            "The export holds a file with the name 'C:evil', which is not allowed.",
        ),
        (
            lambda stored: changed(stored, weights_dot_npz=b"PK"),
            "The saved model is damaged: its 2 bytes cannot be unpacked.",
        ),
        (lambda stored: changed(stored, recipe_dot_json=b"{"), "The export is damaged: recipe.json is no JSON object."),
        (
            lambda stored: changed(stored, recipe_dot_json=b"{}"),
            "The export is damaged: recipe.json is not the one that the weights were saved with.",
        ),
        (lambda stored: other_words(stored, lambda about: about["recipe"].pop("columns")), UNFIT),
        (lambda stored: other_words(stored, lambda about: about["recipe"]["columns"].pop()), UNFIT),
        (lambda stored: other_words(stored, lambda about: about["recipe"].update(columns=[7])), UNFIT),
        (lambda stored: other_words(stored, lambda about: about["recipe"].update(version=9)), UNFIT),
    ],
)  # fmt: skip
def test_hostile_exports_are_refused(spoil, sentence):
    spoiled = spoil(exported())
    with pytest.raises(Refusal) as refusal:
        load_learner(spoiled)
    assert str(refusal.value) == sentence.replace("{size:,}", f"{len(spoiled):,}")


@pytest.mark.parametrize(
    "change",
    [
        {"resize": [10**9, 10**9]},
        {"resize": [0, 5]},
        {"canvas": [10**9, 4]},
        {"crop": [4, 4]},
        {"mode": "CMYK"},
        {"method": "rotate"},
        {"std": [0.0, 0.0, 0.0]},
        {"mean": ["a", "b", "c"]},
        {"format": 2},
        {"mean": [0.5, 0.5]},
        {"resize": "ab"},
    ],
)
def test_hostile_recipes_of_images_are_refused(change):
    spoiled = other_words(exported(SHAPES), lambda about: about["recipe"].update(change))
    with pytest.raises(Refusal) as refusal:
        load_learner(spoiled)
    assert str(refusal.value) == UNFIT


def test_predict_writes_numbers_as_the_levels_do():
    assert predict.level("2.0", ["1", "2"]) == "2"
    assert predict.level("2.50", ["2.5"]) == "2.5"
    assert predict.level("2.0", ["2.0", "2"]) == "2.0"
    assert predict.level("red", ["blue"]) == "red"
    assert predict.level("1e999", ["1"]) == "1e999"
    assert predict.level(None, ["1"]) is None


def test_predict_decodes_as_the_product_does():
    about = {"kind": "classes", "class_names": ["a", "b"]}
    assert predict.decode(np.log([[3.0, 1.0]]), about, 0.5) == [("a", pytest.approx(0.75))]
    about["kind"] = "multi-label"
    found = predict.decode(np.log([[3.0, 1.0], [1 / 3, 1 / 4]]), about, 0.5)
    assert [(names, pytest.approx(sure)) for names, sure in found] == [("a; b", 0.5), ("", 0.75)]
    number = {"kind": "number", "class_names": [], "target_mean": 50, "target_scale": 7}
    assert predict.decode(np.array([[2.0]]), number, 0.5) == [(64.0, None)]


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """predict.py as it runs in an unpacked export, with the model as the sum of its inputs."""
    for name, raw in archive.unpack(exported(), "file").items():
        (tmp_path / name).write_bytes(raw)
    monkeypatch.setattr(predict, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predict, "engine", lambda name: lambda inputs: inputs[:, :3])
    return tmp_path


def test_predict_reads_a_csv_file(shipped, capsys):
    names = [entry["name"] for entry in IRIS.recipe["columns"]]
    (shipped / "rows.csv").write_text(";".join(["other", *names]) + "\n" + "x;5,1;n/a; 1,4;\n\ny;7;3,2;4,7;1,4\n")
    assert predict.main(["rows.csv", "--delimiter", ";", "--decimal", ","]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "row,target,confidence"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    assert len({line.split(",")[1] for line in lines[1:]} - set(IRIS.class_names)) == 0


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        ("", ["rows.csv"], "rows.csv is empty; a header and rows are needed."),
        ("a,b\n1,2\n3\n", ["rows.csv"], "rows.csv, row 2: 1 cells, but the header has 2."),
        ("a\n1\n", ["rows.csv"], "Column sepal length (cm) is not in the new rows."),
        ("a\n1\n", ["rows.csv", "more.csv"], "One CSV file is read at a time, got 2 files."),
        ("", ["nothing.csv"], "[Errno 2] No such file or directory: 'nothing.csv'"),
    ],
)
def test_predict_says_what_it_cannot_read(shipped, capsys, text, arguments, sentence):
    (shipped / "rows.csv").write_text(text)
    assert predict.main(arguments) == 2
    assert capsys.readouterr().err.strip() == sentence


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("model/data/weights/model_weights_config.json", b'{"config": {"w": {"use_pickle": true}}}'),
        ("model/data/sample_inputs/model.pt", b"PK"),
        ("model/data/aotinductor/model/code.so", b""),
    ],
)
def test_predict_loads_no_pt2_that_may_run_code(tmp_path, name, raw):
    with zipfile.ZipFile(tmp_path / "model.pt2", "w") as file:
        file.writestr(name, raw)
    with pytest.raises(ValueError, match="may run code when it is loaded; it is not loaded") as refusal:
        predict.refuse_pickles(tmp_path / "model.pt2")
    assert name.partition("/")[2] in str(refusal.value)


def test_the_saved_weights_in_an_export_are_a_saved_model():
    kept = saved.load(archive.unpack(exported(), "file")["weights.npz"])
    saved.check_fits(kept, IRIS)
    np.testing.assert_array_equal(kept.parameters[0], weights(IRIS)[0])
