"""A trained model as a ZIP for inference alone, which needs nothing of this project."""

import importlib.util
import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from data import recipe as table_recipe
from data.images import recipe as image_recipe
from data.reading.numbers import MISSING
from data.task import Task
from training import about, archive, saved
from training.module import as_module
from training.options import Model
from words import say

FORMAT = 1
PREDICT = Path(__file__).with_name("predict.py")
README = """{data}: {model}, which predicts {target}.

To predict, in this folder:

    python predict.py {example}

It prints CSV: what was predicted and, for classes and labels, with what confidence (0 to 1).
python predict.py --help shows its options. It needs Python 3.11 or later, NumPy{pillow}, and onnxruntime or torch.

What is here:

predict.py    the program above; its source shows how each file is used
recipe.json   how new rows are prepared: columns, scales, levels; or sizes and colours of images
recipe.py     applies recipe.json; needs {packages} alone
model.json    classes, units, and what the model is
model.pt2     the model for torch.export.load, {version}; any number of rows at once
model.onnx    {onnx}
weights.npz   the weights as plain arrays: numpy.load(..., allow_pickle=False)

Inputs are float32 of shape {shape}; outputs are {outputs}.

Safety: nothing here is a pickle. model.onnx and weights.npz are data. A .pt2 file is data too as long as it holds no
pickled tensor, which this one does not, but torch's own loader would unpickle one and evaluates the formulas of shapes
in the file: call torch.export.load on a .pt2 only where you trust its origin. predict.py looks before it loads.
"""
OUTPUTS = {
    "classes": "one logit a class (softmax gives probabilities)",
    "multi-label": "one logit a label (the sigmoid gives probabilities)",
    "number": "one number in scaled units (times target_scale, plus target_mean, of model.json)",
}


def bundle(task: Task, model: Model, parameters: Sequence[NDArray[Any]]) -> bytes:
    """Return one trained model as a ZIP: model.pt2, model.onnx, recipe.json, recipe.py, predict.py and the rest.

    `parameters` are one row of `Trained.parameters`. model.onnx is left out where onnx and onnxscript are not
    installed; README.txt says so. The model is float32 and takes any number of rows. Takes seconds, of which torch's
    tracing is most; grows with the weights, three times.
    """
    module = as_module(model, task, parameters).float().eval()
    image = task.image
    shape = image or (task.features,)
    example = torch.zeros(2, *shape)
    rows = {"rows": "images" if image else "table", "input_shape": list(shape), "outputs": task.outputs}
    words = about.words(task)
    described = {name: words[name] for name in ("data", "kind", "class_names", "target_name")}
    described |= {"target_mean": task.target_mean, "target_scale": task.target_scale, **rows}
    described |= {"missing": [] if image else sorted(MISSING), "model": about.model_words(model), "format": FORMAT}
    made = onnx(module, example)
    recipe_file = Path(image_recipe.__file__ if image else table_recipe.__file__)
    members = {
        "README.txt": _readme(task, model, shape, made is not None).encode(),
        "model.json": archive.write_json(described),
        "recipe.json": archive.write_json(task.recipe),
        "recipe.py": recipe_file.read_bytes(),
        "predict.py": PREDICT.read_bytes(),
        "weights.npz": saved.save(task, model, parameters),
        "model.pt2": pt2(module, example),
    }
    return archive.pack(members if made is None else {**members, "model.onnx": made}, squeeze=True)


def pt2(module: torch.nn.Module, example: torch.Tensor) -> bytes:
    """Return the module as torch.export.save writes it, for any number of rows and without a pickle in it."""
    rows = torch.export.Dim("rows", min=1)
    program = torch.export.export(module, (example,), dynamic_shapes=({0: rows},))
    # The inputs that were traced with would be stored as a pickle.
    program.example_inputs = None
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def onnx(module: torch.nn.Module, example: torch.Tensor) -> bytes | None:
    """Return the module as ONNX by torch.onnx.export, None where the packages onnx and onnxscript are not there."""
    if importlib.util.find_spec("onnx") is None or importlib.util.find_spec("onnxscript") is None:
        return None
    # It warns of what it uses itself, and of torchvision, which nothing here needs.
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module, (example,), dynamo=True, dynamic_shapes=({0: torch.export.Dim("rows", min=1)},),
                input_names=["inputs"], output_names=["outputs"], verbose=False,
            )  # fmt: skip
    finally:
        log.setLevel(level)
    assert program is not None
    return bytes(program.model_proto.SerializeToString())


def _readme(task: Task, model: Model, shape: tuple[int, ...], with_onnx: bool) -> str:
    return say(
        README,
        data=task.name,
        model=model.title,
        target=task.target_name,
        example="image.png" if task.image else "rows.csv",
        pillow=", Pillow" if task.image else "",
        packages=say("NumPy and Pillow") if task.image else "NumPy",
        version=say("made with torch {version}", version=torch.__version__),
        onnx=say("the model for onnxruntime and others; any number of rows at once")
        if with_onnx
        else say("not made: the packages onnx and onnxscript were not installed where this was exported"),
        shape=" x ".join(["rows", *map(str, shape)]),
        outputs=say(OUTPUTS[task.kind]),
    )
