"""How many searches one address started, over all processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

IP_PURPOSE = "ip"
"""What addresses are hashed for: ``secrets.hash(IP_PURPOSE, ip)`` fills ``search_jobs.ip_hash``."""

_NTH = text(
    "SELECT created_at FROM search_jobs WHERE ip_hash = ANY(:hashes) AND created_at > :since "
    "ORDER BY created_at DESC OFFSET :skip LIMIT 1"
)


async def nth_latest_start(
    session: AsyncSession, ip_hashes: Sequence[bytes], since: datetime, n: int
) -> datetime | None:
    """When the ``n``-th latest search of an address (under each of its hashes) was started, if
    that was after ``since``: then the address has had ``n`` since.
    """
    found: datetime | None = await session.scalar(
        _NTH, {"hashes": list(ip_hashes), "since": since, "skip": n - 1}
    )
    return found
