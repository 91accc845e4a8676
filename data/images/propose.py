"""What the arguments of from_df most likely are, told by the archive and the table."""

import io
from pathlib import PurePosixPath
from typing import Any

from PIL import Image

from data.columns import TARGET_NAMES
from data.images.archive import Archive, normal
from data.images.from_table import FALSE, TRUE
from data.images.recipe import FORMATS
from data.images.table import Table

DELIMITERS = (";", "|", ",")  # no blank: names of one class have several words
LOOKED_AT = 200
OPENED = 5
GREY = ("1", "L", "LA", "I;16")


def propose(archive: Archive, table: Table) -> dict[str, Any]:
    """Return arguments that differ from the defaults, with columns by name.

    fn_col is the column whose first cells name files of the archive, perhaps in a folder or without their suffix;
    valid_col one that is called valid or validation and holds true and false; label_col one with a usual name, else the
    first that is left. img_cls is grey where the first five images are. Several labels a row are seen where a delimiter
    parts cells whose parts come back elsewhere, never in a column of numbers, where the comma may be the decimal mark.
    """
    files, folder, suff = _files(archive, table)
    left = [at for at in range(len(table.names)) if at != files]
    marks = [at for at in left if "valid" in table.names[at].lower() and _is_marks(table.cells(at))]
    left = [at for at in left if at not in marks] or left
    label = next((at for usual in TARGET_NAMES for at in left if table.names[at].lower() == usual), left[0])
    return {
        "fn_col": table.names[files],
        "folder": folder,
        "suff": suff,
        "label_col": table.names[label],
        "label_delim": _delimiter(table.cells(label)) if table.numbers(label) is None else None,
        "valid_col": table.names[marks[0]] if marks else None,
        "img_cls": "PILImageBW"
        if _is_grey(archive, [cell + suff for cell in table.cells(files)], folder)
        else "PILImage",
    }


def _files(archive: Archive, table: Table) -> tuple[int, str | None, str]:
    paths = [PurePosixPath(name) for name in archive.names[:LOOKED_AT]]
    folders = dict.fromkeys([None, *(str(path.parent) for path in paths if len(path.parts) > 1)])
    suffixes = dict.fromkeys(["", *(path.suffix for path in paths)])
    first = [cells[0] for cells in map(table.cells, range(len(table.names)))]
    for folder in folders:
        for suffix in suffixes:
            for column, cell in enumerate(first):
                if cell and normal(f"{folder}/{cell}{suffix}" if folder else cell + suffix) in archive:
                    return column, folder, suffix
    return 0, None, ""


def _is_grey(archive: Archive, names: list[str], folder: str | None) -> bool:
    paths = [normal(f"{folder}/{name}" if folder else name) for name in names[:OPENED]]
    try:
        return all(_mode(archive.read(path)) in GREY for path in paths if path in archive)
    except Exception:  # whatever is wrong with an image, reading the whole set will say
        return False


def _mode(raw: bytes) -> str:
    with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:  # reads no pixel yet
        return picture.mode


def _is_marks(cells: list[str]) -> bool:
    return {cell.lower() for cell in cells} <= {*TRUE, *FALSE}


def _delimiter(cells: list[str]) -> str | None:
    """Return what parts several labels in a cell: its parts must also be found in other cells, as labels do."""
    distinct = set(cells[:LOOKED_AT])
    for delimiter in DELIMITERS:
        parted = [cell for cell in distinct if delimiter in cell]
        if not parted:
            continue
        parts = [part.strip() for cell in distinct for part in cell.split(delimiter)]
        if len(set(parts)) < len(distinct) and "" not in parts:
            return delimiter
    return None
