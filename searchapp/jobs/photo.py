"""The upright picture of a job, for its owner's page."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.errors import NotFound
from searchapp.jobs.gone import known_job
from searchapp.jobs.outage import promptly
from searchapp.jobs.services import Services
from searchapp.storage import photos


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

    return await promptly(services.engine, read)
