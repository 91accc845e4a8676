"""Fine-tuning as an experiment: what a body learned from some classes is worth for others, against a fresh start."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.task import Task
from figures import schedule as schedules
from figures.training import Group, height, training
from jobs import fine_tuning, requests
from jobs.store import Job
from schedulers import CATALOGUE
from ui import current, live_chart
from ui.refused import refused
from ui.session import recall, remember, seed, submit
from ui.train_result import spread
from ui.watch import Arrays, watch
from words import Refusal, rate, say

DIGITS: dict[str, Any] = {"builtin": "digit_images", "images": {}}
MARGIN = 0.005  # of accuracy: half a percentage point counts as equal
TAKEN = ("optimizer", "batch_size", "momentum", "weight_decay", "seeds", "device")
LABELS = {"tuned": "fine-tuned", "scratch": "from scratch"}


def controls(given: dict[str, Any], task: Task) -> None:
    """Draw what it is, its set-up and the button; below, the run that was last asked for.

    `given` is the training as it is set up on the page, whose optimizer, batches, seeds and device are taken.
    """
    chosen = given["data"]
    own = task.kind == "classes" and task.outputs >= 4 and chosen.get("builtin") != DIGITS["builtin"]
    offered = {"digits": say("digits: 0 to 4, then 5 to 9"), **({"own": current.describe(chosen)} if own else {})}
    which = st.segmented_control(
        say("Data"), list(offered), format_func=offered.__getitem__, key=seed("tune", "data", "digits", offered),
        required=True,
    )  # fmt: skip
    remember("tune", data=which)
    data, image = (chosen, task.image is not None) if which == "own" else (DIGITS, True)
    st.markdown(
        say(
            "**Fine-tuning** (fastai's fine_tune): a model first learns one half of the classes. Then its head is "
            "replaced for the other half and trained alone, the body frozen; then all layers, those near the input "
            "with smaller rates. Does it get there sooner than from scratch? Optimizer, batches, weight decay, seeds "
            "and device are those on the left."
        )
    )
    first, second, third, fourth, fifth = st.columns(5, vertical_alignment="bottom")
    request = {
        "before": first.number_input(say("Updates before"), 1, 20_000, step=100, key=seed("tune", "before", 600)),
        "frozen": second.number_input(say("Frozen updates"), 1, 20_000, step=10, key=seed("tune", "frozen", 20),
                                      help=say("The head alone.")),
        "updates": third.number_input(say("Then of all"), 1, 20_000, step=10, key=seed("tune", "updates", 40)),
        "base_lr": fourth.number_input("base_lr", 1e-5, 10.0, format="%.3g", key=seed("tune", "base_lr", 0.02),
                                       help=say("The head's highest rate; then half of it for all.")),
        "lr_mult": fifth.number_input("lr_mult", 1.0, 1e6, format="%.4g", key=seed("tune", "lr_mult", 10.0),
                                      help=say("How many times smaller the input layer's rate is than the head's.")),
    }  # fmt: skip
    remember("tune", **request)
    if st.button(say("Run the fine-tuning"), icon=":material/play_arrow:", key="tune.run"):
        whole = {name: int(request[name]) for name in ("before", "frozen", "updates")}
        field, usual = ("model", "mlp_64_64") if not image else ("image_model", "cnn_8_16")
        model = recall("train").get(field, usual)
        try:
            shared = {name: given[name] for name in TAKEN}
            own = {"kind": "fine_tune", "data": data, "model": model}
            checked = requests.check({**own, **shared, **request, **whole})
            name = say("{data} · fine-tuning", data=current.describe(data))
            remember("experiments", fine_tune=submit(checked, name=name[:80]))
        except Refusal as refusal:
            refused(refusal)
            return
    if known := recall("experiments").get("fine_tune"):
        watch(known, draw)


def draw(job: Job, arrays: Arrays) -> None:
    """Draw both ways over the same updates, the rates of each layer, and at the end who was ahead."""
    course = fine_tuning.course(job.request)
    curves = groups(job, arrays)
    figure = training(curves, metric_title=say("accuracy"), total_updates=len(course.rates))
    live_chart.show(
        figure, key=f"tune.{job.id}", height=height(curves), playback=job.ended,
        label=say("Head's rate, momentum, losses and accuracy of the tuned model and of the one from scratch"),
    )  # fmt: skip
    layers = [
        schedules.Curve(say("layer {number}", number=number + 1), course.rates[:, number], colour=number % 8)
        for number in range(course.rates.shape[1])
    ]
    live_chart.show(
        schedules.schedule(layers, log=True), key=f"tune.rates.{job.id}", height=300,
        label=say("The learning rate of each layer while it is tuned, from the input to the head"),
    )  # fmt: skip
    if job.result:
        st.dataframe(table(job), hide_index=True)
        st.markdown(outcome(job))


def groups(job: Job, arrays: Arrays) -> list[Group]:
    """Return the curves of both ways as far as they have come; the tuned one's rate is its head's."""
    course, seeds = fine_tuning.course(job.request), len(job.request["seeds"])
    cycle, total = CATALOGUE["one_cycle"], len(course.rates)
    plans = {
        "tuned": (course.rates[:, -1], course.momentum),
        "scratch": (cycle.rates(total, peak=job.request["base_lr"]), cycle.momentum(total)),
    }
    none = np.empty((seeds, 0), np.float32)
    return [
        Group(
            label=say(LABELS[part]),
            rates=rates,
            momentum=momentum,
            losses=arrays.get(f"{part}.loss", none),
            validation_update=arrays.get(f"{part}.validation_update", np.empty(0)),
            validation_loss=arrays.get(f"{part}.validation_loss", none),
            validation_metric=arrays.get(f"{part}.validation_metric", none),
        )
        for part, (rates, momentum) in plans.items()
    ]


def table(job: Job) -> pd.DataFrame:
    """Return how both did in the end, mean and deviation over the seeds."""
    result = job.result or {}
    return pd.DataFrame(
        [
            {
                say("Model"): say(LABELS[part]),
                say("Test accuracy"): spread([row["test_metric"] for row in result[part]]),
                say("Test loss"): spread([row["test_loss"] for row in result[part]]),
                say("Validation accuracy"): spread([row["metric"] for row in result[part]]),
            }
            for part in ("tuned", "scratch")
        ]
    )


def outcome(job: Job) -> str:
    """Say in one sentence what came out."""
    result = job.result or {}
    means = {
        part: [row["test_metric"] for row in result[part] if row["test_metric"] is not None]
        for part in ("before", "tuned", "scratch")
    }
    if not all(means.values()):
        return say("Every seed of one of the models diverged; try a smaller base_lr.")
    tuned, scratch = (float(np.mean(means[part])) for part in ("tuned", "scratch"))
    total = job.request["frozen"] + job.request["updates"]
    verdict = say("Tuning is ahead.") if tuned > scratch else say("Starting from scratch is ahead.")
    if abs(tuned - scratch) <= MARGIN:
        verdict = say("They are as good as each other, to half a percentage point.")
    return say(
        "After {updates:,} updates on {second}, the model that had learned {first} reaches {tuned:.1%} of the test "
        "rows, the fresh one {scratch:.1%}. {verdict} Slices: {low} to {high}.",
        updates=total, first=_listed(result["first"]), second=_listed(result["second"]), tuned=tuned, scratch=scratch,
        verdict=verdict, low=rate(job.request["base_lr"] / 2 / job.request["lr_mult"]),
        high=rate(job.request["base_lr"] / 2),
    )  # fmt: skip


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else say("{count} classes", count=len(names))
