"""A cross-validation as a run."""

from types import SimpleNamespace

import numpy as np

from data import choice
from jobs import requests
from jobs.cross_validation import cross_validate


def test_every_row_that_is_not_for_testing_is_predicted_once_and_both_averages_are_said(tmp_path):
    logged, shares = {}, []
    context = SimpleNamespace(
        home=tmp_path,
        read_upload=None,
        progress=lambda share, *_: shares.append(share),
        log=lambda _, arrays: [logged.setdefault(name, []).append(array) for name, array in arrays.items()],
    )
    request = requests.check(
        {"kind": "cross_validate", "data": {"builtin": "diabetes"}, "model": "mlp_16", "seeds": [3, 4], "updates": 40,
         "folds": 3, "schedule": {"schedule": "one_cycle", "parameters": {"peak": 0.05}}, "device": "cpu"}
    )  # fmt: skip
    result = cross_validate(context, request)
    task = choice.load(request["data"], bytes)
    assert result["rows"] == sum(result["sizes"]) == len(task.train) + len(task.validation)
    assert len(result["sizes"]) == 3
    rmse = next(score for score in result["scores"] if score["name"] == "rmse")
    each = np.array(rmse["each"])
    assert each.shape == (2, 3)
    np.testing.assert_allclose(rmse["averaged"], each.mean(axis=1))
    pooled = np.sqrt((each**2 * result["sizes"]).sum(axis=1) / result["rows"])
    np.testing.assert_allclose(rmse["pooled"], pooled)
    assert rmse["pooled"] > rmse["averaged"]
    assert {name: np.concatenate(parts, axis=1).shape for name, parts in logged.items()} == {
        f"loss.{fold}": (2, 40) for fold in range(3)
    }
    assert shares == sorted(shares)
    assert shares[-1] == 1
