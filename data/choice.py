"""A choice says in plain JSON which data to train on, so that a job can store it and load it again."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from data import builtin
from data.columns import Plan
from data.images import choice as images
from data.prepare import prepare
from data.reading import read
from data.split import Split
from data.task import Task
from words import Refusal

FORMAT = 1  # raise it whenever the same choice would give other arrays than before
LONGEST_FILENAME = 255

Choice = dict[str, Any]


def check(choice: object) -> Choice:
    """Return the choice with defaults filled in, or a Refusal.

    Either `{"builtin": name, "options": {...}, "split": {...}}` or `{"upload": sha256, "filename": text, "plan": {...},
    "split": {...}}`. A plan's warnings are left out, since they change nothing about the arrays. For images see
    `data.images.choice`.
    """
    if isinstance(choice, dict) and images.is_about_images(choice):
        return images.check(choice)
    if not isinstance(choice, dict) or ("builtin" in choice) == ("upload" in choice):
        raise Refusal("The data must be either built in or uploaded, got {value}.", value=choice)
    allowed = ("builtin", "options", "split") if "builtin" in choice else ("upload", "filename", "plan", "split")
    for name in choice:
        if name not in allowed:
            raise Refusal("The data's choice may hold {names}, got {value}.", names=", ".join(allowed), value=name)
    split = Split.from_json(choice.get("split", {})).to_json()
    if "builtin" in choice:
        options = builtin.check(choice["builtin"], choice.get("options", {}))
        return {"builtin": choice["builtin"], "options": options, "split": split}
    upload, filename = choice["upload"], choice.get("filename")
    if not isinstance(upload, str) or not re.fullmatch(r"[0-9a-f]{64}", upload):
        raise Refusal("The upload must be named by its SHA-256, 64 digits of 0 to f, got {value}.", value=upload)
    if not isinstance(filename, str) or not 0 < len(filename) <= LONGEST_FILENAME:
        raise Refusal("The filename must be text of 1 to {most} characters, got {value}.",
                      most=LONGEST_FILENAME, value=filename)  # fmt: skip
    plan = Plan.from_json(choice.get("plan")).to_json()
    del plan["warnings"]
    return {"upload": upload, "filename": filename, "plan": plan, "split": split}


def load(choice: object, read_upload: Callable[[str], bytes]) -> Task:
    """Return the task that the choice describes; `read_upload` gives an upload's bytes by their SHA-256.

    A Refusal where the choice, the file or the plan is not allowed, or the bytes are not the ones chosen. Grows with
    the file.
    """
    checked = check(choice)
    if images.is_about_images(checked):
        return images.load(checked, read_upload)
    split = Split.from_json(checked["split"])
    if "builtin" in checked:
        return builtin.task(checked["builtin"], checked["options"], split)
    raw = read_upload(checked["upload"])
    if hashlib.sha256(raw).hexdigest() != checked["upload"]:
        raise Refusal("The stored upload {name} is damaged; upload it again.", name=checked["filename"])
    reading = read(raw, checked["filename"])
    name = PurePath(checked["filename"]).stem or checked["filename"]
    return prepare(reading.table, Plan.from_json(checked["plan"]), split, name, infinite=reading.infinite)


def fingerprint(choice: object) -> str:
    """Return 64 hex digits that are equal exactly for choices that give equal tasks, to cache prepared tasks by."""
    canonical = json.dumps([FORMAT, check(choice)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
