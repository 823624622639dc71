"""Writes that outlive an outage: what a worker has computed waits in memory until it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import is_outage, transaction
from searchapp.logs import get_logger

log = get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between attempts, doubled each time."""

T = TypeVar("T")


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
