"""Everything that is stored of a search, as rows: for the person whom it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories.searches import jobs
from searchapp.db.repositories.sms_counters import counters
from searchapp.db.tables.messages import InboxMessageRow, MessageRow
from searchapp.db.tables.searches import SCHEMA, metadata

messages = metadata.tables[f"{SCHEMA}.{MessageRow.__tablename__}"]
inbox = metadata.tables[f"{SCHEMA}.{InboxMessageRow.__tablename__}"]


async def search_row(session: AsyncSession, job_id: str) -> dict[str, Any] | None:
    """Every column of a search; None when it is gone."""
    found = (await session.execute(select(jobs).where(jobs.c.job_id == job_id))).mappings().first()
    return dict(found) if found else None


async def message_rows(
    session: AsyncSession, job_id: str, phone_hashes: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Every column of the messages of a search to one number, the oldest first."""
    query = select(messages).where(
        messages.c.job_id == job_id, messages.c.phone_hash.in_(phone_hashes)
    )
    rows = await session.execute(query.order_by(messages.c.ordinal))
    return [dict(row) for row in rows.mappings()]


async def inbox_rows(session: AsyncSession, message_id: str) -> list[dict[str, Any]]:
    """What the local phone inbox holds of a message."""
    rows = await session.execute(select(inbox).where(inbox.c.message_id == message_id))
    return [dict(row) for row in rows.mappings()]


async def counted(session: AsyncSession, keys: Mapping[date, Sequence[bytes]]) -> dict[date, int]:
    """How many messages to one number are counted on each day.

    :param keys: what the number may be called on a day.
    """
    found: dict[date, int] = {}
    for day, names in keys.items():
        query = select(counters.c.n).where(
            counters.c.day == day, counters.c.scope == "number", counters.c.key.in_(names)
        )
        total = sum(await session.scalars(query))
        if total:
            found[day] = total
    return found
