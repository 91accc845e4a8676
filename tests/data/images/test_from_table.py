"""Each argument of from_df, by cases that one can check by eye, and the sentence of each that is not allowed."""

import numpy as np
import pytest

from data.images import arguments
from data.images.propose import propose
from data.images.recipe import apply, view
from data.images.table import table
from words import Refusal

ROWS = [f"{number}.png,{'even' if number % 2 == 0 else 'odd'}" for number in range(10)]
CSV = "file,label\n" + "\n".join(ROWS) + "\n"


def shade(task, row):
    """The number of the image in a row: image n of `made` has pixels of 10 n."""
    return int(task.inputs[row, 0, 0, 0]) // 10


def test_the_first_column_names_the_file_and_the_second_the_label(made):
    task = made(CSV)
    assert task.kind == "classes"
    assert task.class_names == ("even", "odd")
    assert task.inputs.shape == (10, 1, 4, 4)
    assert task.inputs.dtype == np.uint8
    assert [shade(task, row) for row in range(10)] == list(range(10))
    assert task.targets.tolist() == [0, 1] * 5
    assert task.targets.dtype == np.int64
    assert (task.target_name, task.name, task.sizes) == ("label", "labels", None)
    assert task.file_names == tuple(f"{number}.png" for number in range(10))
    assert task.image == (1, 4, 4)


def test_columns_by_name_or_number(made):
    text = "label,x,file\n" + "".join(f"{row.split(',')[1]},7,{row.split(',')[0]}\n" for row in ROWS)
    by_name, by_number = made(text, fn_col="file", label_col="label"), made(text, fn_col=2, label_col=0)
    np.testing.assert_array_equal(by_name.targets, by_number.targets)
    assert by_name.file_names == by_number.file_names == made(CSV).file_names


def test_file_names_and_labels_are_taken_as_written(made):
    files = {f"{number:03}": np.full((2, 2), number) for number in range(6)}
    task = made("file,label\n" + "".join(f"{number:03},0{number % 2}\n" for number in range(6)), files)
    assert task.file_names == ("000", "001", "002", "003", "004", "005")
    assert task.class_names == ("00", "01")
    assert [int(image.max()) for image in task.inputs] == [0, 1, 2, 3, 4, 5]


def test_folder_and_suff_go_around_the_name(made):
    files = {f"deep/pictures/{number}.png": np.full((2, 2), number) for number in range(10)}
    text = "file,label\n" + "\n".join(row.replace(".png", "") for row in ROWS)
    task = made(text, files, folder="deep/pictures", suff=".png")
    assert [int(image.max()) for image in task.inputs] == list(range(10))
    assert task.file_names == tuple(str(number) for number in range(10))
    assert made("file,label\n" + "\n".join(f"./{row}" for row in ROWS)).file_names[0] == "./0.png"


def test_label_delim_gives_several_labels_a_row(made):
    cells = ["red;round", "red", "", "round; red", "square", "red;round", "red", "square", "round", "red"]
    text = "file,label\n" + "".join(f"{at}.png,{cell}\n" for at, cell in enumerate(cells))
    task = made(text, label_delim=";")
    assert task.kind == "multi-label"
    assert task.class_names == ("red", "round", "square")
    assert task.targets.dtype == np.float32
    assert task.targets[:5].tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert task.outputs == 3


def test_several_label_columns_give_several_labels_a_row(made):
    text = "file,shape,colour\n" + "".join(
        f"{at}.png,{'round' if at % 2 else ''},{'red' if at < 3 else 'blue'}\n" for at in range(10)
    )
    task = made(text, label_col=["shape", "colour"])
    assert task.class_names == ("blue", "red", "round")
    assert task.target_name == "shape, colour"
    assert task.targets[:4].tolist() == [[0, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1]]


def test_categories_without_a_delimiter_are_one_label_a_row_and_not_its_letters(made):
    task = made(CSV, y_block="categories")
    assert task.class_names == ("even", "odd")
    assert task.targets[:2].tolist() == [[1, 0], [0, 1]]


def test_numbers_are_scaled_by_the_training_rows(made):
    task = made("file,area\n" + "".join(f"{at}.png,{at * 2.5}\n" for at in range(10)), y_block="number")
    assert task.kind == "number"
    assert task.targets.dtype == np.float32
    own = task.targets * task.target_scale + task.target_mean
    np.testing.assert_allclose(own, np.arange(10) * 2.5, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(task.targets[task.train].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(task.targets[task.train].std(), 1, rtol=1e-5)


def test_numbers_in_a_local_style_are_read_as_every_csv_is(made):
    text = "file;area\n" + "".join(f"{at}.png;1.00{at},5\n" for at in range(10))
    task = made(text, y_block="number")
    np.testing.assert_allclose(task.targets * task.target_scale + task.target_mean, np.arange(10) + 1000.5, rtol=1e-5)


def test_valid_pct_and_test_pct_are_shares_of_all_rows(made):
    task = made(CSV, valid_pct=0.3, test_pct=0.1)
    assert (len(task.train), len(task.validation), len(task.test)) == (6, 3, 1)
    assert sorted([*task.train, *task.validation, *task.test]) == list(range(10))


def test_the_seed_decides_the_rows(made):
    first, again, other = made(CSV), made(CSV), made(CSV, seed=1)
    np.testing.assert_array_equal(first.validation, again.validation)
    assert first.validation.tolist() != other.validation.tolist() or first.test.tolist() != other.test.tolist()


@pytest.mark.parametrize("words", [("True", "False"), ("TRUE", "false"), ("1", "0")])
def test_valid_col_marks_the_validation_rows_and_the_test_rows_come_out_of_the_others(made, words):
    text = "file,label,is_valid\n" + "".join(f"{row},{words[at not in (1, 4, 5)]}\n" for at, row in enumerate(ROWS))
    task = made(text, valid_col="is_valid", test_pct=0.3, valid_pct=0.5)
    assert task.validation.tolist() == [1, 4, 5]
    assert (len(task.train), len(task.test)) == (5, 2)
    assert not set(task.test) & {1, 4, 5}


def test_mean_and_deviation_are_those_of_the_training_pixels_inside_the_images(made):
    files = {f"{at}.png": np.array([[0, 255]] if at % 2 else [[0, 255], [255, 255]]) for at in range(10)}
    task = made(CSV, files)
    pixels = np.concatenate([files[f"{row}.png"].ravel() for row in task.train]) / 255
    np.testing.assert_allclose(task.recipe["mean"], [pixels.mean()], rtol=1e-12)
    np.testing.assert_allclose(task.recipe["std"], [pixels.std()], rtol=1e-12)
    assert task.sizes[:2].tolist() == [[2, 2], [1, 2]]
    assert task.recipe["canvas"] == [2, 2]


def test_colour_is_the_default_and_a_channel_of_one_value_has_deviation_one(made):
    files = {f"{at}.png": np.full((2, 2, 3), (at * 20, 5, 0)) for at in range(10)}
    task = made(CSV, files, img_cls="PILImage")
    assert task.inputs.shape == (10, 3, 2, 2)
    assert task.inputs[3, :, 0, 0].tolist() == [60, 5, 0]
    assert task.recipe["mode"] == "RGB"
    assert task.recipe["std"][1:] == [1.0, 1.0]
    assert 0 < task.recipe["std"][0] < 1


def test_item_transforms_make_the_canvas_and_the_crop(made):
    task = made(CSV, item_tfms=[{"name": "RandomCrop", "size": [5, 3]}, {"name": "Resize", "size": 6}])
    assert task.inputs.shape == (10, 1, 6, 6)
    assert task.image == (1, 5, 3)
    assert task.transforms == {"crop": [5, 3], "flip": False, "shift": 0.0}
    assert (task.recipe["resize"], task.recipe["method"], task.recipe["crop"]) == ([6, 6], "crop", [5, 3])


def test_batch_transforms_are_kept_for_the_training(made):
    task = made(CSV, batch_tfms=[{"name": "Flip"}, {"name": "Shift", "share": 0.25}])
    assert task.transforms == {"crop": None, "flip": True, "shift": 0.25}


def test_the_recipe_gives_new_files_as_the_task_has_them(made, png):
    image = (np.arange(30).reshape(5, 6) * 8).astype(np.uint8)
    files = {f"{at}.png": image if at == 4 else np.full((4, 4), at) for at in range(10)}
    task = made(CSV, files, item_tfms=[{"name": "Resize", "size": [3, 4], "method": "pad"}])
    canvas, sizes = apply(task.recipe, [png(image)])
    np.testing.assert_array_equal(canvas[0], task.inputs[4])
    assert view(task.recipe, canvas, sizes).shape == (1, *task.image)


MISSING = "labels.csv, line 4: the label in column label is missing: '{value}'."


@pytest.mark.parametrize(
    ("old", "new", "given", "sentence"),
    [
        ("2.png,even", "2.png,", {}, MISSING.format(value="")),
        ("2.png,even", "2.png,  ", {}, MISSING.format(value="")),
        ("2.png,even", "2.png,a;;b", {"label_delim": ";"},
         "labels.csv, line 4: one of the labels in column label is empty: 'a;;b'."),
        ("2.png,even", "2.png,even", {"y_block": "number"},
         "labels.csv, line 2: the label in column label must be a finite number, got 'even'."),
        ("2.png,even", "x/2.png,even", {}, "labels.csv, line 4: x/2.png is not in pictures.zip, which holds 0.png, "
         "1.png, 2.png, ...."),
        ("2.png,even", "2.png,even", {"folder": "x"}, "labels.csv, line 2: x/0.png is not in pictures.zip, which holds "
         "0.png, 1.png, 2.png, ...."),
        ("2.png,even", "2.png,even", {"fn_col": "name"},
         "Images: fn_col must be one of the columns file, label, or a number 0 to 1, got name."),
        ("2.png,even", "2.png,even", {"label_col": 2},
         "Images: label_col must be one of the columns file, label, or a number 0 to 1, got 2."),
        ("2.png,even", "2.png,even", {"valid_col": "label"},
         "labels.csv, line 2: valid_col label must be true or false (or 1 or 0), got 'even'."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_line_and_value(made, old, new, given, sentence):
    with pytest.raises(Refusal) as refusal:
        made(CSV.replace(old, new), **given)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["NA", "None", "null", "-"])
def test_words_for_what_is_missing_elsewhere_are_classes_here(made, name):
    task = made(CSV.replace("odd", name))
    assert set(task.class_names) == {"even", name}


@pytest.mark.parametrize("cell", ["", "NA"])
def test_a_missing_number_is_refused(made, cell):
    text = "file,area\n" + "".join(f"{at}.png,{cell if at == 3 else at}\n" for at in range(10))
    with pytest.raises(Refusal) as refusal:
        made(text, y_block="number")
    assert str(refusal.value) == f"labels.csv, line 5: the label in column area is missing: {cell!r}."


def test_numbers_must_be_finite(made):
    text = "file,area\n" + "".join(f"{at}.png,{'inf' if at == 3 else at}\n" for at in range(10))
    with pytest.raises(Refusal, match=r"^labels.csv, line 5: .* column area must be a finite number, got 'inf'\.$"):
        made(text, y_block="number")


@pytest.mark.parametrize("value", ["1", "0"])
def test_a_validation_column_must_leave_rows_on_both_sides(made, value):
    text = "file,label,valid\n" + "".join(f"{row},{value}\n" for row in ROWS)
    with pytest.raises(Refusal, match=r"^The validation column must mark one row at least and leave two, got "):
        made(text, valid_col="valid")


def test_equal_labels_everywhere_are_refused(made):
    text = "file,label\n" + "".join(f"{at}.png,a;b\n" for at in range(10))
    with pytest.raises(Refusal) as refusal:
        made(text, label_delim=";")
    assert str(refusal.value) == "All 10 rows have the same labels in label, so there is nothing to learn."


def test_a_canvas_too_large_for_the_memory_is_refused_before_it_is_made(made, monkeypatch):
    from data.images import from_table

    monkeypatch.setattr(from_table, "MOST_BYTES", 159)
    with pytest.raises(Refusal) as refusal:
        made(CSV)
    assert str(refusal.value) == (
        "labels.csv, line 2: 10 images of 4 x 4 pixels are more than the 0 MB of pixels allowed; resize them to less."
    )
    assert made(CSV, item_tfms=[{"name": "Resize", "size": 2}]).inputs.shape == (10, 1, 2, 2)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "Images: the arguments must be an object, got []."),
        ({"bs": 0}, "Images: bs must be a whole number, 1 to 8,192, got 0."),
        ({"val_bs": 2.5}, "Images: val_bs must be a whole number, 1 to 8,192, got 2.5."),
        ({"shuffle": 1.5}, "Images: shuffle must be true or false, got 1.5."),
        ({"device": "tpu"}, "Images: device must be one of auto, cpu, cuda, mps, got tpu."),
        ({"vocab": 1}, "Images: allowed are fn_col, label_col, label_delim, y_block, valid_pct, valid_col, test_pct, "
         "seed, folder, suff, img_cls, item_tfms, batch_tfms, bs, val_bs, shuffle, device, got vocab."),
        ({"fn_col": True}, "Images: fn_col must be the name or the number of a column, got True."),
        ({"label_col": []}, "Images: label_col must name one column at least, got none."),
        ({"label_delim": ""}, "Images: label_delim must be text of 1 to 20 characters, got ."),
        ({"suff": 3}, "Images: suff must be text of 0 to 20 characters, got 3."),
        ({"y_block": "points"}, "Images: y_block must be one of category, categories, number, got points."),
        ({"y_block": "number", "label_delim": ";"}, "Images: y_block number has one label a row, but label_delim or "
         "several label_col give several."),
        ({"y_block": "category", "label_col": ["a", "b"]}, "Images: y_block category has one label a row, but "
         "label_delim or several label_col give several."),
        ({"valid_pct": 0}, "Split: validation (share of rows) must be 0.01 to 0.5, got 0."),
        ({"test_pct": 0}, "Split: test (share of rows) must be 0.01 to 0.5, got 0."),
        ({"seed": None}, "Split: seed must be a whole number 0 to 2147483647, got None."),
        ({"folder": "/etc"}, "Images: the folder /etc is an absolute path; paths must be relative."),
        ({"folder": "a/../b"}, "Images: the folder a/../b leads out of its folder with ..."),
        ({"img_cls": "RGB"}, "Images: img_cls must be one of PILImage, PILImageBW, got RGB."),
        ({"item_tfms": {}}, "Images: item_tfms must be a list, got {}."),
        ({"item_tfms": [{"name": "Rotate"}]}, "Images: item_tfms may hold Resize, RandomCrop, got Rotate."),
        ({"item_tfms": [{"name": "Resize", "size": 0}]},
         "Images: Resize's size must be [height, width] of 1 to 512 pixels each, got 0."),
        ({"item_tfms": [{"name": "RandomCrop", "size": [1, 2, 3]}]},
         "Images: RandomCrop's size must be [height, width] of 1 to 512 pixels each, got [1, 2, 3]."),
        ({"item_tfms": [{"name": "Resize", "size": 8, "method": "zoom"}]},
         "Images: Resize's method must be one of squish, crop, pad, got zoom."),
        ({"item_tfms": [{"name": "Resize", "size": 8, "pad_mode": "zeros"}]},
         "Images: Resize may have name, size, method, got pad_mode."),
        ({"item_tfms": [{"name": "Resize", "size": 8}] * 2}, "Images: item_tfms has Resize twice."),
        ({"batch_tfms": [{"name": "Shift", "share": 0.6}]},
         "Images: Shift's share of the side must be 0 to 0.5, got 0.6."),
    ],
)  # fmt: skip
def test_arguments_that_are_not_allowed(given, sentence):
    with pytest.raises(Refusal) as refusal:
        arguments.check(given)
    assert str(refusal.value) == sentence


def test_the_defaults_are_fastais():
    checked = arguments.check({})
    assert {name: checked[name] for name in ("fn_col", "label_col", "label_delim", "valid_pct", "folder", "suff")} == {
        "fn_col": 0, "label_col": 1, "label_delim": None, "valid_pct": 0.2, "folder": None, "suff": "",
    }  # fmt: skip
    assert (checked["img_cls"], checked["y_block"], checked["valid_col"]) == ("PILImage", "category", None)
    assert arguments.check(checked) == checked


def test_arguments_are_proposed_from_the_files(packed):
    archive = packed({f"set/{number}.png": np.full((2, 2), number) for number in range(4)})
    rows = table(b"id,tags,is_valid\n0,red;round,True\n1,red,False\n2,round,False\n3,red,True\n", "labels.csv")
    assert propose(archive, rows) == {
        "fn_col": "id", "folder": "set", "suff": ".png", "label_col": "tags", "label_delim": ";",
        "valid_col": "is_valid", "img_cls": "PILImageBW",
    }  # fmt: skip
    rows = table(b"x,picture,y\n1,set/0.png,2 a\n2,set/1.png,2 a\n", "labels.csv")
    assert propose(archive, rows) == {
        "fn_col": "picture", "folder": None, "suff": "", "label_col": "y", "label_delim": None, "valid_col": None,
        "img_cls": "PILImageBW",
    }  # fmt: skip
    coloured = packed({"set/0.png": np.zeros((2, 2, 3)), "set/1.png": np.zeros((2, 2))})
    assert propose(coloured, rows)["img_cls"] == "PILImage"
    assert propose(packed({"set/0.png": b"no image", "set/1.png": b""}), rows)["img_cls"] == "PILImage"


@pytest.mark.parametrize(
    ("cells", "delimiter"),
    [
        ([f"{number // 7},{number % 10}" for number in range(60)], None),  # numbers with a decimal comma
        ([f"{colour} {form}" for colour in ("red", "blue") for form in ("circle", "square", "star")] * 10, None),
        (["red,round", "red", "round", "blue,round", "blue", "red"] * 10, ","),
        (["red|round", "red", "round", "blue|round", "blue", "red"] * 10, "|"),
    ],
)
def test_a_delimiter_is_proposed_where_labels_are_parted_and_nowhere_else(packed, cells, delimiter):
    archive = packed({f"{number}.png": np.full((2, 2), number) for number in range(60)})
    text = "file;label\n" + "\n".join(f"{number}.png;{cell}" for number, cell in enumerate(cells))
    assert propose(archive, table(text.encode(), "labels.csv"))["label_delim"] == delimiter


def test_how_the_loaders_go_through_the_rows_is_in_the_choice_only_where_it_is_given(made):
    assert not {"bs", "val_bs", "shuffle", "device"} & set(arguments.check({"bs": 64, "shuffle": True, "device": None}))
    given = {"bs": 8, "val_bs": 16, "shuffle": False, "device": "cpu"}
    assert given.items() <= arguments.check(given).items()
    assert "shuffle" not in made(CSV).transforms
    assert made(CSV, shuffle=False).transforms["shuffle"] is False
