"""The catalogue's rows as imports, pages and operators read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.products import outside_pictures, pictures, products


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """One picture as an import saw it last.

    ``tag`` is what its server calls this state of it, ``digest`` is of its bytes; ``image_key``
    names its small JPEG and is empty if it cannot be read.
    """

    reference: str
    tag: str
    digest: str = ""
    image_key: str = ""


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """What an import has to know of a product to see whether anything changed.

    ``pictures`` is in the feed's order; those with a key are shown, the first of them as the main
    one, and their ordinals count them.
    """

    number: int
    row_digest: bytes
    pictures: Sequence[SeenPicture]
    model: str
    checked_at: datetime


async def known_products(
    session: AsyncSession, feed: str, ids: Sequence[str]
) -> dict[str, KnownProduct]:
    """What is stored of the products ``ids`` of ``feed``, by id."""
    columns = products.c
    rows = await session.execute(
        select(
            columns.feed_id,
            columns.number,
            columns.row_digest,
            columns.pictures,
            columns.image_key,
            columns.model,
            columns.checked_at,
        ).where(columns.feed == feed, columns.feed_id.in_(ids))
    )
    return {
        row.feed_id: KnownProduct(
            row.number,
            row.row_digest,
            _pictures(row.pictures, row.image_key),
            row.model,
            row.checked_at,
        )
        for row in rows
    }


def _pictures(entries: Sequence[Mapping[str, str]], main_key: str) -> list[SeenPicture]:
    """As they are kept; entries without a key are older, only the first of them can be used."""
    first = [
        SeenPicture(entry["ref"], entry["tag"], _old_digest(entry["tag"]), main_key)
        for entry in entries[:1]
        if "key" not in entry
    ]
    return first + [
        SeenPicture(entry["ref"], entry["tag"], entry["digest"], entry["key"])
        for entry in entries
        if "key" in entry
    ]


def _old_digest(tag: str) -> str:
    return tag if tag.startswith("sha256:") else ""


async def count_gone(session: AsyncSession, feed: str, since: datetime) -> tuple[int, int]:
    """How many products of ``feed`` were not seen since then, and how many there are in all."""
    gone = func.count().filter(products.c.checked_at < since)
    row = (await session.execute(select(gone, func.count()).where(products.c.feed == feed))).one()
    return int(row[0]), int(row[1])


async def any_product(session: AsyncSession) -> bool:
    """Whether there is anything to find."""
    return await session.scalar(select(products.c.number).limit(1)) is not None


async def read_image(session: AsyncSession, image_key: str) -> bytes | None:
    """The small JPEG that ``image_key`` names, a product's or an outside offer's, or None."""
    found = (
        select(pictures.c.jpeg)
        .join(products, products.c.number == pictures.c.product)
        .where(products.c.image_key == image_key, pictures.c.ordinal == 0)
        .limit(1)
    )
    jpeg: bytes | None = await session.scalar(found)
    if jpeg is None:
        outside = select(outside_pictures.c.jpeg).where(outside_pictures.c.image_key == image_key)
        jpeg = await session.scalar(outside)
    return jpeg
