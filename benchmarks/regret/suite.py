"""The public suite: scikit-learn's bundled sets and generators, and CSV files that packages ship. Nothing is fetched.

24 tasks, each of them anew for every split: `SUITE[name](seed)`, where the seed draws which rows train, validate and
test. The method of `finder.recommend` was chosen on other tasks: 13 that were generated for that, and digits under a
split that is not measured here. An earlier method was chosen on those of `EARLIER`; the table lists both halves apart.
"""

import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from data import builtin, reading
from data.columns import Plan, propose
from data.prepare import prepare
from data.split import Split
from data.task import Kind, Task

Make = Callable[[int], Task]


def _builtin(name: str, **options: float) -> Make:
    return lambda seed: builtin.task(name, options, Split(seed=seed))


def _arrays(kind: Kind, make: Callable[[], tuple[Any, Any]]) -> Make:
    def task(seed: int) -> Task:
        inputs, targets = make()
        frame = pd.DataFrame(np.asarray(inputs, dtype=np.float64), columns=[f"x{i}" for i in range(inputs.shape[1])])
        if kind == "classes":
            frame["target"] = np.array([f"class {int(label)}" for label in targets], dtype=object)
        else:
            frame["target"] = np.asarray(targets, dtype=np.float64)
        plan = Plan("target", kind, {str(label): "number" for label in frame.columns if label != "target"})
        return prepare(frame, plan, Split(seed=seed), "generated")

    return task


def _file(package: str, path: str, target: str, kind: Kind, ignore: tuple[str, ...] = ()) -> Make:
    """A CSV file inside an installed package, read as an upload is; the package itself is not imported."""

    def task(seed: int) -> Task:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.submodule_search_locations is None:
            raise SystemExit(f"{package} is missing: pip install -r requirements-benchmarks.txt")
        file = Path(spec.submodule_search_locations[0]) / path
        raw = file.read_bytes()
        read = reading.read(gzip.decompress(raw) if file.suffix == ".gz" else raw, file.name.removesuffix(".gz"))
        plan = propose(read, target)
        columns = plan.columns | dict.fromkeys((*read.ignored, *ignore), "ignore")
        return prepare(
            read.table,
            replace(plan, kind=kind, columns=columns),
            Split(seed=seed),
            file.stem,
            infinite=read.infinite,
        )

    return task


def _hastie() -> tuple[Any, Any]:
    inputs, targets = datasets.make_hastie_10_2(2000, random_state=1)
    return inputs, targets > 0


def _blobs() -> tuple[Any, Any]:
    inputs, targets = datasets.make_blobs(1000, n_features=5, centers=8, cluster_std=4.0, random_state=2)
    return inputs, targets


def _swiss_roll() -> tuple[Any, Any]:
    inputs, targets = datasets.make_swiss_roll(1200, noise=0.5, random_state=3)
    return inputs, targets


def _heavy_tails() -> tuple[Any, Any]:
    """A smooth function of 8 inputs under Student's t noise with 2 degrees of freedom."""
    random = np.random.default_rng(4)
    inputs = random.standard_normal((900, 8))
    return inputs, np.sin(inputs[:, 0]) + inputs[:, 1] * inputs[:, 2] + 0.3 * random.standard_t(2, 900)


SUITE: dict[str, Make] = {
    "iris": _builtin("iris"),
    "wine": _builtin("wine"),
    "breast cancer": _builtin("breast_cancer"),
    "diabetes": _builtin("diabetes"),
    "digits": _builtin("digits"),
    "moons": _builtin("moons", noise=0.2),
    "circles, noisy": _builtin("circles", noise=0.25),
    "spirals": _builtin("spirals", noise=0.06),
    "friedman 1": _builtin("regression", noise=1.0),
    "friedman 2": _arrays("number", lambda: datasets.make_friedman2(800, noise=100.0, random_state=5)),
    "friedman 3": _arrays("number", lambda: datasets.make_friedman3(800, noise=0.1, random_state=6)),
    "classification, 4 classes": _arrays(
        "classes",
        lambda: datasets.make_classification(
            2000, 20, n_informative=8, n_classes=4, n_clusters_per_class=2, random_state=7
        ),
    ),
    "classification, wrong labels": _arrays(
        "classes", lambda: datasets.make_classification(500, 20, n_informative=5, flip_y=0.3, random_state=8)
    ),
    "hastie": _arrays("classes", _hastie),
    "quantiles": _arrays(
        "classes", lambda: datasets.make_gaussian_quantiles(n_samples=1500, n_features=4, n_classes=5, random_state=9)
    ),
    "blobs": _arrays("classes", _blobs),
    "linear, noisy": _arrays(
        "number", lambda: datasets.make_regression(600, 30, n_informative=10, noise=50.0, random_state=10)
    ),
    "swiss roll": _arrays("number", _swiss_roll),
    "heavy tails": _arrays("number", _heavy_tails),
    "tips": _file("plotly", "package_data/datasets/tips.csv.gz", "tip", "number"),
    "gapminder": _file("plotly", "package_data/datasets/gapminder.csv.gz", "lifeExp", "number"),
    "marriages": _file("statsmodels", "datasets/fair/fair.csv", "rate_marriage", "classes"),
    "election": _file("statsmodels", "datasets/anes96/anes96.csv", "vote", "classes"),
    "weather": _file("vega_datasets", "_data/seattle-weather.csv", "weather", "classes"),
}

EARLIER = tuple(SUITE)[::2]
