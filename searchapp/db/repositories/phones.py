"""Stored phone numbers, wherever they are: deleting them, and moving them to another key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables import messages
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.domain.message import OPEN

_messages = metadata.tables[f"{SCHEMA}.{messages.MessageRow.__tablename__}"]
_jobs = metadata.tables[f"{SCHEMA}.search_jobs"]

TABLES: tuple[Table, ...] = (_jobs, _messages)
"""Every table with the columns ``phone_cipher``, ``phone_hash`` and ``phone_key``."""


async def purge(session: AsyncSession, before: datetime) -> int:
    """Deletes the numbers of messages that ended before ``before``, and of jobs that ended before
    it and have no newer or open message; says how many jobs lost theirs."""
    ended = _messages.c.state.not_in([s.value for s in OPEN])
    await session.execute(
        update(_messages)
        .where(_messages.c.phone_cipher.is_not(None), ended, _messages.c.changed_at < before)
        .values(phone_cipher=None)
    )
    needed = exists().where(
        _messages.c.job_id == _jobs.c.job_id, ~(ended & (_messages.c.changed_at < before))
    )
    done = await session.scalars(
        update(_jobs)
        .where(_jobs.c.phone_cipher.is_not(None), _jobs.c.finished_at < before, ~needed)
        .values(phone_cipher=None)
        .returning(_jobs.c.job_id)
    )
    return len(done.all())


async def under_old_keys(
    session: AsyncSession, table: Table, newest: str, limit: int
) -> dict[str, bytes]:
    """Ciphertexts that another key than ``newest`` made, by primary key, held until the end."""
    key = next(iter(table.primary_key))
    query = (
        select(key, table.c.phone_cipher)
        .where(table.c.phone_cipher.is_not(None), table.c.phone_key != newest)
        .limit(limit)
        .with_for_update()
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def rewrite(session: AsyncSession, table: Table, name: str, values: dict[str, Any]) -> None:
    """Writes the columns of one number."""
    key = next(iter(table.primary_key))
    await session.execute(update(table).where(key == name).values(**values))
