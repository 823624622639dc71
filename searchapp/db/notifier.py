"""The one LISTEN connection of a process, for all topics, and a check that it still receives.

Behind a transaction pooler LISTEN fails without any error, and a cut connection may take long to
be noticed.  So the notifier sends itself a ping every few seconds, and :attr:`Notifier.receiving`
is true only while the pings come back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import CONNECT_SECONDS, CONNECTION, psycopg_dsn, transaction
from searchapp.db.transact import with_deadline
from searchapp.logs import get_logger

log = get_logger(__name__)

PING_SECONDS = 2.0
"""Between two pings."""

PING_TIMEOUT = 5.0
"""Without a ping for so long, notifications may have been missed."""

MAX_MISSED_PINGS = 3
"""The connection is opened anew after so many.  Counted, not timed: a process that was suspended
has missed one, however long that took."""

RECONNECT_SECONDS = 0.5
TRIAL_SECONDS = 2.0

PING_TOPIC = "searchapp_ping"

Handler = Callable[[str], None]


class ListenerSilent(TimeoutError):
    """LISTEN succeeded, pings were sent, and none arrived."""


class Notifier:
    """Calls the handlers of each topic for its notifications.

    :param dsn: a direct connection; a pooler is noticed, and leaves :attr:`receiving` False.
    :param engine: the pool over which pings are sent.
    """

    def __init__(
        self, dsn: str, engine: AsyncEngine, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._dsn = psycopg_dsn(dsn)
        self._engine = engine
        self._monotonic = monotonic
        self._name = token_hex(8)
        self._handlers: dict[str, list[Handler]] = {PING_TOPIC: [self._receive_ping]}
        self._on_gap: list[Callable[[], None]] = []
        self._on_connect: list[Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]] = []
        self._last_ping: float | None = None
        self._ping_returned = False
        self._warned = False
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._reconnect = asyncio.Event()

    @property
    def receiving(self) -> bool:
        """Whether every notification of the last seconds is known to have arrived."""
        last = self._last_ping
        return last is not None and self._monotonic() - last < PING_TIMEOUT

    def subscribe(
        self, topic: str, handler: Handler, on_gap: Callable[[], None] | None = None
    ) -> Callable[[], None]:
        """Calls ``handler(payload)`` for each notification of ``topic``.

        ``on_gap`` is called after each time in which some may have been missed.

        :returns: what ends the subscription.
        """
        known = topic in self._handlers
        self._handlers.setdefault(topic, []).append(handler)
        if on_gap is not None:
            self._on_gap.append(on_gap)
        if not known and self._connection is not None:
            self._reconnect.set()

        def end() -> None:
            self._handlers[topic].remove(handler)
            if on_gap is not None:
                self._on_gap.remove(on_gap)

        return end

    def on_connect(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]) -> None:
        """Runs ``work`` on each new connection: for what must last as long as the session."""
        self._on_connect.append(work)

    async def run(self) -> None:
        """Listens until cancelled, connecting anew whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError) as error:
                self._warn_once(error)
            except Exception:
                # A subscriber's fault costs one connection, not all later notifications.
                log.exception("listener crashed; connecting anew")
            self._last_ping = None
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await self._connect()
        tasks: list[asyncio.Task[Any]] = []
        try:
            await with_deadline(CONNECT_SECONDS, self._prepare(connection))
            self._connection = connection
            # Only now: subscribers read the state once, and are notified of what changes after it.
            self._notify_gap()
            work = (self._receive(connection), self._ping(), self._reconnect.wait())
            tasks = [asyncio.create_task(one) for one in work]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._connection = None
            for task in tasks:
                task.cancel()
            await _close(connection)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await with_deadline(
            CONNECT_SECONDS + 1,
            psycopg.AsyncConnection.connect(self._dsn, autocommit=True, **CONNECTION),
            undo=lambda late: late.pgconn.finish(),
        )

    async def _prepare(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._reconnect.clear()
        for topic in self._handlers:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(topic)))
        for work in self._on_connect:
            await work(connection)

    async def _receive(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async for notify in connection.notifies():
            for handler in self._handlers.get(notify.channel, ()):
                handler(notify.payload)

    def _receive_ping(self, payload: str) -> None:
        if payload != self._name:
            return
        if self._warned:
            log.warning("notifications arrive again")
        self._warned = False
        if not self.receiving:
            # Notifications may have been lost since the last ping.
            self._notify_gap()
        self._last_ping = self._monotonic()
        self._ping_returned = True

    def _notify_gap(self) -> None:
        for handler in self._on_gap:
            handler()

    def _warn_once(self, error: Exception) -> None:
        """Logs the first of consecutive failures, and what an operator can do about it."""
        if not self._warned:
            log.warning("no notifications arrive; polling instead", error=type(error).__name__)
            if isinstance(error, ListenerSilent) and self._last_ping is None:
                log.warning("behind a transaction pooler, set DATABASE_DIRECT_URL")
        self._warned = True

    async def _ping(self) -> None:
        """Sends pings, and counts those that do not come back.

        :raises ListenerSilent: when too many in a row were sent and lost.
        """
        missed = 0
        while True:
            self._ping_returned = False
            sent = await self._send_ping()
            await asyncio.sleep(PING_SECONDS)
            missed = 0 if self._ping_returned else missed + 1
            if missed >= MAX_MISSED_PINGS:
                raise ListenerSilent if sent else TimeoutError

    async def _send_ping(self) -> bool:
        """Returns whether the ping was committed."""
        try:
            await with_deadline(PING_SECONDS, self._commit_ping())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.debug("ping not sent", error=type(error).__name__)
            return False
        return True

    async def _commit_ping(self) -> None:
        async with transaction(self._engine) as session:
            await session.execute(
                text("SELECT pg_notify(:topic, :ping)"), {"topic": PING_TOPIC, "ping": self._name}
            )


def try_listening(dsn: str) -> float | None:
    """Seconds that a notification takes over ``dsn``; None when none arrives: a pooler takes LISTEN
    without an error and delivers nothing, so only a trial tells.

    :raises psycopg.Error: the database is unavailable.
    """
    target = psycopg_dsn(dsn)
    with psycopg.connect(target, autocommit=True, **CONNECTION) as listener:
        listener.execute(f"LISTEN {PING_TOPIC}".encode())
        with psycopg.connect(target, autocommit=True, **CONNECTION) as speaker:
            speaker.execute("SELECT pg_notify(%s, 'trial')", [PING_TOPIC])
        began = time.monotonic()
        heard = list(listener.notifies(timeout=TRIAL_SECONDS, stop_after=1))
    return time.monotonic() - began if heard else None


async def _close(connection: psycopg.AsyncConnection[Any]) -> None:
    try:
        await with_deadline(1.0, connection.close())
    except (TimeoutError, psycopg.Error):
        log.debug("listener not closed in time")
