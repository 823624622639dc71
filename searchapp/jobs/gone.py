"""What is said of a job that is not there: never was, expired, or erased."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.errors import Erased, Expired, NotFound
from searchapp.storage.retention import why_gone
from searchapp.storage.secrets import Secrets

TOMBSTONES = "job"
"""What the keyed hashes of the ids of gone jobs are for."""

_ERRORS = {"expired": Expired, "erased": Erased}


async def gone(session: AsyncSession, secrets: Secrets, job_id: str) -> NotFound:
    """The error that says why there is no such job."""
    reason = await why_gone(session, secrets.hashes(TOMBSTONES, job_id))
    return _ERRORS.get(reason or "", NotFound)()
