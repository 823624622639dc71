"""The database of this process (DATABASE_URL, or the embedded Postgres of the data folder), the
async engine, its transactions, and which errors of it pass by themselves.

One engine serves a plain Postgres and one behind a transaction pooler: nothing is kept on a
connection between transactions, so there are no prepared statements, and settings are made for
each transaction.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any, TypeVar

import psycopg
from psycopg import OperationalError as PsycopgOperationalError
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from searchapp.db.connections import ConnectionGuard, clock_of
from searchapp.logs import get_logger
from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError
from searchapp.settings import Settings

log = get_logger(__name__)

WATCH_SECONDS = 1.0

LOST_LOOKS = 3
"""A server that took no new connection at so many looks has lost its socket; one that is just
starting or stopping takes none for a moment."""

LONGEST_WAIT_SECONDS = 4.0
"""Between two attempts to start a server that does not start, on a full disk for example."""


@dataclass(frozen=True, slots=True)
class Dsns:
    """Where the database is.

    ``pooled`` may be a transaction pooler; ``direct`` is the server itself, for what a pooler can
    not carry: LISTEN, the queue's workers, migrations.
    """

    pooled: str
    direct: str

    def __repr__(self) -> str:
        return "Dsns(…)"  # They hold passwords.


def locate(settings: Settings) -> Dsns:
    """The database of ``settings``; starts the embedded Postgres if that is the one.

    :raises OperatorError: when the embedded Postgres cannot be started.
    """
    if settings.database_url is None:
        dsn = EmbeddedPostgres(settings.data_dir).ensure_running()
        return Dsns(dsn, dsn)
    pooled = settings.database_url.get_secret_value()
    direct = settings.database_direct_url
    return Dsns(pooled, direct.get_secret_value() if direct else pooled)


def known_dsns(settings: Settings) -> Dsns:
    """As :func:`locate`, of a database that was there before; starts nothing and never waits.

    :raises OperatorError: when the embedded Postgres was never made.
    """
    if settings.database_url is None:
        dsn = EmbeddedPostgres(settings.data_dir).dsn
        return Dsns(dsn, dsn)
    return locate(settings)


async def keep_alive(settings: Settings, stop: asyncio.Event) -> None:
    """Brings the embedded Postgres back when it was killed, gave up or takes no new connection,
    until ``stop`` is set.

    One that was stopped on purpose stays stopped.  Any number of processes may watch the
    same server.  Does nothing for a database of the operator's own.  May be cancelled.
    """
    if not settings.embedded:
        return
    server = EmbeddedPostgres(settings.data_dir)
    wait, lost_looks = WATCH_SECONDS, 0
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
        try:
            if stop.is_set():
                return
            lost_looks = (
                lost_looks + 1 if await run_in_daemon_thread(lambda: server.unreachable) else 0
            )
            crashed = await run_in_daemon_thread(lambda: server.crashed)
            if crashed or lost_looks >= LOST_LOOKS:
                log.warning("database_crashed" if crashed else "database_socket_lost")
                await run_in_daemon_thread(server.ensure_running)
                log.warning("database_back")
                lost_looks = 0
            wait = WATCH_SECONDS
        except EmbeddedPostgresError as error:
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
            log.warning("database_not_back", reason=str(error), again_in=wait)


T = TypeVar("T")


async def run_in_daemon_thread(work: Callable[[], T]) -> T:
    """The result of ``work``, done in a thread of its own.

    As ``asyncio.to_thread``, but a process that ends does not wait for it: use it for what may
    take minutes and bears being broken off.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # It goes on when its caller is cancelled.

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # It is raised where it is waited for.
            done.set_exception(error)

    threading.Thread(target=run, name="daemon", daemon=True).start()
    return await asyncio.wrap_future(done)


SEARCH_PATH = "searchapp, extensions, public"
"""``extensions`` is where Supabase keeps pgvector; elsewhere it does not exist and is skipped."""

CONNECT_SECONDS = 3

APPLICATION = "searchapp"
"""What our sessions are called at the server."""

CONNECTION: dict[str, Any] = {
    "application_name": APPLICATION,
    "prepare_threshold": None,
    "connect_timeout": CONNECT_SECONDS,
    # A host that vanished says nothing: without these, TCP waits for minutes.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How every connection of ours is opened, whatever opens it."""

_BEGIN = (
    f"SELECT set_config('search_path', '{SEARCH_PATH}', true),"
    # A client that died while it waited for a lock gives its place back soon.
    " set_config('client_connection_check_interval', '2s', true),"
    # One that froze with a row locked does not keep it from everybody else.
    " set_config('idle_in_transaction_session_timeout', '30s', true),"
    " clock_timestamp()"
)

_SHORT: dict[str, Any] = {"stall_seconds": None}

_TIMEOUT = text("SELECT set_config('statement_timeout', :milliseconds, true)")

_PASSING: dict[str, str] = {
    "08": "connection lost, or refused by a pooler",
    "25006": "read-only: a standby, or a full disk",
    "25P03": "idle in transaction for too long: this process was frozen",
    "25P04": "transaction_timeout",
    "40": "rolled back: deadlock, serialization failure",
    "53": "out of disk, memory or connections",
    "55006": "object in use",
    "55P03": "lock_timeout",
    "57": "cancelled, statement_timeout, shutting down or starting",
    "58": "the server's system failed",
}
"""Classes of SQLSTATE (PostgreSQL's appendix A) that say nothing against the statement: the same
work may succeed later, costs no attempt, and is answered 503.  Every other class is permanent."""

_ROLLED_BACK = ("40001", "40P01")
"""Nothing of the transaction was kept, and it may be repeated at once."""


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
        connect_args=CONNECTION,
    )
    ConnectionGuard(engine.sync_engine)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Makes the settings of a transaction and reads the database's clock, in one round trip."""
    clock = clock_of(connection.engine)
    asked_at = clock.elapsed()
    # The limit of a long statement is not one for this.
    row = connection.exec_driver_sql(_BEGIN, execution_options=_SHORT).one()
    clock.set(row[-1], asked_at)


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, *, stall_seconds: float | None = None
) -> AsyncIterator[AsyncSession]:
    """One transaction: committed when the block ends well, rolled back when it raises.

    It begins at once, so that :func:`connections.database_clock` is fresh inside.

    :param stall_seconds: longest statement, here and at the server, whose own limit for the role is
        lifted; None for ``STALL_SECONDS`` and the server's.
    """
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        if stall_seconds is None:
            await session.connection()
        else:
            await session.connection(execution_options={"stall_seconds": stall_seconds})
            await session.execute(_TIMEOUT, {"milliseconds": str(int(stall_seconds * 1000))})
        yield session


async def try_connecting(engine: AsyncEngine) -> None:
    """Opens a new connection to the database of ``engine`` and closes it.

    :raises psycopg.OperationalError: the database takes none.
    """
    dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, **CONNECTION) as fresh:
        await fresh.execute("SELECT 1")


async def driver_connection(session: AsyncSession) -> Any:
    """The psycopg connection under ``session``, for a library that joins its transaction."""
    await session.flush()
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


_TAKE = text("SELECT pg_try_advisory_xact_lock(:kind, hashtext(:name))")


@unique
class LockKind(IntEnum):
    """What an advisory lock protects: the first of its two keys, or the only one."""

    MIGRATION = 0x5EA2C4A9
    IMPORT = 0x5EA2C4AA
    REINDEX = 0x5EA2C4AB
    WORKER_PRESENCE = 0x5EA2C4AC
    SCHEDULED_FEED = 0x5EA2C4AD


@asynccontextmanager
async def advisory_lock(engine: AsyncEngine, kind: LockKind, name: str) -> AsyncIterator[bool]:
    """Holds the lock of ``name``, among locks of one kind, while the block runs.

    A transaction that stays open holds it, so it ends when the process does, however that is; it
    reads nothing, so it keeps no old rows alive.  A transaction pooler carries it too.

    :yields: False if another process holds it.
    """
    connection = await engine.connect()
    try:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield bool(await connection.scalar(_TAKE, {"kind": kind, "name": name}))
    finally:
        with suppress(DBAPIError):  # The database may be lost by now.
            await connection.close()


def is_outage(error: BaseException) -> bool:
    """Whether ``error`` says that the database is unavailable or busy, not that the statement is
    wrong: the same work may succeed later."""
    if isinstance(error, PoolTimeout | InterfaceError | ConnectionError | TimeoutError):
        return True
    state = _sqlstate(error)
    if state is None:
        original = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(error, OperationalError) or isinstance(
            original, PsycopgOperationalError | OSError
        )
    return any(state.startswith(known) for known in _PASSING)


def lacks_schema(error: BaseException) -> bool:
    """Whether ``error`` says that a schema, table or column is missing: a migration is to be run
    (PostgreSQL, appendix A)."""
    return _sqlstate(error) in {"3F000", "42P01", "42703"}


def is_rolled_back(error: BaseException) -> bool:
    """Whether ``error`` says that the transaction met another one and may be repeated at once."""
    return _sqlstate(error) in _ROLLED_BACK


def _sqlstate(error: BaseException) -> str | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    state: str | None = getattr(original, "sqlstate", None)
    return state
