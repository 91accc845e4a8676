"""Images in a real browser: from a ZIP and a CSV to a rate, to a trained model, and with the model out of the app."""

import csv
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.store import Store
from training import saved

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
HANG_MILLISECONDS = 60_000  # the first run also waits until torch is loaded
SIDE, IMAGES, UPDATES = 8, 120, 80
CLASSES = ("across", "down", "dot")
SEES_NOTHING = """
import importlib.util, runpy, sys
assert sys.flags.isolated
for name in ("words", "data", "training", "jobs", "ui"):
    assert importlib.util.find_spec(name) is None, name
assert REPOSITORY not in sys.path
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def made():
    """Return the names and PNG bytes of images, each a bright line across, a line down or a dot, and their CSV."""
    random = np.random.default_rng(0)
    images, lines = {}, ["file,what"]
    for number in range(IMAGES):
        pixels = random.uniform(0, 60, (SIDE, SIDE))
        what, row, column = CLASSES[number % 3], *random.integers(1, SIDE - 2, 2)
        place = {"across": np.s_[row, :], "down": np.s_[:, column], "dot": np.s_[row : row + 2, column : column + 2]}
        pixels[place[what]] = 240
        buffer = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
        images[f"{number:03}.png"] = buffer.getvalue()
        lines.append(f"{number:03}.png,{what}")
    return images, "\n".join(lines).encode()


def packed(images):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in images.items():
            archive.writestr(f"pictures/{name}", raw)
    return buffer.getvalue()


@pytest.fixture
def url(serve, home):
    # What this visitor chose last time: little to do.
    store = Store.open(home)
    chosen = {"image_model": "cnn_8", "seeds": 1, "batch_size": 16}
    store.remember("local", "find", {**chosen, "iterations": 60})
    store.remember("local", "train", {**chosen, "updates": UPDATES})
    store.close()
    return serve("app.py", {"RATESCOPE_HOME": str(home)})


def settled(page):
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    )


def go(page, name):
    page.get_by_role("link", name=re.compile(rf"{name}$")).first.click()
    page.get_by_role("heading", name=re.compile(name)).first.wait_for()
    settled(page)


def choose(page, label, option):
    box, wanted = page.get_by_role("combobox", name=label).first, page.get_by_role("option", name=option, exact=True)
    settled(page)
    box.click()
    deadline = time.monotonic() + HANG_MILLISECONDS / 1000
    while not wanted.is_visible():  # the list closes when the page moves under it
        assert time.monotonic() < deadline
        if box.get_attribute("aria-expanded") == "false":
            box.press("ArrowDown")
    wanted.click()
    settled(page)


def upload(page, label, name, kind, raw):
    settled(page)  # Streamlit 1.67 drops its answer to "where to?" where a run of the page begins at that moment
    uploader = page.locator('[data-testid="stFileUploader"]').filter(has_text=label)
    uploader.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": raw})


def taken(page, home, field):
    """Wait until the Data page has taken an upload, and its run has ended."""
    store, deadline = Store.open(home), time.monotonic() + HANG_MILLISECONDS / 1000
    while not (store.recall("local", "data") or {}).get(field):
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
    store.close()
    settled(page)


def table(page, *titles):
    """Wait for a table with these columns and rows in it; return its rows by title. The grid holds what is in view."""
    read = """titles => [...document.querySelectorAll('[data-testid="stDataFrame"] table')].map(table => {
        const head = [...table.querySelectorAll('[role="columnheader"]')].map(cell => cell.textContent)
        const rows = [...table.querySelectorAll('tbody [role="row"]')].map(row =>
            Object.fromEntries([...row.querySelectorAll('[role="gridcell"]')].map((cell, at) =>
                [head[at], cell.textContent])))
        return titles.every(title => head.includes(title)) && rows.length && rows.every(row =>
            titles.every(title => row[title])) ? rows : null
    }).find(rows => rows)"""
    return page.wait_for_function(read, arg=list(titles)).json_value()


def downloaded(page, button):
    with page.expect_download() as caught:
        page.get_by_role("button", name=button, exact=True).click()
    assert caught.value.failure() is None
    return Path(caught.value.path()).read_bytes()


def trained(page, home):
    """Press Train and wait until that training is done and its model is shown; return the job and its saved model."""
    settled(page)
    before = page.url
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("before => location.href !== before && location.search.includes('run=')", arg=before)
    identifier = re.search(r"run=([\w-]+)", page.url)[1]
    page.locator(f".st-key-model-save-{identifier}-0 button").first.wait_for()
    settled(page)
    store = Store.open(home)
    job = store.job(identifier, owner="local")
    kept = saved.load(store.artifact(identifier, "model 0", owner="local"))
    store.close()
    assert job.state == "done"
    return job, kept


def predicted_alone(stored, folder, name, raw):
    """Run an export's predict.py on an image where this project cannot be imported; return its one line."""
    zipfile.ZipFile(io.BytesIO(stored)).extractall(folder)
    (folder / name).write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-I", "-c", SEES_NOTHING.replace("REPOSITORY", repr(str(ROOT))), "predict.py", name],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = csv.DictReader(io.StringIO(done.stdout))
    return line


def test_images_of_ones_own_through_data_find_and_train_and_the_model_out_again(page, url, home, tmp_path):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(HANG_MILLISECONDS)
    images, labels = made()
    page.goto(url)
    settled(page)

    go(page, "Data")
    page.get_by_role("radio", name="Images").click()
    choose(page, "Images", "My ZIP and CSV")
    upload(page, "ZIP of images", "pictures.zip", "application/zip", packed(images))
    taken(page, home, "images.archive")
    upload(page, "CSV, a row an image", "lines.csv", "text/csv", labels)
    page.locator(".image-grid img").nth(20).wait_for()
    assert set(page.locator(".image-grid figcaption").all_inner_texts()) == set(CLASSES)

    go(page, "Find")
    page.get_by_text(f"{IMAGES} images of {SIDE} × {SIDE} pixels").wait_for()
    page.get_by_role("button", name="Find the learning rate").click()
    page.get_by_role("button", name="Take to Train").nth(3).wait_for()
    page.get_by_role("button", name="Take to Train").nth(2).click()
    page.get_by_text("taken from Find").wait_for()

    first, kept = trained(page, home)
    assert (first.request["model"], kept.done) == ("cnn_8", UPDATES)
    rows = table(page, "Image", "File", "Predicted", "Confidence", "Actual")
    assert {row["Predicted"] for row in rows} <= set(CLASSES)
    assert {row["Actual"] for row in rows} <= set(CLASSES)
    assert np.mean([row["Predicted"] == row["Actual"] for row in rows]) > 0.6  # a third by chance
    confusion = page.get_by_role("img", name="Confusion matrix")
    confusion.or_(page.locator('[aria-label^="Confusion matrix"]')).first.wait_for()

    stored = downloaded(page, "Save")
    assert saved.load(stored).done == UPDATES

    name, predicted = rows[0]["File"].removeprefix("pictures/"), rows[0]["Predicted"]
    page.get_by_text("Predict new rows").click()
    upload(page, "A CSV with the same columns", name, "image/png", images[name])
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_role("button", name="Download the predictions").wait_for()
    (line,) = csv.DictReader(io.StringIO(downloaded(page, "Download the predictions").decode()))
    assert (line["file"], line["predicted"]) == (name, predicted)

    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Download the export").wait_for()
    alone = predicted_alone(downloaded(page, "Download the export"), tmp_path / "alone", name, images[name])
    assert alone["what"] == predicted
    assert float(alone["confidence"]) == pytest.approx(float(line["confidence"]), abs=1e-5)

    page.get_by_text("MixUp, ensemble, saved models").click()
    choose(page, "Begin with", "a saved file")
    upload(page, re.compile(r"^Saved model(?! or)"), "mine.zip", "application/zip", stored)
    page.get_by_text("Begins with mine.zip.").wait_for()
    second, kept = trained(page, home)
    assert second.request["start"]["filename"] == "mine.zip"
    assert kept.done == 2 * UPDATES

    page.get_by_role("button", name="Go on training").click()
    page.get_by_text("Begins with mine.zip.").wait_for(state="hidden")
    third, kept = trained(page, home)
    assert third.request["start"] == {"run": second.id, "schedule": 0}
    assert kept.done == 3 * UPDATES
    assert not errors
