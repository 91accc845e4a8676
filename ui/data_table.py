"""The Data page's own table: upload a CSV, see how it was understood, and say what its columns mean."""

from typing import Any

import pandas as pd
import streamlit as st

from data.columns import Plan, propose
from data.reading import Reading
from data.samples import sample_csv
from ui import current
from ui.controls import plain
from ui.data_show import ROWS_SHOWN, show, split_controls
from ui.refused import refused
from ui.session import owner, recall, remember, store
from ui.setup import SAMPLE_NAME
from words import Refusal, say

KINDS = ("number", "category", "date", "ignore")


def uploaded() -> None:
    """Upload a CSV, see how it was understood, and correct it."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        file = st.file_uploader(say("CSV file, up to 100 MB"), key="data.file")
        st.download_button(
            say("Sample CSV"), sample_csv(), SAMPLE_NAME, "text/csv", icon=":material/download:", on_click="ignore"
        )
        if file is not None and file.file_id != st.session_state.get("data.taken"):
            take(file)
            # Marked last: a click that arrives meanwhile ends this run of the page anywhere before.
            st.session_state["data.taken"] = file.file_id
        if problem := st.session_state.get("data.problem"):
            refused(problem)
    kept = recall("data").get("upload")
    if not kept:
        with right:
            st.info(
                say(
                    "Upload a CSV with a header, one row a case and one column to predict. "
                    "No file at hand? Take the sample."
                )
            )
        return
    try:
        reading = current.reading(kept["sha256"], kept["filename"])
    except (Refusal, OSError):
        right.info(say("The file that was here is gone; please upload it again."))
        return
    with left:
        plan = plan_controls(reading, kept)
        split = split_controls()
    with right:
        notes(reading, plan)
        chosen = {"upload": kept["sha256"], "filename": kept["filename"], "plan": plan.to_json(), "split": split}
        show(chosen, lambda: reading.table.head(ROWS_SHOWN))


def take(file: Any) -> None:
    """Read a new upload; where it is refused, keep what was there before and say why."""
    st.session_state["data.problem"] = None
    try:
        sha256 = store().save_upload(file.getvalue(), file.name, owner=owner())
        plan = propose(current.reading(sha256, file.name))
    except Refusal as refusal:
        st.session_state["data.problem"] = str(refusal)
        return
    for key in [key for key in st.session_state if str(key).startswith("data.plan.")]:
        del st.session_state[key]
    remember("data", upload={"sha256": sha256, "filename": file.name, "plan": plan.to_json()})


def plan_controls(reading: Reading, kept: dict[str, Any]) -> Plan:
    """Draw target, task kind and the kinds of columns; return the plan as the user wants it."""
    plan = Plan.from_json(kept["plan"])
    names = [str(name) for name in reading.table.columns]
    target = st.selectbox(say("Target: what to predict"), names, index=names.index(plan.target), key="data.plan.target")
    if target != plan.target:
        plan = propose(reading, target=target)
        st.session_state.pop("data.plan.kind", None)
        st.session_state.pop("data.plan.columns", None)
    kinds = {"classes": say("classes"), "number": say("a number")}
    kind = st.segmented_control(
        say("The target is"),
        list(kinds),
        format_func=kinds.__getitem__,
        default=plan.kind,
        required=True,
        key="data.plan.kind",
    )
    table = pd.DataFrame({"column": list(plan.columns), "kind": list(plan.columns.values())})
    with st.expander(say("Kinds of columns"), expanded=bool(plan.warnings)):
        edited = st.data_editor(
            table,
            hide_index=True,
            disabled=["column"],
            key=f"data.plan.columns.{target}",
            column_config={
                "column": st.column_config.TextColumn(say("Column")),
                "kind": st.column_config.SelectboxColumn(say("Kind"), options=list(KINDS), required=True),
            },
        )
    columns = dict(zip(edited["column"], edited["kind"], strict=True))
    wanted = Plan.from_json({**plan.to_json(), "kind": kind, "columns": columns})
    remember("data", upload={**kept, "plan": wanted.to_json()})
    return wanted


def notes(reading: Reading, plan: Plan) -> None:
    """Say how the file was understood and what is odd about its columns."""
    if reading.notes:
        st.markdown("\n".join(f"- {plain(note)}" for note in reading.notes))
    for warning in plan.warnings:
        st.warning(f"**{plain(warning.column)}**: {plain(warning.sentence)}", icon=":material/warning:")
