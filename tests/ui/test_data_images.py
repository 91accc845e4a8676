"""Images on the Data page: built in or one's own, corrected, shown, refused in place, and kept."""

import re

import pytest

from data.images.builtin import files

PACKED, TEXT = files("shapes", {"rows": 100, "most": 2})


@pytest.fixture
def page(app):
    app.open("data")
    app.at.segmented_control(key="data.source").set_value("images")
    return app.run()


def metrics(app):
    return {metric.label: metric.value for metric in app.at.metric}


def grid(app):
    """The grid of images, as HTML."""
    return next(element.proto.body for element in app.at.get("html") if "image-grid" in element.proto.body)


def upload(app, archive=PACKED, text=TEXT):
    app.at.selectbox(key="data.images").set_value("own")
    app.run()
    app.at.file_uploader(key="data.images.archive").upload("pictures.zip", archive, "application/zip")
    app.run()
    app.at.file_uploader(key="data.images.upload").upload("labels.csv", text, "text/csv")
    return app.run()


def test_the_shapes_are_shown_with_their_labels_and_put_in_force(page):
    assert metrics(page) == {"Training": "600", "Validation": "200", "Test": "200", "Image": "16 × 16"}
    captions = re.findall(r"<figcaption>(\w+)</figcaption>", grid(page))
    assert len(captions) == 36
    assert set(captions) == {"circle", "square", "star", "triangle"}
    assert page.figures()[0]["data"][0]["x"] == ["circle", "square", "star", "triangle"]


def test_several_labels_and_numbers_can_be_chosen(page):
    page.at.number_input(key="data.images.options.shapes.rows").set_value(150)
    page.at.number_input(key="data.images.options.shapes.most").set_value(3)
    page.at.multiselect(key="data.images.shapes.label_col").set_value(["shapes"])
    page.at.text_input(key="data.images.shapes.label_delim").set_value(";")
    page.run()
    assert any(", " in caption for caption in re.findall(r"<figcaption>([^<]+)</figcaption>", grid(page)))
    page.at.multiselect(key="data.images.shapes.label_col").set_value(["area"])
    page.at.text_input(key="data.images.shapes.label_delim").set_value("")
    page.at.selectbox(key="data.images.shapes.y_block").set_value("number")
    page.run()
    assert not page.at.error
    assert page.figures()[0]["layout"]["xaxis"]["title"]["text"] == "area"


def test_transforms_change_what_is_shown(page):
    before = grid(page)
    page.at.toggle(key="data.images.shapes.crop").set_value(True)
    page.run()
    assert metrics(page)["Image"] == "28 × 28"
    cropped = grid(page)
    page.at.segmented_control(key="data.images.shown").set_value("drawn")
    page.run()
    assert len({before, cropped, grid(page)}) == 3


def test_what_does_not_fit_is_refused_in_place(page):
    page.at.selectbox(key="data.images.shapes.y_block").set_value("number")
    page.run()
    assert "must be a finite number, got 'square'" in page.at.error[0].value.replace("\\", "")
    assert "Find and Train go on with shapes." in page.words()


def test_an_upload_is_understood_without_a_click_and_kept(page):
    upload(page)
    assert not page.at.error
    assert page.at.selectbox(key="data.images.own.fn_col").value == "file"
    assert page.at.text_input(key="data.images.own.folder").value == "images"
    assert page.at.selectbox(key="data.images.own.valid_col").value == "is_valid"
    assert page.at.multiselect(key="data.images.own.label_col").value == ["shape"]
    assert sum(int(metrics(page)[name]) for name in ("Training", "Validation", "Test")) == 100
    page.open("find")
    assert "labels.csv" in page.words().replace("\\", "")
    page.open("data")
    assert page.at.selectbox(key="data.images").value == "own"
    assert metrics(page)["Image"] == "16 × 16"


def test_a_refused_archive_leaves_the_last_one(page):
    upload(page)
    page.at.file_uploader(key="data.images.archive").upload("evil.zip", b"PK\x03\x04", "application/zip")
    page.run()
    assert "evil.zip is cut off: the end of the ZIP archive is missing." in page.at.error[0].value.replace("\\", "")
    assert metrics(page)["Image"] == "16 × 16"


def test_a_label_is_never_markup(page):
    text = b"file,label\n" + b"".join(b"images/%04d.png,<b>x%d</b>\n" % (at, at % 2) for at in range(100))
    upload(page, text=text)
    assert "<b>" not in grid(page)
    assert "&lt;b&gt;x1&lt;/b&gt;" in grid(page)


def test_the_loaders_arguments_go_into_the_choice_and_on_to_find_and_train(page):
    page.at.number_input(key="data.images.shapes.bs").set_value(16)
    page.at.toggle(key="data.images.shapes.shuffle").set_value(False)
    page.at.selectbox(key="data.images.shapes.device").set_value("cpu")
    page.run()
    images = page.at.session_state["kept.data"]["choice"]["images"]
    assert {name: images[name] for name in ("bs", "shuffle", "device")} == {"bs": 16, "shuffle": False, "device": "cpu"}
    for name in ("train", "find"):
        page.open(name)
        assert page.at.number_input(key=f"{name}.batch_size").value == 16
        assert page.at.selectbox(key=f"{name}.device").value == "cpu"
