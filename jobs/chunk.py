"""A chunk of metrics: named arrays as one blob."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]


def pack(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Return the arrays as one blob; float64 is stored as float32, which is finer than any screen."""
    buffer = io.BytesIO()
    small = {name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()}
    np.savez(buffer, allow_pickle=False, **small)
    return buffer.getvalue()


def unpack(blob: bytes) -> Arrays:
    """Return the arrays of one blob."""
    with np.load(io.BytesIO(blob), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def join(parts: Sequence[Mapping[str, NDArray[np.generic]]]) -> Arrays:
    """Concatenate along the last axis, name by name; a part that lacks a name adds nothing to it."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: np.concatenate([part[name] for part in parts if name in part], axis=-1) for name in names}
