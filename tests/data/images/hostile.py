"""Hostile archives, images and tables, each with the sentence that refuses it; run as a script to read them all.

The script says on standard output, as JSON, what each was refused with, what it opened for writing, and its peak
memory. It reads them under a limit on memory, so that whatever unpacks without bounds ends as a failed test.
"""

import io
import json
import resource
import stat
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, TiffImagePlugin

MEMORY = 1_500_000_000
CSV = b"file,label\n" + 5 * b"a.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n"
FORMATS = "PNG, JPEG, GIF, BMP, WEBP, TIFF"


class Case(NamedTuple):
    """One hostile thing: what makes it, and the sentence that it must be refused with."""

    make: Callable[[], tuple[bytes, bytes]]
    sentence: str


def picture(form: str = "PNG", mode: str = "L", size: tuple[int, int] = (8, 8), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, None if mode in ("F", "I") else 128 if mode == "L" else None).save(buffer, form, **options)
    return buffer.getvalue()


GOOD = picture()
NAMES = ("a.png", "b.png", "c.png", "d.png")


def packed(extra: dict[str | zipfile.ZipInfo, bytes] | None = None, method: int = zipfile.ZIP_STORED) -> bytes:
    """Four good images, and more entries behind or in place of them."""
    entries: dict[str | zipfile.ZipInfo, bytes] = dict.fromkeys(NAMES, GOOD) | (extra or {})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of entries that are there twice
        for name, raw in entries.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def renamed(name: str, raw: bytes = GOOD) -> bytes:
    """An entry whose name Python itself would not write: the same number of letters stands in for it first."""
    letters = name.encode()
    stand_in = b"z" * len(letters)
    return packed({stand_in.decode(): raw}).replace(stand_in, letters)


def special(kind: int) -> bytes:
    entry = zipfile.ZipInfo("odd.png")
    entry.external_attr = (kind | 0o777) << 16
    return packed({entry: b"/etc/passwd"})


def patched(raw: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Overwrite bytes from the last record that begins with a mark on."""
    at = raw.rindex(mark) + offset
    return raw[:at] + value + raw[at + len(value) :]


def many(declared: int | None = None) -> bytes:
    """A central directory of a million entries; `declared` is what its end says instead, where it lies."""
    name = b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    listed = entry * 1_000_000
    if declared is not None:
        return listed + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, declared, declared, len(listed), 0, 0)
    end = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(listed), 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(listed), 1)
    return (
        listed + end + locator + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    )


def overlapping() -> bytes:
    """Two entries of the list share one file."""
    raw = packed()
    at = raw.rindex(b"PK\x01\x02") + 42
    first = raw.index(b"PK\x01\x02") + 42
    return raw[:at] + raw[first : first + 4] + raw[at + 4 :]


def bomb() -> bytes:
    return packed({"a.png": bytes(30_000_000)}, zipfile.ZIP_DEFLATED)


def lying() -> bytes:
    """A header that says ten bytes of what are five million."""
    raw = packed({"a.png": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    at = raw.index(b"PK\x01\x02") + 24
    return raw[:at] + struct.pack("<I", 10) + raw[at + 4 :]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *between: bytes, body: bytes = b"\0" * 100) -> bytes:
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + end


def bmp(width: int, height: int) -> bytes:
    head = struct.pack("<I2i2H6I", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<I2HI", 54 + 1000, 0, 0, 54) + head + bytes(1000)


def gif(width: int, height: int) -> bytes:
    return patched(picture("GIF", "P"), b"GIF8", 6, struct.pack("<2H", width, height))


def tiff(width: int) -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    raw = picture("TIFF", tiffinfo=tags)
    at = raw.index(struct.pack("<2HI", 256, 4, 1)) if struct.pack("<2HI", 256, 4, 1) in raw else -1
    if at >= 0:
        return raw[: at + 8] + struct.pack("<I", width) + raw[at + 12 :]
    at = raw.index(struct.pack("<2HI", 256, 3, 1))
    return raw[:at] + struct.pack("<2H2I", 256, 4, 1, width) + raw[at + 12 :]


def circular_tiff() -> bytes:
    """A directory of tags that is cut off in the middle."""
    return b"II*\x00" + struct.pack("<IH", 8, 60_000) + bytes(24)


def only_folders() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("images/", b"")
    return buffer.getvalue()


def broken_deflate() -> bytes:
    raw = packed({"a.png": noise("BMP")}, zipfile.ZIP_DEFLATED)
    at = raw.index(b"a.png") + 5
    return raw[:at] + b"\xff" * 40 + raw[at + 40 :]


def noise(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), dtype=np.uint8)).save(buffer, form)
    return buffer.getvalue()


def of_archive(make: Callable[[], bytes]) -> Callable[[], tuple[bytes, bytes]]:
    return lambda: (make(), CSV)


def of_image(make: Callable[[], bytes]) -> Callable[[], tuple[bytes, bytes]]:
    return lambda: (packed({"a.png": make()}), CSV)


def of_row(cell: str) -> Callable[[], tuple[bytes, bytes]]:
    return lambda: (packed(), CSV.replace(b"b.png", cell.encode(), 1))


DAMAGED = "bad.zip is damaged: its list of entries cannot be read."
BROKEN = "bad.zip, a.png: it is damaged or cut off and cannot be read as an image."
FOREIGN = f"bad.zip, a.png: it is not an image of the formats {FORMATS}."
HUGE = "bad.zip, a.png: it has more than 16,000,000 pixels."

ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"file,label\n" * 10, "bad.zip is not a ZIP archive."),
    "nothing": (lambda: b"", "bad.zip is not a ZIP archive."),
    "an image called a ZIP": (lambda: GOOD, "bad.zip is not a ZIP archive."),
    "cut off": (lambda: packed()[:300], "bad.zip is cut off: the end of the ZIP archive is missing."),
    "too large": (lambda: bytes(100_000_001), "bad.zip has 100 MB; archives of up to 100 MB can be read."),
    "without files": (
        lambda: b"PK\x05\x06" + bytes(18),
        "bad.zip holds no file.",
    ),
    "folders alone": (only_folders, "bad.zip holds no file."),
    "one of several parts": (
        lambda: patched(packed(), b"PK\x05\x06", 4, b"\x02\x00"),
        "bad.zip is one part of an archive in several parts; pack it as one file.",
    ),
    "list beyond the end": (lambda: patched(packed(), b"PK\x05\x06", 12, b"\xff\xff\xff\x0f"), DAMAGED),
    "list cut short": (lambda: patched(packed(), b"PK\x05\x06", 12, b"\x07\x00"), DAMAGED),
    "false count": (
        lambda: patched(packed(), b"PK\x05\x06", 8, b"\x09\x00\x09\x00"),
        "bad.zip is damaged: it declares 9 entries and lists 4.",
    ),
    "a million entries": (many, "bad.zip has 1,000,000 entries; at most 50,000 are allowed."),
    "a million entries that call themselves one": (
        lambda: many(1),
        "bad.zip has 1,000,000 entries; at most 50,000 are allowed.",
    ),
    "up and out": (lambda: packed({"../evil.png": GOOD}),
                   "bad.zip: the entry ../evil.png leads out of its folder with ..."),
    "up and out from within": (lambda: packed({"x/../../evil.png": GOOD}),
                               "bad.zip: the entry x/../../evil.png leads out of its folder with ..."),
    "absolute": (lambda: packed({"/etc/cron.d/evil": GOOD}),
                 "bad.zip: the entry /etc/cron.d/evil is an absolute path; paths must be relative."),
    "drive": (lambda: packed({"C:/evil.png": GOOD}),
              "bad.zip: the entry C:/evil.png is an absolute path; paths must be relative."),
    "backslashes": (lambda: renamed("..\\..\\evil.png"),
                    "bad.zip: the entry ..\\..\\evil.png has a backslash in its path; folders must be separated by /."),
    "NUL in a name": (lambda: renamed("a.png\0.exe"),
                      "bad.zip: the entry a.png?.exe has control characters in its name."),
    "line break in a name": (lambda: renamed("e\nvil.png"),
                             "bad.zip: the entry e?vil.png has control characters in its name."),
    "endless name": (lambda: packed({"x" * 1001: GOOD}),
                     f"bad.zip: the entry {'x' * 77}... must have a name of 1 to 1,000 characters."),
    "name that is no text": (
        lambda: packed({"ä.png": GOOD}).replace("ä.png".encode(), b"\xff\xff.png"),
        DAMAGED,
    ),
    "link": (lambda: special(stat.S_IFLNK),
             "bad.zip: the entry odd.png is a link; only files and folders are allowed."),
    "pipe": (lambda: special(stat.S_IFIFO),
             "bad.zip: the entry odd.png is a special file; only files and folders are allowed."),
    "device": (lambda: special(stat.S_IFBLK),
               "bad.zip: the entry odd.png is a special file; only files and folders are allowed."),
    "encrypted": (lambda: patched(packed(), b"PK\x01\x02", 8, b"\x01\x00"),
                  "bad.zip: the entry d.png is encrypted; pack it without a password."),
    "another packing": (lambda: packed(method=zipfile.ZIP_BZIP2),
                        "bad.zip: the entry a.png is packed by method 12; only stored and deflated are read."),
    "twice": (lambda: renamed("a.png"), "bad.zip: the entry a.png is there twice."),
    "twice in another spelling": (lambda: packed({"./a.png": GOOD}), "bad.zip: the entry a.png is there twice."),
    "twice in another Unicode form": (lambda: packed({"\u00e4.png": GOOD, "a\u0308.png": GOOD}),
                                      "bad.zip: the entry \u00e4.png is there twice."),
    "archive inside": (
        lambda: packed({"more.ZIP": packed()}),
        "bad.zip: the entry more.ZIP is an archive inside the archive; put the images in directly.",
    ),
    "overlapping entries": (overlapping, "bad.zip: the entry d.png overlaps another, as in archive bombs."),
    "bomb": (bomb, "bad.zip: a.png unpacks to more than 200 times its packed size, as archive bombs do."),
    "large file": (
        lambda: packed({"a.png": bytes(21_000_000)}),
        "bad.zip: a.png unpacks to more than 20 MB, which is all that one file may have.",
    ),
    "lying size": (lying, "bad.zip: a.png is damaged and cannot be unpacked."),
    "wrong checksum": (
        lambda: packed().replace(GOOD, GOOD[:-1] + b"!", 1),
        "bad.zip: a.png is damaged and cannot be unpacked.",
    ),
    "broken packing": (
        broken_deflate,
        "bad.zip: a.png is damaged and cannot be unpacked.",
    ),
    "two names for a file": (
        lambda: packed().replace(b"a.png", b"q.png", 1),
        "bad.zip: a.png is damaged and cannot be unpacked.",
    ),
}  # fmt: skip

IMAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "text called an image": (lambda: b"GIF or not", FOREIGN),
    "empty image": (lambda: b"", FOREIGN),
    "archive called an image": (packed, FOREIGN),
    "script in SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", FOREIGN),
    "PDF": (lambda: picture("PDF"), FOREIGN),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", FOREIGN),
    "icon": (lambda: picture("ICO", "RGB", (16, 16)), FOREIGN),
    "PPM": (lambda: b"P6 99999 99999 255\n", FOREIGN),
    "PNG cut off": (lambda: noise("PNG")[:400], BROKEN),
    "JPEG cut off": (lambda: noise("JPEG")[:900], BROKEN),
    "WebP cut off": (lambda: noise("WEBP")[:60], BROKEN),
    "GIF cut off": (lambda: noise("GIF")[:900], BROKEN),
    "PNG of too little": (lambda: png(64, 64), BROKEN),
    "PNG with a wrong checksum": (lambda: noise("PNG").replace(b"IHDR\0\0\0\x28", b"IHDR\0\0\0\x29"), FOREIGN),
    "PNG header alone": (lambda: GOOD[:24], BROKEN),
    "PNG of 2,500 million pixels": (lambda: png(50_000, 50_000), HUGE),
    "PNG of 144 million pixels": (lambda: png(12_000, 12_000), HUGE),
    "PNG just too large": (lambda: png(4001, 4000),
                           "bad.zip, a.png: it is 4001 x 4000 pixels; at most 16,000,000 are allowed."),
    "PNG long and thin": (lambda: png(2**31 - 1, 1), HUGE),
    "BMP of 4,000 million pixels": (lambda: bmp(60_000, 70_000), HUGE),
    "BMP upside down and huge": (lambda: bmp(60_000, -70_000), HUGE),
    "GIF of 4,294 million pixels": (lambda: gif(65_535, 65_535), HUGE),
    "TIFF of huge width": (lambda: tiff(2**30), HUGE),
    "TIFF of tags cut off": (circular_tiff, BROKEN),
    "PNG without width": (lambda: png(0, 8), FOREIGN),
    "PNG with a bomb in its text": (
        lambda: png(8, 8, *[chunk(b"zTXt", b"k%d\0\0" % at + zlib.compress(bytes(60_000_000))) for at in range(3)]),
        BROKEN,
    ),
    "GIF header alone": (lambda: picture("GIF", "P")[:13], FOREIGN),
    "TIFF of floats": (
        lambda: picture("TIFF", "F"),
        "bad.zip, a.png: its pixels are of mode F, whose range is not known; save it as 8-bit PNG.",
    ),
    "TIFF of 32 bits": (
        lambda: picture("TIFF", "I"),
        "bad.zip, a.png: its pixels are of mode I, whose range is not known; save it as 8-bit PNG.",
    ),
}  # fmt: skip

ROWS = {
    "/etc/passwd": "bad.csv, line 3: the file /etc/passwd is an absolute path; paths must be relative.",
    "C:/boot.ini": "bad.csv, line 3: the file C:/boot.ini is an absolute path; paths must be relative.",
    "../b.png": "bad.csv, line 3: the file ../b.png leads out of its folder with ...",
    "x\\b.png": "bad.csv, line 3: the file x\\b.png has a backslash in its path; folders must be separated by /.",
    "e.png": "bad.csv, line 3: e.png is not in bad.zip, which holds a.png, b.png, c.png, ....",
    "": "bad.csv, line 3: the file name in column file is empty.",
    "x" * 1001: f"bad.csv, line 3: the file {'x' * 1001} must have a name of 1 to 1,000 characters.",
}


def corpus() -> dict[str, Case]:
    """Return every case by its name."""
    cases = {f"archive: {name}": Case(of_archive(make), said) for name, (make, said) in ARCHIVES.items()}
    cases |= {f"image: {name}": Case(of_image(make), said) for name, (make, said) in IMAGES.items()}
    return cases | {f"row: {cell[:20]}": Case(of_row(cell), said) for cell, said in ROWS.items()}


def refusals() -> Iterator[tuple[str, str]]:
    """Yield each case's name and what it was refused with."""
    from data.images.archive import Archive
    from data.images.arguments import check
    from data.images.from_table import task
    from data.images.table import table
    from words import Refusal

    for name, case in corpus().items():
        raw, text = case.make()
        try:
            task(Archive(raw, "bad.zip"), table(text, "bad.csv"), check({"img_cls": "PILImageBW"}), "bad")
        except Refusal as refusal:
            yield name, str(refusal)
        except Exception as error:
            yield name, f"{type(error).__name__}: {error}"
        else:
            yield name, "accepted"


if __name__ == "__main__":
    written: list[str] = []
    WRITES = {"os.mkdir", "os.rename", "os.symlink", "os.link", "os.truncate", "os.chmod", "subprocess.Popen"}

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        mode = str(arguments[1]) if event == "open" else ""
        flags = arguments[2] if event == "open" else 0
        if event in WRITES or set(mode) & set("wax+") or (isinstance(flags, int) and flags & 0o3):
            written.append(f"{event} {arguments[0]!r}")

    sys.addaudithook(watch)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found = dict(refusals())
    print(json.dumps({"refusals": found, "written": written}))
