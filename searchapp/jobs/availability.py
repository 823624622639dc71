"""What callers hear when the database is away: that nothing was stored, and when to come again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.deadline import with_deadline
from searchapp.db.engine import is_outage, transaction
from searchapp.errors import NotStored

DEADLINE_SECONDS = 5.0
"""Seconds after which a database that does not answer counts as away."""

RETRY_AFTER = 3
"""Seconds that a caller should wait before the same again."""

T = TypeVar("T")


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
