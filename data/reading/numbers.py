"""Which columns are numbers, how they are written, and their values. Works on a column's distinct cells."""

import re
from collections.abc import Iterable, Sequence

from data.reading.record import NumberStyle

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "–", "—", "?", ".", "#n/a", "#na", "#null!", "#div/0!",
     "#value!", "#ref!", "#num!", "<na>"}
)  # fmt: skip
INFINITE = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
PLAIN = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
AFFIXES = "%$€£¥₹₽₩₺"
AFFIXED = re.compile(rf"([+-]?)([{AFFIXES}]) ?([+-]?)([0-9., ']+)|([+-]?[0-9., ']+?) ?([{AFFIXES}])")
ONE_SIGN = {"−": "-", "’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "￥": "¥", "∞": "inf"}
LONGEST = 64  # characters of a number; a longer cell is text
WHOLE, LEADING_ZERO = re.compile(r"[+-]?[0-9]+"), re.compile(r"[+-]?0[0-9]+")
TIME = re.compile(r"[0-9]{1,4}[-/.:][0-9]{1,2}(?:[-/.:][0-9]{1,4})?(?:[T ][0-9:.]{4,20}Z?)?")
EXACT = 15  # digits that float64 keeps of any whole number


def is_missing(cell: str) -> bool:
    """Whether a stripped cell is empty or a word for a missing value."""
    return len(cell) <= 7 and cell.lower() in MISSING


def looks_like_number(cell: str) -> bool:
    """Whether a stripped cell is a number in any style, for telling a header from data."""
    return bool(cell) and len(cell) <= LONGEST and (bool(PLAIN.fullmatch(cell)) or bool(_fitting([cell])))


def styles(cells: Sequence[str]) -> tuple[NumberStyle, ...]:
    """Return every style that all cells fit: none for text, two when decimal or thousands is open.

    `cells` are stripped, distinct, and none of them missing. Linear in their total length.
    """
    if max(map(len, cells)) > LONGEST or not all(map(PLAIN.fullmatch, cells)):
        cells = [cell for cell in cells if not INFINITE.fullmatch(cell)]
        if not cells or max(map(len, cells)) > LONGEST or not _fitting(cells[:20]):
            return ()
    found = _fitting(cells)
    return () if found and _is_code(cells, found[0]) else tuple(found)


def why_text(cells: Iterable[str]) -> str:
    """Return why whole numbers are kept as text: "zeros" (codes such as 00123), "long" (over 15 digits) or ""."""
    cells = list(cells)
    if not all(map(WHOLE.fullmatch, cells)):
        return ""
    return "zeros" if any(map(LEADING_ZERO.fullmatch, cells)) else "long" if max(map(len, cells)) > EXACT else ""


def values(cells: Sequence[str], style: NumberStyle) -> list[float]:
    """Return the numbers that cells of this style write, infinite ones too; none of the cells is missing."""
    joined = _joined(cells)
    for spare in (style.affix, style.group, " "):
        joined = joined.replace(spare, "") if spare else joined
    return list(map(float, joined.replace(style.decimal, ".").split("\n")))


def settle(column: Sequence[NumberStyle], known: set[str], delimiter: str) -> NumberStyle:
    """Choose among the styles that one column fits; `known` holds the decimal marks sure in the file's other columns.

    Without help from there, 1.234 has decimals, and so has 1,234 in a file that separates its cells by semicolons
    (those come from where the comma is the decimal mark); elsewhere 1,234 is a thousand.
    """
    if len(column) == 1:
        return column[0]
    if len(known) == 1:
        return next(style for style in column if style.decimal in known)
    mark = "." if any(style.group == "." for style in column) or delimiter == ";" else ""
    chosen = next(style for style in column if (not style.group) == bool(mark))
    return NumberStyle(chosen.decimal, chosen.group, chosen.affix, chosen.marked, True)


def sure_mark(column: Sequence[NumberStyle]) -> set[str]:
    """Return the decimal mark that a column's cells leave no doubt about, as a set of one or none."""
    sure = len(column) == 1 and (column[0].marked or column[0].group in (".", ","))
    return {column[0].decimal} if sure else set()


def _joined(cells: Iterable[str]) -> str:
    """Return the cells as lines, every sign in one form; on the whole text at once, which is much the fastest."""
    joined = "\n".join(cells)
    for sign, one in ONE_SIGN.items():
        joined = joined.replace(sign, one)
    return joined


def _fitting(cells: Sequence[str]) -> list[NumberStyle]:
    """Return the styles that fit all cells, first the one without thousands separators."""
    joined = _joined(cells)
    lines = joined.split("\n")
    affixes = [affix for affix in AFFIXES if affix in joined]
    if len(lines) != len(cells) or len(affixes) > 1:
        return []
    affix = affixes[0] if affixes else ""
    if affix:
        if not all(map(AFFIXED.fullmatch, lines)):
            return []
        joined = joined.replace(f" {affix}", "").replace(f"{affix} ", "").replace(affix, "")
        lines = joined.split("\n")
    marks, spaces = [mark for mark in ".," if mark in joined], [space for space in " '" if space in joined]
    if len(spaces) > 1 or (spaces and len(marks) > 1):
        return []
    if spaces or not marks:
        found = [NumberStyle(marks[0] if marks else ".", "".join(spaces), affix, bool(marks))]
    elif len(marks) == 2:
        found = [NumberStyle(".", ",", affix, True), NumberStyle(",", ".", affix, True)]
    else:
        found = [NumberStyle(marks[0], "", affix, True), NumberStyle("," if marks == ["."] else ".", marks[0], affix)]
    return [style for style in found if all(map(_pattern(style).fullmatch, lines))]


def _pattern(style: NumberStyle) -> re.Pattern[str]:
    decimal, group = re.escape(style.decimal), re.escape(style.group)
    whole, exponent = r"(?:0|[1-9][0-9]*)", r"(?:[eE][+-]?[0-9]{1,4})?"
    if style.group:
        whole, exponent = rf"(?:[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+|0|[1-9][0-9]{{0,3}})", ""
    return re.compile(rf"[+-]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){exponent}")


def _is_code(cells: Sequence[str], style: NumberStyle) -> bool:
    """Whether cells that fit a style are rather phone numbers, addresses or identifiers."""
    if style.marked:
        return False
    digits = {sum(map(str.isdigit, cell)) for cell in cells}
    if max(digits) > EXACT and not style.group and not any("e" in cell.lower() for cell in cells):
        return True
    if min(digits) >= 8 and any(cell[0] == "+" for cell in cells):
        return True  # +4915112345678, +33 612 345 678
    parts = [cell.split(style.group) for cell in cells] if style.group in (" ", ".") and style.group else []
    if style.group == " ":
        return len(digits) == 1 and len(cells) > 1 and all(len(part) >= 3 for part in parts)  # 555 123 456
    return bool(parts) and all(len(part) == 4 and all(int(p) < 256 for p in part if p.isdigit()) for part in parts)
