"""A trained model, once its training has ended: what it predicts, how to keep it, go on with it, and take it away."""

import streamlit as st

from jobs import requests
from jobs.store import Job
from ui.new_rows import new_rows
from ui.predictions import predictions
from ui.refused import refused
from ui.session import owner, recall, remember, store, submit
from ui.watch import POLL_SECONDS
from words import Refusal, say


def trained_model(job: Job) -> None:
    """Draw the section under a finished training; nothing where no model was kept."""
    kept = (job.result or {}).get("models", [])
    if job.state != "done" or not kept:
        return
    st.subheader(say("The trained model"))
    one = kept[0]
    if len(kept) > 1:
        labels = {entry["schedule"]: job.request["schedules"][entry["schedule"]]["label"] for entry in kept}
        place = st.segmented_control(
            say("Schedule"),
            list(labels),
            format_func=labels.__getitem__,
            default=one["schedule"],
            required=True,
            key=f"model.schedule.{job.id}",
            label_visibility="collapsed",
        )
        one = next(entry for entry in kept if entry["schedule"] == place)
    if (count := len(job.request["seeds"])) > 1:
        said = say(
            "Of {count} seeds the one with the least validation loss: seed {seed}.", count=count, seed=one["seed"]
        )
        st.caption(said)
    actions(job, one["schedule"])
    predictions(job, one["schedule"])
    new_rows(job, one["schedule"])


def actions(job: Job, schedule: int) -> None:
    """Draw the buttons: save, go on training, export."""
    save, onward, export = st.columns(3)
    save.download_button(
        say("Save"),
        lambda: store().artifact(job.id, f"model {schedule}", owner=owner()),
        f"ratescope-model-{job.id[:8]}-{schedule}.zip",
        "application/zip",
        icon=":material/save:",
        on_click="ignore",
        width="stretch",
        key=f"model.save.{job.id}.{schedule}",
        help=say("Weights and the optimizer's memory, to go on training from, here or elsewhere. Holds no code."),
    )
    if onward.button(
        say("Go on training"),
        icon=":material/resume:",
        width="stretch",
        key=f"model.onward.{job.id}.{schedule}",
        help=say("The next training begins with these weights and the optimizer's memory."),
    ):
        field = "image_model" if job.request["model"].startswith("cnn") else "model"
        remember("train", start=f"{job.id} {schedule}", **{field: job.request["model"]})
        for name in ("start", field):
            st.session_state.pop(f"train.{name}", None)
        st.switch_page("ui/pages/train.py")
    with export:
        _export(job, schedule)


def _export(job: Job, schedule: int) -> None:
    key = f"{job.id} {schedule}"
    known = recall("exports").get(key)
    made = store().job(known, owner=owner()) if known else None
    if made is not None and made.state == "done":
        st.download_button(
            say("Download the export"),
            lambda: store().artifact(made.id, "export", owner=owner()),
            f"ratescope-export-{job.id[:8]}-{schedule}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
            key=f"model.exported.{key}",
            help=say("model.pt2, the preparation of new rows, and a small program that uses them without this app."),
        )
        return
    if made is not None and not made.ended:
        st.fragment(_exporting, run_every=POLL_SECONDS)(made.id)
        return
    if made is not None and made.state == "failed":
        refused(made.message)
    if st.button(
        say("Export"),
        icon=":material/package_2:",
        width="stretch",
        key=f"model.export.{key}",
        help=say("For inference alone, without this app: torch.export (.pt2), ONNX where it is installed."),
    ):
        request = {"kind": "export", "data": job.request["data"], "model_of": {"run": job.id, "schedule": schedule}}
        try:
            remember(
                "exports", **{key: submit(requests.check(request), name=say("Export of {name}", name=job.name)[:80])}
            )
        except Refusal as refusal:
            refused(refusal)
            return
        st.rerun()


def _exporting(identifier: str) -> None:
    """Draw the export's progress in the place and the height of its button."""
    made = store().job(identifier, owner=owner())
    if made is None or made.ended:
        st.rerun()
    st.progress(made.progress, text=say("Exporting…"))
