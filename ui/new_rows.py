"""Predictions of rows that are uploaded now, by a trained model of a run or by an uploaded one."""

import io
from typing import Any

import pandas as pd
import streamlit as st

from jobs import requests
from jobs.store import Job
from ui import current
from ui.augmentation import NONE, augmentation
from ui.controls import plain
from ui.predictions import confidence_column
from ui.refused import refused
from ui.session import owner, recall, remember, store, submit
from ui.uploads import kept
from ui.watch import Arrays, watch
from words import Refusal, say

UPLOADED = "uploaded"


def new_rows(job: Job, schedule: int) -> None:
    """Draw the way to predict new rows with a run's model; nothing of augmentation where its rows are no images."""
    with st.expander(say("Predict new rows"), icon=":material/upload_file:"):
        key = f"{job.id}.{schedule}"
        files = _rows(f"model.new.{key}")
        tta = None
        if (own := _transforms(job.request["data"])) is not None:
            tta = augmentation(f"model.{key}", own, usual=job.request.get("tta"), keep=False)
        request = {"data": job.request["data"], "model_of": {"run": job.id, "schedule": schedule}, "tta": tta}
        ask(request, files, key=f"model.predict.{key}", name=job.name, kept_as=f"{job.id} {schedule}")


def uploaded_model(chosen: dict[str, Any]) -> None:
    """Draw the way to predict new rows with a model that was saved or exported before, here or elsewhere."""
    with st.expander(say("Use a saved or exported model"), icon=":material/upload_file:"):
        file = st.file_uploader(say("Saved model or export (ZIP)"), key="uploaded.model")
        if file is not None:
            remember(UPLOADED, model=kept(file))
        model = recall(UPLOADED).get("model")
        if not isinstance(model, dict):
            st.caption(say("Upload what Save or Export gave you; it brings the preparation of new rows along."))
            return
        name = str(model.get("filename"))
        st.caption(say("Predicts with {name}.", name=plain(name)))
        files = _rows("uploaded.rows")
        tta = augmentation(UPLOADED, NONE)
        ask({"data": chosen, "model_of": model, "tta": tta}, files, key="uploaded.predict", name=name, kept_as=UPLOADED)


def ask(request: dict[str, Any], files: list[Any], *, key: str, name: str, kept_as: str) -> None:
    """Draw the button that predicts these files, and the latest predictions that are kept under that name."""
    if st.button(say("Predict"), disabled=not files, key=key):
        try:
            checked = requests.check({"kind": "predict", **request, "files": [kept(file) for file in files]})
            identifier = submit(checked, name=say("Predictions by {name}", name=name)[:80])
        except Refusal as refusal:
            refused(refusal)
            return
        remember("predictions", **{kept_as: identifier})
    asked = recall("predictions").get(kept_as)
    if asked:
        watch(asked, draw_predicted)


def draw_predicted(job: Job, _arrays: Arrays) -> None:
    """Draw the predictions of uploaded rows, and their download."""
    if job.state != "done":
        return
    if left := (job.result or {}).get("left_out"):
        st.caption(say("Left out of the ZIP, since not named as images: {count:,} files.", count=left))
    stored = store().artifact(job.id, "predictions", owner=owner())
    st.dataframe(table(stored), hide_index=True, height=300, column_config=confidence_column())
    st.download_button(
        say("Download the predictions"),
        stored,
        f"ratescope-predictions-{job.id[:8]}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"model.predicted.{job.id}",
    )


def table(stored: bytes) -> pd.DataFrame:
    """Return stored predictions as a table; class names stay text, also where they look like numbers."""
    texts = dict.fromkeys(("predicted", "predicted plain", "file"), str)
    return pd.read_csv(io.BytesIO(stored), dtype=texts, keep_default_na=False)


def _rows(key: str) -> list[Any]:
    return list(
        st.file_uploader(
            say("A CSV with the same columns; for images, image files or a ZIP of them"),
            accept_multiple_files=True,
            key=key,
        )
    )


def _transforms(data: dict[str, Any]) -> dict[str, Any] | None:
    """Return the transforms of a task of images, None for tables; where the data is gone, those of no task."""
    try:
        task = current.task(data)
    except (Refusal, OSError):
        return NONE
    return task.transforms if task.image else None
