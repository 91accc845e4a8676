"""Data: choose a built-in set or upload a CSV, and say what its columns mean."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.builtin import BUILTIN, Option
from data.builtin import table as builtin_table
from data.columns import Plan, propose
from data.reading import Reading
from data.samples import sample_csv
from figures.data import class_counts, target_histogram
from ui import current, live_chart
from ui.controls import plain
from ui.refused import refused
from ui.session import owner, recall, remember, seed, store
from ui.setup import SAMPLE_NAME
from words import Refusal, say

KINDS = ("number", "category", "date", "ignore")
ROWS_SHOWN = 200


def render() -> None:
    """Draw the page."""
    st.title(say("Data"))
    st.caption(say("What Find and Train work on. It is kept when you change pages or restart the app."))
    sources = {"builtin": say("Built-in"), "upload": say("My CSV")}
    key = seed("data", "source", "builtin", sources)
    source = st.segmented_control(
        say("Where from"),
        list(sources),
        format_func=sources.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    remember("data", source=source)
    if source == "upload":
        uploaded()
    else:
        built_in()


def built_in() -> None:
    """Choose one of the sets that come with the app."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        name = st.selectbox(
            say("Data set"),
            list(BUILTIN),
            format_func=lambda option: BUILTIN[option].title,
            key=seed("data", "builtin", "digits", BUILTIN),
        )
        st.caption(say(BUILTIN[name].help))
        options = {option.name: number(f"options.{name}", option) for option in BUILTIN[name].options}
        split = split_controls()
    remember("data", **{"builtin": name, **{f"options.{name}.{key}": value for key, value in options.items()}})
    with right:
        show(
            {"builtin": name, "options": options, "split": split},
            lambda: builtin_table(name, options).head(ROWS_SHOWN),
        )


def number(group: str, option: Option) -> float:
    """Draw the control of one option of a generated set."""
    key = seed("data", f"{group}.{option.name}", option.default)
    if option.kind == "count":
        return st.number_input(say(option.title), int(option.low), int(option.high), key=key, help=say(option.help))
    low, high, step = float(option.low), float(option.high), (option.high - option.low) / 100
    return st.slider(say(option.title), low, high, step=step, key=key, help=say(option.help))


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
    st.session_state["data.taken"] = file.file_id
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


def split_controls() -> dict[str, Any]:
    """Draw the shares of validation and test rows and the seed of the split."""
    first, second, third = st.columns([1.25, 1, 1], vertical_alignment="bottom")
    with first:
        validation = st.number_input(
            say("Validation %"),
            5,
            40,
            step=5,
            key=seed("data", "validation", 20),
            help=say("Rows that judge while training."),
        )
    with second:
        test = st.number_input(
            say("Test %"),
            5,
            40,
            step=5,
            key=seed("data", "test", 20),
            help=say("Rows that nothing sees before the end."),
        )
    with third:
        chance = st.number_input(
            say("Seed"), 0, 10**6, key=seed("data", "seed", 0), help=say("The same seed draws the same rows.")
        )
    remember("data", validation=validation, test=test, seed=chance)
    return {"validation": validation / 100, "test": test / 100, "seed": chance}


def notes(reading: Reading, plan: Plan) -> None:
    """Say how the file was understood and what is odd about its columns."""
    if reading.notes:
        st.markdown("\n".join(f"- {plain(note)}" for note in reading.notes))
    for warning in plan.warnings:
        st.warning(f"**{plain(warning.column)}**: {plain(warning.sentence)}", icon=":material/warning:")


def show(chosen: dict[str, Any], rows: Any) -> None:
    """Show the rows, the split and the target of a choice, and put it in force where it holds together."""
    try:
        task = current.task(chosen)
    except Refusal as refusal:
        refused(refusal)
        st.caption(say("Find and Train go on with {name}.", name=current.describe(current.choice())))
        st.dataframe(rows(), height=320, hide_index=True)
        return
    current.choose(chosen)
    parts = {say("Training"): task.train, say("Validation"): task.validation, say("Test"): task.test}
    for column, (title, part) in zip(
        st.columns(4), [*parts.items(), (say("Inputs"), range(task.features))], strict=True
    ):
        column.metric(title, f"{len(part):,}")
    st.dataframe(rows(), height=320, hide_index=True)
    if task.kind == "classes":
        classes = range(len(task.class_names))
        figure = class_counts(
            list(task.class_names),
            {title: np.bincount(task.targets[part], minlength=len(classes)) for title, part in parts.items()},
        )
    else:
        own = task.targets * task.target_scale + task.target_mean
        figure = target_histogram({title: own[part] for title, part in parts.items()}, title=task.target_name)
    live_chart.show(
        figure, key="data.targets", height=280, label=say("Distribution of the target in each part of the split")
    )


if __name__ in {"__main__", "__page__"}:
    render()
