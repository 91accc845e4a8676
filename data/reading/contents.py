"""What a file is when it is not a CSV: told by its first bytes, whatever its name says."""

import re

from data.reading.record import MOST_BYTES
from words import Refusal

MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a GZIP archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an XZ archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file"),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
)
EXCEL = re.compile(rb"xl/|\[Content_Types\]\.xml")
HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|script)\b", re.IGNORECASE)
XML = re.compile(rb"<(?:\?xml\b|svg\b|[A-Za-z][\w:.-]{0,50}(?:\s[^<>,;\t]{0,200})?>)")
JSON = re.compile(rb'\{\s*(?:"[^"\n]{0,200}"\s*:|\})|\[\s*(?:[\[{"\]]|-?\d)')


def refuse_foreign(raw: bytes, filename: str) -> None:
    """Raise Refusal for a file that is empty, too large, or of another kind than text in rows and columns."""
    if len(raw) > MOST_BYTES:
        raise Refusal(
            "{file} has {size:.0f} MB; files of up to {most:.0f} MB can be read.",
            file=filename, size=len(raw) / 1e6, most=MOST_BYTES / 1e6,
        )  # fmt: skip
    if not raw.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise Refusal("{file} is empty; a CSV file with a header and at least two rows is needed.", file=filename)
    kind = _kind(raw)
    if kind:
        raise Refusal(
            "{file} is {kind}, not a CSV file; please save its table as CSV (text) and upload that.",
            file=filename, kind=kind,
        )  # fmt: skip


def _kind(raw: bytes) -> str | None:
    kind = next((kind for magic, kind in MAGIC if raw.startswith(magic)), None)
    if kind == "a ZIP archive" and EXCEL.search(raw[:4096]):
        return "an Excel workbook (XLSX)"
    if raw[257:262] == b"ustar":
        kind = "a TAR archive"
    if raw[:1] == b"\x80" and raw[1:2] in b"\x02\x03\x04\x05" and raw.endswith(b"."):
        kind = "a Python pickle"
    return kind or _text_kind(raw)


def _text_kind(raw: bytes) -> str | None:
    start = raw[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if HTML.match(start):
        return "an HTML page"
    if XML.match(start):
        return "an HTML page" if HTML.search(start) else "an XML file"
    # A table may well start with a bracket; JSON also ends with one.
    if JSON.match(start) and raw[-4096:].rstrip()[-1:] in (b"}", b"]"):
        return "a JSON file"
    return None
