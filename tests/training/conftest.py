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
        recipe={
            "version": 1,
            "columns": [
                {"name": f"x{at}", "kind": "number", "median": 0.0, "mean": 0.0, "scale": 1.0, "missing": False}
                for at in range(features)
            ],
        },
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


def pictures(kind="classes", *, rows=120, side=8, channels=1, seed=0, **changed):
    """Images of noise with a bright bar whose place is the class, or the number; or any of three bars at once."""
    random = np.random.default_rng(seed)
    inputs = random.integers(0, 90, (rows, channels, side, side)).astype(np.uint8)
    shown = (
        random.random((rows, 3)) < 0.5 if kind == "multi-label" else np.eye(3, dtype=bool)[random.integers(0, 3, rows)]
    )
    for bar in range(3):
        inputs[shown[:, bar], :, side * bar // 3, 1:-1] += 150
    targets = {
        "classes": shown.argmax(1),
        "number": (shown.argmax(1) - 1).astype(np.float32),
        "multi-label": shown.astype(np.float32),
    }[kind]
    order = random.permutation(rows)
    return Task(
        name="bars",
        inputs=inputs,
        targets=targets,
        kind=kind,
        class_names=() if kind == "number" else ("a", "b", "c"),
        train=order[: rows // 2],
        validation=order[rows // 2 : rows * 3 // 4],
        test=order[rows * 3 // 4 :],
        recipe={"mean": [0.3, 0.25, 0.2][:channels], "std": [0.2, 0.3, 0.25][:channels]},
        target_name="bar",
        **changed,
    )


@pytest.fixture(name="pictures")
def give_pictures():
    return pictures
