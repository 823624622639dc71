"""What goes, and the little that stays of it for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories.searches import jobs
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.domain.search import Stage

tombstones = metadata.tables[f"{SCHEMA}.tombstones"]


async def expired_jobs(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """Jobs whose time is over, locked: those that ended, and those that nobody chose for.

    A job that still waits for a worker stays, however long that takes.
    """
    query = (
        select(jobs.c.job_id)
        .where(
            jobs.c.expires_at < now,
            or_(jobs.c.finished_at.is_not(None), jobs.c.stage == Stage.CHOOSING.value),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def insert_tombstones(
    session: AsyncSession, id_hashes: Sequence[bytes], reason: str, now: datetime
) -> None:
    """Keeps why these jobs are gone (``expired`` or ``erased``); the first reason counts."""
    if not id_hashes:
        return
    rows = [{"id_hash": id_hash, "reason": reason, "at": now} for id_hash in id_hashes]
    await session.execute(pg_insert(tombstones).values(rows).on_conflict_do_nothing())


async def deletion_reason(session: AsyncSession, id_hashes: Sequence[bytes]) -> str | None:
    """``expired`` or ``erased``, or None when nothing is known of such a job."""
    query = select(tombstones.c.reason).where(tombstones.c.id_hash.in_(id_hashes))
    reason: str | None = await session.scalar(query)
    return reason


async def forget(session: AsyncSession, before: datetime) -> None:
    """Removes tombstones older than ``before``."""
    await session.execute(delete(tombstones).where(tombstones.c.at < before))
