"""What may be asked for of fastai's toolbox: fine-tuning, cross-validation, predictions, exports, and their parts."""

import re
from collections.abc import Mapping
from typing import Any

from jobs.requests.parts import number, without_rule
from training import options
from words import Refusal

MOST_AUGMENTED = 64
MOST_FOLDS = 20
MOST_FILES = 64
_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

FINE_TUNE: dict[str, Any] = {
    "before": 600, "frozen": 20, "updates": 40, "base_lr": 0.02, "lr_mult": 10.0, "first": None,
}  # fmt: skip
CROSS_VALIDATE: dict[str, Any] = {"updates": 600, "schedule": {"schedule": "one_cycle"}, "folds": 5}
PREDICT: dict[str, Any] = {"model_of": None, "files": None, "tta": None}
EXPORT: dict[str, Any] = {"model_of": None}


def fine_tune(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Return a fine-tuning's own part: updates of its three phases, fastai's base_lr and lr_mult, and the classes.

    `first` names the classes that the body learns from, the others are what it is tuned to; None for the first half.
    """
    options.check_number("models", 2 * seeds, title)
    first = given["first"]
    if first is not None and not (
        isinstance(first, list | tuple) and first and all(isinstance(name, str) for name in first)
    ):
        raise Refusal("{title}: first must be a list of class names, got {value}.", title=title, value=first)
    counts = {
        name: int(options.check_number("updates", given[name], title)) for name in ("before", "frozen", "updates")
    }
    return {
        **counts,
        "base_lr": number(title, "base_lr (learning rate)", given["base_lr"], 1e-8, 100.0),
        "lr_mult": number(title, "lr_mult", given["lr_mult"], 1.0, 1e6),
        "first": None if first is None else list(first),
    }


def cross_validate(title: str, given: Mapping[str, Any], _seeds: int) -> dict[str, Any]:
    """Return a cross-validation's own part: updates, a schedule known beforehand, and the number of folds."""
    updates = int(options.check_number("updates", given["updates"], title))
    folds = _whole(title, "folds", given["folds"], 2, MOST_FOLDS)
    return {"updates": updates, "schedule": without_rule(title, given["schedule"], updates), "folds": folds}


def predict(title: str, given: Mapping[str, Any], _seeds: int) -> dict[str, Any]:
    """Return a prediction's own part: which model (of a run, or an uploaded file), and the uploads with new rows."""
    files = given["files"]
    listed = list(files) if isinstance(files, list | tuple) else []
    if not 1 <= len(listed) <= MOST_FILES:
        raise Refusal(
            "{title}: choose 1 to {high} files, got {value}.", title=title, high=MOST_FILES, value=len(listed)
        )
    own = {"model_of": _source(title, given["model_of"]), "files": [_file(title, one) for one in listed]}
    tta = augmented(title, given["tta"])
    return own | ({"tta": tta} if tta else {})


def export(title: str, given: Mapping[str, Any], _seeds: int) -> dict[str, Any]:
    """Return an export's own part: which model."""
    return {"model_of": _source(title, given["model_of"])}


def augmented(title: str, tta: object) -> dict[str, Any] | None:
    """Return fastai's arguments of tta, complete: n, beta (None for both answers), use_max; None for no tta.

    "transforms" {"flip": bool, "shift": share of the side} is there where they differ from the task's own.
    """
    if tta is None:
        return None
    given = {"n": 4, "beta": 0.25, "use_max": False, **(tta if isinstance(tta, Mapping) else {"": tta})}
    unknown = sorted(str(name) for name in given if name not in ("n", "beta", "use_max", "transforms"))
    if unknown:
        raise Refusal(
            "{title}: tta may hold n, beta, use_max, transforms, got {value}.", title=title, value=unknown[0] or tta
        )
    beta = given["beta"]
    chosen = {"transforms": _transforms(title, given["transforms"])} if given.get("transforms") else {}
    return chosen | {
        "n": _whole(title, "tta's n", given["n"], 1, MOST_AUGMENTED),
        "beta": None if beta is None else number(title, "tta's beta", beta, 0.0, 1.0),
        "use_max": flag(title, "tta's use_max", given["use_max"]),
    }


def _transforms(title: str, given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not set(given) <= {"flip", "shift"}:
        raise Refusal("{title}: tta's transforms may hold flip, shift, got {value}.", title=title, value=given)
    checked: dict[str, Any] = {}
    if "flip" in given:
        checked["flip"] = flag(title, "tta's flip", given["flip"])
    if "shift" in given:
        checked["shift"] = number(title, "tta's shift", given["shift"], 0.0, 0.5)
    return checked


def origin(title: str, start: object) -> dict[str, Any] | None:
    """Return where a training begins: a run's model, or the upload of a saved one; None for fresh weights."""
    return None if start is None else _source(title, start)


def flag(title: str, name: str, value: object) -> bool:
    """Return true or false, or refuse."""
    if not isinstance(value, bool):
        raise Refusal("{title}: {name} must be true or false, got {value}.", title=title, name=name, value=value)
    return value


def _source(title: str, given: object) -> dict[str, Any]:
    if isinstance(given, Mapping) and "upload" in given:
        return _file(title, given)
    run, schedule = (given.get("run"), given.get("schedule", 0)) if isinstance(given, Mapping) else (given, None)
    if not isinstance(given, Mapping) or not isinstance(run, str) or not _RUN.fullmatch(run):
        raise Refusal("{title}: the model must be named by its run, got {value}.", title=title, value=run)
    return {"run": run, "schedule": _whole(title, "the model's schedule", schedule, 0, 100)}


def _file(title: str, given: object) -> dict[str, Any]:
    upload, name = (given.get("upload"), given.get("filename")) if isinstance(given, Mapping) else (given, None)
    if not isinstance(upload, str) or not _SHA256.fullmatch(upload):
        raise Refusal("{title}: a file must be named by its SHA-256, got {value}.", title=title, value=upload)
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise Refusal("{title}: a filename must be text of 1 to 255 characters, got {value}.", title=title, value=name)
    return {"upload": upload, "filename": name}


def _whole(title: str, name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refusal(
            "{title}: {name} must be a whole number, {low} to {high}, got {value}.",
            title=title, name=name, low=low, high=high, value=value,
        )  # fmt: skip
    return value
