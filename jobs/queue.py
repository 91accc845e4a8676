"""The worker's side of the store: claiming, writing, ending and losing runs."""

import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from jobs import chunk, home, schema

LEASE_SECONDS = 3.0
MOST_TRIES = 3
CHECKPOINTS_KEPT = 2
# Kinds that train so many models that a second thread pays; the others are no faster with two.
WIDE = ("verdict", "map")

_jobs, _chunks, _checkpoints = schema.jobs.c, schema.chunks.c, schema.checkpoints.c


@dataclass(frozen=True, order=True)
class Claim:
    """A run and the number of the attempt that may work on it: what fencing compares; and with how many threads."""

    id: str
    attempt: int
    threads: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Work:
    """What a job process needs to begin; `resume` is the checkpoint to go on from, or None at the start."""

    kind: str
    owner: str
    request: dict[str, Any]
    resume: bytes | None


class Queue:
    """The worker's side of the store: sees every owner's runs, and is never handed to a page.

    Contract
    - `claim` is atomic: a queued run goes to one worker, with an attempt number that no one had before.
    - Fencing: `write`, `finish`, `fail` and `lose` do nothing and return False unless that attempt is still the running
      one. So after a cancellation, a deletion or a newer claim nothing more is written, however long a process froze.
    - `write` keeps metrics, checkpoint and progress in one transaction: a checkpoint covers exactly the chunks up to
      it. A new attempt drops the chunks beyond its checkpoint, so that a curve has no gap and no overlap.
    - A run whose process is gone, or whose lease ran out, waits again; after three tries in a row without a new
      checkpoint it has failed.

    Growth: `claim` is linear in the runs that wait or run, not in those that ended; `write` in its chunk alone; ending
    in the run's whole curves, of which 8 MB are in memory at once.
    """

    def __init__(self, reading: Engine, writing: Engine) -> None:
        self._reading = reading
        self._writing = writing

    @classmethod
    def open(cls, folder: str | os.PathLike[str] | None = None) -> "Queue":
        """Open the queue of a data folder."""
        return cls(*schema.connect(home.database_url(Path(home.folder(folder)))))

    def close(self) -> None:
        """Close the connections of this queue."""
        self._reading.dispose()

    def waiting(self) -> bool:
        """Whether any run waits."""
        with self._reading.begin() as connection:
            return connection.execute(select(_jobs.id).where(_jobs.state == "queued").limit(1)).first() is not None

    def claim(self, lease: float = LEASE_SECONDS, slots: int = 1) -> Claim | None:
        """Take the next run for `lease` seconds: that of the owner with the fewest running, then the oldest.

        A run of a wide kind that is alone when it is first claimed, none running and none waiting beside it, gets as
        many threads as the worker has `slots`, any other run one. It keeps them at every later attempt, if there still
        are as many slots, so that it resumes to the same bits.
        """
        if not self.waiting():  # most often; a look needs no lock
            return None
        busy = select(_jobs.owner, func.count().label("running")).where(_jobs.state == "running").group_by(_jobs.owner)
        of_owner = busy.subquery()
        following = (
            select(_jobs.id, _jobs.attempt, _jobs.tries, _jobs.started, _jobs.kind, _jobs.threads)
            .select_from(schema.jobs.outerjoin(of_owner, of_owner.c.owner == _jobs.owner))
            .where(_jobs.state == "queued")
            .order_by(func.coalesce(of_owner.c.running, 0), _jobs.created, _jobs.id)
            .limit(1)
        )
        with self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.POSTGRES_LOCK})
            row = connection.execute(following).first()
            if row is None:
                return None
            time = schema.now(connection)
            threads = row.threads or (slots if row.kind in WIDE and _lone(connection) else 1)
            taken: dict[str, Any] = {"threads": threads}
            taken |= {"state": "running", "attempt": row.attempt + 1, "tries": row.tries + 1, "lease": time + lease}
            taken["started"] = time if row.started is None else row.started
            connection.execute(update(schema.jobs).where(_jobs.id == row.id).values(**taken))
            covered = _newest_checkpoint(connection, row.id)
            beyond = -1 if covered is None else covered[0]
            connection.execute(delete(schema.chunks).where(_chunks.job == row.id, _chunks.number > beyond))
            return Claim(row.id, row.attempt + 1, min(threads, slots))

    def work(self, claim: Claim) -> Work | None:
        """Return what the claimed run asks for and where it resumes; None where the claim no longer holds."""
        wanted = select(_jobs.kind, _jobs.owner, _jobs.request).where(*_held(claim))
        with self._writing.begin() as connection:
            row = connection.execute(wanted).one_or_none()
            if row is None:
                return None
            covered = _newest_checkpoint(connection, claim.id)
        return Work(row.kind, row.owner, row.request, None if covered is None else covered[1])

    def renew(self, claims: Iterable[Claim], lease: float = LEASE_SECONDS) -> set[Claim]:
        """Extend the leases and return the claims that still hold; whoever works on another one must stop."""
        with self._writing.begin() as connection:
            until = schema.now(connection) + lease
            change = update(schema.jobs).values(lease=until)
            return {claim for claim in claims if connection.execute(change.where(*_held(claim))).rowcount}

    def write(
        self,
        claim: Claim,
        *,
        start: int = 0,
        arrays: Mapping[str, NDArray[np.generic]] | None = None,
        checkpoint: bytes | None = None,
        progress: float,
        message: str,
        seconds_left: float | None = None,
    ) -> bool:
        """Add a chunk that begins with update `start`, a checkpoint after it, and the progress; False where fenced."""
        values: dict[str, Any] = {"progress": progress, "message": message, "seconds_left": seconds_left}
        if arrays:
            values["chunks"] = _jobs.chunks + 1
        if checkpoint is not None:
            values["tries"] = 0
        with self._writing.begin() as connection:
            change = update(schema.jobs).where(*_held(claim)).values(**values).returning(_jobs.chunks)
            number = connection.execute(change).scalar_one_or_none()
            if number is None:
                return False
            new = {"job": claim.id, "attempt": claim.attempt}
            if arrays:
                new_chunk = {"number": number - 1, "start": start, "blob": chunk.pack(arrays)}
                connection.execute(insert(schema.chunks).values(**new, **new_chunk))
            if checkpoint is not None:
                connection.execute(delete(schema.checkpoints).where(*_at(claim.id, number - 1)))
                saved = {"chunk": number - 1, "crc": zlib.crc32(checkpoint), "blob": checkpoint}
                connection.execute(insert(schema.checkpoints).values(**new, **saved))
                of_job = select(_checkpoints.chunk).where(_checkpoints.job == claim.id)
                kept = connection.execute(of_job.order_by(_checkpoints.chunk.desc())).scalars().all()
                for old in kept[CHECKPOINTS_KEPT:]:
                    connection.execute(delete(schema.checkpoints).where(*_at(claim.id, old)))
        return True

    def finish(self, claim: Claim, result: dict[str, Any], artifacts: Mapping[str, bytes] | None = None) -> bool:
        """End the run as done, with its result and the files that it made; False where fenced."""
        return self._end(claim, artifacts or {}, state="done", result=result, progress=1.0, message="")

    def fail(self, claim: Claim, reason: str) -> bool:
        """End the run as failed, with the sentence that says why; False where fenced."""
        return self._end(claim, {}, state="failed", message=reason)

    def lose(self, claim: Claim, reason: str, *, blame: bool = True) -> bool:
        """Let a run wait again whose process is gone, or fail it after too many tries; False where fenced.

        `blame` False does not count the try: the run was stopped from outside.
        """
        with self._writing.begin() as connection:
            tries = connection.execute(select(_jobs.tries).where(*_held(claim))).scalar_one_or_none()
            if tries is None:
                return False
            if not blame or tries < MOST_TRIES:
                again = {"state": "queued", "lease": None, "seconds_left": None, "tries": max(tries - (not blame), 0)}
                connection.execute(update(schema.jobs).where(*_held(claim)).values(**again))
                return True
        return self.fail(claim, f"The run stopped {tries} times without getting further: {reason}.")

    def expired(self) -> list[Claim]:
        """Return the running claims whose lease has run out: nobody takes care of them any more."""
        with self._reading.begin() as connection:
            late = select(_jobs.id, _jobs.attempt).where(_jobs.state == "running", _jobs.lease < schema.now(connection))
            return [Claim(row.id, row.attempt) for row in connection.execute(late)]

    def _end(self, claim: Claim, artifacts: Mapping[str, bytes], **values: Any) -> bool:
        with self._writing.begin() as connection:
            values |= {"finished": schema.now(connection), "seconds_left": None, "lease": None}
            if not connection.execute(update(schema.jobs).where(*_held(claim)).values(**values)).rowcount:
                return False
            connection.execute(delete(schema.checkpoints).where(_checkpoints.job == claim.id))
            chunk.merge(connection, claim.id)
            for name, blob in artifacts.items():
                connection.execute(insert(schema.artifacts).values(job=claim.id, name=name, blob=blob))
            return True


def _held(claim: Claim) -> tuple[Any, Any, Any]:
    return _jobs.id == claim.id, _jobs.attempt == claim.attempt, _jobs.state == "running"


def _lone(connection: Connection) -> bool:
    """Whether at most one run waits or runs."""
    alive = select(_jobs.id).where(_jobs.state.in_(("queued", "running"))).limit(2)
    return len(connection.execute(alive).all()) < 2


def _at(job: str, number: int) -> tuple[Any, Any]:
    return _checkpoints.job == job, _checkpoints.chunk == number


def _newest_checkpoint(connection: Connection, job: str) -> tuple[int, bytes] | None:
    """Return (last chunk covered, blob) of the newest checkpoint that is whole; remove those that are not."""
    of_job = select(schema.checkpoints).where(_checkpoints.job == job).order_by(_checkpoints.chunk.desc())
    for row in connection.execute(of_job).all():
        if zlib.crc32(row.blob) == row.crc:
            return row.chunk, row.blob
        connection.execute(delete(schema.checkpoints).where(*_at(job, row.chunk)))
    return None
