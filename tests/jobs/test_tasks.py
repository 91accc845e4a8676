"""Prepared data is kept, within bounds, and only for who may see it."""

import os

import numpy as np
import pytest

from data import choice
from jobs import tasks
from words import Refusal

DIGITS = choice.check({"builtin": "digits"})


def no_upload(sha256):
    raise Refusal("not yours")


@pytest.fixture
def prepared(tmp_path):
    return tasks.load(DIGITS, no_upload, tmp_path)


def test_a_second_run_on_the_same_choice_prepares_nothing(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(choice, "load", None)
    again = tasks.load(DIGITS, no_upload, tmp_path)
    np.testing.assert_array_equal(again.inputs, prepared.inputs)
    assert again.recipe == prepared.recipe


def test_a_damaged_file_is_prepared_anew(prepared, tmp_path):
    (path,) = (tmp_path / "tasks").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    assert tasks.load(DIGITS, no_upload, tmp_path).recipe == prepared.recipe


def test_what_was_prepared_from_an_upload_is_refused_to_who_has_not_uploaded_it(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(choice, "fingerprint", lambda chosen: next((tmp_path / "tasks").iterdir()).name)
    with pytest.raises(Refusal, match="not yours"):
        tasks.load({"upload": "a" * 64}, no_upload, tmp_path)


def test_what_was_used_longest_ago_makes_room(prepared, tmp_path, monkeypatch):
    (newest,) = (tmp_path / "tasks").iterdir()
    for age in (10, 20):
        other = newest.with_name(f"{age:064}")
        other.write_bytes(newest.read_bytes())
        os.utime(other, (1000 - age, 1000 - age))
    monkeypatch.setattr(tasks, "MOST_BYTES", int(2.5 * newest.stat().st_size))
    newest.unlink()
    tasks.load(DIGITS, no_upload, tmp_path)
    assert {path.name for path in newest.parent.iterdir()} == {newest.name, f"{10:064}"}
