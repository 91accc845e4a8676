"""What a model predicts of the rows that it did not train on: a table with confidence, and the confusion matrix."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.images.preview import pictures
from figures.confusion import confusion, height
from jobs import chunk
from jobs.store import Job
from training import decode
from ui import current, live_chart
from ui.image_grid import address
from ui.session import owner, store
from words import Refusal, say

MOST_PICTURES = 200
# The answer first, so that a narrow screen shows it; of images the file says which, of tables the row.
ORDER = ("image", "row", "predicted", "actual", "confidence", "error", "right", "file")
PARTS = {"validation": "Validation rows", "test": "Test rows"}


def predictions(job: Job, schedule: int) -> None:
    """Draw the model's predictions; nothing where the data is gone."""
    try:
        task = current.task(job.request["data"])
        outputs = chunk.unpack(store().artifact(job.id, f"outputs {schedule}", owner=owner()))
    except (Refusal, OSError):
        return
    key = f"predictions.{job.id}.{schedule}"
    first, second, third = st.columns([1.3, 1.3, 1], vertical_alignment="center")
    part = first.segmented_control(
        say("Rows"), list(PARTS), format_func=lambda name: say(PARTS[name]), default="test", required=True,
        key=f"{key}.part", label_visibility="collapsed",
    )  # fmt: skip
    ways = {part: say("plain"), f"{part}.tta": say("with TTA")}
    way = part
    if f"{part}.tta" in outputs:
        way = second.segmented_control(
            say("Predictions"), list(ways), format_func=ways.__getitem__, default=part, required=True,
            key=f"{key}.way.{part}", label_visibility="collapsed",
        )  # fmt: skip
    decoded = decode.decode(task, outputs[str(way)])
    everything = rows = getattr(task, str(part))[: len(outputs[str(way)])]
    columns = decode.table(task, decoded, rows)
    frame = pd.DataFrame(columns)
    if "right" in columns and third.toggle(say("Only mistakes"), key=f"{key}.mistakes"):
        kept = ~frame["right"].to_numpy(dtype=bool)
        frame, rows = frame[kept], rows[kept]
    config: dict[str, Any] = confidence_column()
    if task.image:
        frame = frame.head(MOST_PICTURES)
        frame.insert(0, "image", [address(one) for one in pictures(task, rows[:MOST_PICTURES])])
        config["image"] = st.column_config.ImageColumn(say("Image"), width="small")
    if task.kind == "number":
        frame = frame.sort_values("error", key=np.abs, ascending=False)
    st.dataframe(
        frame, hide_index=True, height=min(38 + 35 * max(len(frame), 1), 320), column_config=config,
        column_order=[name for name in ORDER if name in frame and not (name == "row" and "file" in frame)],
    )  # fmt: skip
    if task.kind == "classes":
        counts = decode.confusion(task.targets[everything], decoded.numbers, task.outputs)
        live_chart.show(
            confusion(task.class_names, counts), key=f"{key}.confusion", height=height(task.outputs),
            label=say("Confusion matrix: which actual classes were taken for which"),
        )  # fmt: skip


def confidence_column() -> dict[str, Any]:
    """Return how the columns of predictions are shown."""
    confidence = st.column_config.ProgressColumn(
        say("Confidence"), min_value=0.0, max_value=1.0, format="percent",
        help=say("The model's probability of its own answer; it may be wrong all the same."),
    )  # fmt: skip
    return {
        "row": st.column_config.NumberColumn(say("Row"), width="small"),
        "file": st.column_config.TextColumn(say("File")),
        "predicted": st.column_config.Column(say("Predicted")),
        "confidence": confidence,
        "predicted plain": st.column_config.Column(say("Predicted, plain")),
        "confidence plain": {**confidence, "label": say("Confidence, plain")},
        "actual": st.column_config.Column(say("Actual")),
        "right": st.column_config.CheckboxColumn(say("Right"), width="small"),
        "error": st.column_config.NumberColumn(say("Error"), format="%.4g"),
    }  # fmt: skip
