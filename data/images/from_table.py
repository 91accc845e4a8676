"""An archive of images and a table of their labels become a task, as fastai's ImageDataLoaders.from_df makes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import target as targets
from data.columns import some
from data.images import labels
from data.images.archive import Archive, normal, unsafe
from data.images.arguments import IMAGE_CLASSES, item
from data.images.decode import pixels
from data.images.labels import Labels
from data.images.recipe import FORMAT, Pixels
from data.images.table import Table
from data.split import Rows, Split, rows, rows_given
from data.task import Kind, Task

MOST_BYTES = 400_000_000  # of pixels that a task may hold
TRUE, FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
KINDS: Mapping[str, Kind] = {"category": "classes", "categories": "multi-label", "number": "number"}


def task(archive: Archive, table: Table, arguments: Mapping[str, Any], name: str) -> Task:
    """Return the task that checked arguments (`arguments.check`) make of a table whose rows name files of the archive.

    Every image becomes uint8 at the size of Resize, or lies in a canvas as large as the largest image. Mean and
    standard deviation of each channel are those of the training rows' pixels. With valid_pct, validation and test are
    shares of all rows, drawn as for a table; with valid_col the test rows come out of those that it does not mark.
    A category that is empty is refused; an empty cell of several labels is a row without any (fastai's rule too).

    A Refusal, one sentence with line and value, for whatever does not fit. Time grows with rows and pixels; memory as
    rows x channels x canvas.
    """
    kind = KINDS[arguments["y_block"]]
    column = table.column("fn_col", arguments["fn_col"])
    names = _paths(archive, table, column, arguments)
    found = labels.read(table, arguments, kind)
    train, validation, test = _split(table, arguments, found, kind)
    mean, scale, values = 0.0, 1.0, found.values
    if kind != "multi-label":
        mean, scale, values = targets.scaled(found.name, kind, found.values, train)
    resize, crop = item(arguments, "Resize"), item(arguments, "RandomCrop")
    recipe: dict[str, Any] = {
        "format": FORMAT,
        "kind": "image",
        "mode": IMAGE_CLASSES[arguments["img_cls"]],
        "resize": resize and resize["size"],
        "method": resize["method"] if resize else "squish",
    }
    canvas, sizes = _canvas(archive, table, names, recipe)
    means, deviations = channels(canvas, sizes, train)
    recipe |= {"canvas": list(canvas.shape[2:]), "crop": crop and crop["size"], "mean": means, "std": deviations}
    shift = item(arguments, "Shift")
    transforms = {
        "crop": recipe["crop"],
        "flip": item(arguments, "Flip") is not None,
        "shift": shift["share"] if shift else 0.0,
        **({} if arguments.get("shuffle", True) else {"shuffle": False}),
    }
    return Task(
        name=name, inputs=canvas, targets=values, kind=kind, class_names=found.class_names, train=train,
        validation=validation, test=test, recipe=recipe, target_name=found.name, target_mean=mean, target_scale=scale,
        sizes=sizes, transforms=transforms, file_names=tuple(table.cells(column)),
    )  # fmt: skip


def _paths(archive: Archive, table: Table, column: int, arguments: Mapping[str, Any]) -> list[str]:
    """Return the archive's entry of each row: folder, file name and suffix, as given; a Refusal where it has none."""
    folder, suff = arguments["folder"], arguments["suff"]
    names = []
    for row, cell in enumerate(table.cells(column)):
        if not cell:
            raise table.refusal(row, "the file name in column {name} is empty.", name=table.names[column])
        if problem := unsafe(cell):
            raise table.refusal(row, "the file {value} {problem}.", value=cell, problem=problem)
        path = normal(f"{folder}/{cell}{suff}" if folder else f"{cell}{suff}")
        if path not in archive:
            raise table.refusal(row, "{path} is not in {archive}, which holds {names}.",
                                path=path, archive=archive.filename, names=some(list(archive.names), 3))  # fmt: skip
        names.append(path)
    return names


def _split(table: Table, arguments: Mapping[str, Any], found: Labels, kind: Kind) -> tuple[Rows, Rows, Rows]:
    split = Split(arguments["valid_pct"], arguments["test_pct"], arguments["seed"])
    if arguments["valid_col"] is None:
        return rows(split, found.values, kind)
    column = table.column("valid_col", arguments["valid_col"])
    marked = np.zeros(len(found.values), dtype=np.bool_)
    for row, cell in enumerate(table.cells(column)):
        # fastai 2.8 takes any text, "False" too, for true; that is nobody's wish.
        if cell.lower() not in TRUE + FALSE:
            raise table.refusal(row, "valid_col {name} must be true or false (or 1 or 0), got {value!r}.",
                                name=table.names[column], value=cell)  # fmt: skip
        marked[row] = cell.lower() in TRUE
    return rows_given(marked, split, found.values, kind)


def _canvas(
    archive: Archive, table: Table, names: list[str], recipe: Mapping[str, Any]
) -> tuple[Pixels, NDArray[np.int32] | None]:
    """Return the images side by side, (N, C, H, W), and their sizes (N, 2), None where all fill the canvas."""
    images: list[Pixels] = []
    height, width = recipe["resize"] or (0, 0)
    known: dict[str, Pixels] = {}  # rows may name a file twice
    for row, name in enumerate(names):
        if name not in known:
            where = f"{archive.filename}, {name}"
            known[name] = pixels(archive.read(name), recipe, where)
        image = known[name]
        height, width = max(height, image.shape[0]), max(width, image.shape[1])
        if len(names) * height * width * image.shape[2] > MOST_BYTES:
            raise table.refusal(
                row,
                "{rows:,} images of {width} x {height} pixels are more than the {most:.0f} MB of pixels allowed; "
                "resize them to less.",
                rows=len(names), width=width, height=height, most=MOST_BYTES / 1e6,
            )  # fmt: skip
        images.append(image)
    canvas = np.zeros((len(images), images[0].shape[2], height, width), dtype=np.uint8)
    sizes = np.array([image.shape[:2] for image in images], dtype=np.int32)
    known.clear()
    for place in canvas[::-1]:
        image = images.pop()  # let go of each as it is copied, so that all are there only once
        place[:, : image.shape[0], : image.shape[1]] = image.transpose(2, 0, 1)
    return canvas, None if (sizes == (height, width)).all() else sizes


def channels(canvas: Pixels, sizes: NDArray[np.int32] | None, train: Rows) -> tuple[list[float], list[float]]:
    """Return each channel's mean and standard deviation over the training rows' pixels, as shares of 255.

    The canvas beyond an image counts for nothing; a channel of one value has deviation 1. Sums are kept as integers, so
    that no order of adding matters.
    """
    total = np.zeros(canvas.shape[1], dtype=np.int64)
    squares, count = total.copy(), 0
    for row in train:
        height, width = canvas.shape[2:] if sizes is None else sizes[row]
        image = canvas[row, :, :height, :width].astype(np.int64)
        total += image.sum(axis=(1, 2))
        squares += (image**2).sum(axis=(1, 2))
        count += int(height) * int(width)
    # In whole numbers: count * squares - total**2 is exact, so a channel of one value gives exactly zero.
    variance = [(count * int(square) - int(sum_) ** 2) / count**2 for square, sum_ in zip(squares, total, strict=True)]
    deviations = [value**0.5 / 255 if value > 0 else 1.0 for value in variance]
    return [float(value) / count / 255 for value in total], deviations


__all__ = ["task"]
