"""A result that belongs to other data than the chosen one: it is not shown under it, and says where it belongs."""

from typing import Any

import streamlit as st

from data import choice as choices
from ui.controls import plain
from ui.current import choose, describe
from ui.session import owner, store
from words import Refusal, say


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two choices prepare the same arrays."""
    try:
        return choices.fingerprint(choices.check(one)) == choices.fingerprint(choices.check(other))
    except Refusal:
        return one == other


def elsewhere(identifier: str, chosen: dict[str, Any]) -> bool:
    """Say of a run on other data than the chosen one that it is, with the way back; return whether it is one."""
    job = store().job(identifier, owner=owner())
    if job is None or same(job.request["data"], chosen):
        return False
    its, ours = plain(describe(job.request["data"])), plain(describe(chosen))
    with st.container(border=True):
        if its == ours:
            words = say("The latest result is of **{its}** divided or prepared otherwise than now.", its=its)
        else:
            words = say("The latest result is of **{its}**, and says nothing about **{ours}**.", its=its, ours=ours)
        st.warning(words, icon=":material/table:")
        left, right = st.columns(2)
        back = say("Work on {its} again", its=its) if its != ours else say("Take its data again")
        if left.button(back, key=f"elsewhere.{job.id}", icon=":material/undo:", width="stretch"):
            choose(job.request["data"])
            st.rerun()
        right.page_link(
            "ui/pages/runs.py", label=say("See it in Runs"), icon=":material/history:", query_params={"run": job.id}
        )
    return True
