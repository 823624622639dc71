"""The one connection of a process that listens, for all topics, and knows when it hears nothing.

Behind a transaction pooler LISTEN fails without any error, and a cut connection may take long to
be noticed.  So the notifier sends itself a word every few seconds and counts as hearing only
while the words come back.
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

WORD_SECONDS = 2.0
"""Between two words to oneself."""

ANSWER_SECONDS = 5.0
"""A notifier that has not heard its own word for so long hears nothing."""

RECONNECT_SECONDS = 0.5

WORDS = "searchapp_words"
"""The topic of the words to oneself."""

Handler = Callable[[str], None]


class ListenerSilent(TimeoutError):
    """Listening without an error, and nothing arrives."""


class Notifier:
    """Calls the handlers of each topic for its notifications.

    :param dsn: a direct connection; a pooler is noticed, and leaves :attr:`hearing` False.
    :param engine: the connections on which words are sent.
    """

    def __init__(
        self, dsn: str, engine: AsyncEngine, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._dsn = psycopg_dsn(dsn)
        self._engine = engine
        self._monotonic = monotonic
        self._name = token_hex(8)
        self._handlers: dict[str, list[Handler]] = {WORDS: [self._word_came]}
        self._on_gap: list[Callable[[], None]] = []
        self._on_connect: list[Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]] = []
        self._heard: float | None = None
        self._warned = False
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._reconnect = asyncio.Event()

    @property
    def hearing(self) -> bool:
        """Whether every notification of the last seconds is known to have arrived."""
        return self._heard is not None and self._monotonic() - self._heard < ANSWER_SECONDS

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
                self._note_silence(error)
            self._heard = None
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await self._connect()
        tasks: list[asyncio.Task[None]] = []
        try:
            await with_deadline(CONNECT_SECONDS, self._prepare(connection))
            self._connection = connection
            # Only now: what changed before is read again, what changes later is told.
            self._gap()
            work = (self._hear(connection), self._check(), self._until_reconnect())
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

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async for notify in connection.notifies():
            for handler in self._handlers.get(notify.channel, ()):
                handler(notify.payload)

    async def _until_reconnect(self) -> None:
        await self._reconnect.wait()

    def _word_came(self, payload: str) -> None:
        if payload != self._name:
            return
        if self._warned:
            log.warning("notifications arrive again")
        self._warned = False
        if not self.hearing:
            # Something may have been lost since the last word that came back.
            self._gap()
        self._heard = self._monotonic()

    def _gap(self) -> None:
        for handler in self._on_gap:
            handler()

    def _note_silence(self, error: Exception) -> None:
        """Says once that nothing is heard, and what an operator can do about it."""
        if not self._warned:
            log.warning("no notifications arrive; polling instead", error=type(error).__name__)
            if isinstance(error, ListenerSilent):
                log.warning("behind a transaction pooler, set DATABASE_DIRECT_URL")
        self._warned = True

    async def _check(self) -> None:
        """Sends words to oneself.

        :raises ListenerSilent: when none has come back for too long.
        """
        began = self._monotonic()
        while True:
            try:
                await with_deadline(WORD_SECONDS, self._send_word())
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.debug("word not sent", error=type(error).__name__)
            await asyncio.sleep(WORD_SECONDS)
            if self._monotonic() - max(began, self._heard or began) > ANSWER_SECONDS:
                raise ListenerSilent

    async def _send_word(self) -> None:
        async with transaction(self._engine) as session:
            await session.execute(
                text("SELECT pg_notify(:topic, :word)"), {"topic": WORDS, "word": self._name}
            )


def try_listening(dsn: str, seconds: float = 2.0) -> float | None:
    """Seconds that a notification takes over ``dsn``; None when none arrives: a pooler takes LISTEN
    without an error and delivers nothing, so only a trial tells.

    :raises psycopg.Error: the database is unavailable.
    """
    target = psycopg_dsn(dsn)
    with psycopg.connect(target, autocommit=True, **CONNECTION) as listener:
        listener.execute(f"LISTEN {WORDS}".encode())
        with psycopg.connect(target, autocommit=True, **CONNECTION) as speaker:
            speaker.execute("SELECT pg_notify(%s, 'trial')", [WORDS])
        began = time.monotonic()
        heard = list(listener.notifies(timeout=seconds, stop_after=1))
    return time.monotonic() - began if heard else None


async def _close(connection: psycopg.AsyncConnection[Any]) -> None:
    try:
        await with_deadline(1.0, connection.close())
    except (TimeoutError, psycopg.Error):
        log.debug("listener not closed in time")
