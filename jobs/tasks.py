"""Prepared data, kept in the data folder so that a second run on the same choice begins at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data import choice
from data import task as tasks
from data.task import Task
from jobs import home as folders
from words import Refusal

MOST_BYTES = 1_000_000_000


def load(chosen: dict[str, Any], read_upload: Callable[[str], bytes], home: Path) -> Task:
    """Return the task of a checked choice, from the data folder where it was prepared before.

    The folder holds a gigabyte at most; what was used longest ago goes first. Listing it grows with its files.
    """
    for part in ("archive", "upload"):
        if part in chosen:
            read_upload(chosen[part])  # what somebody else prepared is only for who has that file too
    folder = folders.inside(home, "tasks")
    path = folder / choice.fingerprint(chosen)
    try:
        task = tasks.load(path.read_bytes())
        path.touch()
        return task
    except (OSError, Refusal):  # not there, or not whole: prepare it
        task = choice.load(chosen, read_upload)
    stored = tasks.save(task)
    if len(stored) <= MOST_BYTES:
        folders.write_whole(path, stored)
        _make_room(folder)
    return task


def _make_room(folder: Path) -> None:
    known = sorted(((path.stat(), path) for path in folder.iterdir()), key=lambda entry: -entry[0].st_mtime)
    total = 0
    for status, path in known:
        total += status.st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)
