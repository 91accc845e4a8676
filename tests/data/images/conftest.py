"""Small archives and tables that one can check by eye."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from data.images import arguments, from_table
from data.images.archive import Archive
from data.images.table import table


@pytest.fixture
def png():
    """`png(pixels)`: the bytes of a PNG file of uint8 pixels (h, w) or (h, w, 3)."""

    def write(pixels, form="PNG", **options):
        buffer = io.BytesIO()
        Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(buffer, form, **options)
        return buffer.getvalue()

    return write


@pytest.fixture
def packed(png):
    """`packed({name: pixels or bytes})`: an archive of them."""

    def pack(files):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content if isinstance(content, bytes) else png(content))
        return Archive(buffer.getvalue(), "pictures.zip")

    return pack


@pytest.fixture
def made(packed):
    """`made(csv, files=None, **arguments)`: the task; without files, ten grey 4 x 4 images 0.png ... 9.png."""

    def make(text, files=None, **given):
        files = files or {f"{number}.png": np.full((4, 4), 10 * number) for number in range(10)}
        given = {"img_cls": "PILImageBW", **given}
        return from_table.task(packed(files), table(text.encode(), "labels.csv"), arguments.check(given), "labels")

    return make
