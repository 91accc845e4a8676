"""New rows for a trained model: uploaded files, prepared as the model's own rows were."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isinf
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from pandas.api.types import is_float_dtype

from data.images import decode
from data.images import recipe as image_recipe
from data.images.archive import Archive
from data.reading import Reading, read
from data.recipe import apply
from data.task import Task
from words import Refusal

MOST_ROWS = 100_000
MOST_IMAGES = 5_000
ARCHIVE = b"PK\x03\x04"
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff")


def new_rows(trained: Task, files: Sequence[tuple[str, bytes]]) -> Task:
    """Return a task of these rows alone: all are `test` rows, none has a target, and they are named by `file_names`.

    `trained` is the task that the model belongs to, of which no row is read. Files are (filename, bytes): for a table
    one CSV with its columns (others are ignored, the target too); for images image files, or ZIPs of them, where
    `left_out` says what is no image. A Refusal names the file and what is wrong. Grows with the rows.
    """
    if trained.image:
        return _images(trained, files)
    if len(files) != 1:
        raise Refusal("New rows: choose one CSV file, got {count} files.", count=len(files))
    ((filename, raw),) = files
    reading = read(raw, filename, least=1)
    table = reading.table
    if len(table) > MOST_ROWS:
        raise Refusal("{file}: there must be at most {most:,} rows, got {count:,}.",
                      file=filename, most=MOST_ROWS, count=len(table))  # fmt: skip
    try:
        inputs = apply(trained.recipe, {str(name): table[name].to_numpy(dtype=object) for name in table.columns})
    except ValueError as error:
        raise Refusal("{file}: {what}", file=filename, what=error) from error
    for column in trained.recipe["columns"]:
        # Both take it for missing; for training that is said beside the table, and here there is no such place.
        place = _infinite(reading, column)
        if place is not None:
            raise Refusal("{file}: Column {name} is infinite in {place}; it must be a finite number, or empty.",
                          file=filename, name=column["name"], place=place)  # fmt: skip
    return _task(trained, inputs, None, ())


def _infinite(reading: Reading, column: Mapping[str, Any]) -> str | None:
    """Return where a column is infinite; text that apply has read as numbers is one that reading found no number in."""
    name = column["name"]
    if name in reading.infinite:
        return f"line {reading.infinite[name]}"
    if column["kind"] != "number" or is_float_dtype(reading.table[name]):
        return None
    cells = reading.table[name].tolist()
    row = next(
        (row for row, cell in enumerate(cells, 1) if isinstance(cell, str) and cell.strip() and isinf(float(cell))), 0
    )
    return f"row {row}" if row else None


def left_out(files: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Return the files in ZIPs that are not taken for images, for their names alone; reads the lists of entries.

    Where none in a ZIP is named as an image, all are taken: images may have no suffix.
    """
    archives = [Archive(raw, filename) for filename, raw in files if raw.startswith(ARCHIVE)]
    both = [(archive.names, set(_taken(archive))) for archive in archives]
    return tuple(name for names, taken in both for name in names if name not in taken)


def _taken(archive: Archive) -> tuple[str, ...]:
    named = tuple(name for name in archive.names if PurePosixPath(name).suffix.lower() in SUFFIXES)
    return named or archive.names


def _images(trained: Task, files: Sequence[tuple[str, bytes]]) -> Task:
    pixels: list[np.ndarray] = []
    names: list[str] = []
    places: list[str] = []
    for filename, raw in files:
        archive = Archive(raw, filename) if raw.startswith(ARCHIVE) else None
        for name in _taken(archive) if archive else (filename,):
            if len(names) == MOST_IMAGES:
                raise Refusal("New rows: there must be at most {most:,} images, got more.", most=MOST_IMAGES)
            where = f"{filename}: {name}" if archive else filename
            pixels.append(decode.pixels(archive.read(name) if archive else raw, trained.recipe, where))
            names.append(name)
            places.append(where)
    if not names:
        raise Refusal("New rows: choose at least one image, got none.")
    # Resized already; what is left to do is to lay them out.
    recipe = {**trained.recipe, "resize": None}
    try:
        canvas, sizes = image_recipe.apply(recipe, pixels)
    except image_recipe.ImageError:
        # One of them is too large, alone as among the others.
        for where, image in zip(places, pixels, strict=True):
            _check_size(recipe, image, where)
        raise
    return _task(trained, canvas, sizes, tuple(names))


def _check_size(recipe: dict[str, Any], image: image_recipe.Pixels, where: str) -> None:
    try:
        image_recipe.apply(recipe, [image])
    except image_recipe.ImageError as error:
        raise Refusal("{where}: " + error.template, where=where, **error.values) from error


def _task(trained: Task, inputs: np.ndarray, sizes: np.ndarray | None, names: tuple[str, ...]) -> Task:
    count, nothing = len(inputs), np.zeros(0, dtype=np.int64)
    shape = (count, trained.outputs) if trained.kind == "multi-label" else (count,)
    return replace(
        trained,
        inputs=inputs,
        sizes=sizes,
        file_names=names,
        targets=np.zeros(shape, dtype=np.int64 if trained.kind == "classes" else np.float32),
        train=nothing,
        validation=nothing,
        test=np.arange(count, dtype=np.int64),
    )
