"""Small ZIP archives of JSON and arrays: written to the same bytes each time, read without trust in what they hold.

Nothing is unpickled and nothing is extracted to a disk. All arithmetic on sizes happens before memory is taken.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.images.archive import DAMAGE
from words import Refusal

MOST_BYTES = 256 * 2**20
MOST_ENTRIES = 1000
MOST_JSON = 16 * 2**20
LONGEST_NAME = 100
MOST_RATIO, RATIO_FROM = 200, 1_000_000  # of the unpacked to the packed size, judged from a megabyte unpacked on
DTYPES = ("float32", "float64", "int64")
DAY = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can write
ENTRY = b"PK\x01\x02"  # what each entry of a ZIP's directory begins with


def pack(members: Mapping[str, bytes], *, squeeze: bool = False) -> bytes:
    """Return a ZIP of the members, deflated where `squeeze`; equal members give equal bytes. Grows with the members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in members.items():
            info = zipfile.ZipInfo(name, DAY)
            info.external_attr = 0o644 << 16
            archive.writestr(info, raw, zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED)
    return buffer.getvalue()


def unpack(stored: bytes, what: str, members: str = ".*") -> dict[str, bytes]:
    """Return a ZIP's members by name; `what`, "saved model" say, names it in the refusals.

    Only those whose whole name fits the pattern `members` are unpacked. A Refusal for bytes that are no ZIP, over
    256 MB packed or unpacked, of over 1,000 entries, that unpack to over 200 times their size, name a file twice or
    with a path, are packed by another method than stored and deflated, encrypted or damaged.
    """
    if len(stored) > MOST_BYTES:
        raise _too_large(what, len(stored))
    if stored.count(ENTRY) > MOST_ENTRIES:
        raise Refusal("The {what} holds more than {most:,} files; it is none of ours.", what=what, most=MOST_ENTRIES)
    try:
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            entries = archive.infolist()
            _check_sizes(entries, len(stored), what)
            _check_names([entry.filename for entry in entries], what)
            wanted = [entry for entry in entries if re.fullmatch(members, entry.filename)]
            return {entry.filename: _member(archive, entry) for entry in wanted}
    except DAMAGE as error:
        if isinstance(error, Refusal):
            raise
        if not stored.startswith(b"PK"):
            raise Refusal("These {count:,} bytes are no {what}.", count=len(stored), what=what) from None
        raise Refusal("The {what} is damaged: its {count:,} bytes cannot be unpacked.",
                      what=what, count=len(stored)) from None  # fmt: skip


def write_array(values: NDArray[Any]) -> bytes:
    """Return an array as a .npy file, without pickle."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()


def read_array(raw: bytes, name: str, what: str) -> NDArray[Any]:
    """Return the array of a .npy file; a Refusal where it is none of DTYPES or its size is not what it says."""
    stream = io.BytesIO(raw)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        # Read from bytes of a known length: a header that claims a million times as much gets no memory.
        wanted = math.prod(shape) * dtype.itemsize
        if dtype.name not in DTYPES or not dtype.isnative or fortran or wanted != len(raw) - stream.tell():
            raise ValueError
        if any(size < 0 for size in shape):  # two of them multiply to a size that fits
            raise ValueError
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, UnicodeDecodeError):
        raise Refusal("The {what} is damaged: {name} is no array of numbers.", what=what, name=name) from None
    return np.frombuffer(raw, dtype, offset=stream.tell()).reshape(shape).copy()


def write_json(value: Any) -> bytes:
    """Return plain JSON as bytes, keys in their order."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def read_json(members: Mapping[str, bytes], name: str, what: str) -> dict[str, Any]:
    """Return the object that a member holds; a Refusal where it is absent, over 16 MB or no JSON object."""
    if name not in members:
        raise Refusal("These bytes are no {what}: {name} is not in them.", what=what, name=name)
    raw = members[name]
    try:
        value = json.loads(raw) if len(raw) <= MOST_JSON else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal("The {what} is damaged: {name} is no JSON object.", what=what, name=name)
    return value


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        # No more than was checked: without a number, zipfile unpacks all there is before it looks at the size.
        return stream.read(entry.file_size)


def _check_sizes(entries: list[zipfile.ZipInfo], packed: int, what: str) -> None:
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("The {what} is packed by method {method}; only stored and deflated are read.",
                          what=what, method=entry.compress_type)  # fmt: skip
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        raise _too_large(what, total)
    if total > RATIO_FROM and total > MOST_RATIO * packed:
        raise Refusal("The {what} unpacks to more than {most} times its packed size, as archive bombs do.",
                      what=what, most=MOST_RATIO)  # fmt: skip


def _check_names(names: list[str], what: str) -> None:
    for name in names:
        parts = name.split("/")
        if len(name) > LONGEST_NAME or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
            raise Refusal("The {what} holds a file with the name {name}, which is not allowed.",
                          what=what, name=repr(name[:LONGEST_NAME]))  # fmt: skip
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refusal("The {what} holds {name} twice.", what=what, name=twice)


def _too_large(what: str, size: int) -> Refusal:
    return Refusal("The {what} may have at most {most:.0f} MB, got {size:.0f} MB.",
                   what=what, most=MOST_BYTES / 1e6, size=size / 1e6)  # fmt: skip
