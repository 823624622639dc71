"""The ways to reach the database (within a deadline, or as often as it takes), and loops that
outlast its absence.

Cancelling a query is no way out of a frozen server: the driver itself waits for the server to
acknowledge.  So work with a deadline runs in a task of its own.  When the time is up its
connection is shut down, and the task is left to end by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import tenacity
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.connections import STALL_SECONDS, abort_statements_of
from searchapp.db.engine import is_outage, is_rolled_back, transaction
from searchapp.errors import NotStored
from searchapp.logs import get_logger

log = get_logger(__name__)

T = TypeVar("T")

DEADLINE_SECONDS = 5.0
"""Seconds after which a database that does not answer counts as unavailable."""

RETRY_AFTER = 3
"""Seconds that a caller should wait before the same again."""

ATTEMPT_SECONDS = 12.0
"""Longest single attempt of work that is repeated: longer than a lock is held by an honest
transaction, short enough that an orphaned connection costs a job less than 30 s."""

FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between attempts, doubled each time."""

CONFLICT_ATTEMPTS = 4
"""Tries of a transaction that met another one, before its caller hears of it."""

_left_behind: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive that no caller waits for any more."""

Work = Callable[[AsyncSession], Awaitable[T]]


async def with_deadline(
    seconds: float, work: Awaitable[T], *, undo: Callable[[T], None] | None = None
) -> T:
    """The result of ``work``.

    :param undo: gets a result that comes when no caller waits for it any more.
    :raises TimeoutError: when it takes longer; it may still take effect later.
    """
    task = asyncio.ensure_future(work)
    _left_behind.add(task)
    task.add_done_callback(_forget)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task, undo)
        raise
    if not done:
        abort_statements_of(task)
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


@asynccontextmanager
async def outage_is_not_stored() -> AsyncIterator[None]:
    """Turns an outage into :class:`NotStored`, and leaves every other error as it is."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise NotStored(type(error).__name__, retry_after=RETRY_AFTER) from error


async def transact(engine: AsyncEngine, work: Work[T], *, deadline: float = DEADLINE_SECONDS) -> T:
    """The result of ``work``, committed in a transaction of its own.

    A transaction that was rolled back because it met another one is repeated.  With a ``deadline``
    above ``STALL_SECONDS`` a single statement may take as long.

    :raises NotStored: the database is unavailable, or does not answer within ``deadline`` seconds.
    """
    again = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(is_rolled_back),
        stop=tenacity.stop_after_attempt(CONFLICT_ATTEMPTS),
        wait=tenacity.wait_random(0, 0.1),
        reraise=True,
    )
    async with outage_is_not_stored():
        longer = deadline if deadline > STALL_SECONDS else None
        return await with_deadline(deadline, again(_committed, engine, work, longer))


async def persist(engine: AsyncEngine, work: Work[T], what: str = "write") -> T:
    """The result of ``work``, committed in a transaction of its own, as often as it takes.

    ``work`` must bear being done twice: an answer may be lost after the commit.
    """
    return await retry_on_outage(
        lambda: with_deadline(ATTEMPT_SECONDS, _committed(engine, work)), what
    )


async def _committed(engine: AsyncEngine, work: Work[T], stall_seconds: float | None = None) -> T:
    async with transaction(engine, stall_seconds=stall_seconds) as session:
        return await work(session)


async def retry_on_outage(work: Callable[[], Awaitable[T]], what: str) -> T:
    """The result of ``work``, begun anew for as long as the database is unavailable.

    ``work`` must bear being done twice, and bound its own waiting.
    """

    async def once() -> T:  # Tenacity awaits what a coroutine function returns, no other.
        return await work()

    def note(state: tenacity.RetryCallState) -> None:
        if state.attempt_number == 1:
            error = state.outcome.exception() if state.outcome else None
            log.warning("database unavailable; retrying", what=what, error=type(error).__name__)

    again = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(is_outage),
        wait=tenacity.wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        before_sleep=note,
        reraise=True,
    )
    result: T = await again(once)
    if again.statistics.get("attempt_number", 1) > 1:
        log.warning("database available again", what=what)
    return result


async def repeat(
    name: str, work: Callable[[], Awaitable[object]], seconds: float, stop: asyncio.Event
) -> None:
    """Does ``work`` each ``seconds`` until ``stop``; an error costs one turn, not the loop.

    :param name: what the log calls the loop.
    """
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001  # It is logged, and the next turn comes.
            log_postponed("loop turn postponed", error, loop=name)
        await pause(seconds, stop)


_OF_FILES = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError)


def log_postponed(event: str, error: Exception, **fields: str) -> None:
    """Logs that work is left for later: an outage in one line, a fault with its traceback.

    A file that is missing or may not be read is a fault here, though waiting may mend it.
    """
    if isinstance(error, NotStored) or (is_outage(error) and not isinstance(error, _OF_FILES)):
        reason = str(error) if isinstance(error, NotStored) else type(error).__name__
        log.warning(event, error=reason, **fields)
    else:
        log.error(event, exc_info=error, **fields)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Waits for ``seconds``, or until ``stop`` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


@asynccontextmanager
async def running(
    stop: asyncio.Event, *loops: Awaitable[None], ending: float = 1.0
) -> AsyncIterator[Sequence[asyncio.Future[None]]]:
    """Runs ``loops`` beside the block, as the tasks that it yields, and ends them with it.

    :param ending: seconds that they have for that.
    """
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield tasks
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=ending)
