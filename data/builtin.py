"""Data that needs no upload: scikit-learn's bundled sets, and generated ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn import datasets

from data.columns import Plan
from data.prepare import prepare
from data.split import Split
from data.task import Kind, Task
from words import Refusal

TARGET = "target"


@dataclass(frozen=True)
class Option:
    """One thing to choose about generated data; `kind` is "count" (whole number) or "number"."""

    name: str
    title: str
    kind: Literal["count", "number"]
    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class BuiltIn:
    """A built-in data set: `rows` is its number of rows (the default where it is an option)."""

    name: str
    title: str
    kind: Kind
    help: str
    rows: int
    options: tuple[Option, ...]
    make: Callable[[dict[str, Any]], pd.DataFrame]


def _bundled(load: Callable[..., Any]) -> Callable[[dict[str, Any]], pd.DataFrame]:
    def make(_: dict[str, Any]) -> pd.DataFrame:
        bunch = load()
        names = [str(name) for name in bunch.feature_names]
        table = pd.DataFrame(np.asarray(bunch.data, dtype=np.float64), columns=names)
        if "target_names" in bunch:
            table[TARGET] = np.array([str(name) for name in bunch.target_names], dtype=object)[bunch.target]
        else:
            table[TARGET] = np.asarray(bunch.target, dtype=np.float64)
        return table

    return make


def _plane(points: np.ndarray[Any, Any], names: list[str], targets: np.ndarray[Any, Any]) -> pd.DataFrame:
    table = pd.DataFrame({"x": points[:, 0], "y": points[:, 1]})
    table[TARGET] = np.array(names, dtype=object)[targets]
    return table


def _moons(options: dict[str, Any]) -> pd.DataFrame:
    points, targets = datasets.make_moons(options["rows"], noise=options["noise"], random_state=options["seed"])
    return _plane(points, ["upper", "lower"], targets)


def _circles(options: dict[str, Any]) -> pd.DataFrame:
    points, targets = datasets.make_circles(
        options["rows"], noise=options["noise"], factor=0.5, random_state=options["seed"]
    )
    return _plane(points, ["outer", "inner"], targets)


def _spirals(options: dict[str, Any]) -> pd.DataFrame:
    """Three arms that turn once around the origin; noise is the deviation of a point, in radii of the spiral."""
    random = np.random.default_rng(options["seed"])
    targets = np.arange(options["rows"]) % 3
    radius = 0.1 + 0.9 * random.random(options["rows"])
    angle = 2 * np.pi * (radius + targets / 3)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points += options["noise"] * random.standard_normal(points.shape)
    return _plane(points, ["arm 1", "arm 2", "arm 3"], targets)


def _regression(options: dict[str, Any]) -> pd.DataFrame:
    """Friedman's first problem (Multivariate Adaptive Regression Splines, 1991): ten inputs, of which five matter."""
    inputs, targets = datasets.make_friedman1(options["rows"], noise=options["noise"], random_state=options["seed"])
    table = pd.DataFrame(inputs, columns=[f"x{number}" for number in range(1, inputs.shape[1] + 1)])
    table[TARGET] = targets
    return table


def _options(noise: float, highest: float, unit: str) -> tuple[Option, ...]:
    return (
        Option("rows", "Rows", "count", 1000, 100, 20000, "How many rows are generated."),
        Option("noise", "Noise", "number", noise, 0, highest, f"Deviation of the normal noise, in {unit}."),
        Option("seed", "Seed", "count", 0, 0, 2**31 - 1, "Equal seeds give equal rows."),
    )


_AXES = "units of the axes"

BUILTIN: dict[str, BuiltIn] = {
    built.name: built
    for built in (
        BuiltIn("digits", "Digits", "classes", "8 x 8 grey images of handwritten digits; pixels are divided by 16.",
                1797, (), _bundled(datasets.load_digits)),
        BuiltIn("iris", "Iris", "classes", "Four lengths of three species of iris.", 150, (),
                _bundled(datasets.load_iris)),
        BuiltIn("wine", "Wine", "classes", "Chemical analyses of wines from three growers.", 178, (),
                _bundled(datasets.load_wine)),
        BuiltIn("breast_cancer", "Breast cancer", "classes", "Measures of cell nuclei: benign or malignant.", 569, (),
                _bundled(datasets.load_breast_cancer)),
        BuiltIn("diabetes", "Diabetes", "number", "Progress of the disease after a year, from ten measures.", 442, (),
                _bundled(datasets.load_diabetes)),
        BuiltIn("moons", "Two moons", "classes", "Two half circles that interlock.", 1000, _options(0.2, 1, _AXES),
                _moons),
        BuiltIn("circles", "Circles", "classes", "A circle inside another.", 1000, _options(0.1, 1, _AXES), _circles),
        BuiltIn("spirals", "Spirals", "classes", "Three arms that turn around each other.", 1000,
                _options(0.03, 1, _AXES), _spirals),
        BuiltIn("regression", "Regression", "number", "Friedman's curve of five inputs among ten.", 1000,
                _options(1.0, 20, "units of the target"), _regression),
    )
}  # fmt: skip


def check(name: object, options: object) -> dict[str, Any]:
    """Return the options with defaults filled in; a Refusal where the name or an option is not allowed."""
    if not isinstance(name, str) or name not in BUILTIN:
        raise Refusal("Built-in data: must be one of {names}, got {value}.", names=", ".join(BUILTIN), value=name)
    return check_options(BUILTIN[name].title, BUILTIN[name].options, options)


def check_options(title: str, options: tuple[Option, ...], given: object) -> dict[str, Any]:
    """Return the given options of a set with defaults filled in; a Refusal where one is not allowed."""
    if not isinstance(given, Mapping):
        raise Refusal("{title}: options must be an object, got {value}.", title=title, value=given)
    allowed = [option.name for option in options]
    for name in given:
        if name not in allowed:
            raise Refusal(
                "{title}: allowed options are {names}, got {value}.",
                title=title, names=", ".join(allowed) or "none", value=name,
            )  # fmt: skip
    return {option.name: _checked(title, option, given.get(option.name, option.default)) for option in options}


def _checked(title: str, option: Option, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and option.low <= value <= option.high:
        if option.kind == "number":
            return float(value)
        if value == int(value):
            return int(value)
    raise Refusal(
        "{title}: {name} must be {kind} {low} to {high}, got {value}.",
        title=title, name=option.name, kind="a whole number" if option.kind == "count" else "a number",
        low=option.low, high=option.high, value=value,
    )  # fmt: skip


def table(name: str, options: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the data set's rows as a table: float64 inputs, and the column "target" as class names or numbers.

    Generated sets grow with their option `rows`.
    """
    checked = check(name, options or {})
    return BUILTIN[name].make(checked)


def task(name: str, options: Mapping[str, Any] | None = None, split: Split | None = None) -> Task:
    """Return the data set ready to train on.

    Inputs are standardised by the training rows alone; the digits' pixels are divided by 16 instead, so that they lie
    in 0 to 1 and stay an image. Number targets are standardised by the training rows.
    """
    frame = table(name, options)
    plan = Plan(TARGET, BUILTIN[name].kind, {str(label): "number" for label in frame.columns if label != TARGET})
    return prepare(frame, plan, split or Split(), name, scaling=(0.0, 16.0) if name == "digits" else None)
