"""Cross-validation: every row that is not for testing is predicted once, and two averages of the folds are compared."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from jobs import requests
from jobs.store import Job
from ui import current
from ui.controls import plain
from ui.refused import refused
from ui.session import recall, remember, seed, submit
from ui.train_result import spread
from ui.watch import Arrays, watch
from words import Refusal, say, seeds


def controls(request: dict[str, Any]) -> None:
    """Draw what it is and the button; `request` is the training as it is set up on the page, with its schedules."""
    schedules = [entry for entry in request["schedules"] if "rule" not in entry]
    st.markdown(
        say(
            "**Cross-validation**: the rows that are not for testing are parted into folds; each fold is predicted by "
            "a model trained on the others, with the set-up on the left and its first schedule. An RMSE of all "
            "predictions pooled is not the average of the folds' RMSEs: see both."
        )
    )
    if not schedules:
        st.caption(say("Choose a schedule without a loss-driven rule on the left."))
        return
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    folds = left.number_input(say("Folds"), 2, 20, key=seed("cross", "folds", 5))
    remember("cross", folds=folds)
    if right.button(say("Cross-validate"), icon=":material/play_arrow:", key="cross.run"):
        names = ("data", "model", "optimizer", "batch_size", "momentum", "weight_decay", "seeds", "device", "updates")
        asked = {name: request[name] for name in names}
        try:
            checked = requests.check({"kind": "cross_validate", **asked, "folds": int(folds), "schedule": schedules[0]})
            name = say("{data} · {folds} folds", data=current.describe(asked["data"]), folds=int(folds))
            remember("experiments", cross_validate=submit(checked, name=name[:80]))
        except Refusal as refusal:
            refused(refusal)
            return
    if known := recall("experiments").get("cross_validate"):
        watch(known, draw)


def draw(job: Job, _arrays: Arrays) -> None:
    """Draw the scores once the folds are done: each fold's, their average, the pooled one, and why they differ."""
    if not job.result:
        return
    st.dataframe(table(job), hide_index=True)
    st.markdown("\n".join(f"- {plain(score['sentence'])}" for score in job.result["scores"]))
    rows, sizes = job.result["rows"], job.result["sizes"]
    st.caption(
        say(
            "{rows:,} rows in folds of {least:,} to {most:,}; mean ± standard deviation over {seeds}.",
            rows=rows,
            least=min(sizes),
            most=max(sizes),
            seeds=seeds(len(job.request["seeds"])),
        )
    )


def table(job: Job) -> pd.DataFrame:
    """Return a line a metric: pooled, averaged, and each fold's, over the seeds."""
    lines = []
    for score in (job.result or {"scores": []})["scores"]:
        each = np.array(score["each"], dtype=np.float64)  # (seeds, folds), None becomes NaN
        line = {
            say("Metric"): score["title"],
            say("Pooled"): spread(score["pooled"]),
            say("Average of folds"): spread(score["averaged"]),
        }
        line |= {say("Fold {number}", number=fold + 1): spread(list(each[:, fold])) for fold in range(each.shape[1])}
        lines.append(line)
    return pd.DataFrame(lines)
