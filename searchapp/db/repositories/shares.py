"""Share ids: another name of a search, for reading its results and nothing else."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SET = text(
    "UPDATE search_jobs SET share_id = coalesce(share_id, :share_id) WHERE job_id = :job_id "
    "RETURNING share_id"
)
_CLEAR = text("UPDATE search_jobs SET share_id = NULL WHERE job_id = :job_id RETURNING job_id")
_FIND = text("SELECT job_id FROM search_jobs WHERE share_id = :share_id")


async def set_share(session: AsyncSession, job_id: str, share_id: str) -> str | None:
    """The share id of a search: the one it has, else ``share_id``; None without such a search."""
    found: str | None = await session.scalar(_SET, {"job_id": job_id, "share_id": share_id})
    return found


async def clear_share(session: AsyncSession, job_id: str) -> bool:
    """Ends the share of a search; says whether there is such a search."""
    return await session.scalar(_CLEAR, {"job_id": job_id}) is not None


async def shared_job(session: AsyncSession, share_id: str) -> str | None:
    """The search behind a share id."""
    found: str | None = await session.scalar(_FIND, {"share_id": share_id})
    return found
