"""Runs of imports, and how many products each feed has: what an operator looks at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, not_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import advisory_lock
from searchapp.db.tables.products import imports, products

KEPT_REFUSALS = 500
"""Refused rows that are kept with their reasons, of one import."""

_LOCK = 0x5EA2C4AA
"""The first key of the advisory lock of an import; the second is the feed's name, hashed."""

_HELD = text(
    "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    " AND classid = :lock AND objid::bigint = (hashtext(feed)::bigint & 4294967295)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
).bindparams(lock=_LOCK)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    removed: int = 0

    @property
    def taken(self) -> int:
        """Rows that are products now."""
        return self.added + self.changed + self.unchanged


@dataclass(frozen=True, slots=True)
class FeedStats:
    """One feed, for the operator."""

    feed: str
    products: int
    in_stock: int
    models: Sequence[str]
    updated_at: datetime


def under_way(engine: AsyncEngine, feed: str) -> AbstractAsyncContextManager[bool]:
    """Shows to others, while the block runs, that ``feed`` is being imported.

    :yields: False if ``feed`` is being imported already.
    """
    return advisory_lock(engine, _LOCK, feed)


async def start_import(session: AsyncSession, feed: str, source: str, now: datetime) -> int:
    """Notes that an import began; its number."""
    statement = insert(imports).values(feed=feed, source=source, state="running", started_at=now)
    number: int | None = await session.scalar(statement.returning(imports.c.number))
    if number is None:
        raise RuntimeError("an insert returned no row")
    return number


async def broken_off_at(session: AsyncSession, feed: str) -> datetime | None:
    """When the last import of ``feed`` began, if it never ended well."""
    newest = (
        select(imports.c.started_at, imports.c.state)
        .where(imports.c.feed == feed)
        .order_by(imports.c.started_at.desc(), imports.c.number.desc())
        .limit(1)
    )
    row = (await session.execute(newest)).first()
    started: datetime | None = row.started_at if row and row.state != "done" else None
    return started


async def note_import(
    session: AsyncSession,
    number: int,
    counts: Counts,
    refusals: Sequence[dict[str, Any]],
    *,
    state: str = "running",
    finished_at: datetime | None = None,
) -> None:
    """Writes down how far an import is."""
    await session.execute(
        update(imports)
        .where(imports.c.number == number)
        .values(
            **asdict(counts),
            refusals=list(refusals[:KEPT_REFUSALS]),
            state=state,
            finished_at=finished_at,
        )
    )


async def last_imports(session: AsyncSession, limit: int = 20) -> list[dict[str, Any]]:
    """The newest imports, newest first, all columns; further back only those to be run again.

    The ``state`` of one that died without a word is ``interrupted``: it never ended, and nobody
    is at work on it.
    """
    same = imports.alias("same")
    newest = select(func.max(same.c.number)).where(same.c.feed == imports.c.feed).scalar_subquery()
    at_work = and_(imports.c.number == newest, _HELD)
    dead = and_(imports.c.state == "running", not_(at_work))
    state = case((dead, "interrupted"), else_=imports.c.state).label("state")
    columns = [state if column.name == "state" else column for column in imports.c]
    recent = select(same.c.number).order_by(same.c.number.desc()).limit(limit)
    wanted = or_(imports.c.number.in_(recent), and_(dead, imports.c.number == newest))
    rows = await session.execute(select(*columns).where(wanted).order_by(imports.c.number.desc()))
    return [dict(row) for row in rows.mappings()]


async def feed_stats(session: AsyncSession) -> list[FeedStats]:
    """Every feed that has products, by name."""
    columns = products.c
    rows = await session.execute(
        select(
            columns.feed,
            func.count(),
            func.count().filter(columns.in_stock),
            func.array_agg(columns.model.distinct()),
            func.max(columns.updated_at),
        )
        .group_by(columns.feed)
        .order_by(columns.feed)
    )
    return [FeedStats(row[0], int(row[1]), int(row[2]), list(row[3]), row[4]) for row in rows]
