"""The pictures of jobs: what came in, and the safe one that takes its place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.storage.tables import SCHEMA, metadata

photos = metadata.tables[f"{SCHEMA}.photos"]


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A job's picture; exactly one of the two is there."""

    original: bytes | None
    upright: bytes | None


async def store_original(session: AsyncSession, job_id: str, data: bytes) -> None:
    """Keeps what came in."""
    await session.execute(insert(photos).values(job_id=job_id, original=data))


async def store_upright(session: AsyncSession, job_id: str, jpeg: bytes) -> None:
    """Puts the safe picture in the place of what came in, which is gone then."""
    statement = update(photos).where(photos.c.job_id == job_id)
    await session.execute(statement.values(upright=jpeg, original=None))


async def drop_original(session: AsyncSession, job_id: str) -> None:
    """Removes what came in, of a job that nobody will read any more; a safe picture stays."""
    await session.execute(
        delete(photos).where(photos.c.job_id == job_id, photos.c.upright.is_(None))
    )


async def read_photo(session: AsyncSession, job_id: str) -> StoredPhoto | None:
    """Both forms, for the worker."""
    columns = select(photos.c.original, photos.c.upright).where(photos.c.job_id == job_id)
    found = (await session.execute(columns)).first()
    return StoredPhoto(found.original, found.upright) if found else None


async def read_upright(session: AsyncSession, job_id: str) -> bytes | None:
    """The safe picture, or None if there is none (yet)."""
    jpeg: bytes | None = await session.scalar(
        select(photos.c.upright).where(photos.c.job_id == job_id)
    )
    return jpeg
