import io
import json
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from training import archive
from training.engine import train
from training.options import MODELS
from training.saved import check_fits, load, save
from training.start import Start
from words import Refusal

MODEL = MODELS["mlp_16"]


@pytest.fixture
def kept(build):
    task = build("classes")
    random = np.random.default_rng(0)
    shapes = [(5, 16), (1, 16), (16, 3), (1, 3)]
    parameters = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    parameters[0][0, :3] = [np.nan, -0.0, 1e-45]
    memory = [random.normal(size=(147,)), random.normal(size=(147,)) ** 2]
    return task, parameters, memory


def packed(kept, **other):
    task, parameters, memory = kept
    return save(task, MODEL, parameters, **{"optimizer": "adam", "memory": memory, "done": 30} | other)


def rewritten(stored, **changes):
    """Return the archive with members replaced (by name with "/" as "__", "." as "_dot_") or, where None, left out."""
    members = archive.unpack(stored, "file")
    for name, raw in changes.items():
        real = name.replace("__", "/").replace("_dot_", ".")
        if raw is None:
            del members[real]
        else:
            members[real] = raw
    return archive.pack(members)


def repacked(stored, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as other:
        for name, raw in archive.unpack(stored, "file").items():
            other.writestr(name, raw)
    return buffer.getvalue()


def with_words(stored, change):
    words = json.loads(archive.unpack(stored, "file")["words.json"])
    change(words)
    return rewritten(stored, words_dot_json=json.dumps(words).encode())


def test_weights_and_memory_come_back_to_the_bit(kept):
    task, parameters, memory = kept
    saved = load(packed(kept))
    for found, wanted in zip((*saved.parameters, *saved.memory), (*parameters, *memory), strict=True):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        assert found.tobytes() == wanted.tobytes()
        assert found.flags.writeable
    assert (saved.model.hidden, saved.model.name, saved.optimizer, saved.done) == ((16,), "mlp_16", "adam", 30)
    check_fits(saved, task)


def test_equal_models_give_equal_bytes_that_numpy_reads_without_pickle(kept):
    assert packed(kept) == packed(kept)
    with np.load(io.BytesIO(packed(kept)), allow_pickle=False) as found:
        np.testing.assert_array_equal(found["parameters/1"], kept[1][1])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_goes_on_from_a_file_as_if_it_had_never_stopped(build, optimizer):
    task, rates = build("classes"), np.geomspace(0.05, 0.005, 30)[None]
    settings = {"seeds": [3], "optimizer": optimizer, "batch_size": 32, "evaluate_every": 0, "device": "cpu"}
    whole = train(task, MODEL, rates, **settings)
    half = train(task, MODEL, rates[:, :13], **settings)
    one = {name: [array[0] for array in getattr(half, name)] for name in ("parameters", "memory")}
    kept = load(save(task, MODEL, one["parameters"], optimizer=optimizer, memory=one["memory"], done=13))
    more = train(task, MODEL, rates[:, 13:], **settings, start=Start(kept.parameters, kept.memory, kept.done))
    np.testing.assert_array_equal(more.losses[0], whole.losses[0, 13:])
    for found, wanted in zip(more.parameters, whole.parameters, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"class_names": ("x", "y", "z")},
            "The saved model belongs to other data: its classes are a, b, c, here they are x, y, z.",
        ),
        (
            {"inputs": np.zeros((150, 4), dtype=np.float32)},
            "The saved model belongs to other data: its inputs are 5, here they are 4.",
        ),
        (
            {"recipe": {"columns": []}},
            "The saved model belongs to rows of made up that were prepared otherwise (other columns, scales or split).",
        ),
    ],
)
def test_other_data_are_refused(kept, change, sentence):
    with pytest.raises(Refusal) as refusal:
        check_fits(load(packed(kept)), replace(kept[0], **change))
    assert str(refusal.value) == sentence


def _npy(header, numbers=b""):
    raw = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw + numbers


def _twice(stored):
    buffer = io.BytesIO(stored)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as twice:
        twice.writestr("words.json", "{}")
    return buffer.getvalue()


NEGATIVE = "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -16), }"
HUGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }"
PICKLED = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
CODE = "{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,), }"
NO_ARRAY = "The saved model is damaged: parameters/0.npy is no array of numbers."
NO_MODEL = "The saved model is damaged: words.json does not describe a model."


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda stored: b"", "These 0 bytes are no saved model."),
        (lambda stored: b"\x80\x04K\x01.", "These 5 bytes are no saved model."),
        (lambda stored: stored[:100], "The saved model is damaged: its 100 bytes cannot be unpacked."),
        (
            lambda stored: stored.replace(np.float32(1e-45).tobytes(), b"\x02\x00\x00\x00", 1),
            "The saved model is damaged: its {size:,} bytes cannot be unpacked.",
        ),
        (lambda stored: archive.pack({"a.txt": b""}), "These bytes are no saved model: words.json is not in them."),
        (
            lambda stored: rewritten(stored, words_dot_json=b"[" * 100_000),
            "The saved model is damaged: words.json is no JSON object.",
        ),
        (lambda stored: rewritten(stored, parameters__0_dot_npy=_npy(HUGE, b"1234")), NO_ARRAY),
        (lambda stored: rewritten(stored, parameters__0_dot_npy=_npy(PICKLED, b"\x80\x04N.1234")), NO_ARRAY),
        (lambda stored: rewritten(stored, parameters__0_dot_npy=_npy(CODE, b"1234")), NO_ARRAY),
        (lambda stored: rewritten(stored, parameters__0_dot_npy=_npy(NEGATIVE, bytes(64))), NO_ARRAY),
        (lambda stored: rewritten(stored, parameters__0_dot_npy=b"nothing"), NO_ARRAY),
        (
            lambda stored: repacked(stored, zipfile.ZIP_LZMA),
            "The saved model is packed by method 14; only stored and deflated are read.",
        ),
        (
            lambda stored: repacked(stored, zipfile.ZIP_BZIP2),
            "The saved model is packed by method 12; only stored and deflated are read.",
        ),
        (
            lambda stored: rewritten(stored, parameters__1_dot_npy=None),
            "The saved model is damaged: its arrays parameters are not numbered through.",
        ),
        (
            lambda stored: rewritten(stored, parameters__3_dot_npy=None),
            "The saved model is damaged: MLP 16 has weights of shapes 5 x 16, 1 x 16, 16 x 3, 1 x 3,"
            " got 5 x 16, 1 x 16, 16 x 3.",
        ),
        (
            lambda stored: archive.pack({"../evil.py": b"", "words.json": b"{}"}),
            "The saved model holds a file with the name '../evil.py', which is not allowed.",
        ),
        (
            lambda stored: archive.pack({"/etc/passwd": b""}),
            "The saved model holds a file with the name '/etc/passwd', which is not allowed.",
        ),
        (_twice, "The saved model holds words.json twice."),
        (
            lambda stored: archive.pack({f"{number}": b"" for number in range(1001)}),
            "The saved model holds more than 1,000 files; it is none of ours.",
        ),
        (
            lambda stored: with_words(stored, lambda words: words.update(format=2)),
            "The saved model has format 2; format 1 is read here.",
        ),
        (lambda stored: with_words(stored, lambda words: words["model"].update(hidden=[10**9])), NO_MODEL),
        (lambda stored: with_words(stored, lambda words: words["model"].update(surprise=1)), NO_MODEL),
        (lambda stored: with_words(stored, lambda words: words["about"].update(shape=[-1])), NO_MODEL),
        (
            lambda stored: with_words(stored, lambda words: words["about"].update(class_names=["\ud800", *"bc"])),
            NO_MODEL,
        ),
        (lambda stored: with_words(stored, lambda words: words["about"].pop("recipe")), NO_MODEL),
        (lambda stored: with_words(stored, lambda words: words["about"].update(transforms={"shift": "x"})), NO_MODEL),
        (lambda stored: with_words(stored, lambda words: words.update(done=-1)), NO_MODEL),
        (lambda stored: with_words(stored, lambda words: words.update(optimizer=["sgd"])), NO_MODEL),
    ],
)
def test_foreign_and_damaged_files_are_refused(kept, spoil, sentence):
    stored = packed(kept)
    spoiled = spoil(stored)
    assert spoiled != stored
    with pytest.raises(Refusal) as refusal:
        load(spoiled)
    assert str(refusal.value) == sentence.replace("{size:,}", f"{len(spoiled):,}")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(kept, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    with pytest.raises(Refusal, match=r"^The saved model may have at most 0 MB, got 0 MB\.$"):
        load(packed(kept))


def test_a_file_that_would_unpack_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 10**6)
    bomb = archive.pack({"words.json": bytes(3 * 10**6)}, squeeze=True)
    assert len(bomb) < 10**4
    with pytest.raises(Refusal, match=r"^The saved model may have at most 1 MB, got 3 MB\.$"):
        load(bomb)


UNFIT = "The saved model is damaged: its recipe does not prepare what the model takes."
DATE = {"kind": "date", "order": "iso", "time": False, "first": 0, "mean": 0, "scale": None, "middle": 0}


def with_column(**changes):
    return lambda recipe: recipe["columns"][0].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe: recipe.clear(),
        lambda recipe: recipe.update(version=2),
        lambda recipe: recipe.update(columns="abc"),
        lambda recipe: recipe.update(columns=[1, 2]),
        lambda recipe: recipe.update(columns=recipe["columns"][:1]),
        with_column(mean="x"),
        with_column(mean=float("nan")),
        with_column(median=None),
        with_column(scale=0),
        with_column(scale=-1.0),
        with_column(scale=10**400),
        with_column(missing=1),
        with_column(name=7),
        with_column(kind="surprise"),
        with_column(kind=["number"]),
        with_column(kind="category", levels="a", other=False),
        with_column(kind="category", levels=[["a"]], other=False),
        lambda recipe: recipe.update(columns=[{"name": "x", "missing": True, **DATE, "order": "zigzag"}]),
        lambda recipe: recipe.update(columns=[{"name": "x", "missing": True, **DATE, "first": 1e300}]),
    ],
)
def test_a_recipe_that_would_fail_on_new_rows_is_refused(kept, change):
    with pytest.raises(Refusal) as refusal:
        load(with_words(packed(kept), lambda words: change(words["about"]["recipe"])))
    assert str(refusal.value) == UNFIT


def test_recipes_with_categories_and_dates_are_read(kept):
    # A date gives four waves; a level makes the fifth input.
    columns = [
        {"name": "day", "missing": False, **DATE},
        {"name": "kind", "kind": "category", "levels": ["a"], "other": False, "missing": False},
    ]
    stored = with_words(packed(kept), lambda words: words["about"]["recipe"].update(columns=columns))
    assert load(stored).task.recipe["columns"] == columns


@pytest.mark.parametrize(("dtype", "kinds"), [(np.float64, "float32, float64"), (np.int64, "float32, int64")])
def test_weights_of_several_kinds_are_refused(kept, dtype, kinds):
    stored = rewritten(packed(kept), parameters__0_dot_npy=archive.write_array(np.ones((5, 16), dtype)))
    with pytest.raises(Refusal) as refusal:
        load(stored)
    assert (
        str(refusal.value)
        == f"The saved model is damaged: its weights must be all float32 or all float64, got {kinds}."
    )


def test_a_bomb_below_the_largest_size_is_refused_by_its_ratio():
    bomb = archive.pack({"words.json": b"{}", "parameters/0.npy": bytes(3 * 10**6)}, squeeze=True)
    with pytest.raises(Refusal) as refusal:
        load(bomb)
    assert str(refusal.value) == "The saved model unpacks to more than 200 times its packed size, as archive bombs do."


def test_a_bomb_that_lies_about_its_size_is_not_unpacked():
    bomb = archive.pack({"words.json": bytes(50 * 10**6)}, squeeze=True)
    lie = bomb.replace((50 * 10**6).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lie != bomb
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match=r"^The saved model is damaged: its [0-9,]+ bytes cannot be unpacked\.$"):
            load(lie)
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**6
    finally:
        tracemalloc.stop()


def test_arrays_stay_packed_where_the_words_are_not_ours(monkeypatch):
    read = []
    member = archive._member
    monkeypatch.setattr(archive, "_member", lambda zipped, entry: read.append(entry.filename) or member(zipped, entry))
    with pytest.raises(Refusal, match="format None"):
        load(archive.pack({"words.json": b"{}", "parameters/0.npy": b"1", "surprise": b"2"}))
    assert read == ["words.json"]


def test_a_deflated_copy_is_read_as_well(kept):
    assert load(repacked(packed(kept), zipfile.ZIP_DEFLATED)).done == 30


def test_a_number_target_and_its_units_come_back(build):
    task = build("number")
    stored = save(task, MODELS["linear"], [np.zeros((5, 1), np.float32), np.zeros((1, 1), np.float32)])
    saved = load(stored)
    assert (saved.task.target_mean, saved.task.target_scale, saved.memory) == (50, 7, ())
    assert (len(saved.task.inputs), saved.task.features, saved.task.outputs) == (0, 5, 1)
    check_fits(saved, task)
