"""Small copies of outside shops' pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.storage.product_tables import outside_pictures


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
    """Removes the pictures whose searches are gone."""
    await session.execute(delete(outside_pictures).where(outside_pictures.c.expires_at < now))
