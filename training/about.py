"""What a model belongs to, as plain JSON that is kept with its weights, and read back without trust in it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import recipe as table_recipe
from data.images import recipe as image_recipe
from data.images.arguments import IMAGE_CLASSES, LARGEST_SIDE
from data.kinds import ORDERS
from data.task import Task
from training import models
from training.options import Model
from words import Refusal

WIDEST = 1_000_000  # units in a layer, classes; far more than memory allows to train
MOST_INPUTS = 100_000_000
MOST_LAYERS = 100
FARTHEST_DAY = 1e7  # some 27,000 years from 1970


def words(task: Task) -> dict[str, Any]:
    """Return what a model of this task needs to be known by and to be used on new rows, as plain JSON.

    `shape` is what one row is stored as: [F], or the canvas [C, H, W] of images. Grows with the names and the recipe.
    """
    return {
        "data": task.name,
        "kind": task.kind,
        "shape": list(task.inputs.shape[1:]),
        "class_names": list(task.class_names),
        "target_name": task.target_name,
        "target_mean": task.target_mean,
        "target_scale": task.target_scale,
        "feature_names": list(task.feature_names),
        "transforms": task.transforms,
        "recipe": task.recipe,
    }


def bare(stored: dict[str, Any], what: str, name: str) -> Task:
    """Return a task without a row that a model of these words fits; a Refusal where they are not what `words` gives."""
    try:
        kind, shape, classes = stored["kind"], tuple(stored["shape"]), _texts(stored["class_names"])
        mean, scale = float(stored["target_mean"]), float(stored["target_scale"])
        _require(kind in ("classes", "number", "multi-label") and (kind == "number") == (not classes))
        _require(len(shape) in (1, 3) and len(classes) <= WIDEST and math.isfinite(mean) and math.isfinite(scale))
        _require(all(type(size) is int and size > 0 for size in shape) and math.prod(shape) <= MOST_INPUTS)
        _require(isinstance(stored["recipe"], dict) and isinstance(stored["transforms"], dict))
        crop, shift = stored["transforms"].get("crop"), stored["transforms"].get("shift", 0.0)
        _require(type(stored["transforms"].get("flip", False)) is bool and _is_number(shift) and 0 <= shift <= 0.5)
        _require(crop is None or (len(crop) == 2 and all(type(side) is int and 0 < side <= WIDEST for side in crop)))
        if not _prepares(stored["recipe"], shape, crop):
            raise Refusal("The {what} is damaged: its recipe does not prepare what the model takes.", what=what)
        nothing = np.zeros(0, dtype=np.int64)
        return Task(
            name=str(stored["data"]),
            inputs=np.zeros((0, *shape), dtype=np.float32 if len(shape) == 1 else np.uint8),
            targets=np.zeros((0, len(classes)) if kind == "multi-label" else 0, np.float32)
            if kind != "classes"
            else nothing,
            kind=kind,
            class_names=classes,
            train=nothing,
            validation=nothing,
            test=nothing,
            recipe=stored["recipe"],
            target_name=str(stored["target_name"]),
            target_mean=mean,
            target_scale=scale,
            feature_names=_texts(stored["feature_names"]),
            transforms=stored["transforms"],
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, Refusal):
            raise
        raise damaged(what, name) from None


def model_words(model: Model) -> dict[str, Any]:
    """Return the model as plain JSON, without its help."""
    return {name: value for name, value in asdict(model).items() if name != "help"}


def read_model(stored: object, what: str, name: str) -> Model:
    """Return the model that `model_words` described; a Refusal where it is none that is known here."""
    known = {field.name for field in fields(Model)}
    if not isinstance(stored, dict) or not {"name", "title", "hidden"} <= set(stored) <= known:
        raise damaged(what, name)
    values: dict[str, Any] = {}
    for field, value in stored.items():
        widths = isinstance(value, list) and len(value) <= MOST_LAYERS
        if field in ("name", "title", "help") and isinstance(value, str):
            values[field] = value
        elif widths and all(type(width) is int and 0 < width <= WIDEST for width in value):
            values[field] = tuple(value)
        else:
            raise damaged(what, name)
    if {"name", "title", "help"} & {field for field, value in values.items() if isinstance(value, tuple)}:
        raise damaged(what, name)
    return Model(**values)


def check_shapes(task: Task, model: Model, parameters: Sequence[NDArray[Any]], what: str) -> None:
    """Raise a Refusal where the weights of one model are not those that this model has for this task, of one kind."""
    wanted: list[tuple[int, ...]] = []
    for shape in models.shapes(models.widths(model, task)):
        wanted += [shape, (1, shape[-1])]
    found = [array.shape for array in parameters]
    if found != wanted:
        raise Refusal(
            "The {what} is damaged: {model} has weights of shapes {wanted}, got {found}.",
            what=what, model=model.title, wanted=_listed(wanted), found=_listed(found),
        )  # fmt: skip
    kinds = sorted({array.dtype.name for array in parameters})
    if kinds not in (["float32"], ["float64"]):
        raise Refusal("The {what} is damaged: its weights must be all float32 or all float64, got {kinds}.",
                      what=what, kinds=", ".join(kinds))  # fmt: skip


def damaged(what: str, name: str) -> Refusal:
    """Return the refusal of a file whose member does not say what it must."""
    return Refusal("The {what} is damaged: {name} does not describe a model.", what=what, name=name)


def _prepares(recipe: dict[str, Any], shape: tuple[int, ...], crop: object) -> bool:
    """Return whether a recipe from a file has the structure that the recipes apply unseen, and makes this shape."""
    try:
        if len(shape) == 3:
            return _prepares_images(recipe, shape, crop)
        _require(recipe["version"] == table_recipe.VERSION)
        for entry in recipe["columns"]:
            _require(isinstance(entry["name"], str) and type(entry["missing"]) is bool)
            _CHECKS[entry["kind"]](entry)
        return shape == (len(table_recipe.feature_names(recipe)),)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _prepares_images(recipe: dict[str, Any], shape: tuple[int, ...], crop: object) -> bool:
    sides = [*(recipe["resize"] or ()), *(recipe["crop"] or ())]
    figures = [*recipe["mean"], *recipe["std"]]
    return (
        (recipe["format"], recipe["kind"]) == (image_recipe.FORMAT, "image")
        and recipe["mode"] == IMAGE_CLASSES["PILImageBW" if shape[0] == 1 else "PILImage"]
        and shape[0] in (1, 3)
        and recipe["canvas"] == list(shape[1:])
        and recipe["crop"] == crop
        and recipe["method"] in image_recipe.METHODS
        and all(type(side) is int and 0 < side <= LARGEST_SIDE for side in sides)
        and len(sides) == 2 * bool(recipe["resize"]) + 2 * bool(recipe["crop"])
        and len(recipe["mean"]) == len(recipe["std"]) == shape[0]
        and all(_is_number(value) for value in figures)
        and min(recipe["std"]) > 0
    )


def _check_number(entry: dict[str, Any]) -> None:
    _require(_is_number(entry["median"]) and _is_number(entry["mean"]) and _is_scale(entry["scale"]))


def _check_category(entry: dict[str, Any]) -> None:
    _require(type(entry["other"]) is bool and len(set(_texts(entry["levels"]))) == len(entry["levels"]))


def _check_date(entry: dict[str, Any]) -> None:
    _require(entry["order"] in ORDERS and type(entry["time"]) is bool and _is_scale(entry["scale"]))
    _require(_is_number(entry["mean"]))
    _require(all(_is_number(entry[day]) and abs(entry[day]) <= FARTHEST_DAY for day in ("first", "middle")))


_CHECKS = {"number": _check_number, "category": _check_category, "date": _check_date}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_scale(value: object) -> bool:
    return value is None or (_is_number(value) and float(value) > 0)  # type: ignore[arg-type]


def _texts(stored: object) -> tuple[str, ...]:
    # Half a surrogate pair, which JSON may hold, is no text: encode says so with a ValueError.
    _require(isinstance(stored, list) and all(isinstance(text, str) and text.encode() is not None for text in stored))
    return tuple(stored)  # type: ignore[arg-type]


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(" x ".join(map(str, shape)) for shape in shapes[:MOST_LAYERS])
