"""The data folder: the database, uploads, prepared tasks and logs of one installation."""

import os
from pathlib import Path


def folder(home: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder, created for its owner alone (mode 700) where it does not exist.

    `home`, or else the environment's RATESCOPE_HOME, or else ~/.ratescope.
    """
    path = Path(home or os.environ.get("RATESCOPE_HOME") or "~/.ratescope").expanduser().resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def inside(home: Path, name: str) -> Path:
    """Return the folder `name` inside the data folder, created where it does not exist."""
    path = home / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def database_url(home: Path) -> str:
    """Return the environment's DATABASE_URL, or else that of the SQLite file inside the data folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{home / 'ratescope.sqlite'}"


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file so that a reader finds all of it or none of it, also after a crash."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with partial.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
