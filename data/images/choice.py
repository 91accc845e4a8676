"""Choices that are about images: which archive and table, or which built-in set, and from_df's arguments."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from data.builtin import check_options
from data.images import arguments, from_table
from data.images.archive import Archive
from data.images.builtin import IMAGES, files
from data.images.table import Table, table
from data.task import Task
from words import Refusal

LONGEST_FILENAME = 255

BUILTIN_FIELDS = ("builtin", "options", "images")
UPLOAD_FIELDS = ("archive", "archive_filename", "upload", "filename", "images")


def is_about_images(choice: Mapping[str, Any]) -> bool:
    """Whether a choice says images: an archive, or a built-in set of them."""
    return "archive" in choice or (isinstance(choice.get("builtin"), str) and choice["builtin"] in IMAGES)


def check(choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return a choice of images with defaults filled in, or a Refusal.

    `{"builtin": name, "options": {...}, "images": {...}}` or `{"archive": sha256 of the ZIP, "archive_filename": text,
    "upload": sha256 of the CSV, "filename": text, "images": {...}}`, where "images" holds from_df's arguments
    (`arguments.check`); a built-in set has defaults of its own for them.
    """
    if "builtin" in choice:
        built = IMAGES[choice["builtin"]]
        _refuse_unknown(choice, BUILTIN_FIELDS)
        given = choice.get("images", {})
        return {
            "builtin": built.name,
            "options": check_options(built.title, built.options, choice.get("options", {})),
            "images": arguments.check({**built.arguments, **given} if isinstance(given, Mapping) else given),
        }
    _refuse_unknown(choice, UPLOAD_FIELDS)
    for what in ("archive", "upload"):
        if not isinstance(choice.get(what), str) or not re.fullmatch(r"[0-9a-f]{64}", choice[what]):
            raise Refusal("The {what} must be named by its SHA-256, 64 digits of 0 to f, got {value}.",
                          what=what, value=choice.get(what))  # fmt: skip
    for what in ("archive_filename", "filename"):
        if not isinstance(choice.get(what), str) or not 0 < len(choice[what]) <= LONGEST_FILENAME:
            raise Refusal("The {what} must be text of 1 to {most} characters, got {value}.",
                          what=what, most=LONGEST_FILENAME, value=choice.get(what))  # fmt: skip
    return {name: choice[name] for name in UPLOAD_FIELDS if name != "images"} | {
        "images": arguments.check(choice.get("images", {}))
    }


def sources(checked: Mapping[str, Any], read_upload: Callable[[str], bytes]) -> tuple[Archive, Table]:
    """Return the archive and the table of a checked choice, read; a Refusal where one of them cannot be."""
    if "builtin" in checked:
        packed, text = _made(checked["builtin"], tuple(sorted(checked["options"].items())))
        return Archive(packed, f"{checked['builtin']}.zip"), table(text, f"{checked['builtin']}.csv")
    parts = {}
    for what, filename in (("archive", "archive_filename"), ("upload", "filename")):
        parts[what] = read_upload(checked[what])
        if hashlib.sha256(parts[what]).hexdigest() != checked[what]:
            raise Refusal("The stored upload {name} is damaged; upload it again.", name=checked[filename])
    return Archive(parts["archive"], checked["archive_filename"]), table(parts["upload"], checked["filename"])


def load(checked: Mapping[str, Any], read_upload: Callable[[str], bytes]) -> Task:
    """Return the task of a checked choice. Time and memory grow with the archive's pixels."""
    name = checked.get("builtin") or PurePath(checked["filename"]).stem or checked["filename"]
    return from_table.task(*sources(checked, read_upload), checked["images"], name)


@lru_cache(maxsize=2)
def _made(name: str, options: tuple[tuple[str, float], ...]) -> tuple[bytes, bytes]:
    # The page looks at a set again at every click; the largest is a few megabytes.
    return files(name, dict(options))


def _refuse_unknown(choice: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for name in choice:
        if name not in allowed:
            raise Refusal("The data's choice may hold {names}, got {value}.", names=", ".join(allowed), value=name)
