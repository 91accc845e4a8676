"""A training's state as bytes: tensors, plain numbers and lists, never pickled code."""

import io
import pickle
from typing import Any

import numpy as np
import torch

from training.checks import TITLE
from training.settings import Settings
from words import Refusal

VERSION = 3


def pack(settings: Settings, state: dict[str, Any]) -> bytes:
    """Return `state` (NumPy arrays, tensors, numbers, lists of these) as bytes that `unpack` reads back bit for bit."""
    buffer = io.BytesIO()
    torch.save({"version": VERSION, "fingerprint": settings.fingerprint, "state": _plain(state)}, buffer)
    return buffer.getvalue()


def unpack(settings: Settings, stored: bytes) -> dict[str, Any]:
    """Return the state that `pack` stored, tensors on the cpu; a Refusal where it is none or of another set-up."""
    try:
        found = torch.load(io.BytesIO(stored), map_location="cpu", weights_only=True)
        version, fingerprint, state = found["version"], found["fingerprint"], found["state"]
    except (RuntimeError, pickle.UnpicklingError, ValueError, KeyError, TypeError, EOFError, OSError):
        raise Refusal("{title}: these {count} bytes are not a snapshot.", title=TITLE, count=len(stored)) from None
    if version != VERSION or fingerprint != settings.fingerprint:
        raise Refusal("{title}: this snapshot belongs to another training.", title=TITLE)
    return dict(state)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(np.ascontiguousarray(value))
    if isinstance(value, torch.Tensor):
        # A clone, because a view would be stored with everything that it views.
        return value.detach().cpu().clone()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
