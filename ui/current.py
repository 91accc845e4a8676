"""The data that Find and Train work on: what was chosen on the Data page, else the digits."""

from typing import Any, cast

import streamlit as st

from data import choice as choices
from data.reading import Reading, read
from data.task import Task
from jobs import home, tasks
from ui.session import owner, recall, remember, store
from words import Refusal

DIGITS: dict[str, Any] = {"builtin": "digits", "options": {}, "split": {"validation": 0.2, "test": 0.2, "seed": 0}}


def choice() -> dict[str, Any]:
    """Return the choice of data in force; where it no longer holds, the digits."""
    kept = recall("data").get("choice")
    if kept is None:
        return choices.check(DIGITS)
    try:
        return choices.check(kept)
    except Refusal:
        return choices.check(DIGITS)


def choose(new: dict[str, Any]) -> None:
    """Put this choice in force for all pages, kept over a restart."""
    remember("data", choice=new)


def task(chosen: dict[str, Any]) -> Task:
    """Return the arrays of a choice; raises Refusal where its data does not fit together."""
    return _task(owner(), choices.fingerprint(chosen), chosen)


@st.cache_resource(max_entries=8, show_spinner="Preparing the data…")
def _task(whose: str, fingerprint: str, _chosen: dict[str, Any]) -> Task:
    # A resource, since tasks are frozen and up to hundreds of MB: eight are kept, shared by their owner's sessions.
    # Through the data folder, so that a run finds prepared what its page shows.
    return tasks.load(_chosen, lambda sha256: store().read_upload(sha256, owner=whose), home.folder())


def reading(sha256: str, filename: str) -> Reading:
    """Return the table that was read from an upload."""
    return _reading(owner(), sha256, filename)


@st.cache_resource(max_entries=4, show_spinner="Reading the file…")
def _reading(whose: str, sha256: str, filename: str) -> Reading:
    return read(store().read_upload(sha256, owner=whose), filename)


def describe(chosen: dict[str, Any]) -> str:
    """Return the name of the data as people know it."""
    return cast(str, chosen.get("filename") or chosen["builtin"].replace("_", " "))
