"""A ZIP of images from somebody unknown. Nothing is written to disk, and no number in its headers is believed."""

import re
import stat
import unicodedata
import zipfile
import zlib
from io import BytesIO

from words import Refusal, say

MOST_BYTES = 100_000_000
MOST_ENTRIES = 50_000
MOST_ENTRY_BYTES = 20_000_000
MOST_TOTAL_BYTES = 1_000_000_000
MOST_RATIO, RATIO_FROM = 200, 1_000_000  # of the unpacked to the packed size, judged from a megabyte unpacked on
LONGEST_NAME = 1000
CHUNK = 1 << 16

END, ENTRY, NESTED = b"PK\x05\x06", b"PK\x01\x02", (".zip", ".jar", ".zipx")
# What Finder and Explorer add to every folder that they pack.
CLUTTER = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """A ZIP whose list of entries has been checked; its files are unpacked one by one, in memory, when they are read.

    `filename` is what sentences call it, `names` its files in the order of the ZIP, as POSIX paths. Opening grows with
    the entries, reading with the file read.
    """

    def __init__(self, raw: bytes, filename: str) -> None:
        """Raise Refusal, one sentence, for what is no ZIP, or a ZIP that is not allowed."""
        self.filename = filename
        declared = _count(raw, filename)
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw))
            entries = self._zip.infolist()
        except DAMAGE as error:
            raise Refusal("{file} is damaged: its list of entries cannot be read.", file=filename) from error
        if len(entries) != declared:
            raise Refusal("{file} is damaged: it declares {declared:,} entries and lists {listed:,}.",
                          file=filename, declared=declared, listed=len(entries))  # fmt: skip
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            self._take(entry)
        _refuse_overlap(entries, filename)
        self._read: set[str] = set()
        self._total = 0
        if not self._entries:
            raise Refusal("{file} holds no file.", file=filename)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files, folders left out."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Return a file's bytes; a Refusal where it is damaged or unpacks to more than is allowed.

        Sizes are counted while unpacking, so that a header that lies gains nothing.
        """
        entry = self._entries[name]
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(entry) as stream:
                while part := stream.read(CHUNK):
                    size += len(part)
                    self._limit(name, size, entry.compress_size)
                    parts.append(part)
        except DAMAGE as error:
            if isinstance(error, Refusal):
                raise
            raise Refusal("{file}: {name} is damaged and cannot be unpacked.", file=self.filename, name=name) from error
        if name not in self._read:
            self._read.add(name)
            self._total += size
        return b"".join(parts)

    def _limit(self, name: str, size: int, packed: int) -> None:
        if size > MOST_ENTRY_BYTES:
            raise Refusal("{file}: {name} unpacks to more than {most:.0f} MB, which is all that one file may have.",
                          file=self.filename, name=name, most=MOST_ENTRY_BYTES / 1e6)  # fmt: skip
        if size > RATIO_FROM and size > MOST_RATIO * max(packed, 1):
            raise Refusal("{file}: {name} unpacks to more than {most} times its packed size, as archive bombs do.",
                          file=self.filename, name=name, most=MOST_RATIO)  # fmt: skip
        if name not in self._read and self._total + size > MOST_TOTAL_BYTES:
            raise Refusal("{file} unpacks to more than {most:.0f} MB, which is all that an archive may have.",
                          file=self.filename, most=MOST_TOTAL_BYTES / 1e6)  # fmt: skip

    def _take(self, entry: zipfile.ZipInfo) -> None:
        written = _written(entry)
        if problem := _problem(entry, written):
            raise Refusal("{file}: the entry {name} {problem}.",
                          file=self.filename, name=_shown(written), problem=problem)  # fmt: skip
        name = normal(written)
        if written.endswith("/") or CLUTTER.search(name):
            return
        if name.lower().endswith(NESTED):
            raise Refusal("{file}: the entry {name} is an archive inside the archive; put the images in directly.",
                          file=self.filename, name=_shown(name))  # fmt: skip
        if name in self._entries:
            raise Refusal("{file}: the entry {name} is there twice.", file=self.filename, name=_shown(name))
        self._entries[name] = entry


def normal(path: str) -> str:
    """Return a path in the form that names are compared in: Unicode NFC, without "." and empty parts."""
    parts = unicodedata.normalize("NFC", path).split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def unsafe(path: str) -> str | None:
    """Return what is wrong with a path that must stay inside its folder, or None."""
    if not path or len(path) > LONGEST_NAME:
        return say("must have a name of 1 to {most:,} characters", most=LONGEST_NAME)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        return say("has control characters in its name")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return say("is an absolute path; paths must be relative")
    if "\\" in path:
        return say("has a backslash in its path; folders must be separated by /")
    if ".." in path.split("/"):
        return say("leads out of its folder with ..")
    return None


def _count(raw: bytes, filename: str) -> int:
    """Return how many entries the end of the archive declares, before anything as long as that is built."""
    if len(raw) > MOST_BYTES:
        raise Refusal("{file} has {size:.0f} MB; archives of up to {most:.0f} MB can be read.",
                      file=filename, size=len(raw) / 1e6, most=MOST_BYTES / 1e6)  # fmt: skip
    at = raw.rfind(END, max(0, len(raw) - 22 - 65_535))
    if at < 0 or len(raw) < at + 22:
        if raw.startswith(b"PK"):
            raise Refusal("{file} is cut off: the end of the ZIP archive is missing.", file=filename)
        raise Refusal("{file} is not a ZIP archive.", file=filename)
    disk, declared = int.from_bytes(raw[at + 4 : at + 6], "little"), int.from_bytes(raw[at + 10 : at + 12], "little")
    if declared == 0xFFFF and raw[at - 20 : at - 16] == b"PK\x06\x07":
        place = int.from_bytes(raw[at - 12 : at - 4], "little")
        declared = int.from_bytes(raw[place + 32 : place + 40], "little")
    elif disk not in (0, 0xFFFF):
        raise Refusal("{file} is one part of an archive in several parts; pack it as one file.", file=filename)
    # A false count at the end would let a long list through: Python reads the list by its length in bytes.
    declared_or_listed = max(declared, raw.count(ENTRY))
    if declared_or_listed > MOST_ENTRIES:
        raise Refusal("{file} has {count:,} entries; at most {most:,} are allowed.",
                      file=filename, count=declared_or_listed, most=MOST_ENTRIES)  # fmt: skip
    return declared


def _written(entry: zipfile.ZipInfo) -> str:
    """Return the entry's name as it was meant: the Mac's archiver writes UTF-8 without saying so."""
    if entry.flag_bits & 0x800:
        return entry.orig_filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _problem(entry: zipfile.ZipInfo, name: str) -> str | None:
    if found := unsafe(name):
        return found
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return say("is a link; only files and folders are allowed")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not name.endswith("/")):
        return say("is a special file; only files and folders are allowed")
    if entry.flag_bits & 0x1:
        return say("is encrypted; pack it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("is packed by method {method}; only stored and deflated are read", method=entry.compress_type)
    return None


def _refuse_overlap(entries: list[zipfile.ZipInfo], filename: str) -> None:
    """Refuse entries that share bytes: that is how a small archive unpacks to more than any ratio allows."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Refusal("{file}: the entry {name} overlaps another, as in archive bombs.",
                          file=filename, name=_shown(entry.orig_filename))  # fmt: skip
        end = entry.header_offset + 30 + entry.compress_size


def _shown(name: str) -> str:
    """Return a name fit for a sentence: printable and short."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= 80 else printable[:77] + "..."
