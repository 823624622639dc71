"""Requests about a search's message, by their idempotency keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables import messages
from searchapp.db.tables.messages import NotifyRequestRow
from searchapp.db.tables.searches import SCHEMA, metadata

requests = metadata.tables[f"{SCHEMA}.{messages.NotifyRequestRow.__tablename__}"]


async def find(
    session: AsyncSession, job_id: str, key_hashes: Sequence[bytes]
) -> NotifyRequestRow | None:
    """What was asked of a search under a key (under each of its hashes).

    The caller holds the job's row, so that two requests under one key come one after the other.
    """
    query = select(NotifyRequestRow).where(
        requests.c.job_id == job_id, requests.c.key_hash.in_(key_hashes)
    )
    found: NotifyRequestRow | None = await session.scalar(query.limit(1))
    return found


async def keep(
    session: AsyncSession, job_id: str, key_hash: bytes, digest: bytes, reason: str | None
) -> None:
    """Keeps what was asked under a key, and what was answered, for as long as the search."""
    await session.execute(
        insert(requests).values(job_id=job_id, key_hash=key_hash, digest=digest, reason=reason)
    )
