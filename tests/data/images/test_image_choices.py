"""Choices of images: checked, loaded from uploads or built in, told apart, and fit to be trained on."""

import hashlib
import json
import re

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from data import choice as choices
from data import task as tasks
from data.images import notes, shapes
from data.images.archive import Archive
from data.images.builtin import IMAGES, files
from data.images.preview import pictures
from data.images.recipe import view
from words import Refusal

PACKED, TEXT = files("shapes", {"rows": 120, "most": 2})
STORED = {hashlib.sha256(raw).hexdigest(): raw for raw in (PACKED, TEXT)}
ARCHIVE, TABLE = STORED
CHOICE = {"archive": ARCHIVE, "archive_filename": "shapes.zip", "upload": TABLE, "filename": "shapes.csv",
          "images": {"folder": "images", "label_col": "shapes", "label_delim": ";",
                     "img_cls": "PILImageBW"}}  # fmt: skip


def no_upload(name):
    raise AssertionError(name)


def test_an_upload_and_the_built_in_set_of_the_same_files_are_the_same_task():
    uploaded = choices.load(CHOICE, STORED.__getitem__)
    own = {"label_col": "shapes", "label_delim": ";"}
    built = choices.load({"builtin": "shapes", "options": {"rows": 120, "most": 2}, "images": own}, no_upload)
    np.testing.assert_array_equal(uploaded.inputs, built.inputs)
    np.testing.assert_array_equal(uploaded.targets, built.targets)
    assert uploaded.kind == built.kind == "multi-label"
    assert uploaded.class_names == ("circle", "square", "star", "triangle")
    assert uploaded.recipe == built.recipe
    json.dumps(built.recipe), json.dumps(built.transforms)


def test_digit_images_are_the_digits():
    task = choices.load({"builtin": "digit_images"}, no_upload)
    digits = load_digits()
    np.testing.assert_array_equal(np.round(task.inputs[:, 0] * (16 / 255)), digits.images)
    np.testing.assert_array_equal(task.targets, digits.target)
    assert task.class_names == tuple("0123456789")
    inputs = view(task.recipe, task.inputs, task.sizes).reshape(len(task.inputs), -1)
    model = LogisticRegression(max_iter=200).fit(inputs[task.train], task.targets[task.train])
    assert model.score(inputs[task.validation], task.targets[task.validation]) > 0.93


@pytest.mark.parametrize(
    ("images", "kind", "names"),
    [
        ({}, "classes", ("circle", "square", "star", "triangle")),
        ({"label_col": "shapes", "label_delim": ";"}, "multi-label", ("circle", "square", "star", "triangle")),
        ({"label_col": "area", "y_block": "number"}, "number", ()),
        ({"valid_col": "is_valid"}, "classes", ("circle", "square", "star", "triangle")),
    ],
)
def test_the_shapes_offer_every_kind_of_target(images, kind, names):
    task = choices.load({"builtin": "shapes", "options": {"rows": 150, "most": 3}, "images": images}, no_upload)
    assert (task.kind, task.class_names, task.image) == (kind, names, (1, 16, 16))
    assert len({*task.train, *task.validation, *task.test}) == 150
    assert all(len(rows) for rows in (task.train, task.validation, task.test))
    back = tasks.load(tasks.save(task))
    assert (back.image, back.transforms, back.file_names) == (task.image, task.transforms, task.file_names)


@pytest.mark.parametrize("name", shapes.NAMES)
def test_a_shape_covers_what_geometry_says(name):
    share = shapes.cover(name, 7.0, np.array([8.0, 8.0]), 0.3)
    corners = shapes.CORNERS.get(name)
    inner = shapes.INNER if name == "star" else np.cos(np.pi / corners) if corners else 1
    # A star or polygon is 2 n triangles between the centre, a corner and its neighbour on the inner circle.
    area = 7.0**2 * (corners * inner * np.sin(np.pi / corners) if corners else np.pi)
    np.testing.assert_allclose(share.sum(), area, rtol=0.02)


def test_equal_options_give_equal_files_and_another_seed_others():
    assert files("shapes", {"rows": 120, "most": 2}) == (PACKED, TEXT)
    assert files("shapes", {"rows": 120, "most": 2, "seed": 1})[1] != TEXT


def test_defaults_are_filled_in_and_stay():
    checked = choices.check({"builtin": "digit_images"})
    assert checked["images"]["label_col"] == "digit"
    assert checked["options"] == {}
    assert choices.check(checked) == checked
    assert choices.check(choices.check(CHOICE)) == choices.check(CHOICE)
    assert set(IMAGES) == {"digit_images", "shapes"}


def test_fingerprints_tell_choices_apart():
    other = {**CHOICE, "images": {**CHOICE["images"], "seed": 1}}
    crop = {**CHOICE, "images": {**CHOICE["images"], "item_tfms": [{"name": "RandomCrop", "size": 8}]}}
    same = {**CHOICE, "images": {**CHOICE["images"], "suff": "", "y_block": "categories"}}
    prints = [choices.fingerprint(one) for one in (CHOICE, other, crop, {"builtin": "shapes"})]
    assert len(set(prints)) == 4
    assert choices.fingerprint(same) == prints[0]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"archive": "../x"}, "The archive must be named by its SHA-256, 64 digits of 0 to f, got ../x."),
        ({"upload": 3}, "The upload must be named by its SHA-256, 64 digits of 0 to f, got 3."),
        ({"archive_filename": ""}, "The archive_filename must be text of 1 to 255 characters, got ."),
        ({"split": {}}, "The data's choice may hold archive, archive_filename, upload, filename, images, got split."),
        ({"images": 3}, "Images: the arguments must be an object, got 3."),
    ],
)
def test_refusals(changed, sentence):
    with pytest.raises(Refusal) as refusal:
        choices.check(CHOICE | changed)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"builtin": "shapes", "split": {}}, "The data's choice may hold builtin, options, images, got split."),
        ({"builtin": "shapes", "options": {"rows": 1}}, "Shapes: rows must be a whole number 100 to 5000, got 1."),
        ({"builtin": "digit_images", "options": {"rows": 100}},
         "Digits as image files: allowed options are none, got rows."),
    ],
)  # fmt: skip
def test_refusals_of_built_in_sets(choice, sentence):
    with pytest.raises(Refusal) as refusal:
        choices.check(choice)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("damaged", [ARCHIVE, TABLE])
def test_a_damaged_upload_is_refused(damaged):
    with pytest.raises(Refusal, match=r"^The stored upload shapes\.(zip|csv) is damaged; upload it again\.$"):
        choices.load(CHOICE, (STORED | {damaged: b"x"}).__getitem__)


def test_the_preview_in_validation_is_what_the_model_sees(made):
    files_ = {f"{at}.png": np.full((5 + at % 2, 4), 20 * at + 10) for at in range(10)}
    text = "file,label\n" + "".join(f"{at}.png,{at % 2}\n" for at in range(10))
    task = made(text, files_, item_tfms=[{"name": "RandomCrop", "size": 7}])
    rows = np.arange(10)
    seen = view(task.recipe | {"mean": [0.0], "std": [1.0]}, task.inputs, task.sizes)
    np.testing.assert_allclose(pictures(task, rows)[..., 0] / 255, seen[:, 0], rtol=1e-6)


def test_the_preview_of_training_crops_flips_and_shifts(made):
    image = np.arange(1, 17).reshape(4, 4)
    files_ = {f"{at}.png": image for at in range(10)}
    text = "file,label\n" + "".join(f"{at}.png,{at % 2}\n" for at in range(10))
    rows = np.tile(np.arange(10), 8)
    cropped = pictures(made(text, files_, item_tfms=[{"name": "RandomCrop", "size": 3}]), rows, seed=0)[..., 0]
    places = {(top, left): image[top : top + 3, left : left + 3].tolist() for top in range(2) for left in range(2)}
    assert {str(picture.tolist()) for picture in cropped} == {str(part) for part in places.values()}
    flipped = pictures(made(text, files_, batch_tfms=[{"name": "Flip"}]), rows, seed=0)[..., 0]
    assert {str(picture.tolist()) for picture in flipped} == {str(image.tolist()), str(image[:, ::-1].tolist())}
    shifted = pictures(made(text, files_, batch_tfms=[{"name": "Shift", "share": 0.25}]), rows, seed=0)[..., 0]
    firsts = {int(picture[1, 1]) for picture in shifted}
    assert firsts == {1, 2, 3, 5, 6, 7, 9, 10, 11}
    assert all(picture.sum() <= image.sum() for picture in shifted)


def test_the_notes_say_what_is_left_out_repeated_and_unlike(made, packed):
    files_ = {f"{at}.png": np.full((4 + at % 2, 4), at) for at in range(10)}
    text = "file,label\n" + "".join(f"{at % 8}.png,{'ab'[at % 2]}\n" for at in range(16))
    told = notes.about(made(text, files_), packed(files_))
    assert told[:2] == [
        "2 of 10 files in the ZIP are in no row of the CSV; they are left out.",
        "8 files are named by more than one row.",
    ]
    assert re.fullmatch(r"\d files are in more than one of training, validation and test, so that .*", told[2])
    assert told[3:] == [
        "Images are 4 to 4 pixels wide and 4 to 5 high; smaller ones lie on black. Resize makes them alike."
    ]
    built = choices.load({"builtin": "shapes", "options": {"rows": 100}}, no_upload)
    assert notes.about(built, Archive(files("shapes", {"rows": 100})[0], "shapes.zip")) == []
