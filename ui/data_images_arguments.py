"""Controls for the arguments of fastai's ImageDataLoaders.from_df, under their names."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data.images.arguments import DEFAULTS, DEVICES, LARGEST_BATCH, LARGEST_SIDE, LOADING, Y_BLOCKS
from data.images.recipe import METHODS
from data.images.table import Table
from ui.session import put, remember, seed
from words import say

RESIZE, CROP, SHIFT = 32, 28, 0.1


def arguments_controls(which: str, table: Table, begin: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the arguments and return them as `arguments.check` takes them, columns by name.

    `which` tells sets apart, so that each keeps its own; `begin` is what the set starts with besides the defaults.
    """
    start = {**DEFAULTS, **begin}
    key = _Keys(which, start, table)
    st.caption(say("The arguments of fastai's ImageDataLoaders.from_df, under its names."))
    chosen = {**_labels(key, table), **_split(key, table)}
    with st.expander(say("Files and colours")):
        first, second = st.columns(2)
        chosen["folder"] = first.text_input("folder", key=key("folder", ""), help=say("Goes before each file name."))
        chosen["suff"] = second.text_input("suff", key=key("suff", ""), help=say("Goes after each file name: .png"))
        classes = {"PILImage": say("colour"), "PILImageBW": say("grey")}
        chosen["img_cls"] = st.segmented_control(
            "img_cls", list(classes), format_func=classes.__getitem__, key=key("img_cls", allowed=classes),
            required=True, help=say("PILImage reads colours, PILImageBW turns them into grey."),
        )  # fmt: skip
    with st.expander(say("Transforms"), expanded=bool(start["item_tfms"])):
        chosen |= {"item_tfms": _item_transforms(key), "batch_tfms": _batch_transforms(key)}
    with st.expander(say("Loading")):
        chosen |= _loading(key)
    key.remember()
    return chosen


class _Keys:
    """The keys of a set's widgets, filled from what the page remembers; `remember` keeps what they hold."""

    def __init__(self, which: str, start: Mapping[str, Any], table: Table) -> None:
        self.which, self.start, self.names = which, start, table.names
        self.drawn: dict[str, str] = {}

    def __call__(self, field: str, default: Any = None, allowed: Any = None) -> str:
        first = self.start.get(field)
        key = seed("data", f"images.{self.which}.{field}", default if first is None else first, allowed)
        if st.session_state[key] is None and default is not None:
            st.session_state[key] = default
        self.drawn[field] = key
        return key

    def column(self, field: str) -> str:
        """Return the key of a widget that chooses a column; numbers of columns become names."""
        first = self.start[field]
        return self(field, self.names[first] if isinstance(first, int) else first, self.names)

    def remember(self) -> None:
        values = {f"images.{self.which}.{field}": st.session_state[key] for field, key in self.drawn.items()}
        remember("data", **values)


def _labels(key: _Keys, table: Table) -> dict[str, Any]:
    files = st.selectbox("fn_col", table.names, key=key.column("fn_col"), help=say("The column of file names."))
    first = key.start["label_col"]
    place = key("label_col", table.names[first] if isinstance(first, int) else first)
    held = st.session_state[place]
    kept = [name for name in (held if isinstance(held, list) else [held]) if name in table.names]
    st.session_state[place] = kept or ([table.names[-1]] if held else [])
    columns = st.multiselect(
        "label_col", table.names, key=place, help=say("The column to predict; several columns give several labels.")
    )
    left, right = st.columns(2)
    delimiter = left.text_input(
        "label_delim", key=key("label_delim", ""), max_chars=20, help=say("What parts several labels in one cell.")
    )
    blocks = {"": say("automatic"), **{name: name for name in Y_BLOCKS}}
    block = right.selectbox(
        "y_block", list(blocks), format_func=blocks.__getitem__, key=key("y_block", "", blocks),
        help=say("One category a row, several categories, or a number."),
    )  # fmt: skip
    return {"fn_col": files, "label_col": columns, "label_delim": delimiter or None, "y_block": block or None}


def _loading(key: _Keys) -> dict[str, Any]:
    """Draw how the rows are gone through; bs and device go on to Find and Train, where they can be changed."""
    first, second = st.columns(2)
    size, device = key("bs", LOADING["bs"]), key("device", "auto", DEVICES)

    def take() -> None:
        for page in ("find", "train"):
            put(page, batch_size=st.session_state[size], device=st.session_state[device])

    rows = first.number_input("bs", 1, LARGEST_BATCH, key=size, on_change=take, help=say("Images an update."))
    others = second.number_input(
        "val_bs", 1, LARGEST_BATCH, key=key("val_bs", LOADING["bs"]),
        help=say("Images that go through together in validation; changes no result."),
    )  # fmt: skip
    place = first.selectbox("device", DEVICES, key=device, on_change=take)
    shuffle = second.toggle(
        "shuffle", key=key("shuffle", True), help=say("Every epoch in an order of its own; off: as in the table.")
    )
    given = {"bs": int(rows), "shuffle": shuffle, "device": None if place == "auto" else place}
    return given | ({"val_bs": int(others)} if others != rows else {})


def _split(key: _Keys, table: Table) -> dict[str, Any]:
    none, columns = say("none: by chance"), ["", *table.names]
    marked = st.selectbox(
        "valid_col", columns, format_func=lambda name: name or none, key=key("valid_col", "", columns),
        help=say("A column of true and false that marks the validation rows."),
    )  # fmt: skip
    places = st.columns(2 if marked else 3)
    share = DEFAULTS["valid_pct"]
    if not marked:
        share = places[0].number_input("valid_pct", 0.01, 0.5, step=0.05, format="%.2f", key=key("valid_pct"),
                                   help=say("The share of rows that judge while training."))  # fmt: skip
    test = places[-2].number_input(
        "test_pct", 0.01, 0.5, step=0.05, format="%.2f", key=key("test_pct"),
        help=say("The share of rows that nothing sees before the end; ours, not fastai's."),
    )  # fmt: skip
    chance = places[-1].number_input("seed", 0, 10**6, key=key("seed"), help=say("The same seed draws the same rows."))
    return {"valid_col": marked or None, "valid_pct": share, "test_pct": test, "seed": chance}


def _item_transforms(key: _Keys) -> list[dict[str, Any]]:
    chosen: list[dict[str, Any]] = []
    left, right = st.columns([1.7, 1], vertical_alignment="bottom")
    if left.toggle("Resize", key=key("resize", False), help=say("In item_tfms: every image to this size.")):
        side = right.number_input(say("Side"), 4, LARGEST_SIDE, key=key("resize.side", RESIZE))
        method = st.segmented_control(
            "method", list(METHODS), key=key("resize.method", "crop", METHODS), required=True,
            help=say("squish stretches; crop cuts to the proportions first; pad fills with black."),
        )  # fmt: skip
        chosen.append({"name": "Resize", "size": int(side), "method": method})
    left, right = st.columns([1.7, 1], vertical_alignment="bottom")
    if left.toggle("RandomCrop", key=key("crop", False),
                   help=say("In item_tfms: by chance in training, central in validation.")):  # fmt: skip
        side = right.number_input(say("Its side"), 4, LARGEST_SIDE, key=key("crop.side", CROP))
        chosen.append({"name": "RandomCrop", "size": int(side)})
    return chosen


def _batch_transforms(key: _Keys) -> list[dict[str, Any]]:
    chosen: list[dict[str, Any]] = []
    if st.toggle("Flip", key=key("flip", False), help=say("In batch_tfms: half the images mirrored, left to right.")):
        chosen.append({"name": "Flip"})
    left, right = st.columns([1.7, 1], vertical_alignment="bottom")
    if left.toggle("Shift", key=key("shift", False), help=say("In batch_tfms: a few pixels any way, black behind.")):
        share = right.number_input(say("Share of the side"), 0.0, 0.5, step=0.05, format="%.2f",
                                   key=key("shift.share", SHIFT))  # fmt: skip
        chosen.append({"name": "Shift", "share": float(share)})
    return chosen
