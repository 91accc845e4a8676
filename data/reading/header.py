"""Where the table starts, whether its first row is a header, and what the columns are called."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from data.reading.numbers import TIME, WHOLE, is_missing, looks_like_number

MOST_TITLE_ROWS = 30


def width(rows: Sequence[Sequence[str]]) -> int:
    """Return the commonest number of cells in the sample's rows, the larger of equals."""
    return max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]))[0]


def title_rows(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows above the table are titles: one cell filled, or at most half as many cells as the table."""
    usual = width(rows)
    for index, row in enumerate(rows[:MOST_TITLE_ROWS]):
        filled = sum(bool(cell.strip()) for cell in row)
        if len(row) == usual and (filled > 1 or usual < 3):
            return index
        if filled > 1 and 2 * len(row) > usual:
            return index  # neither title nor table: refused later as a row of another length
    return 0


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: each column votes on whether its first cell is unlike those below."""
    first, body = [cell.strip() for cell in rows[0]], rows[1:]
    if not body:
        return not any(map(looks_like_number, first))
    votes = 0.0
    for index, name in enumerate(first):
        below = [row[index].strip() for row in body if index < len(row)]
        votes += _vote(name, [cell for cell in below if not is_missing(cell)])
    if votes < 0 and _are_years_or_positions(first):
        return True
    named = [name for name in first if name]
    text = not any(looks_like_number(name) for name in named)
    return votes > 0 or (votes == 0 and text and len(set(named)) == len(named) and 2 * len(named) > len(first))


def _vote(name: str, below: list[str]) -> float:
    if not below or is_missing(name):
        return 0.0
    value = looks_like_number(name) or bool(TIME.fullmatch(name))
    same = sum(looks_like_number(cell) or bool(TIME.fullmatch(cell)) for cell in below) / len(below)
    if same > 0.8:
        return -1.0 if value else 1.0
    if value:
        return -0.5
    return -0.5 if name in below else 0.5 if len(set(below)) <= len(below) / 2 else 0.0


def _are_years_or_positions(names: list[str]) -> bool:
    """Whether numbers name the columns: 2019, 2020, 2021, or 0, 1, 2 after an empty first cell."""
    numbers = [int(name) for name in names if WHOLE.fullmatch(name) and len(name) < 10]
    steps = all(after - before == 1 for before, after in pairwise(numbers))
    others = [name for name in names[: len(names) - len(numbers)] if looks_like_number(name)]
    if len(numbers) < 2 or not steps or others:
        return False
    return (len(numbers) > 2 and 1900 <= numbers[0] <= 2100) or (names[0] == "" and numbers[0] in (0, 1))


def names(first: Sequence[str]) -> tuple[list[str], list[str], list[int]]:
    """Return unique column names, the names that were repeated, and the positions of empty ones ("column 3")."""
    given = [re.sub(r"\s+", " ", cell).strip() for cell in first]
    taken, unique, repeated, empty = set(given), [], [], []
    seen: Counter[str] = Counter()
    for index, cell in enumerate(given):
        name = cell or f"column {index + 1}"
        if not cell:
            empty.append(index)
        if seen[name] or (not cell and name in taken):
            if cell and cell not in repeated:
                repeated.append(cell)
            number = max(seen[name], 1) + 1
            while f"{name} ({number})" in taken:
                number += 1
            seen[name] = number
            name = f"{name} ({number})"
        taken.add(name)
        seen[name] = max(seen[name], 1)
        unique.append(name)
    return unique, repeated, empty
