"""Metrics that pool predictions and targets over batches, and over folds, and are computed once.

The mean of the batches' RMSE is not the RMSE, nor the mean of their AUC the AUC: pooling is what makes such a metric
independent of how the rows were divided. After fastai 2.8 (`fastai.metrics.AccumMetric`, `skm_to_fastai`).
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn import metrics as sklearn_metrics

from words import Refusal

Activation = Literal["no", "sigmoid", "softmax", "binary_softmax"]
ACTIVATIONS: tuple[Activation, ...] = ("no", "sigmoid", "softmax", "binary_softmax")
Values = torch.Tensor | ArrayLike


class AccumMetric:
    """A function of all predictions and all targets, fed batch by batch; the arguments are those of fastai's.

    `func(predictions, targets, **kwargs)` is called once, when `value` is read; with `invert_arg` as func(targets,
    predictions), the order of scikit-learn; with `to_np` it gets NumPy arrays instead of tensors.
    `activation` is applied to each batch: "sigmoid", or along `dim_argmax` (None: the last dimension) "softmax", or
    "binary_softmax", which keeps the last column of the softmax. Without one, `dim_argmax` names the dimension whose
    largest entry is taken. `thresh` then turns predictions into whether they reach it. `flatten` pools single numbers
    in place of rows, and refuses a batch whose predictions and targets are not equally many.

    Two of fastai's corners are otherwise here: a threshold of 0 is one, and dim_argmax 0, the rows themselves, is
    refused where fastai passes over it. Memory grows with the rows pooled.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        *,
        dim_argmax: int | None = None,
        activation: Activation = "no",
        thresh: float | None = None,
        to_np: bool = False,
        invert_arg: bool = False,
        flatten: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise Refusal("Metric: activation must be one of {allowed}, got {value}.",
                          allowed=", ".join(ACTIVATIONS), value=activation)  # fmt: skip
        if dim_argmax == 0:
            raise Refusal("Metric: dim_argmax must not be 0, the dimension along which rows are pooled.")
        self.func, self.kwargs = func, kwargs
        self.dim_argmax, self.activation, self.thresh = dim_argmax, activation, thresh
        self.to_np, self.invert_arg, self.flatten = to_np, invert_arg, flatten
        # A functools.partial has no name of its own.
        self.name = str(name or getattr(getattr(func, "func", func), "__name__", type(func).__name__))
        self.reset()

    def reset(self) -> None:
        """Forget what was pooled."""
        self.predictions: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []

    def accumulate(self, predictions: Values, targets: Values) -> None:
        """Pool one batch: a model's outputs (B, ...), which are activated, and its targets (B, ...)."""
        outputs = _tensor(predictions)
        along = -1 if self.dim_argmax is None else self.dim_argmax
        if self.activation in ("softmax", "binary_softmax"):
            outputs = torch.softmax(outputs, dim=along)
            if self.activation == "binary_softmax":
                outputs = outputs[:, -1]
        elif self.activation == "sigmoid":
            outputs = torch.sigmoid(outputs)
        elif self.dim_argmax is not None:
            outputs = outputs.argmax(dim=self.dim_argmax)
        if self.thresh is not None:
            outputs = outputs >= self.thresh
        self._pool(outputs, _tensor(targets))

    @property
    def value(self) -> Any:
        """The function's answer for everything pooled, None where nothing was."""
        if not self.predictions:
            return None
        pooled: tuple[Any, Any] = (torch.cat(self.predictions), torch.cat(self.targets))
        if self.to_np:
            pooled = (pooled[0].numpy(), pooled[1].numpy())
        return self.func(*(reversed(pooled) if self.invert_arg else pooled), **self.kwargs)

    def __call__(self, predictions: Values, targets: Values) -> Any:
        """Return the value for these alone, as the function takes them: they are not activated."""
        self.reset()
        self._pool(_tensor(predictions), _tensor(targets))
        return self.value

    def _pool(self, predictions: torch.Tensor, targets: torch.Tensor) -> None:
        if self.flatten:
            predictions, targets = predictions.reshape(-1), targets.reshape(-1)
        if len(predictions) != len(targets):
            raise Refusal(
                "Metric {name}: a batch must have as many predictions as targets, got {predictions} and {targets}.",
                name=self.name, predictions=len(predictions), targets=len(targets),
            )  # fmt: skip
        self.predictions.append(predictions)
        self.targets.append(targets)


def rmse() -> AccumMetric:
    """Return the root mean squared error of numbers, in the units that come in."""
    return AccumMetric(sklearn_metrics.root_mean_squared_error, to_np=True, invert_arg=True, name="rmse")


def r2() -> AccumMetric:
    """Return R2, the share of the targets' variance that the predictions explain; NaN for under two rows."""
    return AccumMetric(_r2, to_np=True, invert_arg=True, name="r2")


def accuracy() -> AccumMetric:
    """Return the share of rows whose largest output is the target's class."""
    return AccumMetric(sklearn_metrics.accuracy_score, dim_argmax=-1, to_np=True, invert_arg=True, name="accuracy")


def f1(average: Literal["macro", "binary"] = "macro") -> AccumMetric:
    """Return F1: of the second of two classes ("binary"), or the mean over the classes ("macro").

    A class that is neither predicted nor there counts as 0, as in scikit-learn.
    """
    return AccumMetric(
        sklearn_metrics.f1_score, dim_argmax=-1, to_np=True, invert_arg=True, name=f"f1_{average}", average=average,
        zero_division=0.0,
    )  # fmt: skip


def auc(classes: int) -> AccumMetric:
    """Return the area under the ROC curve; with three or more classes the mean of each against the rest.

    NaN where a class has no row in what was pooled: it is not defined there.
    """
    if classes == 2:
        return AccumMetric(_auc, activation="binary_softmax", to_np=True, invert_arg=True, name="auc", classes=2)
    return AccumMetric(
        _auc, activation="softmax", flatten=False, to_np=True, invert_arg=True, name="auc", classes=classes
    )


def label_accuracy(thresh: float = 0.5) -> AccumMetric:
    """Return, for several labels a row, the share of labels that are right at a threshold on the sigmoid."""
    return AccumMetric(
        _share_equal, activation="sigmoid", thresh=thresh, to_np=True, invert_arg=True, name="label_accuracy"
    )


def label_f1(thresh: float = 0.5) -> AccumMetric:
    """Return, for several labels a row, the mean F1 of the labels at a threshold on the sigmoid."""
    return AccumMetric(
        sklearn_metrics.f1_score, activation="sigmoid", thresh=thresh, flatten=False, to_np=True, invert_arg=True,
        name="label_f1", average="macro", zero_division=0.0,
    )  # fmt: skip


def usual(kind: str, outputs: int) -> tuple[AccumMetric, ...]:
    """Return new metrics for a task of that kind with so many outputs; those of numbers are in the units that come."""
    if kind == "number":
        return rmse(), r2()
    if kind == "multi-label":
        return label_accuracy(), label_f1()
    return accuracy(), f1("binary" if outputs == 2 else "macro"), auc(outputs)


def _tensor(values: Values) -> torch.Tensor:
    """Return values on the cpu without their graph, half precision as float32, as fastai's to_detach does."""
    tensor = values if isinstance(values, torch.Tensor) else torch.from_numpy(np.asarray(values))
    tensor = tensor.detach().cpu()
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def _r2(targets: Any, predictions: Any) -> float:
    return float(sklearn_metrics.r2_score(targets, predictions)) if len(targets) > 1 else float("nan")


def _auc(targets: Any, probabilities: Any, classes: int) -> float:
    if len(np.unique(targets)) < classes or not np.isfinite(probabilities).all():
        return float("nan")
    if classes == 2:
        return float(sklearn_metrics.roc_auc_score(targets, probabilities))
    # scikit-learn wants rows that add up to 1 more exactly than float32 does.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    return float(sklearn_metrics.roc_auc_score(targets, exact, multi_class="ovr", labels=np.arange(classes)))


def _share_equal(targets: Any, predictions: Any) -> float:
    return float((targets.astype(bool) == predictions).mean())
