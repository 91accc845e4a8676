"""The sentences that tell what was found in the file and what was done with it."""

from collections import Counter
from collections.abc import Sequence

from data.reading.columns import Finding
from data.reading.encoding import NAMES
from data.reading.record import Dialect, NumberStyle
from words import say

DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}
MARK_NAMES = {".": "a point", ",": "a comma", "'": "an apostrophe", " ": "a space"}


def about_file(dialect: Dialect) -> list[str]:
    """Say how the file is written."""
    values = {
        "encoding": NAMES.get(dialect.encoding, dialect.encoding),
        "delimiter": DELIMITER_NAMES.get(dialect.delimiter, f'"{dialect.delimiter}"'),
    }
    found = [say("The file is {encoding} text, its cells are separated by {delimiter}.", **values)]
    if dialect.skipped_lines == 1:
        found.append(say("The first line is a title or comment and was skipped."))
    if dialect.skipped_lines > 1:
        found.append(
            say("The first {count} lines are titles or comments and were skipped.", count=dialect.skipped_lines)
        )
    if not dialect.header:
        found.append(say('The file has no header; its columns are called "column 1", "column 2" and so on.'))
    return found


def about_names(repeated: Sequence[str], empty: Sequence[str], ignored: Sequence[str], row_names: bool) -> list[str]:
    """Say which columns were given names and which are ignored."""
    found = []
    if repeated:
        found.append(
            say(
                'Repeated column names were numbered, as in "{name} (2)": {names}.',
                name=repeated[0],
                names=some(repeated),
            )
        )
    unnamed = [name for name in empty if name not in ignored]
    if unnamed:
        found.append(say("Columns without a name were named by their place: {names}.", names=some(unnamed)))
    if row_names:
        found.append(say("The header has one name fewer than the rows have cells: the first cells are row numbers."))
    found += [say('Column "{name}" only numbers the rows and is ignored.', name=name) for name in ignored]
    return found


def about_numbers(styles: dict[str, NumberStyle]) -> list[str]:
    """Say how numbers are written where that is not plain, once for each style."""
    found = []
    groups: dict[NumberStyle, list[str]] = {}
    for name, style in styles.items():
        key = NumberStyle(style.decimal if style.marked or style.ambiguous else ".", style.group, style.affix)
        groups.setdefault(key, []).append(name)
    for style, names in groups.items():
        where = some(names)
        if style.decimal == ",":
            found.append(say("A comma is the decimal mark in: {names}.", names=where))
        if style.group:
            found.append(
                say("Thousands are separated by {mark} in: {names}.", mark=MARK_NAMES[style.group], names=where)
            )
        if style.affix == "%":
            found.append(say("Percentages keep their number, so 12 % is read as 12, in: {names}.", names=where))
        elif style.affix:
            found.append(say("Amounts in {sign} are read as numbers in: {names}.", sign=style.affix, names=where))
    for name, style in styles.items():
        if style.ambiguous:
            meaning = say("thousands") if style.group else say("decimals")
            mark = style.group or style.decimal
            found.append(
                say(
                    'The numbers of "{name}" can be read in two ways; "1{mark}234" was read as {meaning}.',
                    name=name, mark=mark, meaning=meaning,
                )
            )  # fmt: skip
    return found


def about_missing(columns: Sequence[Finding]) -> list[str]:
    """Say how many cells are missing, and by which words."""
    said = sum((column.said for column in columns), Counter[str]())
    empty, found = said.pop("", 0), []
    if empty:
        found.append(say("Empty cells, read as missing: {count:,}.", count=empty))
    if said:
        which = some([word for word, _ in said.most_common()])
        found.append(say("Cells that say {words}, read as missing: {count:,}.", words=which, count=said.total()))
    if any(column.padded for column in columns):
        found.append(say("Spaces around cells were removed."))
    return found


def about_infinite(infinite: dict[str, int]) -> list[str]:
    """Say which columns hold infinite numbers, and where the first is."""
    return [
        say('Infinite numbers in "{name}", the first on line {line}, are read as missing.', name=name, line=line)
        for name, line in infinite.items()
    ]


def about_text(columns: Sequence[Finding], lines: Sequence[int]) -> list[str]:
    """Say which columns stayed text although they look like numbers; `lines` gives each row's physical line."""
    found = []
    zeros = [column.name for column in columns if column.text == "zeros"]
    long = [column.name for column in columns if column.text == "long"]
    empty = [column.name for column in columns if column.empty]
    if zeros:
        found.append(say("Codes with leading zeros stay text in: {names}.", names=some(zeros)))
    if long:
        found.append(
            say("Whole numbers of over 15 digits are identifiers and stay text in: {names}.", names=some(long))
        )
    for column in columns:
        if column.odd and not column.text:
            cell, row = column.odd
            found.append(
                say(
                    'Column "{name}" is text because of "{cell}" on line {line}; its other cells are numbers.',
                    name=column.name, cell=cell[:40], line=lines[row],
                )
            )  # fmt: skip
    if empty:
        found.append(say("Columns without any value: {names}.", names=some(empty)))
    return found


def some(names: Sequence[str]) -> str:
    """List up to five names in quotes, and the number of the others."""
    shown = ", ".join(f'"{name}"' for name in names[:5])
    return say("{names} and {count} more", names=shown, count=len(names) - 5) if len(names) > 5 else shown
