"""Which columns are numbers, how they are written, and their values. Works on a column's distinct cells."""

import math
import re
from collections.abc import Iterable, Sequence

from data.reading.record import NumberStyle

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "–", "—", "?", ".", "#n/a", "#na", "#null!", "#div/0!",
     "#value!", "#ref!", "#num!", "<na>"}
)  # fmt: skip
INFINITE = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
PLAIN = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
SIGNS = "$€£¥₹₽₩₺"
CELL = re.compile(
    rf"([+-]?)([{SIGNS}]?) ?([+-]?)([0-9., ']{{1,48}}?)((?:[eE][+-]?[0-9]{{1,4}})?) ?([%{SIGNS}]?)"
)  # every part is bounded, so a match costs bounded time
ONE_SIGN = str.maketrans({"−": "-", "’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "￥": "¥"})
LONGEST = 64  # characters of a number; a longer cell is text
WHOLE, LEADING_ZERO = re.compile(r"[+-]?[0-9]+"), re.compile(r"[+-]?0[0-9]+")
TIME = re.compile(r"[0-9]{1,4}[-/.:][0-9]{1,2}(?:[-/.:][0-9]{1,4})?(?:[T ][0-9:.]{4,20}Z?)?")
EXACT = 15  # digits that float64 keeps of any whole number


def is_missing(cell: str) -> bool:
    """Whether a stripped cell is empty or a word for a missing value."""
    return len(cell) <= 7 and cell.lower() in MISSING


def looks_like_number(cell: str) -> bool:
    """Whether a stripped cell is a number in any style, for telling a header from data."""
    if len(cell) > LONGEST:
        return False
    return bool(PLAIN.fullmatch(cell)) or any(_fits([cell], style) for style in _possible([cell]))


def styles(cells: Sequence[str]) -> tuple[NumberStyle, ...]:
    """Return every style that all cells fit: none for text, two when decimal or thousands is open.

    `cells` are stripped, distinct, and none of them missing. Linear in their total length.
    """
    finite = [cell for cell in cells if cell[-1:] not in "yYfF∞" or not INFINITE.fullmatch(cell)]
    if not finite or max(map(len, finite)) > LONGEST:
        return ()
    if all(map(PLAIN.fullmatch, finite)):
        found = [NumberStyle(marked=any("." in cell for cell in finite))]
        if found[0].marked and _fits(finite, NumberStyle(",", ".")):
            found.append(NumberStyle(",", "."))
    else:
        found = [style for style in _possible(finite) if _fits(finite, style)]
    return () if found and _is_code(finite, found[0]) else tuple(found)


def why_text(cells: Iterable[str]) -> str:
    """Return why whole numbers are kept as text: "zeros" (codes such as 00123), "long" (over 15 digits) or ""."""
    cells = list(cells)
    if not all(map(WHOLE.fullmatch, cells)):
        return ""
    return "zeros" if any(map(LEADING_ZERO.fullmatch, cells)) else "long" if max(map(len, cells)) > EXACT else ""


def values(cells: Sequence[str], style: NumberStyle) -> list[float]:
    """Return the numbers that cells of this style write; missing cells become NaN, infinite ones stay infinite."""
    if style in (NumberStyle(), NumberStyle(marked=True)):
        return [math.nan if is_missing(cell) else float(cell.translate({0x2212: "-", 0x221E: "inf"})) for cell in cells]
    drop = dict.fromkeys(f" '%{SIGNS}￥’\u00a0\u202f\u2009{style.group}", "")
    table = str.maketrans(drop | {"−": "-", "∞": "inf", style.decimal: "."})
    return [math.nan if is_missing(cell) else float(cell.translate(table)) for cell in cells]


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


def _possible(cells: Sequence[str]) -> list[NumberStyle]:
    """Return the styles that the separators in the cells allow, their shared currency sign or % included."""
    affixes: set[str] = set()
    used: set[str] = set()
    for cell in cells:
        match = CELL.fullmatch(cell.translate(ONE_SIGN))
        if not match or (match[1] and match[3]) or (match[2] and match[6]):
            return []
        affixes.add(match[2] or match[6])
        used.update(match[4])
    marks, spaces = used & {".", ","}, used & {" ", "'"}
    if len(affixes) > 1 or len(spaces) > 1 or (spaces and len(marks) > 1):
        return []
    affix, group = affixes.pop(), "".join(spaces)
    if spaces or not marks:
        return [NumberStyle("".join(marks) or ".", group, affix, bool(marks))]
    if len(marks) == 2:
        return [NumberStyle(".", ",", affix, True), NumberStyle(",", ".", affix, True)]
    mark = marks.pop()
    return [NumberStyle(mark, "", affix, True), NumberStyle("," if mark == "." else ".", mark, affix)]


def _fits(cells: Iterable[str], style: NumberStyle) -> bool:
    decimal, group = re.escape(style.decimal), re.escape(style.group)
    whole = r"(?:0|[1-9][0-9]*)"
    if style.group:
        whole = rf"(?:0|[1-9][0-9]{{0,3}}|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)"
    core = re.compile(rf"{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+")
    for cell in cells:
        match = CELL.fullmatch(cell.translate(ONE_SIGN))
        if not match or not core.fullmatch(match[4]) or (match[5] and style.group):
            return False
    return True


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
