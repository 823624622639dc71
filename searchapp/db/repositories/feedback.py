"""What people said of results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.products import feedback, products
from searchapp.domain.product import FeedbackCounts, FeedbackKind


def _count(kind: FeedbackKind) -> Any:
    return func.count().filter(feedback.c.said == kind.value).label(kind.value)


_COUNTS = tuple(_count(kind) for kind in FeedbackKind)


async def product_number(session: AsyncSession, product_id: str) -> int | None:
    """The number of the product that results call ``product_id``."""
    feed, _, feed_id = product_id.partition(":")
    found = select(products.c.number).where(products.c.feed == feed, products.c.feed_id == feed_id)
    number: int | None = await session.scalar(found)
    return number


async def vote(
    session: AsyncSession,
    vote_hash: bytes,
    product: int,
    label: str,
    said: FeedbackKind,
    now: datetime,
) -> None:
    """Keeps a vote; the same person's next one takes its place."""
    statement = insert(feedback).values(
        vote_hash=vote_hash, product=product, label=label, said=said.value, at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["vote_hash"], set_={"said": said.value, "at": now}
        )
    )


async def withdraw(session: AsyncSession, vote_hashes: Sequence[bytes]) -> None:
    """Takes votes away."""
    if vote_hashes:
        await session.execute(delete(feedback).where(feedback.c.vote_hash.in_(vote_hashes)))


async def said(session: AsyncSession, vote_hashes: Sequence[bytes]) -> dict[bytes, FeedbackKind]:
    """What was said under those of the hashes that are there."""
    rows = await session.execute(
        select(feedback.c.vote_hash, feedback.c.said).where(feedback.c.vote_hash.in_(vote_hashes))
    )
    return {row.vote_hash: FeedbackKind(row.said) for row in rows}


async def counts_of(
    session: AsyncSession, numbers: Sequence[int], label: str
) -> dict[int, FeedbackCounts]:
    """The votes on the products ``numbers`` as answers to items of that label."""
    rows = await session.execute(
        select(feedback.c.product, *_COUNTS)
        .where(feedback.c.product.in_(numbers), feedback.c.label == label)
        .group_by(feedback.c.product)
    )
    return {row[0]: FeedbackCounts(row.confirmed, row.rejected, row.clicked) for row in rows}


async def all_counts(session: AsyncSession) -> AsyncIterator[tuple[Any, ...]]:
    """Feed, id, title, label and counts of every product that anything was said of."""
    rows = await session.stream(
        select(products.c.feed, products.c.feed_id, products.c.title, feedback.c.label, *_COUNTS)
        .join(products, products.c.number == feedback.c.product)
        .group_by(products.c.number, feedback.c.label)
        .order_by(products.c.feed, products.c.feed_id, feedback.c.label)
    )
    async for row in rows:
        yield tuple(row)
