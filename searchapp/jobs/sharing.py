"""Sharing: a second, read-only link to a search, which its owner can take back."""

from __future__ import annotations

from searchapp.db.repositories import shares
from searchapp.domain.ids import new_id
from searchapp.errors import NotFound
from searchapp.jobs.availability import transact
from searchapp.jobs.services import Services
from searchapp.jobs.tombstones import gone


async def share(services: Services, job_id: str) -> str:
    """The share id of a search, made when it has none.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.NotStored: the database is away.
    """
    fresh = new_id()
    found = await transact(services.engine, lambda s: shares.set_share(s, job_id, fresh))
    if found is None:
        raise await _gone(services, job_id)
    return found


async def unshare(services: Services, job_id: str) -> None:
    """Ends the share; its link is dead from now on, and a later one is another.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.NotStored: the database is away.
    """
    if not await transact(services.engine, lambda s: shares.clear_share(s, job_id)):
        raise await _gone(services, job_id)


async def job_of_share(services: Services, share_id: str) -> str:
    """The id of the search behind a share id; for this process only, never to be shown.

    :raises errors.NotFound: no such share, or it was taken back.
    """
    found = await transact(services.engine, lambda s: shares.shared_job(s, share_id))
    if found is None:
        raise NotFound
    return found


async def _gone(services: Services, job_id: str) -> NotFound:
    return await transact(services.engine, lambda s: gone(s, services.secrets, job_id))
