"""The async engine and its sessions.

One engine serves a plain Postgres and one behind a transaction pooler: nothing is kept on a
connection between transactions, so there are no prepared statements, and the search path is set
for each transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from psycopg import OperationalError as PsycopgOperationalError
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

SEARCH_PATH = "searchapp, extensions, public"
"""``extensions`` is where Supabase keeps pgvector; elsewhere it does not exist and is skipped."""

CONNECT_SECONDS = 3

CONNECTION: dict[str, Any] = {
    "prepare_threshold": None,
    "connect_timeout": CONNECT_SECONDS,
    # A host that vanished says nothing: without these, TCP waits for minutes.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How every connection of ours is opened, whatever opens it."""


def sqlalchemy_url(dsn: str) -> URL:
    """``dsn`` (``postgresql://…`` or ``postgres://…``) for SQLAlchemy with psycopg 3."""
    url = make_url(dsn.replace("postgres://", "postgresql://", 1))
    return url.set(drivername="postgresql+psycopg")


def psycopg_dsn(dsn: str) -> str:
    """``dsn`` for psycopg itself, whatever driver it names."""
    return sqlalchemy_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)


def make_engine(dsn: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine whose transactions see the schema, the queue and pgvector."""
    engine = create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,  # Values never reach a log through an exception's text.
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args=CONNECTION,
    )
    event.listen(engine.sync_engine, "begin", _set_search_path)
    return engine


def _set_search_path(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL search_path TO {SEARCH_PATH}")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """One transaction: committed when the block ends well, rolled back when it raises."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        yield session


async def driver_connection(session: AsyncSession) -> Any:
    """The psycopg connection under ``session``, for a library that joins its transaction."""
    await session.flush()
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


def is_outage(error: BaseException) -> bool:
    """Whether ``error`` says that the database is away or can not write, rather than that the
    statement is wrong: worth the same attempt again, later.

    The classes are those of PostgreSQL's appendix A: 08 connection, 25006 read-only, 53 out of
    resources (disk full among them), 57P shut down or starting, 58 system error.
    """
    if isinstance(error, PoolTimeout | InterfaceError | ConnectionError | TimeoutError):
        return True
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError) or isinstance(
            original, PsycopgOperationalError | OSError
        )
    return state[:2] in {"08", "53", "58"} or state[:3] == "57P" or state == "25006"


_TAKE = text("SELECT pg_try_advisory_xact_lock(:kind, hashtext(:name))")


@asynccontextmanager
async def advisory_lock(engine: AsyncEngine, kind: int, name: str) -> AsyncIterator[bool]:
    """Holds the lock of ``name``, among locks of one kind, while the block runs.

    A transaction that stays open holds it, so it goes when the process does, however it ends; it
    reads nothing, so it keeps no old rows alive.  A transaction pooler carries it too.

    :yields: False if another process holds it.
    """
    connection = await engine.connect()
    try:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield bool(await connection.scalar(_TAKE, {"kind": kind, "name": name}))
    finally:
        with suppress(DBAPIError):  # The database may have gone in between.
            await connection.close()
