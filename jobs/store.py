"""What a user has: runs and their curves, uploads, and the workspace that the pages remember."""

import hashlib
import os
import re
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update

from jobs import chunk, home, schema
from words import Refusal

ENDED = ("done", "failed", "cancelled")
LONGEST_NAME = 80
MOST_WAITING = 50
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Job:
    """One run as its owner sees it. Times are seconds since 1970; `progress` is a share, 0 to 1."""

    id: str
    owner: str
    kind: str
    name: str
    request: dict[str, Any]
    state: str
    attempt: int
    progress: float
    message: str
    seconds_left: float | None
    result: dict[str, Any] | None
    created: float
    started: float | None
    finished: float | None

    @property
    def ended(self) -> bool:
        """Whether it is done, failed or cancelled, and so will not change any more."""
        return self.state in ENDED


_JOB = [schema.jobs.c[name] for name in Job.__dataclass_fields__]


@dataclass(frozen=True)
class Metrics:
    """Curves of a run: arrays by name, updates along the last axis.

    `last` is what to pass as `after` next time. `whole` says that the arrays are the curves from their start, to
    replace what the reader holds; otherwise they continue it. After a crash a run goes back to its checkpoint: a reader
    that was further than that is given the whole again.
    """

    arrays: chunk.Arrays
    last: int
    whole: bool


class Store:
    """The user's side of the store. (The worker's side is `jobs.queue.Queue`.)

    Contract
    - Every method takes an owner and sees that owner's rows only; another's run is as if it did not exist.
    - Every method is one transaction, safe from any thread and any process; writers wait for each other up to 10 s.
    - `submit` only adds a row; `jobs.supervisor.ensure` sees to it that somebody works on it.
    - After `cancel` or `delete` returns, nothing of that run is written any more.
    - What was written survives the end of any process.

    Growth: listing is linear in one owner's runs (an index on owner and time); reading curves is linear in what is new
    since `after` (the primary key), about 4 bytes x models x updates; a run's row is small, its chunks hold the rest
    until `delete`. Uploads are kept once per content.
    """

    def __init__(self, folder: Path, reading: Engine, writing: Engine) -> None:
        self.home = folder
        self._reading = reading
        self._writing = writing

    @classmethod
    def open(cls, folder: str | os.PathLike[str] | None = None) -> "Store":
        """Open the store of a data folder (see `jobs.home.folder`), created where it does not exist."""
        path = home.folder(folder)
        return cls(path, *schema.connect(home.database_url(path)))

    def close(self) -> None:
        """Close the connections of this store."""
        self._reading.dispose()

    def submit(self, request: dict[str, Any], *, owner: str, name: str | None = None) -> str:
        """Add a run to the queue and return its id. `request` is what `jobs.requests.check` returned.

        Refuses an owner's 51st waiting run, and a name that is not 1 to 80 characters.
        """
        identifier = str(uuid.uuid4())
        title = str(request["kind"]) if name is None else _name(name)
        waiting = select(func.count()).where(schema.jobs.c.owner == owner, schema.jobs.c.state == "queued")
        with self._writing.begin() as connection:
            if connection.execute(waiting).scalar_one() >= MOST_WAITING:
                raise Refusal("There must be at most {most} runs waiting; cancel one or wait.", most=MOST_WAITING)
            row = {"id": identifier, "owner": owner, "kind": request["kind"], "name": title, "request": request}
            connection.execute(insert(schema.jobs).values(state="queued", created=schema.now(connection), **row))
        return identifier

    def job(self, identifier: str, *, owner: str) -> Job | None:
        """Return a run, or None where this owner has no such run."""
        with self._reading.begin() as connection:
            row = connection.execute(select(*_JOB).where(*_mine(identifier, owner))).one_or_none()
        return None if row is None else Job(**row._mapping)

    def jobs(self, *, owner: str) -> list[Job]:
        """Return the owner's runs, newest first."""
        c = schema.jobs.c
        with self._reading.begin() as connection:
            rows = connection.execute(select(*_JOB).where(c.owner == owner).order_by(c.created.desc(), c.id)).all()
        return [Job(**row._mapping) for row in rows]

    def cancel(self, identifier: str, *, owner: str) -> bool:
        """Cancel a run that waits or runs; False where it had ended already. Its curves so far are kept."""
        c = schema.jobs.c
        with self._writing.begin() as connection:
            self._must_exist(connection.execute(select(c.id).where(*_mine(identifier, owner))).one_or_none())
            ended = {"state": "cancelled", "finished": schema.now(connection), "seconds_left": None, "lease": None}
            alive = c.state.in_(("queued", "running"))
            changed = connection.execute(update(schema.jobs).where(*_mine(identifier, owner), alive).values(**ended))
            connection.execute(delete(schema.checkpoints).where(schema.checkpoints.c.job == identifier))
            return bool(changed.rowcount)

    def rename(self, identifier: str, name: str, *, owner: str) -> None:
        """Give a run another name of 1 to 80 characters."""
        title = _name(name)
        with self._writing.begin() as connection:
            changed = connection.execute(update(schema.jobs).where(*_mine(identifier, owner)).values(name=title))
            self._must_exist(changed.rowcount or None)

    def delete(self, identifier: str, *, owner: str) -> None:
        """Remove a run and its curves; one that runs is stopped, since its row is gone."""
        with self._writing.begin() as connection:
            changed = connection.execute(delete(schema.jobs).where(*_mine(identifier, owner)))
            self._must_exist(changed.rowcount or None)
            for table in (schema.chunks, schema.checkpoints, schema.artifacts):
                connection.execute(delete(table).where(table.c.job == identifier))
        (self.home / "logs" / f"{identifier}.log").unlink(missing_ok=True)

    def metrics(self, identifier: str, *, owner: str, after: int = -1) -> Metrics:
        """Return a run's curves from the chunks after number `after`; without any where the run does not exist."""
        c = schema.chunks.c
        wanted = select(c.number, c.blob).where(c.job == identifier).order_by(c.number)
        with self._reading.begin() as connection:
            if connection.execute(select(schema.jobs.c.id).where(*_mine(identifier, owner))).one_or_none() is None:
                return Metrics({}, -1, True)
            known = select(c.number).where(c.job == identifier, c.number == after)
            whole = after < 0 or connection.execute(known).one_or_none() is None
            rows = connection.execute(wanted if whole else wanted.where(c.number > after)).all()
        last = rows[-1].number if rows else -1 if whole else after
        return Metrics(chunk.join([chunk.unpack(row.blob) for row in rows]), last, whole)

    def artifacts(self, identifier: str, *, owner: str) -> dict[str, int]:
        """Return the sizes in bytes, by name, of the files that a run made."""
        c = schema.artifacts.c
        wanted = select(c.name, func.length(c.blob)).join(schema.jobs, schema.jobs.c.id == c.job)
        with self._reading.begin() as connection:
            rows = connection.execute(wanted.where(*_mine(identifier, owner)).order_by(c.name)).all()
        return {row[0]: row[1] for row in rows}

    def artifact(self, identifier: str, name: str, *, owner: str) -> bytes:
        """Return a file that an owner's run made. Refuses one that is not there."""
        c = schema.artifacts.c
        wanted = select(c.blob).join(schema.jobs, schema.jobs.c.id == c.job).where(c.name == name)
        with self._reading.begin() as connection:
            blob = connection.execute(wanted.where(*_mine(identifier, owner))).scalar_one_or_none()
        if blob is None:
            raise Refusal("What this run made is no longer here; please run it again.")
        return bytes(blob)

    def save_upload(self, raw: bytes, filename: str, *, owner: str) -> str:
        """Keep a file's bytes and return their SHA-256 (hex), by which the owner reads them again.

        The filename is a label only: the bytes are kept under their own hash. The newest filename is the one kept.
        """
        sha256 = hashlib.sha256(raw).hexdigest()
        path = home.inside(self.home, "uploads") / sha256
        if not path.exists():
            home.write_whole(path, raw)
        table = schema.uploads
        with self._writing.begin() as connection:
            connection.execute(delete(table).where(table.c.owner == owner, table.c.sha256 == sha256))
            row = {"owner": owner, "sha256": sha256, "filename": filename[-200:], "size": len(raw)}
            connection.execute(insert(table).values(created=time.time(), **row))
        return sha256

    def read_upload(self, sha256: str, *, owner: str) -> bytes:
        """Return the bytes of an owner's upload. Refuses one that this owner has not uploaded."""
        table = schema.uploads
        if _SHA256.fullmatch(sha256):
            mine = select(table.c.sha256).where(table.c.owner == owner, table.c.sha256 == sha256)
            with self._reading.begin() as connection:
                found = connection.execute(mine).one_or_none()
            path = self.home / "uploads" / sha256
            if found is not None and path.exists():
                return path.read_bytes()
        raise Refusal("The uploaded file is no longer here; please upload it again.")

    def remember(self, owner: str, key: str, value: Any) -> None:
        """Keep a JSON value under the owner's key, in place of what was there."""
        table = schema.workspace
        with self._writing.begin() as connection:
            connection.execute(delete(table).where(table.c.owner == owner, table.c.key == key))
            connection.execute(insert(table).values(owner=owner, key=key, value=value))

    def recall(self, owner: str, key: str) -> Any:
        """Return the JSON value under the owner's key, or None."""
        table = schema.workspace
        with self._reading.begin() as connection:
            wanted = select(table.c.value).where(table.c.owner == owner, table.c.key == key)
            return connection.execute(wanted).scalar_one_or_none()

    @staticmethod
    def _must_exist(found: object) -> None:
        if found is None:
            raise Refusal("This run does not exist; it may have been deleted.")


def _mine(identifier: str, owner: str) -> tuple[Any, Any]:
    return schema.jobs.c.id == identifier, schema.jobs.c.owner == owner


def _name(name: str) -> str:
    title = name.strip()
    if not 1 <= len(title) <= LONGEST_NAME:
        raise Refusal("Run: name must be 1 to {most} characters, got {count}.", most=LONGEST_NAME, count=len(title))
    return title
