"""Work on a database that may hang: callers get an answer in time, whatever it does.

Cancelling a query is no way out of a frozen server: the driver itself waits for the server to
acknowledge.  So the work runs in a task of its own, which is left behind when time is up; it
ends, or is undone by the server, whenever the connection wakes or dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import is_outage, transaction
from searchapp.errors import NotStored
from searchapp.logs import get_logger

log = get_logger(__name__)

T = TypeVar("T")

_left_behind: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive that nobody waits for any more."""


async def with_deadline(
    seconds: float, work: Coroutine[Any, Any, T], *, undo: Callable[[T], None] | None = None
) -> T:
    """The result of ``work``.

    :param undo: gets a result that comes when nobody waits for it any more.
    :raises TimeoutError: when it takes longer; it may still take effect later.
    """
    task = asyncio.create_task(work)
    _left_behind.add(task)
    task.add_done_callback(_forget)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task, undo)
        raise
    if not done:
        _leave(task, undo)
        raise TimeoutError(f"the database did not answer within {seconds:g} s")
    return task.result()


def _leave(task: asyncio.Task[T], undo: Callable[[T], None] | None) -> None:
    def ended(left: asyncio.Task[T]) -> None:
        if undo is not None and not left.cancelled() and left.exception() is None:
            undo(left.result())

    task.cancel()
    task.add_done_callback(ended)


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()


DEADLINE_SECONDS = 5.0
"""Seconds after which a database that does not answer counts as away."""

RETRY_AFTER = 3
"""Seconds that a caller should wait before the same again."""


@asynccontextmanager
async def outage_is_not_stored() -> AsyncIterator[None]:
    """Turns an outage into :class:`NotStored`, and leaves every other error as it is."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise NotStored(type(error).__name__, retry_after=RETRY_AFTER) from error


async def transact(engine: AsyncEngine, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """The result of ``work``, committed in a transaction of its own.

    :raises NotStored: the database is away, or does not answer within PATIENCE seconds.
    """

    async def once() -> T:
        async with transaction(engine) as session:
            return await work(session)

    async with outage_is_not_stored():
        return await with_deadline(DEADLINE_SECONDS, once())


FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between attempts, doubled each time."""


async def retry_on_outage(work: Callable[[], Awaitable[T]], what: str) -> T:
    """The result of ``work``, begun anew for as long as the database is away.

    ``work`` must bear being done twice: an answer may be lost after the commit.
    """
    wait = FIRST_WAIT
    while True:
        try:
            result = await work()
        except Exception as error:
            if not is_outage(error):
                raise
            if wait == FIRST_WAIT:
                log.warning("database away", what=what)
        else:
            if wait > FIRST_WAIT:
                log.warning("database back", what=what)
            return result
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def write(
    engine: AsyncEngine, work: Callable[[AsyncSession], Awaitable[T]], what: str = "write"
) -> T:
    """Runs ``work`` in a transaction and commits, as often as it takes."""

    async def once() -> T:
        async with transaction(engine) as session:
            return await work(session)

    return await retry_on_outage(once, what)
