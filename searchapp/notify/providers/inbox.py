"""The local phone inbox: shows messages as a phone does, without a provider.

For development only.  It stores the masked form of a number, not the number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.tables.messages import InboxMessageRow
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.notify.ports import Accepted, Answer, Found, LookUpFailed, Outgoing, Unclear

_table = metadata.tables[f"{SCHEMA}.inbox_messages"]


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message of the inbox; ``to`` is masked (``010-****-5678``)."""

    id: str
    to: str
    body: str
    link: str
    at: datetime


async def inbox(session: AsyncSession, limit: int = 100) -> list[InboxMessage]:
    """Return messages, the newest first.  The caller checks :func:`policy.inbox_open` and that the
    request is local."""
    query = select(InboxMessageRow).order_by(_table.c.at.desc()).limit(limit)
    rows = await session.scalars(query)
    return [InboxMessage(r.inbox_id, r.masked, r.body, r.link, r.at) for r in rows]


@dataclass
class InboxSender:
    """Stores messages in the local phone inbox."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    name: str = "inbox"
    asks_for_reports: bool = False

    async def send(self, message: Outgoing) -> Answer:
        """Store the message, linked to its row of the outbox."""
        row = InboxMessageRow(
            inbox_id=new_id(),
            message_id=message.reference,
            masked=message.to.masked,
            body=message.body,
            link=message.link,
            at=self.clock(),
        )
        try:
            async with transaction(self.engine) as session:
                session.add(row)
        except SQLAlchemyError:
            return Unclear("database")
        return Accepted(row.inbox_id)

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """Return the newest stored message with that link and with the masked form of ``to``."""
        query = (
            select(_table.c.inbox_id)
            .where(_table.c.link == link, _table.c.masked == to.masked, _table.c.at >= since)
            .order_by(_table.c.at.desc())
        )
        try:
            async with transaction(self.engine) as session:
                found = await session.scalar(query.limit(1))
        except SQLAlchemyError as error:
            raise LookUpFailed(type(error).__name__) from None
        return None if found is None else Found(found)

    async def close(self) -> None:
        """Leave the engine open: its owner closes it."""
