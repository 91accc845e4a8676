import numpy as np

from figures.data import class_counts, target_histogram


def test_each_splits_shares_add_up_to_one_over_common_bins():
    values = {"train": np.array([0.0, 1.0, 2.0, 3.0]), "test": np.array([3.0, np.nan])}
    figure = target_histogram(values, title="price", bins=3)
    train, test = figure["data"]
    np.testing.assert_allclose(train["x"], [0, 1, 2, 3])
    np.testing.assert_allclose(train["y"][:-1], [0.25, 0.25, 0.5])
    np.testing.assert_allclose(test["y"][:-1], [0, 0, 1])
    assert figure["layout"]["xaxis"]["title"]["text"] == "price"


def test_an_empty_split_is_drawn_as_nothing():
    assert target_histogram({"train": [], "test": []}, title="x", bins=2)["data"][0]["y"].tolist() == [0, 0, 0]


def test_rows_of_each_class_by_split():
    figure = class_counts(["cat", "dog"], {"train": [3, 4], "test": [1, 2]})
    assert [trace["name"] for trace in figure["data"]] == ["train", "test"]
    assert figure["data"][0]["x"] == ["cat", "dog"]
    assert figure["data"][1]["y"].tolist() == [1, 2]
