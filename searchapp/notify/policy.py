"""Whether a number may get a message today: the caps against SMS pumping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.domain.phone import Phone
from searchapp.settings import Settings
from searchapp.storage.secrets import Secrets
from searchapp.storage.tables import SearchJobRow


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message may be expected; if not, ``reason`` is a slug that says why."""

    expected: bool
    reason: str | None = None


async def admit(
    session: AsyncSession,
    settings: Settings,
    secrets: Secrets,
    phone: Phone,
    ip_hash: bytes,
    local: bool,
    now: datetime,
) -> Admission:
    """Reserves one message to ``phone`` within the caller's transaction, or says why not.

    Reasons: ``sms_off``, ``not_configured``, ``prefix_not_allowed``, ``number_cap``, ``ip_cap``,
    ``site_cap``.
    """
    raise NotImplementedError


async def release(
    session: AsyncSession, secrets: Secrets, job: SearchJobRow, now: datetime
) -> None:
    """Gives back the reservation of a job that was cancelled before it had a message."""
    raise NotImplementedError
