import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ui.live_chart import library


def app(playback, last):
    import numpy as np

    from ui import live_chart

    figure = {
        "data": [
            {"type": "scatter", "x": np.arange(3), "y": np.array([0.5, np.nan, last]), "text": ["a", float("nan")]}
        ],
        "layout": {"title": {"text": "A <b>figure</b>"}},
    }
    live_chart.show(figure, key="Find: curve", label="Loss over rate", height=300, playback=playback)


def shown(playback, last=2.0):
    ran = AppTest.from_function(app, args=(playback, last)).run()
    assert not ran.exception
    (element,) = ran.get("bidi_component")
    return json.loads(element.proto.json)


@pytest.fixture(autouse=True)
def _static_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "STATIC", tmp_path)
    library.ready.cache_clear()
    yield
    library.ready.cache_clear()


def test_the_page_gets_one_component_with_the_figure_as_plain_json():
    data = shown(None)
    (trace,) = data["figure"]["data"]
    values = np.frombuffer(base64.b64decode(trace["y"]["bdata"]), dtype="<f4")
    np.testing.assert_array_equal(values, np.float32([0.5, np.nan, 2.0]))
    assert trace["text"] == ["a", None]
    assert (data["label"], data["height"], data["playback"]) == ("Loss over rate", 300, None)
    assert data["filename"] == "find-curve"
    assert data["words"]["shown"] == "update {update} of {last}"


def test_the_same_figure_has_the_same_revision_and_another_one_does_not():
    assert shown(None)["revision"] == shown(True)["revision"] != shown(None, last=3.0)["revision"]


def test_the_library_is_put_there_whole_and_once(tmp_path):
    target = library.install(tmp_path)
    assert target.name == library.file_name()
    assert target.read_bytes()[:200].find(b"plotly.js v") > 0
    written = target.stat().st_mtime_ns
    assert library.install(tmp_path).stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_folder_that_cannot_be_written_is_logged_not_raised(tmp_path, monkeypatch, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("a file stands where the folder should be")
    monkeypatch.setattr(library, "STATIC", blocked)
    assert library.ready() == library.file_name()
    assert "cannot be put into" in caplog.text
