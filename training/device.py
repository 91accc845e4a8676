"""Where a training runs."""

import torch

from training import options
from training.checks import TITLE
from words import Refusal


def find_device(name: str, dtype: str = "float32") -> torch.device:
    """Return the device that `name` of options.DEVICES means here: auto is CUDA, MPS or CPU, the first that can do it.

    Raises Refusal for one that this machine lacks, and for float64 on MPS, which has none.
    """
    options.check_device(name, TITLE)
    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    if torch.cuda.is_available():
        there.insert(0, "cuda")
    if name == "auto":
        return torch.device(next(device for device in there if device != "mps" or dtype == "float32"))
    if name not in there:
        raise Refusal(
            "{title}: device must be one that this machine has ({there}), got {value}.",
            title=TITLE,
            there=", ".join(there),
            value=name,
        )
    if name == "mps" and dtype == "float64":
        raise Refusal("{title}: device mps has no float64; use float32 or the cpu.", title=TITLE)
    return torch.device(name)
