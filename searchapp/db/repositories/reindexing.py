"""What is needed to embed products again, after the model changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.schema import CreateIndex, DropIndex

from searchapp.db.advisory_lock import advisory_lock
from searchapp.db.repositories.product_writes import StoredView, insert_views
from searchapp.db.tables.products import EMBEDDING_INDEX, pictures, products, views

_LOCK = 0x5EA2C4AB
"""The kind of the advisory lock that one process takes to embed again."""


def under_way(engine: AsyncEngine) -> AbstractAsyncContextManager[bool]:
    """Shows to others, while the block runs, that products are being embedded again.

    :yields: False if another process is at it.
    """
    return advisory_lock(engine, _LOCK, "")


async def of_other_models(
    session: AsyncSession, model: str, *, after: int, limit: int
) -> list[int]:
    """Numbers, those above ``after`` in order, of products whose views another model made."""
    found = select(products.c.number).where(products.c.model != model, products.c.number > after)
    return list((await session.scalars(found.order_by(products.c.number).limit(limit))).all())


async def count_of_other_models(session: AsyncSession, model: str) -> int:
    """How many products have views of another model."""
    count = select(func.count()).select_from(products).where(products.c.model != model)
    return int(await session.scalar(count) or 0)


async def stored_jpegs(session: AsyncSession, number: int) -> list[bytes]:
    """The pictures of one product, in order."""
    found = select(pictures.c.jpeg).where(pictures.c.product == number)
    return list((await session.scalars(found.order_by(pictures.c.ordinal))).all())


async def model_held(session: AsyncSession, number: int) -> str | None:
    """Which model described a product, or None if it is gone; until the transaction ends, no
    import changes it.  Votes on it go on."""
    found = select(products.c.model).where(products.c.number == number)
    model: str | None = await session.scalar(found.with_for_update(key_share=True))
    return model


async def replace_views(
    session: AsyncSession, number: int, found: Sequence[StoredView], model: str
) -> None:
    """Puts views that ``model`` made in the place of those that a product has."""
    await session.execute(delete(views).where(views.c.product == number))
    await insert_views(session, {number: found})
    await session.execute(update(products).where(products.c.number == number).values(model=model))


async def resize_index(session: AsyncSession, dimension: int) -> None:
    """Empties the index and makes it take vectors of another length."""
    await session.execute(text("TRUNCATE product_views"))
    await session.execute(DropIndex(EMBEDDING_INDEX))
    await session.execute(
        text(f"ALTER TABLE product_views ALTER embedding TYPE halfvec({int(dimension)})")
    )
    await session.execute(CreateIndex(EMBEDDING_INDEX))
    await session.execute(update(products).values(model=""))


async def forget_models(session: AsyncSession) -> None:
    """Marks every product as described by no model, so that all are described again."""
    await session.execute(update(products).values(model=""))
