"""What Train offers beside schedules, and what it offers of a trained model, with the real work behind."""

import io

import numpy as np
import pytest
from PIL import Image

from data import builtin
from jobs.store import Store
from training import saved

RUN_AGAIN = {"digit_images": {"builtin": "digit_images", "images": {}}, "iris": {"builtin": "iris"}}


@pytest.fixture
def on(app):
    """`on(name)`: the Train page on these data, one seed, short."""

    def open_on(name, **fields):
        kept = {"updates": 60, "seeds": 1, "model": "mlp_16", "image_model": "cnn_8", **fields}
        app.at.session_state["kept.data"] = {"choice": RUN_AGAIN[name]}
        app.at.session_state["kept.train"] = kept
        return app.open("train")

    return open_on


def press(app, label):
    next(button for button in app.at.button if button.label == label).click()
    return app.run()


def train(app):
    return press(app, "Train").run()


def job(home, kind="train"):
    store = Store.open(home)
    found = next(job for job in store.jobs(owner="local") if job.kind == kind)
    store.close()
    return found


def frames(app):
    return [element.value for element in app.at.dataframe]


def test_a_finished_training_shows_what_its_model_predicts_with_confidence_and_confusion(on, home):
    app = train(on("iris"))
    assert "The trained model" in app.words()
    task = builtin.task("iris")
    table = next(frame for frame in frames(app) if "confidence" in frame)
    assert len(table) == len(task.test)
    right = job(home).result["rows"][0]["test_metric"]
    assert table["right"].mean() == pytest.approx(right)
    assert table["actual"].tolist() == [task.class_names[target] for target in task.targets[task.test]]
    counts = next(trace for figure in app.figures() for trace in figure["data"] if trace["type"] == "heatmap")
    assert len(counts["x"]) == 3


def test_images_train_with_their_own_models_mixup_and_tta(on, home):
    app = on("digit_images", mixup=0.4, tta=True, updates=30)
    assert [option for option in app.at.selectbox(key="train.image_model").options if "CNN" in option]
    app = train(app)
    request = job(home).request
    assert (request["model"], request["mixup"], request["tta"]["n"]) == ("cnn_8", 0.4, 4)
    final = frames(app)[0]
    (row,) = job(home).result["rows"]
    assert final["Test accuracy with TTA"][0] == f"{row['test_tta_metric']:.4g}"
    assert final["Validation accuracy with TTA"][0] == f"{row['tta_metric']:.4g}"
    columns = list(final)
    assert columns.index("Validation accuracy with TTA") == columns.index("Validation accuracy") + 1
    table = next(frame for frame in frames(app) if "confidence" in frame)
    assert table["image"].str.startswith("data:image/png;base64,").all()
    assert table["file"].str.endswith(".png").all()


def test_tables_have_no_tta(on):
    app = on("iris", tta=True)
    assert "train.tta" not in [toggle.key for toggle in app.at.toggle]


def test_the_ensemble_is_for_schedules_that_restart(on, home):
    app = on("iris", schedules=[{"number": 0, "schedule": "cosine", "parameters": {"peak": 0.1}}])
    assert app.at.toggle(key="train.ensemble").disabled
    restarts = [{"number": 1, "schedule": "cosine_restarts", "parameters": {"peak": 0.1, "cycles": 2}}]
    app = on("iris", schedules=restarts)
    app.at.toggle(key="train.ensemble").set_value(True)
    app = train(app.run())
    (row,) = job(home).result["rows"]
    assert row["ensemble_of"] == 2
    for part, figure in (("Test", "test_ensemble_metric"), ("Validation", "ensemble_metric")):
        assert frames(app)[0][f"{part} accuracy, 2 snapshots"][0] == f"{row[figure]:.4g}"


def test_training_goes_on_from_a_finished_model(on, home):
    app = train(on("iris"))
    first = job(home)
    app = press(app, "Go on training")
    assert app.at.selectbox(key="train.start").value == f"{first.id} 0"
    app = train(app)
    second = job(home)
    assert second.request["start"] == {"run": first.id, "schedule": 0}
    store = Store.open(home)
    assert saved.load(store.artifact(second.id, "model 0", owner="local")).done == 120
    store.close()


def test_an_export_is_made_on_request_and_then_offered(on, home):
    app = train(on("iris"))
    app = press(app, "Export").run()
    made = job(home, "export")
    assert made.state == "done"
    assert "Download the export" in [button.label for button in app.at.get("download_button")]


def test_uploaded_rows_are_predicted(on, home):
    app = train(on("iris"))
    rows = builtin.table("iris").iloc[::30].drop(columns="target")
    uploader = next(element for element in app.at.file_uploader if element.key.startswith("model.new."))
    uploader.upload("new.csv", rows.to_csv(index=False).encode(), "text/csv")
    app = press(app.run(), "Predict").run()
    shown = frames(app)[-1]
    assert shown["row"].tolist() == [1, 2, 3, 4, 5]
    assert np.isin(shown["predicted"], ["setosa", "versicolor", "virginica"]).all()


def test_what_cannot_be_predicted_says_why(on):
    app = train(on("iris"))
    uploader = next(element for element in app.at.file_uploader if element.key.startswith("model.new."))
    uploader.upload("new.csv", b"a,b\n1,2\n3,4\n", "text/csv")
    app = press(app.run(), "Predict").run()
    assert "new.csv: Column sepal length (cm) is not in the new rows." in app.words()


@pytest.mark.parametrize("way", ["saved", "exported"])
def test_a_model_from_a_file_predicts_new_rows(on, home, way):
    app = train(on("iris"))
    store = Store.open(home)
    made = job(home)
    if way == "exported":
        app = press(app, "Export").run()
        stored = store.artifact(job(home, "export").id, "export", owner="local")
    else:
        stored = store.artifact(made.id, "model 0", owner="local")
    app.at.file_uploader(key="uploaded.model").upload("my_model.zip", stored, "application/zip")
    app.run()
    assert "Predicts with my\\_model.zip." in app.words()
    rows = builtin.table("iris").iloc[::30].drop(columns="target")
    app.at.file_uploader(key="uploaded.rows").upload("new.csv", rows.to_csv(index=False).encode(), "text/csv")
    app.run()
    app.at.button(key="uploaded.predict").click()
    app.run().run()
    assert job(home, "predict").request["model_of"]["filename"] == "my_model.zip"
    assert frames(app)[-1]["predicted"].isin(["setosa", "versicolor", "virginica"]).all()
    assert len(frames(app)[-1]) == len(rows)


def test_new_images_have_augmentation_of_their_own_with_both_answers(on, home):
    app = train(on("digit_images", updates=30))
    key = f"model.{job(home).id}.0"
    assert app.at.toggle(key=f"{key}.tta").value is False
    app.at.toggle(key=f"{key}.tta").set_value(True)
    app.run()
    app.at.number_input(key=f"{key}.tta.n").set_value(2)
    app.at.toggle(key=f"{key}.tta.both").set_value(True)
    app.run()
    assert app.at.number_input(key=f"{key}.tta.beta").disabled
    picture = io.BytesIO()
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(picture, "PNG")
    uploader = next(element for element in app.at.file_uploader if element.key.startswith("model.new."))
    uploader.upload("one.png", picture.getvalue(), "image/png")
    app = press(app.run(), "Predict").run()
    tta = job(home, "predict").request["tta"]
    assert (tta["n"], tta["beta"], tta["use_max"]) == (2, None, False)
    assert {"predicted", "predicted plain", "confidence plain"} <= set(frames(app)[-1])


def test_a_saved_model_with_a_long_name_is_kept_once_and_named_as_it_is(on, home, monkeypatch):
    app = train(on("iris"))
    stored = Store.open(home).artifact(job(home).id, "model 0", owner="local")
    kept = []
    save = Store.save_upload
    monkeypatch.setattr(Store, "save_upload", lambda *given, **more: kept.append(1) or save(*given, **more))
    app.at.selectbox(key="train.start").set_value("file")
    app.run()
    app.at.file_uploader(key="train.start.file").upload("x" * 300 + "*new*.zip", stored, "application/zip")
    app = train(app.run())
    assert len(kept) == 1
    start = next(one for one in Store.open(home).jobs(owner="local") if "start" in one.request).request["start"]
    assert start["filename"] == ("x" * 300 + "*new*.zip")[-200:]
    assert "x\\*new\\*.zip." in app.words()


def test_a_combination_is_edited_part_by_part_and_trained(on, home):
    app = on("iris", schedules=[{"number": 0, "schedule": "combined", "parameters": {"peak": 0.1}}])
    app.at.number_input(key="train.parts.0.0.share").set_value(60.0)
    app.run()
    app.at.selectbox(key="train.parts.0.1.schedule").set_value("rex")
    app.run()
    app = train(app)
    (entry,) = job(home).request["schedules"]
    assert entry["parameters"] == {"peak": 0.1, "segments": "0.6 linear_warmup warmup:1 then 0.4 rex"}


def test_a_combination_that_is_nested_too_deep_is_refused_and_the_last_one_stays(on):
    app = on("iris", schedules=[{"number": 0, "schedule": "combined", "parameters": {"peak": 0.1}}])
    app.at.selectbox(key="train.parts.0.1.schedule").set_value("combined")
    app.run()
    app.at.text_input(key="train.parts.0.edition1.1.combined.segments").set_value("1 combined segments:(1 combined)")
    app.run()
    assert "Combination: combinations may be nested 3 deep, got 4." in app.words().replace("\\", "")
