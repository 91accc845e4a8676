"""Files that a page is given: kept once in the store, and named as a request names them."""

from typing import Any, Protocol

import streamlit as st

from ui.session import owner, store

LONGEST = 200  # characters of a filename, the last ones, as the store keeps them


class Uploaded(Protocol):
    """What Streamlit's uploader returns; its `file_id` is another for each upload."""

    file_id: str
    name: str

    def getvalue(self) -> bytes:
        """Return the file's bytes."""


def kept(file: Uploaded) -> dict[str, Any]:
    """Return the upload as requests name it: {"upload": SHA-256, "filename"}.

    It is hashed and stored the first time that the session asks; what is remembered of it is some 100 bytes a file.
    """
    known: dict[str, dict[str, Any]] = st.session_state.setdefault("uploads.kept", {})
    if file.file_id not in known:
        sha256 = store().save_upload(file.getvalue(), file.name, owner=owner())
        known[file.file_id] = {"upload": sha256, "filename": file.name[-LONGEST:]}
    return known[file.file_id]
