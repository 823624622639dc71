"""One connection that hears of every change, and knows when it does not.

Behind a transaction pooler LISTEN fails without any error, and a cut connection may take long to
be noticed.  So the listener sends itself a word every few seconds and counts as hearing only
while the words come back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import CONNECT_SECONDS, CONNECTION, psycopg_dsn, transaction
from searchapp.db.repositories.searches import CHANNEL
from searchapp.db.transact import with_deadline
from searchapp.logs import get_logger

log = get_logger(__name__)

WORD_SECONDS = 2.0
"""Between two words to oneself."""

ANSWER_SECONDS = 5.0
"""A listener that has not heard its own word for so long hears nothing."""

RECONNECT_SECONDS = 0.5

_WORD = "~"
"""Begins a word to oneself: no job id does."""


class ListenerSilent(TimeoutError):
    """Listening without an error, and nothing arrives."""


class Listener:
    """Calls ``on_change(job_id, version)`` for each change and ``on_gap()`` after each time in
    which changes may have been missed.

    :param dsn: a direct connection; a pooler is noticed, and leaves :attr:`hearing` False.
    :param engine: the connections on which words are sent.
    """

    def __init__(
        self,
        dsn: str,
        engine: AsyncEngine,
        on_change: Callable[[str, int], None],
        on_gap: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dsn = psycopg_dsn(dsn)
        self._engine = engine
        self._on_change = on_change
        self._on_gap = on_gap
        self._monotonic = monotonic
        self._name = f"{_WORD}{token_hex(8)}"
        self._heard: float | None = None
        self._warned = False

    @property
    def hearing(self) -> bool:
        """Whether every change of the last seconds is known to have arrived."""
        return self._heard is not None and self._monotonic() - self._heard < ANSWER_SECONDS

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
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            # Only now: what changed before is read again, what changes later is told.
            self._on_gap()
            tasks = [asyncio.create_task(w) for w in (self._hear(connection), self._check())]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await _close(connection)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await with_deadline(
            CONNECT_SECONDS + 1,
            psycopg.AsyncConnection.connect(self._dsn, autocommit=True, **CONNECTION),
            undo=lambda late: late.pgconn.finish(),
        )

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async for notify in connection.notifies():
            self._take(notify.payload)

    def _take(self, payload: str) -> None:
        if payload.startswith(_WORD):
            if payload == self._name:
                self._back()
            return
        job_id, _, version = payload.rpartition(":")
        if job_id and version.isdigit():
            self._on_change(job_id, int(version))

    def _back(self) -> None:
        if self._warned:
            log.warning("listening again")
        self._warned = False
        if not self.hearing:
            # Something may have been lost since the last word that came back.
            self._on_gap()
        self._heard = self._monotonic()

    def _note_silence(self, error: Exception) -> None:
        """Says once that nothing is heard, and what an operator can do about it."""
        if not self._warned:
            log.warning("not listening: polling instead", error=type(error).__name__)
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
                text("SELECT pg_notify(:channel, :word)"),
                {"channel": CHANNEL, "word": self._name},
            )


async def _close(connection: psycopg.AsyncConnection[Any]) -> None:
    try:
        await with_deadline(1.0, connection.close())
    except (TimeoutError, psycopg.Error):
        log.debug("listener not closed in time")
