"""The upright picture of a job, for its owner's page."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos
from searchapp.errors import NotFound
from searchapp.imaging.rendition import rendition
from searchapp.jobs.availability import transact
from searchapp.jobs.services import Services
from searchapp.jobs.tombstones import known_job


async def photo(services: Services, job_id: str) -> bytes:
    """The upright JPEG without metadata.

    :raises errors.NotFound: no such job, or a worker has not made it yet.
    :raises errors.NotStored: the database is away.
    """

    async def read(session: AsyncSession) -> bytes:
        await known_job(session, services, job_id)
        jpeg = await photos.read_upright(session, job_id)
        if jpeg is None:
            raise NotFound("not made yet")
        return jpeg

    return await transact(services.engine, read)


async def screen_photo(services: Services, job_id: str) -> bytes:
    """The same photo, as small as a screen needs it.

    :raises errors.NotFound: as :func:`photo` does.
    :raises errors.NotStored: the database is away.
    """
    return await asyncio.to_thread(rendition, await photo(services, job_id))
