"""The Data page's images: a built-in set, or a ZIP and a CSV of one's own, under the arguments of fastai's from_df."""

from typing import Any

import numpy as np
import streamlit as st

from data.images import choice as choices
from data.images import notes
from data.images.archive import Archive
from data.images.builtin import IMAGES, files
from data.images.preview import pictures
from data.images.propose import propose
from data.images.table import Table, table
from data.task import Task
from ui.controls import plain
from ui.data_images_arguments import arguments_controls
from ui.data_show import counts, in_force, option_control, spread
from ui.image_grid import grid
from ui.refused import refused
from ui.session import owner, put, recall, remember, seed, store
from words import Refusal, rate, say

OWN = "own"
SHOWN = 36  # full rows of nine, six, four or three
KINDS = ("archive", "upload")


def images() -> None:
    """Choose images, say what their table means, and look at them as a model will."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        which = st.selectbox(
            say("Images"),
            [*IMAGES, OWN],
            format_func=lambda name: IMAGES[name].title if name in IMAGES else say("My ZIP and CSV"),
            key=seed("data", "images", "shapes", [*IMAGES, OWN]),
        )
        remember("data", images=which)
        chosen = own() if which == OWN else built_in(which)
    if chosen is None:
        right.info(
            say(
                "Upload a ZIP of images, and a CSV with a header and one row an image: its file's name and its label. "
                "None at hand? The built-in sets can be downloaded as such files."
            )
        )
        return
    try:
        archive, rows = sources(chosen)
    except (Refusal, OSError) as refusal:
        with right:
            refused(refusal if isinstance(refusal, Refusal) else say("The files are gone; please upload them again."))
        return
    with left:
        begin = dict(IMAGES[which].arguments) if which in IMAGES else recall("data").get("images.proposed", {})
        chosen["images"] = arguments_controls(which, rows, begin)
    with right:
        show_images(chosen, archive)


def built_in(name: str) -> dict[str, Any]:
    """Draw the options of a built-in set and its files to download; return its choice without the arguments."""
    built = IMAGES[name]
    st.caption(say(built.help))
    options = {option.name: option_control(f"images.options.{name}", option) for option in built.options}
    remember("data", **{f"images.options.{name}.{key}": value for key, value in options.items()})
    first, second = st.columns(2)
    packed, text = _files(name, tuple(options.items()))
    for column, title, data, ending in ((first, "ZIP", packed, "zip"), (second, "CSV", text, "csv")):
        column.download_button(
            say("Its {title}", title=title), data, f"{name}.{ending}", icon=":material/download:", type="tertiary",
            on_click="ignore", key=f"data.images.{name}.{ending}",
        )  # fmt: skip
    return {"builtin": name, "options": options}


@st.cache_data(max_entries=2, show_spinner=False)
def _files(name: str, options: tuple[tuple[str, float], ...]) -> tuple[bytes, bytes]:
    return files(name, dict(options))


def own() -> dict[str, Any] | None:
    """Draw the two uploads; return the choice without the arguments, or None until both are there."""
    for what, title in (("archive", say("ZIP of images, up to 100 MB")), ("upload", say("CSV, a row an image"))):
        file = st.file_uploader(title, key=f"data.images.{what}")
        if file is not None and file.file_id != st.session_state.get(f"data.images.{what}.taken"):
            take(what, file)
            # Marked last: another upload that arrives meanwhile ends this run of the page anywhere before.
            st.session_state[f"data.images.{what}.taken"] = file.file_id
        if problem := st.session_state.get(f"data.images.{what}.problem"):
            refused(problem)
        elif file is None and (kept := recall("data").get(f"images.{what}")):
            st.caption(plain(kept["filename"]))
    return kept_files()


def kept_files() -> dict[str, Any] | None:
    """Return the choice of the two files uploaded last, without the arguments, or None where one is missing."""
    archive, upload = (recall("data").get(f"images.{what}") for what in KINDS)
    if not archive or not upload:
        return None
    return {
        "archive": archive["sha256"], "archive_filename": archive["filename"],
        "upload": upload["sha256"], "filename": upload["filename"],
    }  # fmt: skip


def take(what: str, file: Any) -> None:
    """Read a new upload and propose arguments; where it is refused, keep what was there before and say why."""
    raw = file.getvalue()
    st.session_state[f"data.images.{what}.problem"] = None
    try:
        if what == "archive":
            Archive(raw, file.name)
        else:
            table(raw, file.name)
    except Refusal as refusal:
        st.session_state[f"data.images.{what}.problem"] = str(refusal)
        return
    kept = {"sha256": store().save_upload(raw, file.name, owner=owner()), "filename": file.name}
    remember("data", **{f"images.{what}": kept})
    if chosen := kept_files():
        proposed = propose(*sources(chosen))
        remember("data", **{"images.proposed": proposed})
        put("data", **{f"images.{OWN}.{name}": value for name, value in proposed.items()})


def sources(chosen: dict[str, Any]) -> tuple[Archive, Table]:
    """Return the archive and the table of a choice, read."""
    checked = choices.check({**chosen, "images": {}})
    del checked["images"]
    return _sources(owner(), str(sorted(checked.items())), checked)


@st.cache_resource(max_entries=4, show_spinner="Reading the files…")
def _sources(whose: str, key: str, _checked: dict[str, Any]) -> tuple[Archive, Table]:
    return choices.sources(_checked, lambda sha256: store().read_upload(sha256, owner=whose))


def show_images(chosen: dict[str, Any], archive: Archive) -> None:
    """Show what came of a choice of images, and put it in force where it holds together."""
    task = in_force(chosen)
    if task is None or task.image is None:
        return
    channels, height, width = task.image
    counts(task, say("Image"), f"{width} × {height}")
    told = notes.about(task, archive)
    if told:
        st.markdown("\n".join(f"- {plain(note)}" for note in told))
    ways = {"plain": say("As in validation"), "drawn": say("As in training")}
    way = st.segmented_control(
        say("Shown"),
        list(ways),
        format_func=ways.__getitem__,
        key=seed("data", "images.shown", "plain", ways),
        required=True,
        label_visibility="collapsed",
    )
    remember("data", **{"images.shown": way})
    rows = np.sort(np.random.default_rng(0).permutation(task.train)[:SHOWN])
    grid(pictures(task, rows, seed=0 if way == "drawn" else None), labels(task, rows),
         [task.file_names[row] for row in rows])  # fmt: skip
    st.caption(
        say(
            "{shown} of the training rows, {colour}, as a model gets them before their pixels are scaled. Random crops,"
            " flips and shifts are drawn anew for every update.",
            shown=len(rows),
            colour=say("grey") if channels == 1 else say("in colour"),
        )
    )
    spread(task)


def labels(task: Task, rows: np.ndarray[Any, Any]) -> list[str]:
    """Return what each row is to be recognised as."""
    if task.kind == "classes":
        return [task.class_names[at] for at in task.targets[rows]]
    if task.kind == "number":
        return [rate(value) for value in task.targets[rows] * task.target_scale + task.target_mean]
    given = [[name for name, there in zip(task.class_names, row, strict=True) if there] for row in task.targets[rows]]
    return [", ".join(names) or say("none") for names in given]
