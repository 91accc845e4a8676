"""Ask fastai's own AccumMetric for the values that the tests hold ours to: python -m parity.metrics."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

# Two batches of outputs (B, 3) and targets (B,).
BATCHES = (
    (torch.tensor([[1.0, -2.0, 0.5], [0.25, 0.75, -1.0]]), torch.tensor([0, 2])),
    (torch.tensor([[-0.5, 0.5, 1.5]]), torch.tensor([2])),
)
# Arguments, and what the function then got first and second with fastai 2.8.12.
CASES: tuple[tuple[dict[str, Any], list[Any]], ...] = (
    ({"dim_argmax": -1}, [[0, 1, 2], [0, 2, 2]]),
    (
        {"activation": "softmax", "dim_argmax": -1, "flatten": False},
        [
            [
                [0.60374892, 0.03005889, 0.36619222],
                [0.34068924, 0.5617016, 0.0976091],
                [0.09003057, 0.24472848, 0.665241],
            ],
            [0, 2, 2],
        ],
    ),
    ({"activation": "binary_softmax", "dim_argmax": -1, "thresh": 0.3}, [[True, False, True], [0, 2, 2]]),
    (
        {"activation": "sigmoid", "thresh": 0.6, "flatten": False},
        [[[True, False, True], [False, True, False], [False, True, True]], [0, 2, 2]],
    ),
    ({"dim_argmax": -1, "invert_arg": True, "to_np": True}, [[0, 2, 2], [0, 1, 2]]),
)


def both(first: Any, second: Any) -> list[Any]:
    """Return what a metric's function got, as lists."""
    return [np.asarray(first).tolist(), np.asarray(second).tolist()]


def check(found: list[Any], wanted: list[Any]) -> None:
    """Raise AssertionError where found and wanted differ by more than the last figures of float32."""
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(np.asarray(one, dtype=float), np.asarray(other, dtype=float), rtol=1e-6)


def main() -> None:
    """Check the cases and the pooled RMSE in fastai itself."""
    from fastai.metrics import AccumMetric, rmse
    from fastai.torch_core import to_detach

    for arguments, wanted in CASES:
        # fastai's own word is binarysoftmax.
        theirs = {name: value.replace("_", "") if name == "activation" else value for name, value in arguments.items()}
        metric = AccumMetric(both, **theirs)
        metric.reset()
        for predictions, targets in BATCHES:
            metric.accumulate(SimpleNamespace(pred=predictions, y=targets, to_detach=to_detach))
        check(metric.value, wanted)
    rmse.reset()
    for predictions, targets in (([1.0, 2.0], [1.0, 2.0]), ([6.0, 8.0], [0.0, 0.0])):
        batch = SimpleNamespace(pred=torch.tensor(predictions), y=torch.tensor(targets), to_detach=to_detach)
        rmse.accumulate(batch)
    check([float(rmse.value)], [5.0])
    print(f"fastai: AccumMetric as recorded in {len(CASES)} cases, pooled RMSE 5")


if __name__ == "__main__":
    main()
