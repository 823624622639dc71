"""Counters of messages: the caps, and the days' totals.  One row each, so instances agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables import messages
from searchapp.db.tables.messages import SmsDayRow
from searchapp.db.tables.searches import SCHEMA, metadata

counters = metadata.tables[f"{SCHEMA}.{messages.SmsCounterRow.__tablename__}"]
days = metadata.tables[f"{SCHEMA}.sms_days"]
switches = metadata.tables[f"{SCHEMA}.switches"]

SWITCH = "sms"


async def reserve(session: AsyncSession, day: date, scope: str, key: bytes, cap: int) -> bool:
    """Counts one more unless ``cap`` is reached.  Others who count the same wait for the commit,
    so no two of them take the last place."""
    statement = pg_insert(counters).values(day=day, scope=scope, key=key, n=1)
    counted = statement.on_conflict_do_update(
        index_elements=["day", "scope", "key"],
        set_={"n": counters.c.n + 1},
        where=counters.c.n < cap,
    ).returning(counters.c.n)
    return await session.scalar(counted) is not None


async def give_back(session: AsyncSession, day: date, scope: str, keys: Sequence[bytes]) -> None:
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


async def switched_off(session: AsyncSession) -> bool:
    """Whether an operator stopped all SMS."""
    query = select(switches.c.value).where(switches.c.name == SWITCH)
    return await session.scalar(query) == "off"


async def switch(session: AsyncSession, value: str) -> None:
    """Turns the stop switch to ``on`` or ``off``."""
    fresh = pg_insert(switches).values(name=SWITCH, value=value, at=func.now())
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=["name"], set_={"value": value, "at": func.now()}
        )
    )
