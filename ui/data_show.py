"""What every way to data has in common on the Data page: the split, and what came of the choice."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from data.builtin import Option
from data.task import Task
from figures.data import class_counts, target_histogram
from ui import current, live_chart
from ui.refused import refused
from ui.session import remember, seed
from words import Refusal, say

ROWS_SHOWN = 200


def option_control(group: str, option: Option) -> float:
    """Draw the control of one option of a generated set."""
    key = seed("data", f"{group}.{option.name}", option.default)
    if option.kind == "count":
        return st.number_input(say(option.title), int(option.low), int(option.high), key=key, help=say(option.help))
    low, high, step = float(option.low), float(option.high), (option.high - option.low) / 100
    return st.slider(say(option.title), low, high, step=step, key=key, help=say(option.help))


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


def show(chosen: dict[str, Any], rows: Callable[[], Any]) -> None:
    """Show the rows, the split and the target of a choice, and put it in force where it holds together."""
    task = in_force(chosen)
    if task is not None:
        counts(task, say("Inputs"), f"{task.features:,}")
    st.dataframe(rows(), height=320, hide_index=True)
    if task is not None:
        spread(task)


def in_force(chosen: dict[str, Any]) -> Task | None:
    """Put a choice in force and return its task; where it does not hold together, say why and return None."""
    try:
        task = current.task(chosen)
    except Refusal as refusal:
        refused(refusal)
        st.caption(say("Find and Train go on with {name}.", name=current.describe(current.choice())))
        return None
    current.choose(chosen)
    return task


def counts(task: Task, title: str, value: str) -> None:
    """Show how many rows each part of the split has, and one thing more."""
    parts = {name: f"{len(rows):,}" for name, rows in _parts(task).items()}
    for column, (name, text) in zip(st.columns(4), [*parts.items(), (title, value)], strict=True):
        column.metric(name, text)


def spread(task: Task) -> None:
    """Draw how the target is spread over the parts of the split."""
    parts = _parts(task)
    if task.kind == "number":
        own = task.targets * task.target_scale + task.target_mean
        figure = target_histogram({title: own[part] for title, part in parts.items()}, title=task.target_name)
    else:
        figure = class_counts(list(task.class_names), {title: _per_class(task, part) for title, part in parts.items()})
    live_chart.show(
        figure, key="data.targets", height=280, label=say("Distribution of the target in each part of the split")
    )


def _parts(task: Task) -> dict[str, Any]:
    return {say("Training"): task.train, say("Validation"): task.validation, say("Test"): task.test}


def _per_class(task: Task, part: Sequence[int]) -> Any:
    if task.kind == "multi-label":
        return task.targets[part].sum(axis=0).astype(np.int64)
    return np.bincount(task.targets[part], minlength=len(task.class_names))
