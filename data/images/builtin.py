"""Images that need no upload. They take the way of an upload: a ZIP of PNG files and a CSV, made in memory."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from data.builtin import Option, check_options
from data.images import shapes

VALIDATION = 0.2  # the share of rows that the column is_valid marks

Made = tuple[NDArray[np.uint8], list[str], list[list[object]]]


@dataclass(frozen=True)
class BuiltInImages:
    """A built-in set of images: `arguments` are those of from_df that differ from the defaults.

    `make(options)` gives its images, uint8 (N, H, W), the names of the columns beside the file's, and their rows.
    """

    name: str
    title: str
    help: str
    options: tuple[Option, ...]
    arguments: Mapping[str, Any]
    make: Callable[[dict[str, Any]], Made]


def _digits(_: dict[str, Any]) -> Made:
    digits = load_digits()
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)
    random = np.random.default_rng(0).permutation(len(images))
    valid = random < VALIDATION * len(images)
    rows: list[list[object]] = [
        [int(digit), "even" if digit % 2 == 0 else "odd", bool(marked)]
        for digit, marked in zip(digits.target, valid, strict=True)
    ]
    return images, ["digit", "parity", "is_valid"], rows


def _shapes(options: dict[str, Any]) -> Made:
    random = np.random.default_rng(options["seed"])
    images = np.empty((options["rows"], shapes.SIDE, shapes.SIDE), dtype=np.uint8)
    rows: list[list[object]] = []
    for place in range(options["rows"]):
        images[place], drawn, area = shapes.draw(random, options["most"], options["noise"])
        valid = bool(random.random() < VALIDATION)
        rows.append([drawn[0], ";".join(sorted(set(drawn))), round(100 * area, 2), valid])
    return images, ["shape", "shapes", "area", "is_valid"], rows


IMAGES: dict[str, BuiltInImages] = {
    built.name: built
    for built in (
        BuiltInImages("digit_images", "Digits as image files", "1,797 PNG files of 8 x 8 grey pixels.", (),
                      {"label_col": "digit", "folder": "images", "img_cls": "PILImageBW"}, _digits),
        BuiltInImages("shapes", "Shapes", "Circles, squares, triangles and stars of 16 x 16 grey pixels.", (
            Option("rows", "Rows", "count", 1000, 100, 5000, "How many images are generated."),
            Option("most", "Most shapes an image", "count", 1, 1, 3,
                   "With two or three, choose the column shapes and ; as label_delim: several labels a row."),
            Option("noise", "Noise", "number", 0.05, 0, 1, "Deviation of the normal noise, black being 0, white 1."),
            Option("seed", "Seed", "count", 0, 0, 2**31 - 1, "Equal seeds give equal images."),
        ), {"label_col": "shape", "folder": "images", "img_cls": "PILImageBW"}, _shapes),
    )
}  # fmt: skip


def files(name: str, options: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the set's ZIP and CSV, the same bytes for the same options, which grow with its rows.

    The CSV's columns: file, then what the set says of an image: digit and parity, or shape (the largest), shapes (all,
    with ; between) and area (percent of the image); and is_valid, true for about a fifth of the rows.
    """
    built = IMAGES[name]
    images, columns, rows = built.make(check_options(built.title, built.options, options))
    packed, text = io.BytesIO(), io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", *columns])
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (image, row) in enumerate(zip(images, rows, strict=True)):
            file = f"{number:04}.png"
            entry = zipfile.ZipInfo(f"images/{file}", (2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, _png(image))
            writer.writerow([file, *row])
    return packed.getvalue(), text.getvalue().encode()


def _png(image: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
