"""What is said of a job that is not there: never was, expired, or erased."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.domain.search import SearchJob
from searchapp.errors import Erased, Expired, NotFound
from searchapp.storage import searches
from searchapp.storage.retention import why_gone
from searchapp.storage.secrets import Secrets
from searchapp.storage.tables import SearchJobRow

TOMBSTONES = "job"
"""What the keyed hashes of the ids of gone jobs are for."""

_ERRORS = {"expired": Expired, "erased": Erased}


async def gone(session: AsyncSession, secrets: Secrets, job_id: str) -> NotFound:
    """The error that says why there is no such job."""
    reason = await why_gone(session, secrets.hashes(TOMBSTONES, job_id))
    return _ERRORS.get(reason or "", NotFound)()


async def known_job(session: AsyncSession, secrets: Secrets, job_id: str) -> SearchJob:
    """The job.

    :raises NotFound: when there is none, saying why.
    """
    job = await searches.read_job(session, job_id)
    if job is None:
        raise await gone(session, secrets, job_id)
    return job


async def locked_job(session: AsyncSession, secrets: Secrets, job_id: str) -> SearchJobRow:
    """The job's row, held until the transaction ends.

    :raises NotFound: when there is none, saying why.
    """
    row = await searches.lock_job(session, job_id)
    if row is None:
        raise await gone(session, secrets, job_id)
    return row
