"""A chunk of metrics: named arrays as one blob, and the chunks of a run that has ended."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, update

from jobs import schema

MERGED_BYTES = 8_000_000

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


def merge(connection: Connection, job: str) -> None:
    """Put the many small chunks of a run that has ended into few large ones, so that it opens quickly ever after.

    Each keeps the number of the last chunk in it: a reader that has read to there goes on, one between reads anew.
    """
    columns = schema.chunks.c
    size_of = func.length(columns.blob).label("size")
    known = select(columns.number, columns.start, size_of).where(columns.job == job).order_by(columns.number)
    groups: list[list[tuple[int, int]]] = []
    size = MERGED_BYTES
    for number, start, bytes_here in connection.execute(known).all():
        size += bytes_here
        if size > MERGED_BYTES:
            groups.append([])
            size = bytes_here
        groups[-1].append((number, start))
    for group in groups:
        (first, start), (last, _) = group[0], group[-1]
        inside = (columns.job == job, columns.number >= first, columns.number <= last)
        blobs = connection.execute(select(columns.blob).where(*inside).order_by(columns.number)).scalars()
        merged = pack(join([unpack(blob) for blob in blobs]))
        connection.execute(delete(schema.chunks).where(*inside, columns.number < last))
        connection.execute(update(schema.chunks).where(*inside).values(start=start, blob=merged))
