"""The catalogue's rows as imports, pages and operators read them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import among, count_one, insert_or_update
from searchapp.db.tables.products import (
    demand_days,
    feedback,
    outside_days,
    outside_pictures,
    pictures,
    products,
)
from searchapp.domain.product import FeedbackCounts, FeedbackKind


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """One picture as an import saw it last.

    ``tag`` is what its server calls this state of it, ``digest`` is of its bytes; ``image_key``
    names its small JPEG and is empty if it cannot be shown.  ``kind`` and ``colour`` are slugs
    that the picture itself shows, empty if it does not say; ``asked`` is when its server was asked
    last, in seconds since 1970.
    """

    reference: str
    tag: str
    digest: str = ""
    image_key: str = ""
    kind: str = ""
    colour: str = ""
    asked: int = 0


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
        ).where(columns.feed == feed, among(columns.feed_id, ids))
    )
    return {
        row.feed_id: KnownProduct(
            row.number,
            row.row_digest,
            seen_pictures(row.pictures, row.image_key),
            row.model,
            row.checked_at,
        )
        for row in rows
    }


def seen_pictures(entries: Sequence[Mapping[str, Any]], main_key: str) -> list[SeenPicture]:
    """As they are kept; entries without a key are older, only the first of them can be used."""
    first = [
        SeenPicture(entry["ref"], entry["tag"], _old_digest(entry["tag"]), main_key)
        for entry in entries[:1]
        if "key" not in entry
    ]
    return first + [
        SeenPicture(
            entry["ref"],
            entry["tag"],
            entry["digest"],
            entry["key"],
            entry.get("kind", ""),
            entry.get("colour", ""),
            entry.get("asked", 0),
        )
        for entry in entries
        if "key" in entry
    ]


def _old_digest(tag: str) -> str:
    return tag if tag.startswith("sha256:") else ""


async def stored_product(
    session: AsyncSession, feed: str, id_: str, *, locked: bool = False
) -> Mapping[str, Any] | None:
    """As :func:`stored_products`, of one; None if there is none."""
    return (await stored_products(session, feed, [id_], locked=locked)).get(id_)


async def stored_products(
    session: AsyncSession, feed: str, ids: Sequence[str], *, locked: bool = False
) -> dict[str, Mapping[str, Any]]:
    """All columns of products but their pictures' bytes, by id.

    :param locked: whether others wait for the end of the transaction before they change them; rows
        are locked in the order of their ids.
    """
    found = select(products).where(products.c.feed == feed, among(products.c.feed_id, ids))
    if locked:
        found = found.order_by(products.c.feed_id).with_for_update(key_share=True)
    rows = (await session.execute(found)).mappings()
    return {row["feed_id"]: dict(row) for row in rows}


async def count_absent(session: AsyncSession, feed: str, since: datetime) -> tuple[int, int]:
    """How many products of ``feed`` were not seen since then, and how many there are in all."""
    absent = func.count().filter(products.c.checked_at < since)
    row = (await session.execute(select(absent, func.count()).where(products.c.feed == feed))).one()
    return int(row[0]), int(row[1])


async def any_product(session: AsyncSession, feed: str | None = None) -> bool:
    """Whether there is anything to find, of ``feed`` if it is given."""
    of_feed = true() if feed is None else products.c.feed == feed
    return await session.scalar(select(products.c.number).where(of_feed).limit(1)) is not None


async def read_image(session: AsyncSession, image_key: str) -> bytes | None:
    """The small JPEG that ``image_key`` names, a product's or an external offer's, or None."""
    found = select(pictures.c.jpeg).where(pictures.c.image_key == image_key)
    jpeg: bytes | None = await session.scalar(found)
    if jpeg is None:
        outside = select(outside_pictures.c.jpeg).where(outside_pictures.c.image_key == image_key)
        jpeg = await session.scalar(outside)
    return jpeg


async def keep_pictures(
    session: AsyncSession, pictures: Sequence[tuple[str, bytes]], expires_at: datetime
) -> None:
    """Keeps pictures by their keys; one that is there already is kept longer."""
    for key, jpeg in pictures:
        kept, until = {"image_key": key}, {"expires_at": expires_at}
        await session.execute(insert_or_update(outside_pictures, kept, until, jpeg=jpeg))


async def purge_pictures(session: AsyncSession, now: datetime) -> None:
    """Removes the pictures whose searches are deleted, and the counts of days long past."""
    long_past = (now - timedelta(days=2)).date()
    await session.execute(delete(outside_days).where(outside_days.c.day < long_past))
    await session.execute(delete(outside_pictures).where(outside_pictures.c.expires_at < now))


async def reserve_query(session: AsyncSession, day: date, cap: int) -> bool:
    """Counts one more query unless ``cap`` is reached (0: no limit); whether it did."""
    return await session.scalar(count_one(outside_days, {"day": day}, cap)) is not None


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
    key, values = {"vote_hash": vote_hash}, {"said": said.value, "at": now}
    await session.execute(insert_or_update(feedback, key, values, product=product, label=label))


async def withdraw(session: AsyncSession, vote_hashes: Sequence[bytes]) -> None:
    """Takes votes away."""
    if vote_hashes:
        await session.execute(delete(feedback).where(among(feedback.c.vote_hash, vote_hashes)))


async def said(session: AsyncSession, vote_hashes: Sequence[bytes]) -> dict[bytes, FeedbackKind]:
    """What was said under those of the hashes that are there."""
    rows = await session.execute(
        select(feedback.c.vote_hash, feedback.c.said).where(
            among(feedback.c.vote_hash, vote_hashes)
        )
    )
    return {row.vote_hash: FeedbackKind(row.said) for row in rows}


async def counts_of(
    session: AsyncSession, numbers: Sequence[int], label: str
) -> dict[int, FeedbackCounts]:
    """The votes on the products ``numbers`` as answers to items of that label."""
    rows = await session.execute(
        select(feedback.c.product, *_COUNTS)
        .where(among(feedback.c.product, numbers), feedback.c.label == label)
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


@dataclass(frozen=True, slots=True)
class Demand:
    """How often items of one kind and colour were searched, and how well they were found."""

    kind: str
    colour: str
    searched: int
    same: int
    similar: int
    none: int


async def count_demand(
    session: AsyncSession, day: date, *, kind: str, colour: str, match: str
) -> None:
    """Counts one searched item."""
    key = {"day": day, "kind": kind, "colour": colour, "match": match}
    await session.execute(count_one(demand_days, key))


async def demand(session: AsyncSession, since: date, limit: int = 1000) -> list[Demand]:
    """What was searched since then, by kind and colour; what was not found most often first."""
    columns = demand_days.c

    def total(match: str) -> Any:
        counted = func.sum(columns.n).filter(columns.match == match)
        return func.coalesce(counted, 0).label(match)

    none = total("none")
    rows = await session.execute(
        select(
            columns.kind,
            columns.colour,
            func.sum(columns.n).label("searched"),
            total("same"),
            total("similar"),
            none,
        )
        .where(columns.day >= since)
        .group_by(columns.kind, columns.colour)
        .order_by(none.desc(), func.sum(columns.n).desc(), columns.kind, columns.colour)
        .limit(limit)
    )
    return [Demand(row[0], row[1], *map(int, row[2:])) for row in rows]
