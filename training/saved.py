"""A trained model kept as a file: weights, the optimizer's memory, and what they belong to. Never pickled code.

The file is a ZIP that NumPy's `load` can read too: words.json and a .npy for each array.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from data.task import Task
from training import about, archive
from training.options import OPTIMIZERS, Model
from words import Refusal

FORMAT = 1
WHAT = "saved model"
MOST_DONE = 10**9

Arrays = tuple[NDArray[Any], ...]


@dataclass(frozen=True, eq=False)
class Saved:
    """One model, as `save` wrote it.

    `parameters`: for each layer the weights and the biases of the one model, as in a row of `Trained.parameters`.
    `memory`: the optimizer's arrays, () where none were kept; `optimizer` names it, "" for none; `done` counts the
    updates it has done. `task` says what the model belongs to and how new rows are prepared; it has no rows itself.
    """

    model: Model
    task: Task
    parameters: Arrays
    optimizer: str = ""
    memory: Arrays = ()
    done: int = 0


def save(
    task: Task,
    model: Model,
    parameters: Sequence[NDArray[Any]],
    *,
    optimizer: str = "",
    memory: Sequence[NDArray[Any]] = (),
    done: int = 0,
) -> bytes:
    """Return one model as bytes that `load` reads back to the bit; equal arguments give equal bytes.

    `parameters` and `memory` are of one model, without the axis of models. Grows with weights x (1 to 3).
    """
    words = {
        "format": FORMAT,
        "model": about.model_words(model),
        "optimizer": optimizer,
        "done": done,
        "about": about.words(task),
    }
    members = {"words.json": archive.write_json(words)}
    for name, arrays in (("parameters", parameters), ("memory", memory)):
        members |= {f"{name}/{number}.npy": archive.write_array(array) for number, array in enumerate(arrays)}
    return archive.pack(members)


def load(stored: bytes) -> Saved:
    """Return what `save` wrote; a Refusal with one sentence for foreign, damaged, newer or too large bytes."""
    # The arrays stay packed until the words are known to be ours.
    words = archive.read_json(archive.unpack(stored, WHAT, r"words\.json"), "words.json", WHAT)
    if words.get("format") != FORMAT:
        raise Refusal("The {what} has format {value}; format {known} is read here.",
                      what=WHAT, value=words.get("format"), known=FORMAT)  # fmt: skip
    optimizer, done, described = words.get("optimizer"), words.get("done"), words.get("about")
    if optimizer not in ("", *OPTIMIZERS) or not isinstance(described, dict):
        raise about.damaged(WHAT, "words.json")
    if not isinstance(done, int) or isinstance(done, bool) or not 0 <= done <= MOST_DONE:
        raise about.damaged(WHAT, "words.json")
    model = about.read_model(words.get("model"), WHAT, "words.json")
    task = about.bare(described, WHAT, "words.json")
    members = archive.unpack(stored, WHAT, "(?:parameters|memory)/.*")
    parameters = _arrays(members, "parameters")
    about.check_shapes(task, model, parameters, WHAT)
    return Saved(model, task, parameters, optimizer, _arrays(members, "memory"), done)


def check_fits(saved: Saved, task: Task) -> None:
    """Raise a Refusal where the model was trained on another kind of rows or targets than this task's."""
    theirs = about.words(saved.task)
    ours = json.loads(archive.write_json(about.words(task)))  # tuples become lists, as they did when it was saved
    for name, title in (("kind", "targets"), ("shape", "inputs"), ("class_names", "classes")):
        if theirs[name] != ours[name]:
            raise Refusal(
                "The saved model belongs to other data: its {title} are {theirs}, here they are {ours}.",
                title=title, theirs=_short(theirs[name]), ours=_short(ours[name]),
            )  # fmt: skip
    if theirs["recipe"] != ours["recipe"]:
        raise Refusal(
            "The saved model belongs to rows of {data} that were prepared otherwise (other columns, scales or split).",
            data=_short(saved.task.name),
        )


def _arrays(members: dict[str, bytes], folder: str) -> Arrays:
    names = [name for name in members if name.startswith(f"{folder}/")]
    wanted = [f"{folder}/{number}.npy" for number in range(len(names))]
    if sorted(names) != sorted(wanted):
        raise Refusal("The {what} is damaged: its arrays {folder} are not numbered through.", what=WHAT, folder=folder)
    return tuple(archive.read_array(members[name], name, WHAT) for name in wanted)


def _short(value: object) -> str:
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
