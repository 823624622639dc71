"""Small copies of outside shops' pictures, and how many queries a day had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.products import outside_days, outside_pictures


async def keep_pictures(
    session: AsyncSession, pictures: Sequence[tuple[str, bytes]], expires_at: datetime
) -> None:
    """Keeps pictures by their keys; one that is there already is kept longer."""
    for key, jpeg in pictures:
        statement = insert(outside_pictures).values(image_key=key, jpeg=jpeg, expires_at=expires_at)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["image_key"], set_={"expires_at": expires_at}
            )
        )


async def purge_pictures(session: AsyncSession, now: datetime) -> None:
    """Removes the pictures whose searches are gone, and the counts of days long past."""
    long_past = (now - timedelta(days=2)).date()
    await session.execute(delete(outside_days).where(outside_days.c.day < long_past))
    await session.execute(delete(outside_pictures).where(outside_pictures.c.expires_at < now))


async def reserve_query(session: AsyncSession, day: date, cap: int) -> bool:
    """Counts one more query unless ``cap`` is reached (0: no limit).  Others wait for the commit,
    so no two of them take the last place."""
    statement = insert(outside_days).values(day=day, n=1)
    more = outside_days.c.n < cap if cap else None
    counted = statement.on_conflict_do_update(
        index_elements=["day"], set_={"n": outside_days.c.n + 1}, where=more
    ).returning(outside_days.c.n)
    return await session.scalar(counted) is not None
