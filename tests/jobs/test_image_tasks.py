"""Tasks of images in the data folder: prepared once, and only for who has both files."""

import hashlib

import numpy as np
import pytest

from data import choice
from data.images.builtin import files
from jobs import tasks
from words import Refusal

PACKED, TEXT = files("shapes", {"rows": 100})
STORED = {hashlib.sha256(raw).hexdigest(): raw for raw in (PACKED, TEXT)}
ARCHIVE, TABLE = STORED
CHOICE = choice.check({"archive": ARCHIVE, "archive_filename": "a.zip", "upload": TABLE, "filename": "a.csv",
                       "images": {"folder": "images"}})  # fmt: skip


def test_a_task_is_prepared_once(tmp_path, monkeypatch):
    first = tasks.load(CHOICE, STORED.__getitem__, tmp_path)
    monkeypatch.setattr(choice, "load", None)
    second = tasks.load(CHOICE, STORED.__getitem__, tmp_path)
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert second.file_names == first.file_names


@pytest.mark.parametrize("lacking", [ARCHIVE, TABLE])
def test_who_lacks_a_file_gets_nothing_of_what_another_prepared(tmp_path, lacking):
    tasks.load(CHOICE, STORED.__getitem__, tmp_path)

    def read(name):
        if name == lacking:
            raise Refusal("The uploaded file is no longer here; please upload it again.")
        return STORED[name]

    with pytest.raises(Refusal, match="no longer here"):
        tasks.load(CHOICE, read, tmp_path)
