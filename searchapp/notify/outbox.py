"""The outbox: messages are written in the transaction that makes them true, and sent later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.domain.phone import Phone
from searchapp.domain.search import SmsState
from searchapp.storage.secrets import Secrets
from searchapp.storage.tables import SearchJobRow


async def write_outcome(session: AsyncSession, job_row: SearchJobRow, now: datetime) -> None:
    """Writes the automatic message of a job that completes or fails in this transaction.

    Does nothing for a cancelled job, without an expected message, or when it is written already.
    Call it when ``job_row`` already carries its final status and results.
    """
    raise NotImplementedError


async def change_number(
    session: AsyncSession, secrets: Secrets, job_row: SearchJobRow, phone: Phone, now: datetime
) -> bool:
    """Lets the automatic message go to ``phone``: before the job's end, or until it is claimed.

    The caller holds the job's row (FOR UPDATE).  Returns False when the message is claimed.
    """
    raise NotImplementedError


async def write_resend(
    session: AsyncSession,
    secrets: Secrets,
    job_row: SearchJobRow,
    phone: Phone,
    request_key: str,
    now: datetime,
) -> bool:
    """Writes one more message about an ended job; the same ``request_key`` writes it once.

    The caller holds the job's row (FOR UPDATE) and has asked :func:`policy.admit`.
    Returns False when that request was written already.
    """
    raise NotImplementedError


async def was_resent(session: AsyncSession, job_id: str, request_key: str) -> bool:
    """Whether :func:`write_resend` knows ``request_key``: ask before counting it in the caps."""
    raise NotImplementedError


async def state_of(session: AsyncSession, job_id: str) -> SmsState | None:
    """What became of the job's newest message; None when it has none."""
    raise NotImplementedError
