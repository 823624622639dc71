"""Stored phone numbers: the caps and totals, deletion, moves to another key, export.

Counters are one row each, so that all instances agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import count_one, insert_or_update
from searchapp.db.repositories.messages import messages
from searchapp.db.repositories.searches import jobs
from searchapp.db.tables.messages import InboxMessageRow, RefusedNumberRow, SmsCounterRow, SmsDayRow
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.domain.message import OPEN

counters = metadata.tables[f"{SCHEMA}.{SmsCounterRow.__tablename__}"]
days = metadata.tables[f"{SCHEMA}.{SmsDayRow.__tablename__}"]
inbox = metadata.tables[f"{SCHEMA}.{InboxMessageRow.__tablename__}"]
refused = metadata.tables[f"{SCHEMA}.{RefusedNumberRow.__tablename__}"]

REFUSAL_KEPT = timedelta(days=90)
"""How long a refusal is remembered: people change their minds, and numbers their owners."""

TABLES: tuple[Table, ...] = (jobs, messages)
"""Every table with the columns ``phone_cipher``, ``phone_hash`` and ``phone_key``."""


async def purge(session: AsyncSession, before: datetime) -> int:
    """Deletes the numbers of messages that ended before ``before``, and of jobs that ended before
    it and have no newer or open message; says how many jobs lost theirs."""
    ended = messages.c.state.not_in([s.value for s in OPEN])
    await session.execute(
        update(messages)
        .where(messages.c.phone_cipher.is_not(None), ended, messages.c.changed_at < before)
        .values(phone_cipher=None)
    )
    needed = exists().where(
        messages.c.job_id == jobs.c.job_id, ~(ended & (messages.c.changed_at < before))
    )
    done = await session.scalars(
        update(jobs)
        .where(jobs.c.phone_cipher.is_not(None), jobs.c.finished_at < before, ~needed)
        .values(phone_cipher=None)
        .returning(jobs.c.job_id)
    )
    return len(done.all())


async def under_keys(
    session: AsyncSession, table: Table, names: Sequence[str], limit: int
) -> dict[str, bytes]:
    """Ciphertexts that the keys ``names`` made, by primary key, held until the end."""
    key = next(iter(table.primary_key))
    query = (
        select(key, table.c.phone_cipher)
        .where(table.c.phone_cipher.is_not(None), table.c.phone_key.in_(names))
        .limit(limit)
        .with_for_update()
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def under_unknown_keys(session: AsyncSession, names: Sequence[str]) -> dict[str, int]:
    """How many rows carry a number's hash by a key that is not among ``names``, by that key."""
    found: dict[str, int] = {}
    for table in TABLES:
        query = (
            select(table.c.phone_key, func.count())
            .where(table.c.phone_hash.is_not(None), table.c.phone_key.not_in(names))
            .group_by(table.c.phone_key)
        )
        for name, count in await session.execute(query):
            found[name] = found.get(name, 0) + count
    return found


async def remember_refusal(session: AsyncSession, phone_hash: bytes, code: str) -> None:
    """Remembers that a number's owner or carrier takes no messages."""
    values = {"code": code, "at": func.now()}
    await session.execute(insert_or_update(refused, {"phone_hash": phone_hash}, values))


async def was_refused(session: AsyncSession, phone_hashes: Sequence[bytes]) -> bool:
    """Whether a number, under each of its hashes, was refused within REFUSAL_KEPT."""
    query = select(refused.c.code).where(
        refused.c.phone_hash.in_(phone_hashes), refused.c.at > func.now() - REFUSAL_KEPT
    )
    return await session.scalar(query.limit(1)) is not None


async def forget_refusals(session: AsyncSession) -> None:
    """Deletes refusals older than REFUSAL_KEPT."""
    await session.execute(delete(refused).where(refused.c.at < func.now() - REFUSAL_KEPT))


async def rewrite(session: AsyncSession, table: Table, name: str, values: dict[str, Any]) -> None:
    """Writes the columns of one number."""
    key = next(iter(table.primary_key))
    await session.execute(update(table).where(key == name).values(**values))


async def reserve(session: AsyncSession, day: date, scope: str, key: bytes, cap: int) -> bool:
    """Counts one more unless ``cap`` is reached; whether it did."""
    row = {"day": day, "scope": scope, "key": key}
    return await session.scalar(count_one(counters, row, cap)) is not None


async def uncount(session: AsyncSession, day: date, scope: str, keys: Sequence[bytes]) -> None:
    """Counts one less, never below zero."""
    await session.execute(
        update(counters)
        .where(
            counters.c.day == day,
            counters.c.scope == scope,
            counters.c.key.in_(keys),
            counters.c.n > 0,
        )
        .values(n=counters.c.n - 1)
    )


async def forget_before(session: AsyncSession, day: date) -> None:
    """Deletes the caps' counters of the days before ``day``."""
    await session.execute(delete(counters).where(counters.c.day < day))


async def add_to_day(
    session: AsyncSession, day: date, *, accepted: int = 0, segments: int = 0, failed: int = 0
) -> None:
    """Adds to one day's totals."""
    fresh = pg_insert(days).values(day=day, accepted=accepted, segments=segments, failed=failed)
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=["day"],
            set_={
                "accepted": days.c.accepted + fresh.excluded.accepted,
                "segments": days.c.segments + fresh.excluded.segments,
                "failed": days.c.failed + fresh.excluded.failed,
            },
        )
    )


async def totals_since(session: AsyncSession, day: date) -> dict[date, SmsDayRow]:
    """The totals of the days from ``day`` on that have any."""
    rows = await session.scalars(select(SmsDayRow).where(days.c.day >= day))
    return {row.day: row for row in rows}


async def search_row(session: AsyncSession, job_id: str) -> dict[str, Any] | None:
    """Every column of a search; None when it is deleted."""
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
