"""The set-up of a run as a plain PyTorch script that needs this project no more."""

import ast
import inspect
import io
from itertools import pairwise
from typing import Any

import numpy as np

from data.images import recipe
from data.task import Task
from jobs import code_text
from schedulers import CATALOGUE
from schedulers.export import source
from training import loss_driven
from training.options import MODELS, Model
from words import Refusal

DATA_FILE = "ratescope_data.npz"
EVALUATIONS = 40  # of the engine, in a run


def script(request: dict[str, Any], task: Task, *, schedule: int = 0) -> str:
    """Return a script that trains what the request trains, the models one after another.

    It loads DATA_FILE (see `data_file`) from where it is run. Same initial weights, same batches and same rates as the
    engine, so its losses are the run's up to rounding. Of a training with several schedules, `schedule` says which.
    A Refusal where the script would be another training: images that are augmented, an ensemble, test-time
    augmentation, a saved model to begin from, a family of range tests.
    """
    _check(request, task)
    settings = {"SEEDS": request["seeds"], "BATCH_SIZE": request["batch_size"]}
    imports = grouped = momenta = cycle = stop = follow = ""
    rate, parameters, forward = "rates[t]", "model.parameters()", code_text.FORWARD
    if request["kind"] == "find":
        settings |= {"T": request["num_it"], "START": request["start"], "END": request["end"]}
        text, title = code_text.FIND.strip(), "Learning rate range test, exported from Ratescope."
        if request["stop"]:
            settings |= {"BETA": 0.98}
            momenta, stop = "    average, best = 0.0, float('inf')\n", code_text.STOP
    else:
        one = request["schedules"][schedule]
        settings |= {"T": request["updates"]}
        text = source(CATALOGUE[one["schedule"]], one["parameters"])
        title = f"Training with {one['label']}, exported from Ratescope."
        if CATALOGUE[one["schedule"]].momentum_function is not None:
            momenta = "    momenta = momentum(T)\n"
            key = (
                'group["momentum"] = momenta[t]'
                if request["optimizer"] == "sgd"
                else 'group["betas"] = (momenta[t], 0.999)'
            )
            cycle = f"            {key}\n"
        if "rule" in one:
            maker, given = loss_driven.MAKERS[one["rule"]["name"]].__name__, one["rule"]["parameters"]
            imports, text = "import math\nfrom collections.abc import Callable\n\n", f"{_rule(maker)}\n\n\n{text}"
            settings |= {"EVALUATE_EVERY": -(-request["updates"] // EVALUATIONS), "EPSILON": loss_driven.EPSILON}
            arguments = "".join(f", {name}={value!r}" for name, value in given.items())
            momenta += f"    rule, factor = {maker}(float(max(rates)){arguments}), 1.0\n"
            rate, follow = "rates[t] * factor", code_text.FOLLOW
        if "layer_spread" in request:
            settings |= {"LAYER_SPREAD": request["layer_spread"]}
            rate, parameters = f'{rate} * group["share"]', "groups"
            grouped = code_text.GROUPS
        if "mixup" in request:
            settings |= {"ALPHA": request["mixup"]}
            forward = code_text.FORWARD_MIXED["classes" if task.kind == "classes" else "other"]
    numbers = {name: repr(float(request[name])) for name in ("momentum", "weight_decay")}
    return code_text.SCRIPT.format(
        title=title.replace("\\", "").replace('"', "'"),
        settings="\n".join(f"{name} = {value!r}" for name, value in settings.items()),
        imports=imports,
        schedule=text,
        file=DATA_FILE,
        loss=code_text.LOSSES[task.kind],
        mix=code_text.MIX if "mixup" in request else "",
        layers=",\n        ".join(_layers(MODELS[request["model"]], task)),
        optimizer=code_text.OPTIMIZERS[request["optimizer"]].format(**numbers, parameters=parameters),
        groups=grouped,
        rates="learning_rate(T)",
        momenta=momenta,
        cycle=cycle,
        forward=forward,
        stop=stop,
        rate=rate,
        follow=follow,
    )


def _rule(maker: str) -> str:
    """Return the source of a loss-driven rule, which stands alone with `math`, Callable and EPSILON."""
    text = inspect.getsource(loss_driven)
    tree = ast.parse(text)
    wanted = [part for part in tree.body if getattr(part, "name", None) in (maker, "_bar")]
    return "\n\n\n".join(str(ast.get_source_segment(text, part)) for part in wanted)


def _layers(model: Model, task: Task) -> list[str]:
    """Return the modules in torch's words, in the order in which the engine draws their weights."""
    lines: list[str] = []
    width = task.features
    if task.image:
        channels, height, side = task.image
        for out in model.convolutions:
            lines += [f"nn.Conv2d({channels}, {out}, 3, padding=1)", "nn.ReLU()", "nn.MaxPool2d(2)"]
            channels, height, side = out, height // 2, side // 2
        lines.append("nn.Flatten()")
        width = channels * height * side
    for fan_in, fan_out in pairwise((width, *model.hidden, task.outputs)):
        lines += [f"nn.Linear({fan_in}, {fan_out})", "nn.ReLU()"]
    return lines[:-1]


def _check(request: dict[str, Any], task: Task) -> None:
    """Refuse what the script cannot repeat, with the first reason."""
    reasons = {
        "Code: the script draws each epoch's rows anew, and this run keeps their order.": not task.transforms.get(
            "shuffle", True
        ),
        "Code: the script trains on images as they are, and this run crops, flips or shifts them by chance.": _moves(
            task
        ),
        "Code: the script begins with fresh weights, and this run goes on from a saved model.": request["kind"]
        == "train"
        and "start" in request,
        "Code: the script trains single models, and this run makes an ensemble of snapshots.": "ensemble" in request,
        "Code: the script has no test-time augmentation, and this run has.": "tta" in request,
        "Code: the script is one range test, and this run is a family of them.": "vary" in request,
    }
    for reason, holds in reasons.items():
        if holds:
            raise Refusal(reason)


def _moves(task: Task) -> bool:
    """Say whether training sees other pixels than validation does: what a crop that fits all images leaves alone."""
    crop = task.transforms.get("crop")
    sizes = np.asarray(task.inputs.shape[2:] if task.sizes is None else task.sizes)
    cuts = bool(crop) and bool((sizes != np.asarray(crop)).any())
    return cuts or bool(task.transforms.get("flip")) or bool(task.transforms.get("shift"))


def data_file(task: Task) -> bytes:
    """Return the prepared arrays that the script loads, an npz archive; images as a model sees them in validation.

    Grows with rows x inputs, 4 bytes each.
    """
    buffer = io.BytesIO()
    names = ("targets", "train", "validation", "test")
    inputs = recipe.view(task.recipe, task.inputs, task.sizes) if task.image else task.inputs
    np.savez_compressed(buffer, inputs=inputs, **{name: getattr(task, name) for name in names})
    return buffer.getvalue()
