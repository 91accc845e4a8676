import numpy as np
import pytest

from data.task import Task


def build(kind="classes", *, rows=150, features=5, classes=3, seed=0, train=0.6):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(rows, features)).astype(np.float32)
    scores = inputs @ random.normal(size=(features, classes)) + 0.3 * random.normal(size=(rows, classes))
    first, second = int(train * rows), int((1 + train) / 2 * rows)
    order = random.permutation(rows)
    return Task(
        name="made up",
        inputs=inputs,
        targets=scores.argmax(1) if kind == "classes" else (scores[:, 0] / scores[:, 0].std()).astype(np.float32),
        kind=kind,
        class_names=tuple("abcdefghij"[:classes]) if kind == "classes" else (),
        train=order[:first],
        validation=order[first:second],
        test=order[second:],
        recipe={},
        target_name="y",
        target_mean=0.0 if kind == "classes" else 50.0,
        target_scale=1.0 if kind == "classes" else 7.0,
    )


@pytest.fixture(name="build")
def give_build():
    return build


@pytest.fixture(params=["classes", "number"])
def task(request):
    return build(request.param)
