"""The upright picture of a job, for its owner's page."""

from __future__ import annotations

from searchapp.jobs.services import Services


async def photo(services: Services, job_id: str) -> bytes:
    """The upright JPEG without metadata.

    :raises errors.NotFound: no such job, or a worker has not made it yet.
    """
    raise NotImplementedError
