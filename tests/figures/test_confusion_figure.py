import json

import numpy as np
import plotly.graph_objects as go
import pytest

from figures.confusion import MOST_WRITTEN, confusion, height
from figures.encode import encode
from words import Refusal

COUNTS = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])


def test_cells_are_shares_of_the_actual_class_with_counts_written():
    cells = confusion(["cat", "dog", "eel"], COUNTS)["data"][0]
    np.testing.assert_allclose(cells["z"], [[0.8, 0.2, 0], [0.25, 0.75, 0], [np.nan] * 3])
    assert cells["text"] == [["8", "2", ""], ["1", "3", ""], ["", "", ""]]
    assert cells["customdata"].tolist() == COUNTS.tolist()


def test_the_first_class_is_on_top_and_to_the_left():
    layout = confusion(["7", "10", "x"], COUNTS)["layout"]
    assert layout["yaxis"]["range"] == [2.5, -0.5]
    assert layout["xaxis"]["range"] == [-0.5, 2.5]
    assert layout["xaxis"]["categoryarray"] == ["7\u200b", "10\u200b", "x\u200b"]
    assert layout["xaxis"]["type"] == "category"


def test_many_classes_keep_their_counts_in_the_hover_alone():
    many = MOST_WRITTEN + 1
    assert "text" not in confusion([str(n) for n in range(many)], np.eye(many))["data"][0]
    assert height(2) == 300 < height(10) < height(1000) == 900


def test_bright_is_much_and_every_colour_is_opaque():
    scale = confusion(["a", "b"], [[1, 0], [0, 1]])["data"][0]["colorscale"]
    assert [at for at, _ in scale] == pytest.approx(sorted(at for at, _ in scale))
    assert (scale[0], scale[-1]) == ([0.0, "#440154"], [1.0, "#fde725"])
    assert all(len(colour) == 7 for _, colour in scale)


def test_plotly_takes_the_figure_and_json_takes_its_arrays():
    figure = confusion(["a", "b", "c"], COUNTS)
    go.Figure(figure)
    assert json.loads(json.dumps(encode(figure)))["data"][0]["z"]["shape"] == "3, 3"


def test_counts_that_do_not_fit_the_classes_are_refused():
    with pytest.raises(Refusal) as refusal:
        confusion(["a", "b"], COUNTS)
    assert str(refusal.value) == "Confusion matrix: 2 classes need 2 x 2 counts, got (3, 3)."
