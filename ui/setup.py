"""The controls that Find and Train share: which model, optimizer, batches, seeds and device."""

from typing import Any

import streamlit as st

from data.samples import sample_csv
from data.task import Task
from training.options import DEVICES, LIMITS, OPTIMIZERS, models_for
from ui.controls import plain
from ui.current import describe
from ui.session import remember, seed
from words import say

SAMPLE_NAME = "sample_houses.csv"
PACES = {0: "full speed", 50: "50 updates/s", 20: "20 updates/s", 5: "5 updates/s"}


def data_line(chosen: dict[str, Any], task: Task) -> None:
    """Say in one line what is worked on, with the way to change it."""
    st.markdown(
        say(
            "**{name}** · {rows} · predict **{target}** ({what})",
            name=plain(describe(chosen)),
            rows=rows_of(task),
            target=plain(task.target_name),
            what=what_of(task),
        )
    )
    st.page_link("ui/pages/data.py", label=say("Choose or upload other data"), icon=":material/table:")
    if task.image:
        return
    st.download_button(
        say("Sample CSV to try"),
        sample_csv(),
        SAMPLE_NAME,
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def rows_of(task: Task) -> str:
    """Say how many rows there are of what: '1,797 rows, 64 inputs' or '600 images of 32 x 32 pixels'."""
    count = len(task.inputs)
    if task.image:
        _, height, width = task.image
        return say("{count:,} images of {width} × {height} pixels", count=count, width=width, height=height)
    return say("{count:,} rows, {inputs:,} inputs", count=count, inputs=task.features)


def what_of(task: Task) -> str:
    """Say what the target is: '10 classes', 'any of 4 labels', 'a number'."""
    if task.kind == "number":
        return say("a number")
    if task.kind == "multi-label":
        return say("any of {count} labels", count=task.outputs)
    return say("{count} classes", count=task.outputs)


def model_and_optimizer(page: str, task: Task) -> dict[str, Any]:
    """Draw the controls of the model and of how it is stepped; return their part of a request."""
    # Images and tables each keep the model that was last chosen for them.
    field, usual = ("image_model", "cnn_8_16") if task.image else ("model", "mlp_64_64")
    fitting = models_for(task.image is not None)
    model = st.selectbox(
        say("Model"),
        list(fitting),
        format_func=lambda name: say(fitting[name].title),
        key=seed(page, field, usual, fitting),
        help=say("Widths are hidden layers from input to output; a CNN's are the channels of its 3x3 convolutions."),
    )
    optimizer = st.selectbox(
        say("Optimizer"),
        list(OPTIMIZERS),
        format_func=lambda name: say(OPTIMIZERS[name].title),
        key=seed(page, "optimizer", "sgd", OPTIMIZERS),
        help=say(OPTIMIZERS[st.session_state[f"{page}.optimizer"]].help),
    )
    batch = LIMITS["batch_size"]
    first, second = st.columns(2)
    batch_size = first.number_input(
        say("Batch size"),
        int(batch.low),
        int(batch.high),
        key=seed(page, "batch_size", 64),
        help=say("Rows per update. A larger batch usually bears a larger rate."),
    )
    seeds = second.number_input(
        say("Seeds"),
        1,
        int(LIMITS["seeds"].high),
        key=seed(page, "seeds", 3),
        help=say("How often it is repeated, each time with other initial weights and other batches."),
    )
    remember(page, **{field: model}, optimizer=optimizer, batch_size=batch_size, seeds=seeds)
    return {"model": model, "optimizer": optimizer, "batch_size": int(batch_size), "seeds": list(range(int(seeds)))}


def further(page: str, optimizer: str) -> dict[str, Any]:
    """Draw the controls that few change: momentum, weight decay, device, pace; return their part of a request."""
    chosen = OPTIMIZERS[optimizer]
    first, second = st.columns(2)
    momentum = first.number_input(
        say(chosen.momentum_title).capitalize(),
        0.0,
        0.999,
        step=0.01,
        format="%.3g",
        key=seed(page, f"momentum.{optimizer}", chosen.momentum),
        help=say(chosen.momentum_help),
    )
    decay = second.number_input(
        say("Weight decay"),
        0.0,
        1.0,
        step=0.001,
        format="%.3g",
        key=seed(page, f"weight_decay.{optimizer}", chosen.weight_decay),
        help=say("How strongly weights are pulled to zero."),
    )
    device = first.selectbox(
        say("Device"),
        DEVICES,
        format_func=lambda name: {"auto": say("automatic")}.get(name, name.upper()),
        key=seed(page, "device", "auto", DEVICES),
        help=say("Automatic takes CUDA or MPS where there is one, else the CPU."),
    )
    pace = second.selectbox(
        say("Pace"),
        list(PACES),
        format_func=lambda updates: say(PACES[updates]),
        key=seed(page, "pace", 0, PACES),
        help=say("Slow it down to talk about it while it runs; the result is the same."),
    )
    fields = {f"momentum.{optimizer}": momentum, f"weight_decay.{optimizer}": decay, "device": device, "pace": pace}
    remember(page, **fields)
    return {"momentum": momentum, "weight_decay": decay, "device": device, "pace": pace or None}
