"""Watches over the connections of an engine: bounded waits, none that is dead, one clock.

A peer that acknowledges packets but never answers holds a statement without an end: TCP sees a
healthy connection, and a cancelled statement waits for the server to confirm.  Only shutting the
socket down ends it.  So each statement has a limit here, and a connection that reaches it is
closed, together with the idle ones of its pool, which went through the same peer.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.logs import get_logger

log = get_logger(__name__)

STALL_SECONDS = 30.0
"""Longest statement.  A transaction whose statements may take longer says so by ``stall_seconds``
(:func:`searchapp.db.engine.transaction`); callers with a deadline of their own close the connection
earlier (:func:`abort_statements_of`)."""

LONG_SECONDS = 3600.0
"""Longest statement over a whole catalogue or all searches: building an index, pruning, purging."""


def _boot_time() -> float:
    """Seconds of a clock that is never set and that goes on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class DatabaseClock:
    """The time of the database, measured at each transaction and carried on by a local duration.

    Hosts disagree about the time; every lease, deadline and expiry is decided by this one clock.
    """

    def __init__(self, elapsed: Callable[[], float] = _boot_time) -> None:
        self.elapsed = elapsed
        """The local duration that :meth:`set` takes, in seconds."""
        self._time: datetime | None = None
        self._at = 0.0
        self.skew_seconds = 0.0
        """How far this host's own clock is ahead of the database's."""

    def __call__(self) -> datetime:
        """The time now, aware, in UTC.  Before the first transaction, this host's own."""
        if self._time is None:
            return datetime.now(UTC)
        return self._time + timedelta(seconds=self.elapsed() - self._at)

    def set(self, told: datetime, asked_at: float) -> None:
        """Takes ``told``, the database's answer to a question that was sent at ``asked_at``."""
        self._at = (asked_at + self.elapsed()) / 2
        self._time = told.astimezone(UTC)
        self.skew_seconds = (datetime.now(UTC) - self()).total_seconds()


_clocks: WeakKeyDictionary[Engine, DatabaseClock] = WeakKeyDictionary()


def database_clock(engine: AsyncEngine) -> DatabaseClock:
    """The clock of the database behind ``engine``."""
    return clock_of(engine.sync_engine)


def clock_of(engine: Engine) -> DatabaseClock:
    """As :func:`database_clock`, for the engine underneath."""
    return _clocks.setdefault(engine, DatabaseClock())


def abort(connection: psycopg.AsyncConnection[Any]) -> None:
    """Ends whatever waits on ``connection``, which is of no use from now on."""
    with suppress(OSError, psycopg.Error):  # It is closed already.
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            twin.shutdown(socket.SHUT_RDWR)
        finally:
            twin.close()


def _driver(connection: Connection) -> Any:
    """The driver's connection, or None when it is lost: asking for it would connect anew."""
    return None if connection.invalidated else connection.connection.driver_connection


def _has_word(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether an idle connection is closed, or has something unasked to read."""
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except psycopg.Error:
        return True
    return bool(poll.poll(0))


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement under way."""

    guard: ConnectionGuard
    connection: psycopg.AsyncConnection[Any]
    task: asyncio.Task[Any] | None
    timer: asyncio.TimerHandle


_running: dict[int, _Statement] = {}
"""Statements under way, by the identity of their connection."""


def abort_statements_of(task: asyncio.Task[Any]) -> None:
    """Ends the statements that ``task`` waits for, which took too long."""
    for statement in [s for s in _running.values() if s.task is task]:
        statement.guard.drop(statement.connection)


class ConnectionGuard:
    """Bounds the statements of one engine and refuses connections that are dead or suspect."""

    def __init__(self, engine: Engine, stall_seconds: float = STALL_SECONDS) -> None:
        self._stall_seconds = stall_seconds
        self._suspect_before = float("-inf")
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "checkout", self._check)
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "invalidate", self._returned)
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "after_cursor_execute", self._after_statement)
        event.listen(engine, "handle_error", self._after_error)
        event.listen(engine, "commit", self._before_end)
        event.listen(engine, "rollback", self._before_end)

    def drop(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Closes a connection that does not answer; the idle ones are replaced before their use."""
        self._suspect_before = time.monotonic()
        log.warning("database connection stalled; replacing the pool's connections")
        abort(connection)

    def _opened(self, _connection: Any, record: Any) -> None:
        record.info["opened_at"] = time.monotonic()

    def _check(self, _connection: Any, record: Any, _proxy: Any) -> None:
        """Refuses a connection that is suspect, or on which something came unasked: the server
        said goodbye.  Costs no round trip, as a ping would."""
        if record.info.get("opened_at", 0.0) <= self._suspect_before:
            raise DisconnectionError("older than a connection that stalled")
        if _has_word(record.driver_connection):
            raise DisconnectionError("closed by the server")

    def _returned(self, _connection: Any, record: Any, _error: Any = None) -> None:
        if (driver := record.driver_connection) is not None:
            self._disarm(driver)

    def _before_statement(self, connection: Connection, *_details: Any) -> None:
        context = _details[3]
        options = context.execution_options if context is not None else {}
        self._arm(connection, options.get("stall_seconds") or self._stall_seconds)

    def _after_statement(self, connection: Connection, *_details: Any) -> None:
        if (driver := _driver(connection)) is not None:
            self._disarm(driver)

    def _after_error(self, context: ExceptionContext) -> None:
        if context.connection is not None and (driver := _driver(context.connection)) is not None:
            self._disarm(driver)

    def _before_end(self, connection: Connection) -> None:
        """A commit or rollback waits too; returning the connection ends its limit."""
        options = connection.get_execution_options()
        self._arm(connection, options.get("stall_seconds") or self._stall_seconds)

    def _arm(self, connection: Connection, seconds: float) -> None:
        driver = _driver(connection)
        if driver is None:
            return
        self._disarm(driver)
        timer = asyncio.get_running_loop().call_later(seconds, self.drop, driver)
        _running[id(driver)] = _Statement(self, driver, asyncio.current_task(), timer)

    def _disarm(self, driver: Any) -> None:
        statement = _running.pop(id(driver), None)
        if statement is not None:
            statement.timer.cancel()
