"""The queue between web and workers: Procrastinate, in the same database as the jobs.

Entries are made in the transaction of the row that they stand for.  The web process needs no
connection of the queue's own for that; only workers open one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, LiteralString, TypeVar

import procrastinate
import psycopg
from procrastinate import exceptions, jobs, manager, retry
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import (
    CONNECT_SECONDS,
    CONNECTION,
    SEARCH_PATH,
    driver_connection,
    is_outage,
    psycopg_dsn,
)
from searchapp.db.repositories import queue as entries
from searchapp.logs import get_logger

log = get_logger(__name__)

QUEUE = "searches"
RUNNER = "runner"
"""The name under which a worker gives its runner to the task."""

RETRY_SECONDS = 0.5
"""Between two attempts to reach a database that is away."""

T = TypeVar("T")

# Its warnings say once a second what our own line says once.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class RetryPolicy(retry.BaseRetryStrategy):
    """Puts an entry back whatever happened: how often is counted on the job, not here."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> retry.RetryDecision:
        """At once after a good stop, else after 1, 2, 4 ... 60 seconds."""
        if isinstance(exception, asyncio.CancelledError | exceptions.JobAborted):
            return retry.RetryDecision()
        return retry.RetryDecision(retry_in={"seconds": min(2**job.attempts, 60)})


app = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Knows the task; has no connection.  Workers use :func:`open_queue`."""


@app.task(name="search", queue=QUEUE, pass_context=True, retry=RetryPolicy())
async def search(context: procrastinate.JobContext, job_id: str) -> None:
    """Runs one search in the worker that took it."""
    await context.additional_context[RUNNER](job_id, context.job.id)


async def enqueue(session: AsyncSession, job_id: str) -> bool:
    """Puts a job into the queue, in the transaction of ``session``.

    False when it waits there already; nothing else of the transaction is harmed then.
    """
    try:
        # The connection's own savepoint: the session's would come with its first statement.
        async with (await session.connection()).begin_nested():
            await enqueue_new(session, job_id)
    except exceptions.AlreadyEnqueued:
        return False
    return True


async def enqueue_new(session: AsyncSession, job_id: str) -> None:
    """:func:`enqueue` for a job that this transaction made: nothing of it can wait there yet, so
    the two statements of a savepoint are saved.
    """
    driver = await driver_connection(session)
    try:
        await search.configure(connection=driver, queueing_lock=job_id).defer_async(job_id=job_id)
    except exceptions.ConnectorException as error:
        raise (error.__cause__ or error) from None


class ResilientConnector(procrastinate.PsycopgConnector):
    """Waits for a database that is away instead of failing, so that a worker keeps what it does.

    ``closing`` ends the waiting.
    """

    def __init__(self, closing: asyncio.Event, **pool: Any) -> None:
        super().__init__(**pool)
        self._closing = closing
        self._away = False

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        work = super().execute_query_async
        await self._patiently(lambda: work(query, **arguments))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        work = super().execute_query_one_async
        return await self._patiently(lambda: work(query, **arguments))

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        work = super().execute_query_all_async
        return await self._patiently(lambda: work(query, **arguments))

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        work = super().listen_notify
        await self._patiently(lambda: work(on_notification, channels))

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                result = await work()
            except exceptions.ConnectorException as error:
                cause = error.__cause__
                if self._closing.is_set() or cause is None or not is_outage(cause):
                    raise
                self._note(away=True)
            else:
                self._note(away=False)
                return result
            await asyncio.sleep(RETRY_SECONDS)

    def _note(self, *, away: bool) -> None:
        if away != self._away:
            log.warning("database away for the queue" if away else "database back for the queue")
        self._away = away


class FencedManager(manager.JobManager):
    """Ends and puts back only entries that are still this worker's."""

    async def finish_job(
        self,
        job: jobs.Job,
        status: jobs.Status,  # noqa: ARG002 (the library's signature)
        delete_job: bool,  # noqa: ARG002
    ) -> None:
        """Takes the entry out: what became of the search is told on the job itself."""
        await self.connector.execute_query_async(entries.DELETE_ENTRY, **_fence(job))

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,  # noqa: ARG002 (the library's signature)
        queue: str | None = None,  # noqa: ARG002
        lock: str | None = None,  # noqa: ARG002
    ) -> None:
        """Makes the entry wait again; it goes when another one waits for the same job."""
        try:
            await self.connector.execute_query_async(
                entries.PUT_BACK_ENTRY, **_fence(job), at=retry_at
            )
        except exceptions.UniqueViolation:
            await self.connector.execute_query_async(entries.DELETE_ENTRY, **_fence(job))


def _fence(job: jobs.Job) -> dict[str, Any]:
    return {"entry": job.id, "attempts": job.attempts, "worker": job.worker_id}


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"SET search_path TO {SEARCH_PATH}".encode())
    await connection.commit()


def open_queue(dsn: str, closing: asyncio.Event) -> procrastinate.App:
    """The queue with connections, for a worker: ``async with open_queue(…).open_async()``.

    :param dsn: a direct connection, never a transaction pooler.
    """
    connector = ResilientConnector(
        closing,
        conninfo=psycopg_dsn(dsn),
        kwargs=CONNECTION,
        configure=_configure,
        min_size=0,
        max_size=4,
        timeout=CONNECT_SECONDS + 1,
        # The pool's own waiting grows with each failure; ours does not.
        reconnect_timeout=RETRY_SECONDS,
    )
    opened = app.with_connector(connector)
    opened.job_manager = FencedManager(connector)
    return opened
