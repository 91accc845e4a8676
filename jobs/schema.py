"""The tables, and how a transaction begins. SQLite by default, Postgres by its URL; the SQL is common to both."""

import time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)

BUSY_MILLISECONDS = 10_000
POSTGRES_LOCK = 7_269_001  # any number, the same for every process of this product

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("request", JSON(none_as_null=True), nullable=False),
    Column("state", String(10), nullable=False),  # queued | running | done | failed | cancelled
    Column("attempt", Integer, nullable=False, default=0),  # counts claims; a write must carry the current one
    Column("tries", Integer, nullable=False, default=0),  # claims since the last checkpoint
    Column("chunks", Integer, nullable=False, default=0),  # chunk numbers given out so far; never used twice
    Column("progress", Double, nullable=False, default=0.0),
    Column("message", Text, nullable=False, default=""),
    Column("seconds_left", Double),
    Column("result", JSON(none_as_null=True)),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("threads", Integer),  # fixed when it is first claimed
    Column("lease", Double),  # seconds since 1970 until which the running attempt is believed to live
    Index("jobs_of_owner", "owner", "created"),
    Index("jobs_in_state", "state", "created"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("start", Integer, nullable=False),  # the first update in it
    Column("blob", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False),  # the last chunk that it covers
    Column("attempt", Integer, nullable=False),
    Column("crc", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("name", String(80), primary_key=True),  # what the work called it
    Column("blob", LargeBinary, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("owner", String(200), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("filename", String(200), nullable=False),
    Column("size", Integer, nullable=False),
    Column("created", Double, nullable=False),
)

workspace = Table(
    "workspace",
    metadata,
    Column("owner", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("value", JSON(none_as_null=True)),
)


def connect(url: str) -> tuple[Engine, Engine]:
    """Open the database, create what is missing, and return (reading, writing).

    Both share one pool. A transaction of `writing` takes the write lock when it begins, so that it never fails half-way
    because somebody else wrote first; it waits up to 10 s for its turn.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    writing = engine.execution_options(writes=True)
    with writing.begin() as connection:  # one at a time: several processes may start at once
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
        metadata.create_all(connection)
        if "threads" not in {column["name"] for column in inspect(connection).get_columns("jobs")}:  # an older folder
            connection.execute(text("ALTER TABLE jobs ADD COLUMN threads INTEGER"))
    return engine, writing


def now(connection: Connection) -> float:
    """Seconds since 1970 by the clock that all writers share: a server's own, or this machine's for SQLite."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
