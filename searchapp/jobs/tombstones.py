"""What is said of a job that is not there: never was, expired, or erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import searches
from searchapp.db.repositories.retention import deletion_reason
from searchapp.db.secrets import Secrets
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.search import SearchJob, Stage, Status, is_over
from searchapp.errors import Erased, Expired, NotFound
from searchapp.jobs.services import Services

TOMBSTONES = "job"
"""What the keyed hashes of the ids of gone jobs are for."""

_ERRORS = {"expired": Expired, "erased": Erased}


async def gone(session: AsyncSession, secrets: Secrets, job_id: str) -> NotFound:
    """The error that says why there is no such job."""
    reason = await deletion_reason(session, secrets.hashes(TOMBSTONES, job_id))
    return _ERRORS.get(reason or "", NotFound)()


def in_time(job: SearchJob, now: datetime) -> SearchJob:
    """The job, unless its time is over: then the next purge removes it.

    :raises Expired: it is.
    """
    if is_over(job.status, job.stage, job.expires_at, now):
        raise Expired
    return job


async def known_job(session: AsyncSession, services: Services, job_id: str) -> SearchJob:
    """The job.

    :raises NotFound: when there is none, saying why.
    """
    job = await searches.read_job(session, job_id)
    if job is None:
        raise await gone(session, services.secrets, job_id)
    return in_time(job, services.clock())


async def locked_job(
    session: AsyncSession,
    services: Services,
    job_id: str,
    lock: Callable[[AsyncSession, str], Awaitable[SearchJobRow | None]] = searches.lock_job,
) -> SearchJobRow:
    """The job's row, held until the transaction ends.

    :param lock: how it is held.
    :raises NotFound: when there is none, saying why.
    """
    row = await lock(session, job_id)
    if row is None:
        raise await gone(session, services.secrets, job_id)
    if is_over(Status(row.status), Stage(row.stage), row.expires_at, services.clock()):
        raise Expired
    return row
