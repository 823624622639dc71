"""Removes what is past its time: searches, numbers, and in the end the tombstones."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import transaction
from searchapp.db.repositories import (
    admin,
    phones,
    photos,
    product_writes,
    products,
    queue,
    searches,
)
from searchapp.jobs.access import TOMBSTONES
from searchapp.jobs.services import Services
from searchapp.logs import get_logger
from searchapp.notify.stored_numbers import purge_phones, rotate

log = get_logger(__name__)

BATCH = 50
"""Searches removed in one transaction: short enough to be interrupted at any time."""

TOMBSTONE_TIME = timedelta(days=30)

UNNAMED_TIME = timedelta(hours=1)
"""How long an object may lie in the photo store before the row that names it is there."""


async def purge(services: Services) -> int:
    """Removes every search whose time is over, in small batches; how many.

    Interrupted, it goes on with the rest next time.
    """
    total = 0
    while removed := await _purge_batch(services):
        total += removed
        await asyncio.sleep(0)
    async with transaction(services.engine, stall_seconds=LONG_SECONDS) as session:
        now = services.clock()
        await searches.forget(session, now - TOMBSTONE_TIME)
        await purge_phones(session, now)
        await phones.forget_refusals(session)
        await products.purge_pictures(session, now)
        await product_writes.remove_unused_pictures(session)
        await admin.forget_old(session, now)
        await queue.forget_old(session)
    await photos.sweep(services.engine, services.clock() - UNNAMED_TIME)
    # Last: it stops where a key is missing that stored numbers need.
    await rotate(services.engine, services.secrets)
    if total:
        log.info("expired searches removed", count=total)
    return total


async def _purge_batch(services: Services) -> int:
    # Photos go with their searches, and an old catalogue of them may lie on a slow disk.
    async with transaction(services.engine, stall_seconds=LONG_SECONDS) as session:
        return await _remove(session, services)


async def _remove(session: AsyncSession, services: Services) -> int:
    now = services.clock()
    expired = await searches.expired_jobs(session, now, BATCH)
    if not expired:
        return 0
    hashes = [services.secrets.hash(TOMBSTONES, job_id) for job_id in expired]
    await searches.insert_tombstones(session, hashes, "expired", now)
    await queue.remove_entries(session, expired)
    return len(await searches.remove(session, expired))
