"""Where the browser gets plotly.min.js: from the app's own static folder, never from another server."""

import importlib.metadata
import logging
import os
import shutil
import tempfile
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"


def file_name() -> str:
    """Return the name under static/, with Plotly's version in it so that no cache serves an older one."""
    return f"plotly-{importlib.metadata.version('plotly')}.min.js"


def install(folder: Path = STATIC) -> Path:
    """Copy plotly.min.js from the plotly package into `folder` unless it is there, and return its path.

    The file appears whole or not at all, so that several processes may do this at once. It is a copy, because Streamlit
    refuses to serve a link that leads out of the static folder. Raises OSError when the folder cannot be written.
    """
    target = folder / file_name()
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".plotly-")
    os.close(handle)
    try:
        with as_file(files("plotly") / "package_data" / "plotly.min.js") as source:
            shutil.copyfile(source, temporary)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return target


@cache
def ready() -> str:
    """Install the file once per process and return its name; a folder that cannot be written is logged, not raised.

    The chart then shows one sentence in its place; `python -m ui.live_chart` while building an image prevents it.
    """
    try:
        install(STATIC)
    except OSError as error:
        logging.getLogger(__name__).warning("plotly.min.js cannot be put into %s: %s", STATIC, error)
    return file_name()
