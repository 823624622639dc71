"""The queue between web and workers: Procrastinate, in the same database as the jobs.

Entries are made in the transaction of the row that they stand for.  The web process needs no
connection of the queue's own for that; only workers open one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, LiteralString, TypeVar
from weakref import WeakSet

import procrastinate
import psycopg
from procrastinate import exceptions, jobs, manager, retry, utils
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.connections import abort
from searchapp.db.engine import (
    CONNECT_SECONDS,
    CONNECTION,
    SEARCH_PATH,
    driver_connection,
    is_outage,
    psycopg_dsn,
)
from searchapp.db.notifier import Notifier
from searchapp.db.repositories import queue as entries
from searchapp.db.transact import with_deadline
from searchapp.logs import get_logger

log = get_logger(__name__)

QUEUE = "searches"
RUNNER = "runner"
"""The name under which a worker gives its runner to the task."""

RETRY_SECONDS = 0.5
"""Between two attempts to reach a database that is unavailable."""

STATEMENT_SECONDS = 2.0
"""Longest statement of the queue.  Shorter than the time after which a worker counts as dead: its
heartbeat gets through on a new connection before that."""

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
    """Waits for a database that is unavailable instead of failing, so that a worker keeps its
    work, and gives up no connection's answer for longer than STATEMENT_SECONDS.

    ``closing`` ends the waiting.  Notifications come from the process's one ``notifier``.
    """

    def __init__(self, closing: asyncio.Event, notifier: Notifier, **pool: Any) -> None:
        super().__init__(configure=self._configure, **pool)
        self._closing = closing
        self._notifier = notifier
        self._unavailable = False
        self._connections: WeakSet[psycopg.AsyncConnection[Any]] = WeakSet()
        self._handling: set[asyncio.Task[None]] = set()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        work = super().execute_query_async
        await self._retrying(lambda: work(query, **arguments))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        work = super().execute_query_one_async
        return await self._retrying(lambda: work(query, **arguments))

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        work = super().execute_query_all_async
        return await self._retrying(lambda: work(query, **arguments))

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """Hands on the notifications of ``channels``, until cancelled."""

        def hand_on(channel: str, payload: str) -> None:
            task = asyncio.ensure_future(on_notification(channel=channel, payload=payload))
            self._handling.add(task)
            task.add_done_callback(self._handling.discard)

        ends = [
            self._notifier.subscribe(channel, partial(hand_on, channel)) for channel in channels
        ]
        try:
            await asyncio.Event().wait()
        finally:
            for end in ends:
                end()

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connections.add(connection)
        await connection.execute(f"SET search_path TO {SEARCH_PATH}".encode())
        # As in each transaction of the engine: what is lost or frozen gives its locks back.
        await connection.execute("SET idle_in_transaction_session_timeout = '30s'")
        await connection.execute("SET client_connection_check_interval = '2s'")
        await connection.commit()

    async def _retrying(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                result = await with_deadline(STATEMENT_SECONDS, work())
            except (exceptions.ConnectorException, TimeoutError) as error:
                if self._closing.is_set() or not is_outage(error.__cause__ or error):
                    raise
                self._note(unavailable=True)
                if isinstance(error, TimeoutError):
                    # It waited long enough already: the next heartbeat must not be late.
                    self._drop_connections()
                else:
                    await asyncio.sleep(RETRY_SECONDS)
            else:
                self._note(unavailable=False)
                return result

    def _drop_connections(self) -> None:
        """Ends every connection of the pool: one of them does not answer."""
        for connection in list(self._connections):
            abort(connection)

    def _note(self, *, unavailable: bool) -> None:
        if unavailable != self._unavailable:
            state = "unavailable" if unavailable else "available again"
            log.warning("queue's database", state=state)
        self._unavailable = unavailable


@dataclass
class QueueSwitch:
    """Whether an operator paused the queue, as this process read it last."""

    paused: bool = False


class FencedManager(manager.JobManager):
    """Ends and puts back only entries that are still this worker's; takes none while paused."""

    def __init__(self, connector: ResilientConnector, switch: QueueSwitch) -> None:
        super().__init__(connector)
        self._switch = switch

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> jobs.Job | None:
        """The next entry, or None: nothing waits, or the queue is paused."""
        if self._switch.paused:
            return None
        return await super().fetch_job(queues=queues, worker_id=worker_id)

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
        """Makes the entry wait again; it goes when another one waits for the same job.

        ``retry_at`` is by this host's clock; only the time until then counts.
        """
        seconds = (retry_at - utils.utcnow()).total_seconds() if retry_at else 0.0
        try:
            await self.connector.execute_query_async(
                entries.PUT_BACK_ENTRY, **_fence(job), seconds=max(seconds, 0.0)
            )
        except exceptions.UniqueViolation:
            await self.connector.execute_query_async(entries.DELETE_ENTRY, **_fence(job))


def _fence(job: jobs.Job) -> dict[str, Any]:
    return {"entry": job.id, "attempts": job.attempts, "worker": job.worker_id}


def open_queue(
    dsn: str, closing: asyncio.Event, notifier: Notifier, switch: QueueSwitch
) -> procrastinate.App:
    """The queue with connections, for a worker: ``async with open_queue(…).open_async()``.

    :param dsn: a direct connection, never a transaction pooler.
    """
    connector = ResilientConnector(
        closing,
        notifier,
        conninfo=psycopg_dsn(dsn),
        kwargs=CONNECTION,
        min_size=0,
        max_size=4,
        timeout=CONNECT_SECONDS + 1,
        # The pool's own waiting grows with each failure; ours does not.
        reconnect_timeout=RETRY_SECONDS,
    )
    opened = app.with_connector(connector)
    opened.job_manager = FencedManager(connector, switch)
    return opened
