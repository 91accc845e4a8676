"""Which encoding a file is written in: marks first, then UTF-8, then what the bytes suggest."""

import codecs
import re

from charset_normalizer import from_bytes

from words import Refusal

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LEGACY = ["cp932", "gb18030", "big5", "euc_jp", "euc_kr", "cp1251", "cp1253", "cp1250", "cp1252", "latin_1"]
ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
HIGH = re.compile(rb"[\x80-\xff]")
CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark", "utf-16": "UTF-16", "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252 (Western Europe)", "latin_1": "Latin-1",
    "gb18030": "GBK (Chinese)", "cp932": "Shift-JIS (Japanese)", "big5": "Big5 (Chinese)",
    "euc_jp": "EUC-JP (Japanese)", "euc_kr": "EUC-KR (Korean)", "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)", "cp1250": "Windows-1250 (Central Europe)",
}  # fmt: skip


def decode(raw: bytes, filename: str) -> tuple[str, str]:
    """Return (encoding, text). Raises Refusal when no encoding fits or the text holds NUL characters.

    The text costs one to four bytes for each character; the caller lets go of it once it has its sample.
    """
    encoding = _encoding(raw, filename)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(raw, error, NAMES.get(encoding, encoding), filename) from None
    at = text.find("\0")
    if at >= 0:
        raise Refusal(
            "{file}, line {line}: a NUL byte was found; a CSV file holds text only.",
            file=filename, line=_line(text[:at]),
        )  # fmt: skip
    if len(CONTROL.findall(text, 0, 65_536)) > 0.02 * min(len(text), 65_536):
        raise Refusal("{file} is not text but binary data; a CSV file holds text only.", file=filename)
    return encoding, text


def _encoding(raw: bytes, filename: str) -> str:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return encoding
    start = raw[:65_536]
    even, odd, half = start[0::2].count(0), start[1::2].count(0), len(start) / 2
    if len(raw) % 2 == 0 and max(even, odd) > 0.4 * half and min(even, odd) < 0.02 * half:
        return "utf-16-le" if odd > even else "utf-16-be"
    if b"\0" in raw:
        return "latin_1"  # every byte is a character there, so the NUL is found and its line named
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if _mostly_utf8(raw):
            raise _undecodable(raw, error, "UTF-8", filename) from None
        return _legacy(raw)
    return "utf-8"


def _mostly_utf8(raw: bytes) -> bool:
    text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return (
        len(raw) - len(text) > 6 * wrong
        and sum(1 for c in text[:1_000_000] if c > "\x7f" and c != "\ufffd") > 4 * wrong
    )


def _legacy(raw: bytes) -> str:
    """Western letters stand alone among ASCII ones; other scripts come in runs, and there the library decides."""
    lines = b"\n".join(line for line in raw[:2_000_000].splitlines() if HIGH.search(line))[:65_536]
    if 2 * len(ALONE.findall(lines)) >= len(HIGH.findall(lines)):
        return _first_that_decodes(raw, ["cp1252", "latin_1"])
    best = from_bytes(lines, cp_isolation=LEGACY, enable_fallback=False).best()
    return _first_that_decodes(raw, [best.encoding] if best else [], ["cp1252", "latin_1"])


def _first_that_decodes(raw: bytes, *choices: list[str]) -> str:
    for encoding in (name for names in choices for name in names):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin_1"


def _undecodable(raw: bytes, error: UnicodeDecodeError, name: str, filename: str) -> Refusal:
    return Refusal(
        "{file}, line {line}: byte {byte} is not valid {encoding}; please save the file as UTF-8.",
        file=filename, line=raw[: error.start].count(b"\n") + 1, byte=f"0x{raw[error.start]:02x}", encoding=name,
    )  # fmt: skip


def _line(before: str) -> int:
    return before.count("\n") + 1 if "\n" in before else before.count("\r") + 1
