"""The local phone inbox: messages as a phone would show them, without any provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message as the phone shows it; ``to`` is masked (``010-****-5678``)."""

    id: str
    to: str
    body: str
    link: str
    at: datetime


async def inbox(session: AsyncSession, limit: int = 100) -> list[InboxMessage]:
    """The newest messages first.  The caller checks :func:`senders.inbox_open` and locality."""
    raise NotImplementedError
