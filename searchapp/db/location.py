"""Which database this process uses: DATABASE_URL, or the embedded Postgres of the data folder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

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


def whereabouts(settings: Settings) -> Dsns:
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
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # Without an error there is one.

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001  # It is raised where it is waited for.
            error = raised
        with suppress(RuntimeError):  # The loop is closed: no caller waits any more.
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await done
