"""What can be chosen for a training: models, optimizers, devices and limits. Imports no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from words import Refusal


@dataclass(frozen=True)
class Model:
    """A multilayer perceptron with ReLU between layers; `hidden` are the widths from input to output, () for none.

    `convolutions`, for images alone, come before it: the output channels of 3x3 convolutions with a padding of 1, each
    with ReLU and 2x2 max pooling, so that n of them need images of at least 2^n x 2^n pixels.
    """

    name: str
    title: str
    hidden: tuple[int, ...]
    help: str = ""
    convolutions: tuple[int, ...] = ()

    @property
    def layers(self) -> int:
        """How many layers with weights there are, which are the parameter groups."""
        return len(self.convolutions) + len(self.hidden) + 1


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns gradients into steps; `momentum_title` says what its momentum means."""

    name: str
    title: str
    help: str
    momentum_title: str
    momentum_help: str
    momentum: float = 0.9
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Limit:
    """What a number may be: low to high, both allowed unless `below`, which leaves high itself out."""

    name: str
    title: str
    low: float
    high: float
    whole: bool = False
    below: bool = False


MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        Model("linear", "Linear", (), "No hidden layer: linear or logistic regression."),
        Model("mlp_16", "MLP 16", (16,), "One hidden layer of 16 units."),
        Model("mlp_64", "MLP 64", (64,), "One hidden layer of 64 units."),
        Model("mlp_64_64", "MLP 64-64", (64, 64), "Two hidden layers of 64 units: a good start for most tables."),
        Model("mlp_128_128", "MLP 128-128", (128, 128), "Two hidden layers of 128 units."),
        Model("mlp_256_256_256", "MLP 256-256-256", (256, 256, 256), "Three hidden layers of 256 units: the slowest."),
        Model("cnn_8", "CNN 8", (), "One 3x3 convolution of 8 channels: the quickest for images.", (8,)),
        Model("cnn_8_16", "CNN 8-16", (), "Two convolutions of 8 and 16 channels: a good start for images.", (8, 16)),
        Model("cnn_8_16_32", "CNN 8-16-32", (), "Three convolutions, for images of 28 pixels or more.", (8, 16, 32)),
    )
}

OPTIMIZERS: Mapping[str, Optimizer] = {
    optimizer.name: optimizer
    for optimizer in (
        Optimizer(
            "sgd",
            "SGD with momentum",
            "Steps along a running sum of gradients; weight decay is added to the gradient.",
            "momentum",
            "Share of the last step's direction that the next one keeps.",
        ),
        Optimizer(
            "adam",
            "Adam",
            "Scales each weight's step by its recent gradients; weight decay is added to the gradient.",
            "beta1",
            "Share of the running mean of gradients that the next step keeps.",
        ),
        Optimizer(
            "adamw",
            "AdamW",
            "Adam whose weight decay shrinks the weights directly, apart from the gradient.",
            "beta1",
            "Share of the running mean of gradients that the next step keeps.",
            weight_decay=0.01,
        ),
    )
}

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("float32", "float64")

LIMITS: Mapping[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit("updates", "number of updates", 1, 100_000, whole=True),
        Limit("models", "number of models at once", 1, 512, whole=True),
        Limit("batch_size", "batch size", 1, 8192, whole=True),
        Limit("seeds", "number of seeds", 1, 32, whole=True),
        Limit("weight_decay", "weight decay", 0, 1),
        Limit("mixup", "MixUp alpha", 0, 10),
        Limit("momentum", "momentum", 0, 1, below=True),
    )
}


def check_number(name: str, value: object, title: str = "Train") -> float:
    """Return `value` where LIMITS[name] allows it, or refuse: 'Train: batch size must be 1 to 8,192, got 0.'."""
    limit = LIMITS[name]
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    too_high = number >= limit.high if limit.below else number > limit.high
    if not math.isfinite(number) or number < limit.low or too_high or (limit.whole and number != int(number)):
        until = "to under" if limit.below else "to"
        rule = "{title}: {name} must be {low} " + until + " {high}, got {value}."
        raise Refusal(
            rule, title=title, name=limit.title, low=_write(limit.low), high=_write(limit.high), value=_write(value)
        )
    return int(number) if limit.whole else number


def models_for(image: bool) -> Mapping[str, Model]:
    """Return the models that fit: all for images, which those without convolutions take flattened; else only these."""
    return {name: model for name, model in MODELS.items() if image or not model.convolutions}


def check_model(name: object, title: str = "Train") -> Model:
    """Return MODELS[name], or raise Refusal naming the models."""
    return MODELS[_check_name("model", name, tuple(MODELS), title)]


def check_optimizer(name: object, title: str = "Train") -> Optimizer:
    """Return OPTIMIZERS[name], or raise Refusal naming the optimizers."""
    return OPTIMIZERS[_check_name("optimizer", name, tuple(OPTIMIZERS), title)]


def check_device(name: object, title: str = "Train") -> str:
    """Return `name` where it is one of DEVICES, or raise Refusal; whether the machine has it is the engine's to say."""
    return _check_name("device", name, DEVICES, title)


def check_dtype(name: object, title: str = "Train") -> str:
    """Return `name` where it is one of DTYPES, or raise Refusal."""
    return _check_name("dtype", name, DTYPES, title)


def _check_name(what: str, name: object, allowed: tuple[str, ...], title: str) -> str:
    if not isinstance(name, str) or name not in allowed:
        raise Refusal(
            "{title}: {name} must be one of {allowed}, got {value}.",
            title=title,
            name=what,
            allowed=", ".join(allowed),
            value=name,
        )
    return name


def _write(value: object) -> str:
    """Write a number with thousands separated; anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, int) or not value.is_integer() else f"{value:,.0f}"
    return str(value)
