"""The pictures of jobs: what came in, and the safe one that takes its place.

They lie in the database, or in the object store of the session's engine; then the row holds their
names there.  Names are random: they say nothing about the job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.object_store import PhotoStore, delete_after_commit, store_of
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.errors import OperatorError

photos = metadata.tables[f"{SCHEMA}.photos"]


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A job's picture; exactly one of the two is there."""

    original: bytes | None
    upright: bytes | None


async def store_original(session: AsyncSession, job_id: str, data: bytes) -> None:
    """Keeps what came in."""
    store = store_of(session)
    if store is None:
        await session.execute(insert(photos).values(job_id=job_id, original=data))
    else:
        key = await _put(store, data)
        await session.execute(insert(photos).values(job_id=job_id, original_key=key))


async def store_upright(session: AsyncSession, job_id: str, jpeg: bytes) -> None:
    """Puts the safe picture in the place of what came in, which is gone then."""
    store = store_of(session)
    values: dict[str, object] = {"original": None, "original_key": None}
    if store is None:
        values["upright"] = jpeg
    else:
        await _delete_objects(session, store, [job_id])
        values["upright_key"] = await _put(store, jpeg)
    await session.execute(update(photos).where(photos.c.job_id == job_id).values(**values))


async def drop_original(session: AsyncSession, job_id: str) -> None:
    """Removes what came in, of a job that is not read any more; a safe picture stays."""
    dropped = delete(photos).where(
        photos.c.job_id == job_id, photos.c.upright.is_(None), photos.c.upright_key.is_(None)
    )
    store = store_of(session)
    keys = list(await session.scalars(dropped.returning(photos.c.original_key)))
    if store is not None:
        delete_after_commit(session, store, [key for key in keys if key])


async def read_photo(session: AsyncSession, job_id: str) -> StoredPhoto | None:
    """Both forms, for the worker."""
    columns = (
        photos.c.original, photos.c.upright, photos.c.original_key, photos.c.upright_key,
    )  # fmt: skip
    found = (await session.execute(select(*columns).where(photos.c.job_id == job_id))).first()
    if found is None:
        return None
    original = await _get(session, found.original_key) or found.original
    upright = await _get(session, found.upright_key) or found.upright
    return StoredPhoto(original, upright)


async def read_upright(session: AsyncSession, job_id: str) -> bytes | None:
    """The safe picture, or None if there is none (yet)."""
    columns = select(photos.c.upright, photos.c.upright_key)
    found = (await session.execute(columns.where(photos.c.job_id == job_id))).first()
    if found is None:
        return None
    return await _get(session, found.upright_key) or found.upright


async def delete_objects(session: AsyncSession, job_ids: Sequence[str]) -> None:
    """Deletes the objects of jobs that this transaction removes, once it is committed."""
    store = store_of(session)
    if store is not None:
        await _delete_objects(session, store, job_ids)


async def sweep(engine: AsyncEngine, before: datetime) -> int:
    """Deletes objects that no row names and that were put before ``before``; how many.

    ``before`` must be longer ago than any transaction takes.
    """
    async with transaction(engine) as session:
        store = store_of(session)
    if store is None:
        return 0
    swept = 0
    async for keys in store.listed_before(before):
        async with transaction(engine) as session:
            named = await _named(session, keys)
        if orphans := [key for key in keys if key not in named]:
            await store.delete(orphans)
            swept += len(orphans)
    return swept


async def _named(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    columns = select(photos.c.original_key, photos.c.upright_key)
    rows = await session.execute(
        columns.where(or_(photos.c.original_key.in_(keys), photos.c.upright_key.in_(keys)))
    )
    return {key for row in rows for key in row if key}


async def _put(store: PhotoStore, data: bytes) -> str:
    key = token_hex(20)
    await store.put(key, data)
    return key


async def _get(session: AsyncSession, key: str | None) -> bytes | None:
    if key is None:
        return None
    store = store_of(session)
    if store is None:
        raise OperatorError(
            "A photo lies in an object store that SEARCHAPP_PHOTO_STORE does not name any more."
        )
    return await store.get(key)


async def _delete_objects(session: AsyncSession, store: PhotoStore, job_ids: Sequence[str]) -> None:
    columns = select(photos.c.original_key, photos.c.upright_key)
    rows = await session.execute(columns.where(photos.c.job_id.in_(job_ids)))
    delete_after_commit(session, store, [key for row in rows for key in row if key])
