"""Who is at the page, the store behind it, and what it remembers over a page switch, a reload and a restart."""

import hashlib
import json
import os
import secrets
from typing import Any, cast

import streamlit as st

from jobs import supervisor
from jobs.store import Store

COOKIE = "ratescope_owner"


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Return the one store of this process; the first to ask also wakes whoever works on it, so that it is ready."""
    supervisor.ensure()
    return Store.open()


def submit(request: dict[str, Any], name: str | None = None) -> str:
    """Queue a job for the owner of this page and see that somebody is there to run it. Return the job's id."""
    identity = store().submit(request, owner=owner(), name=name)
    supervisor.ensure()
    return identity


def owner() -> str:
    """Return whose data this page shows.

    On one's own machine there is one owner, whichever browser looks. With RATESCOPE_OWNERS=browser (set in the
    container) each browser is an owner of its own, told apart by a random cookie, of which only the hash is stored.
    """
    if "owner" not in st.session_state:
        if os.environ.get("RATESCOPE_OWNERS") == "browser":
            token = st.context.cookies.get(COOKIE) or secrets.token_urlsafe(32)
            st.session_state["owner_token"] = token
            st.session_state["owner"] = hashlib.sha256(token.encode()).hexdigest()
        else:
            st.session_state["owner"] = "local"
    return cast(str, st.session_state["owner"])


def recall(page: str) -> dict[str, Any]:
    """Return what the page remembers: from this session, else from the store, else nothing."""
    key = f"kept.{page}"
    if key not in st.session_state:
        st.session_state[key] = store().recall(owner(), page) or {}
    return cast(dict[str, Any], st.session_state[key])


def remember(page: str, **values: object) -> None:
    """Keep these values for the page, beside what it keeps already; writes to the store only when something changed."""
    kept = recall(page)
    changed = {**kept, **cast(dict[str, Any], json.loads(json.dumps(values)))}
    if changed != kept:
        st.session_state[f"kept.{page}"] = changed
        store().remember(owner(), page, changed)


def forget_kept(page: str, *names: str) -> None:
    """Drop these of the values that are kept for the page."""
    st.session_state[f"kept.{page}"] = {name: value for name, value in recall(page).items() if name not in names}
    store().remember(owner(), page, st.session_state[f"kept.{page}"])


def seed(page: str, field: str, default: object, allowed: object = None) -> str:
    """Return the key of the widget for a field, its state filled from what the page remembers, else the default.

    `allowed`, a container, drops what is no longer on offer (an option of an older version, say).
    """
    key = f"{page}.{field}"
    value = st.session_state[key] if key in st.session_state else recall(page).get(field, default)
    if allowed is not None and value not in cast(Any, allowed):
        value = default
    # Said in every run: what a run says that another cuts short may never reach the browser, whose widget would then
    # begin with the least value allowed.
    st.session_state[key] = value
    return key


def put(page: str, **values: object) -> None:
    """Set fields of another page, whose widgets then show them: what "take this rate to Train" does."""
    remember(page, **values)
    for field in values:
        st.session_state.pop(f"{page}.{field}", None)
