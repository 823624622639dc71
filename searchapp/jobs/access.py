"""What is said of a job that is not there: never was, expired, or erased."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos, queue, searches
from searchapp.db.repositories.searches import deletion_reason
from searchapp.db.secrets import Secrets
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.ids import is_id, new_id
from searchapp.domain.search import SearchJob, Stage, Status, is_over
from searchapp.errors import Erased, Expired, NotFound
from searchapp.imaging.picture import rendition
from searchapp.jobs.services import Services, in_transaction

TOMBSTONES = "job"
"""What the keyed hashes of the ids of deleted jobs are for."""

_ERRORS = {"expired": Expired, "erased": Erased}


async def missing_error(session: AsyncSession, secrets: Secrets, job_id: str) -> NotFound:
    """The error that says why there is no such job."""
    reason = await deletion_reason(session, secrets.hashes(TOMBSTONES, job_id))
    return _ERRORS.get(reason or "", NotFound)()


def in_time(job: SearchJob, now: datetime) -> SearchJob:
    """The job, unless its time is over: then the next purge removes it.

    :raises Expired: it is.
    """
    if is_over(job.status, job.stage, expires_at=job.expires_at, now=now):
        raise Expired
    return job


async def known_job(session: AsyncSession, services: Services, job_id: str) -> SearchJob:
    """The job.

    :raises NotFound: when there is none, saying why.
    """
    job = await searches.read_job(session, job_id)
    if job is None:
        raise await missing_error(session, services.secrets, job_id)
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
        raise await missing_error(session, services.secrets, job_id)
    status, stage, now = Status(row.status), Stage(row.stage), services.clock()
    if is_over(status, stage, expires_at=row.expires_at, now=now):
        raise Expired
    return row


async def remove_jobs(
    session: AsyncSession, services: Services, job_ids: Sequence[str], reason: str
) -> list[str]:
    """Deletes searches with all that belongs to them; the ids of those that were there.

    :param reason: ``erased`` or ``expired``, kept with the keyed hash of the id.
    """
    removed = await searches.remove(session, job_ids)
    await queue.remove_entries(session, job_ids)
    hashes = [services.secrets.hash(TOMBSTONES, job_id) for job_id in removed]
    await searches.insert_tombstones(session, hashes, reason, services.clock())
    return removed


@in_transaction
async def photo(session: AsyncSession, services: Services, job_id: str) -> bytes:
    """The upright JPEG without metadata.

    :raises errors.NotFound: no such job, or a worker has not made it yet.
    :raises errors.NotStored: the database is unavailable.
    """
    await known_job(session, services, job_id)
    jpeg = await photos.read_upright(session, job_id)
    if jpeg is None:
        raise NotFound("not made yet")
    return jpeg


async def screen_photo(services: Services, job_id: str) -> bytes:
    """The same photo, as small as a screen needs it.

    :raises errors.NotFound: as :func:`photo` does.
    :raises errors.NotStored: the database is unavailable.
    """
    return await asyncio.to_thread(rendition, await photo(services, job_id))


@in_transaction
async def share(session: AsyncSession, services: Services, job_id: str) -> str:
    """The share id of a search, made when it has none.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.NotStored: the database is unavailable.
    """
    await locked_job(session, services, job_id)
    return await searches.set_share(session, job_id, new_id())


@in_transaction
async def unshare(session: AsyncSession, services: Services, job_id: str) -> None:
    """Ends the share; its link is dead from now on, and a later one is another.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.NotStored: the database is unavailable.
    """
    await locked_job(session, services, job_id)
    await searches.change(session, job_id, share_id=None)


async def job_of_share(services: Services, share_id: str) -> str:
    """The id of the search behind a share id; for this process only, never to be shown.

    :raises errors.NotFound: no such share, or it was taken back.
    """
    if not is_id(share_id):
        raise NotFound
    found = await services.transact(lambda s: searches.shared_job(s, share_id))
    if found is None:
        raise NotFound
    return found
