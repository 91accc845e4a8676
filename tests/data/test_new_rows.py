"""Uploaded files become rows prepared as the model's own rows were."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from data import builtin, choice
from data.new_rows import left_out, new_rows
from words import Refusal


def csv(table):
    return table.to_csv(index=False).encode()


def test_a_table_of_the_same_rows_gives_the_same_inputs_in_any_order_of_columns_with_others_beside_them():
    task = builtin.task("iris")
    table = builtin.table("iris").iloc[:5]
    shuffled = table[table.columns[::-1]].assign(note="?")
    new = new_rows(task, [("new.csv", csv(shuffled))])
    np.testing.assert_allclose(new.inputs, task.inputs[:5], rtol=1e-6)
    assert new.test.tolist() == [0, 1, 2, 3, 4]
    assert not new.train.size
    assert not new.validation.size
    assert new.class_names == task.class_names


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("new.csv", b"a,b\n")], "new.csv has a header and no row of data; at least one row is needed."),
        ([], "New rows: choose one CSV file, got 0 files."),
        (
            [("new.csv", b"petal length (cm),petal width (cm)\n1,2\n")],
            "new.csv: Column sepal length (cm) is not in the new rows.",
        ),
        (
            [("new.csv", csv(builtin.table("iris").astype(object).replace({5.1: "tall"})))],
            "new.csv: Column sepal length (cm), row 1: 'tall' is not a number.",
        ),
        (
            [("new.csv", csv(builtin.table("iris").iloc[:3].astype(object).replace({4.9: "1e400"})))],
            "new.csv: Column sepal length (cm) is infinite in line 3; it must be a finite number, or empty.",
        ),
        (
            [("new.csv", csv(builtin.table("iris").iloc[:1].astype(object).replace({5.1: "inf"})))],
            "new.csv: Column sepal length (cm) is infinite in row 1; it must be a finite number, or empty.",
        ),
    ],
)
def test_files_that_are_no_rows_of_the_table_are_refused_with_one_sentence(files, sentence):
    with pytest.raises(Refusal) as refusal:
        new_rows(builtin.task("iris"), files)
    assert str(refusal.value) == sentence


def test_an_infinite_cell_of_a_column_that_the_model_does_not_read_is_none_of_its_business():
    task = builtin.task("iris")
    table = builtin.table("iris").iloc[:3].assign(note=["1", "1e400", "2"])
    np.testing.assert_allclose(new_rows(task, [("new.csv", csv(table))]).inputs, task.inputs[:3], rtol=1e-6)


@pytest.fixture(scope="module")
def shapes():
    return choice.load({"builtin": "digit_images", "images": {}}, lambda sha256: b"")


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_images_are_laid_out_as_those_that_the_model_saw(shapes):
    pixels = shapes.inputs[:3, 0]
    new = new_rows(shapes, [(f"{number}.png", png(image)) for number, image in enumerate(pixels)])
    np.testing.assert_array_equal(new.inputs, shapes.inputs[:3])
    assert new.file_names == ("0.png", "1.png", "2.png")


def test_what_is_no_image_is_refused_by_its_name(shapes):
    with pytest.raises(Refusal, match=r"^new\.png: "):
        new_rows(shapes, [("new.png", b"no image")])


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def test_what_is_named_as_no_image_in_a_zip_is_left_out_and_told(shapes):
    pixels = shapes.inputs[:2, 0]
    raw = zipped({"README.txt": b"Hello", "a/1.PNG": png(pixels[0]), "labels.csv": b"a,b", "a/2.png": png(pixels[1])})
    new = new_rows(shapes, [("new.zip", raw)])
    assert new.file_names == ("a/1.PNG", "a/2.png")
    np.testing.assert_array_equal(new.inputs, shapes.inputs[:2])
    assert left_out([("new.zip", raw)]) == ("README.txt", "labels.csv")
    assert left_out([("new.png", png(pixels[0]))]) == ()


def test_images_without_a_suffix_are_taken_where_none_has_one(shapes):
    raw = zipped({f"{number}": png(shapes.inputs[number, 0]) for number in range(2)})
    assert new_rows(shapes, [("new.zip", raw)]).file_names == ("0", "1")
    assert left_out([("new.zip", raw)]) == ()
    with pytest.raises(Refusal, match=r"^new\.zip: README: it is not an image"):
        new_rows(shapes, [("new.zip", zipped({"README": b"Hello"}))])


def test_the_image_that_is_too_large_is_named(shapes):
    height, width = shapes.inputs.shape[2:]
    small, large = np.zeros((height, width), np.uint8), np.zeros((height + 1, width + 2), np.uint8)
    sentence = f"it is {width + 2} x {height + 1} pixels; the model was trained on images of up to {width} x {height}."
    for files, where in (
        ([("1.png", png(small)), ("2.png", png(large))], "2.png"),
        ([("new.zip", zipped({"a.png": png(large), "b.png": png(small)}))], "new.zip: a.png"),
    ):
        with pytest.raises(Refusal) as refusal:
            new_rows(shapes, files)
        assert str(refusal.value) == f"{where}: {sentence}"
