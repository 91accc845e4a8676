"""What a training leaves behind, what goes on from it, and what others make of it."""

import csv
import io
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from data import builtin, choice
from jobs import chunk, requests
from jobs.kept import as_outputs
from jobs.models import export, predict, safe
from jobs.work import train
from training import decode, saved
from training import predict as predicting
from words import Refusal

RUN = "01234567-89ab-cdef-0123-456789abcdef"
UPLOAD = "0" * 64
COMMON = {"kind": "train", "data": {"builtin": "iris"}, "model": "mlp_16", "seeds": [0, 1], "device": "cpu"}
PEAKS = (0.05, 0.2)


def schedules(name="one_cycle", **parameters):
    return [{"schedule": name, "parameters": {"peak": peak, **parameters}} for peak in PEAKS]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def work(home, request, artifacts=(), upload=b"", kind=train):
    """Do the work of a request; return its result, what it kept, and its context's arrays."""
    context = SimpleNamespace(
        home=home, resume=None, kept={}, read_upload=lambda _: upload, read_artifact=lambda _, name: artifacts[name],
        progress=lambda *_: None, log=lambda *_: None, checkpoint=lambda _: None, arrays={},
    )  # fmt: skip
    return kind(context, requests.check(request)), context.kept


@pytest.fixture(scope="module")
def ran(home):
    return work(home, {**COMMON, "updates": 60, "schedules": schedules()})


def test_each_schedule_leaves_the_model_of_its_best_seed(ran):
    result, kept = ran
    assert [one["schedule"] for one in result["models"]] == [0, 1]
    for one in result["models"]:
        rows = [row for row in result["rows"] if row["schedule"] == one["schedule"]]
        assert one["seed"] == min(rows, key=lambda row: row["loss"])["seed"]
    assert set(kept) == {"model 0", "model 1", "outputs 0", "outputs 1"}


def test_the_kept_outputs_are_the_kept_models_and_give_the_accuracy_that_the_table_shows(ran):
    result, kept = ran
    task = builtin.task("iris")
    for number, one in enumerate(result["models"]):
        row = next(row for row in result["rows"] if (row["schedule"], row["seed"]) == (number, one["seed"]))
        model = saved.load(kept[f"model {number}"])
        outputs = chunk.unpack(kept[f"outputs {number}"])
        for part, metric in (("validation", "metric"), ("test", "test_metric")):
            rows = getattr(task, part)
            np.testing.assert_allclose(
                outputs[part], predicting.outputs(task, model.model, model.parameters, rows), rtol=1e-5, atol=1e-6
            )
            right = decode.decode(task, outputs[part]).numbers == task.targets[rows]
            assert right.mean() == pytest.approx(row[metric])
        assert row["test_metrics"]["accuracy"] == pytest.approx(row["test_metric"])


def test_going_on_from_a_kept_model_begins_where_it_ended(ran, home):
    _, kept = ran
    first = {
        **COMMON,
        "updates": 5,
        "seeds": [0],
        "schedules": [{"schedule": "constant", "parameters": {"peak": 1e-8}}],
    }
    start = {"run": RUN, "schedule": 1}
    result, again = work(home, {**first, "start": start}, artifacts=kept)
    before, after = (saved.load(stored["model 0" if stored is again else "model 1"]) for stored in (kept, again))
    for one, other in zip(before.parameters, after.parameters, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert after.done == before.done + 5
    by_file, _ = work(home, {**first, "start": {"upload": UPLOAD, "filename": "a"}}, upload=kept["model 1"])
    assert by_file["rows"] == result["rows"]


def test_a_saved_model_of_other_data_or_another_shape_is_refused(ran, home):
    _, kept = ran
    request = {**COMMON, "updates": 5, "schedules": schedules(), "start": {"run": RUN}}
    with pytest.raises(Refusal, match=r"^The saved model belongs to other data: "):
        work(home, {**request, "data": {"builtin": "wine"}}, artifacts=kept)
    with pytest.raises(Refusal) as refusal:
        work(home, {**request, "model": "mlp_64"}, artifacts=kept)
    assert str(refusal.value) == "Train: the saved model is MLP 16; choose it as the model, got MLP 64."


def test_an_ensemble_of_restarts_and_tta_stand_beside_the_plain_metric(home):
    # A table has nothing to augment, so that tta must change nothing.
    request = {**COMMON, "updates": 70, "schedules": schedules("cosine_restarts", cycles=3, multiplier=2)}
    result, kept = work(home, {**request, "ensemble": True, "tta": {"n": 2}})
    for row in result["rows"]:
        assert row["ensemble_of"] == 3
        assert 0 <= row["test_ensemble_metric"] <= 1
        assert row["tta_metric"] == pytest.approx(row["metric"])
        assert row["test_tta_metric"] == pytest.approx(row["test_metric"])
    outputs = chunk.unpack(kept["outputs 0"])
    task = builtin.task("iris")
    plain, augmented = (decode.decode(task, outputs[name]).probabilities for name in ("test", "test.tta"))
    np.testing.assert_allclose(plain, augmented, atol=1e-6)


@pytest.mark.parametrize("name", ["iris", "diabetes"])
def test_outputs_made_from_predictions_mean_these_predictions(name):
    task = builtin.task(name)
    outputs = np.random.default_rng(0).normal(size=(20, task.outputs)) * 3
    predictions = predicting.predictions(task, outputs)
    np.testing.assert_allclose(predicting.predictions(task, as_outputs(task, predictions)), predictions, rtol=1e-9)


def test_new_rows_are_predicted_by_a_runs_model_a_saved_file_and_an_export_alike(ran, home):
    _, kept = ran
    rows = builtin.table("iris").iloc[::25]
    request = {"kind": "predict", "data": {"builtin": "iris"}, "files": [{"upload": UPLOAD, "filename": "new.csv"}]}
    new = rows.drop(columns="target").to_csv(index=False).encode()
    result, made = work(home, {**request, "model_of": {"run": RUN}}, artifacts=kept, upload=new, kind=predict)
    assert result["rows"] == len(rows)
    lines = list(csv.DictReader(io.StringIO(made["predictions"].decode())))
    assert [line["row"] for line in lines] == [str(number + 1) for number in range(len(rows))]
    assert np.mean([line["predicted"] == wanted for line, wanted in zip(lines, rows["target"], strict=True)]) >= 0.8
    assert all(1 / 3 <= float(line["confidence"]) <= 1 for line in lines)

    def read(other):
        return lambda sha256: other if sha256 == "1" * 64 else new

    _, exported = work(
        home, {"kind": "export", "data": {"builtin": "iris"}, "model_of": {"run": RUN}}, kept, kind=export
    )
    for stored in (kept["model 0"], exported["export"]):
        context = SimpleNamespace(kept={}, progress=lambda *_: None, read_upload=read(stored))
        source = {"upload": "1" * 64, "filename": "model"}
        predict(context, requests.check({**request, "model_of": source}))
        assert context.kept["predictions"] == made["predictions"]


def test_a_training_whose_models_all_diverged_keeps_none(home):
    request = {**COMMON, "updates": 200, "schedules": [{"schedule": "constant", "parameters": {"peak": 10}}]}
    result, kept = work(home, {**request, "data": {"builtin": "diabetes"}})
    assert {row["reason"] for row in result["rows"]} == {"diverged"}
    assert (result["models"], kept) == ([], {})


def test_the_choice_is_loaded_as_ever(home):
    assert choice.load(requests.check({**COMMON, "schedules": schedules()})["data"], bytes).name == "iris"


def test_tta_takes_transforms_that_the_training_had_not(home):
    data = {"builtin": "digit_images", "images": {}}
    request = {**COMMON, "data": data, "model": "cnn_8", "updates": 40, "seeds": [0], "schedules": schedules()[:1]}
    tta = {"n": 3, "beta": None, "transforms": {"flip": False, "shift": 0.15}}
    result, kept = work(home, {**request, "tta": tta})
    outputs = chunk.unpack(kept["outputs 0"])
    task = choice.load(data, bytes)
    plain, shifted = (decode.decode(task, outputs[name]).probabilities for name in ("test", "test.tta"))
    assert np.abs(plain - shifted).max() > 0.05
    assert 0 < result["rows"][0]["test_tta_metric"] <= 1


def test_new_images_are_predicted_with_both_answers_where_beta_is_none(home):
    data = {"builtin": "digit_images", "images": {}}
    request = {**COMMON, "data": data, "model": "cnn_8", "updates": 40, "seeds": [0], "schedules": schedules()[:1]}
    _, kept = work(home, request)
    pixels = np.zeros((8, 8), np.uint8)
    pixels[1:7, 3:5] = 255
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, "PNG")
    asked = {
        "kind": "predict", "data": data, "model_of": {"run": RUN}, "files": [{"upload": UPLOAD, "filename": "one.png"}],
    }  # fmt: skip

    def answers(**tta):
        more = {"tta": {"n": 3, "transforms": {"shift": 0.4}, **tta}} if tta else {}
        _, made = work(home, {**asked, **more}, artifacts=kept, upload=stored.getvalue(), kind=predict)
        (line,) = csv.DictReader(io.StringIO(made["predictions"].decode()))
        return line

    plain, augmented, both = answers(), answers(beta=0.0), answers(beta=None)
    assert list(both) == ["row", "file", "predicted", "confidence", "predicted plain", "confidence plain"]
    assert (both["predicted"], both["confidence"]) == (augmented["predicted"], augmented["confidence"])
    assert (both["predicted plain"], both["confidence plain"]) == (plain["predicted"], plain["confidence"])
    assert both["confidence"] != both["confidence plain"]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("=1+1.png", "'=1+1.png"), ("+a", "'+a"), ("-a", "'-a"), ("@x", "'@x"), ("\ta", "'\ta"), ("\ra", "'\ra"),
        ("a=1", "a=1"), ("-1", "-1"), ("+2.5", "+2.5"), ("", ""), (-1.5, -1.5), (None, None),
    ],
)  # fmt: skip
def test_no_cell_of_predictions_is_a_formula(cell, wanted):
    assert safe(cell) == wanted


def test_predictions_of_a_zip_write_file_names_as_text_and_count_what_was_left_out(home):
    data = {"builtin": "digit_images", "images": {}}
    request = {**COMMON, "data": data, "model": "cnn_8", "updates": 3, "seeds": [0], "schedules": schedules()[:1]}
    _, kept = work(home, request)
    picture, buffer = io.BytesIO(), io.BytesIO()
    Image.fromarray(choice.load(data, bytes).inputs[0, 0]).save(picture, "PNG")
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("=cmd|a.png", picture.getvalue())
        archive.writestr("README.txt", b"Hello")
    asked = {"kind": "predict", "data": data, "files": [{"upload": UPLOAD, "filename": "new.zip"}]}
    result, made = work(home, {**asked, "model_of": {"run": RUN}}, kept, buffer.getvalue(), predict)
    assert (result["rows"], result["left_out"]) == (1, 1)
    (line,) = csv.DictReader(io.StringIO(made["predictions"].decode()))
    assert line["file"] == "'=cmd|a.png"
