"""The care of stored phone numbers: they go early, and move to new keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.storage.secrets import Secrets


async def purge_phones(session: AsyncSession, now: datetime) -> int:
    """Deletes numbers 24 h after their last message's final state, and counters after 2 days.

    Returns how many numbers went.
    """
    raise NotImplementedError


async def rotate(engine: AsyncEngine, secrets: Secrets) -> int:
    """Puts every stored number under the newest key; returns how many were moved."""
    raise NotImplementedError
