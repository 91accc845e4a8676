"""The set-up of a run as a plain PyTorch script that needs this project no more."""

import ast
import inspect
import io
from itertools import pairwise
from typing import Any

import numpy as np

from data.task import Task
from schedulers import CATALOGUE
from schedulers.export import source
from training import loss_driven
from training.options import MODELS

DATA_FILE = "ratescope_data.npz"
EVALUATIONS = 40  # of the engine, in a run

_OPTIMIZERS = {
    "sgd": "torch.optim.SGD({parameters}, lr=0.0, momentum={momentum}, weight_decay={weight_decay})",
    "adam": "torch.optim.Adam({parameters}, lr=0.0, betas=({momentum}, 0.999), weight_decay={weight_decay})",
    "adamw": "torch.optim.AdamW({parameters}, lr=0.0, betas=({momentum}, 0.999), weight_decay={weight_decay})",
}

_SCRIPT = '''"""{title}"""

{imports}import numpy as np
import torch
from torch import nn

{settings}

{schedule}


with np.load("{file}") as data:
    inputs, targets = torch.from_numpy(data["inputs"]), torch.from_numpy(data["targets"])
    train, validation = data["train"], data["validation"]


def loss_of(outputs, wanted):
    return {loss}


def fit(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        {layers},
    )
{groups}    optimizer = {optimizer}
    rates = {rates}
{momenta}    size = min(BATCH_SIZE, len(train))
    per_epoch = len(train) // size  # the last short batch is dropped
    losses = []
    for t in range(T):
        epoch, place = divmod(t, per_epoch)
        if place == 0:
            order = np.random.default_rng((seed, epoch)).permutation(len(train))
        rows = train[order[place * size : (place + 1) * size]]
        for group in optimizer.param_groups:
            group["lr"] = {rate}
{cycle}        optimizer.zero_grad()
        loss = loss_of(model(inputs[rows]), targets[rows])
        losses.append(loss.item())
{stop}        loss.backward()
        optimizer.step()
{follow}    return model, losses


if __name__ == "__main__":
    for seed in SEEDS:
        model, losses = fit(seed)
        with torch.no_grad():
            last = loss_of(model(inputs[validation]), targets[validation]).item()
        print(f"seed {{seed}}: {{len(losses)}} updates, training loss {{losses[-1]:.4g}}, validation loss {{last:.4g}}")
'''

_FIND = """

def learning_rate(T):
    # The range test: the rate rises by the same factor at every update.
    return START * (END / START) ** (np.arange(T) / T)
"""

_STOP = """        average = BETA * average + (1 - BETA) * losses[-1]
        smoothed = average / (1 - BETA ** (t + 1))
        best = min(best, smoothed)
        if smoothed > 4 * best:
            break
"""


# One group a layer; the last takes the whole rate.
_GROUPS = """    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    groups = [
        {"params": layer.parameters(), "share": LAYER_SPREAD ** -(place / max(len(layers) - 1, 1))}
        for place, layer in enumerate(reversed(layers))
    ]
"""

# What the rule makes of the highest rate multiplies the whole plan, from each evaluation on.
_FOLLOW = """        if (t + 1) % EVALUATE_EVERY == 0:
            with torch.no_grad():
                factor = rule.step(loss_of(model(inputs[validation]), targets[validation]).item()) / max(rates)
"""


def script(request: dict[str, Any], task: Task, *, schedule: int = 0) -> str:
    """Return a script that trains what the request trains, the models one after another.

    It loads DATA_FILE (see `data_file`) from where it is run. Same initial weights, same batches and same rates as the
    engine, so its losses are the run's up to rounding. Of a training with several schedules, `schedule` says which.
    """
    settings = {"SEEDS": request["seeds"], "BATCH_SIZE": request["batch_size"]}
    imports = grouped = momenta = cycle = stop = follow = ""
    rate, parameters = "rates[t]", "model.parameters()"
    if request["kind"] == "find":
        settings |= {"T": request["num_it"], "START": request["start"], "END": request["end"]}
        text, title = _FIND.strip(), "Learning rate range test, exported from Ratescope."
        if request["stop"]:
            settings |= {"BETA": 0.98}
            momenta, stop = "    average, best = 0.0, float('inf')\n", _STOP
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
            rate, follow = "rates[t] * factor", _FOLLOW
        if "layer_spread" in request:
            settings |= {"LAYER_SPREAD": request["layer_spread"]}
            rate, parameters = f'{rate} * group["share"]', "groups"
            grouped = _GROUPS
    numbers = {name: repr(float(request[name])) for name in ("momentum", "weight_decay")}
    return _SCRIPT.format(
        title=title.replace("\\", "").replace('"', "'"),
        settings="\n".join(f"{name} = {value!r}" for name, value in settings.items()),
        imports=imports,
        schedule=text,
        file=DATA_FILE,
        loss="nn.functional.cross_entropy(outputs, wanted)"
        if task.kind == "classes"
        else "nn.functional.mse_loss(outputs.squeeze(1), wanted)",
        layers=",\n        ".join(_layers((task.features, *MODELS[request["model"]].hidden, task.outputs))),
        optimizer=_OPTIMIZERS[request["optimizer"]].format(**numbers, parameters=parameters),
        groups=grouped,
        rates="learning_rate(T)",
        momenta=momenta,
        cycle=cycle,
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


def _layers(widths: tuple[int, ...]) -> list[str]:
    lines: list[str] = []
    for fan_in, fan_out in pairwise(widths):
        lines += [f"nn.Linear({fan_in}, {fan_out})", "nn.ReLU()"]
    return lines[:-1]


def data_file(task: Task) -> bytes:
    """Return the prepared arrays that the script loads, an npz archive. Grows with rows x inputs, 4 bytes each."""
    buffer = io.BytesIO()
    names = ("inputs", "targets", "train", "validation", "test")
    np.savez_compressed(buffer, **{name: getattr(task, name) for name in names})
    return buffer.getvalue()
