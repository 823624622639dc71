"""The catalogue's rows as imports write and remove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, and_, case, delete, func, insert, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories.products import SeenPicture
from searchapp.db.tables.products import pictures, products, views
from searchapp.domain.product import FeedProduct

_INSERT_VIEW = text(
    "INSERT INTO product_views (product, ordinal, kind, embedding, extras, detail)"
    " VALUES (:product, :ordinal, :kind, CAST(:embedding AS halfvec), :extras, :detail)"
)


@dataclass(frozen=True, slots=True)
class StoredView:
    """One view as it is written: ``embedding`` is float32 of unit length."""

    ordinal: int
    kind: str
    embedding: NDArray[np.float32]
    extras: bytes
    detail: bytes = b""


@dataclass(frozen=True, slots=True)
class PictureSet:
    """All pictures of a product, seen by one model.

    ``kept`` maps ordinals to those that the pictures have so far: nothing of them is written
    again.  ``jpegs`` and ``views`` are of the others.
    """

    pictures: Sequence[SeenPicture]
    kept: Mapping[int, int]
    jpegs: Mapping[int, bytes]
    views: Sequence[StoredView]
    model: str

    @property
    def image_key(self) -> str:
        """Of the main picture."""
        return next(seen.image_key for seen in self.pictures if seen.image_key)


@dataclass(frozen=True, slots=True)
class ProductWrite:
    """A product to add or change; ``pictures`` is None when those are as they were.

    ``likeness_key`` is what products of one garment have in common in their titles: it groups
    those that share a picture and name no group.
    """

    product: FeedProduct
    kind: str
    colour_family: str
    row_digest: bytes
    pictures: PictureSet | None = field(default=None)
    likeness_key: str = ""
    fields: Mapping[str, Any] | None = None
    """What the catalogue API was given; None for rows of a feed."""


def _entries(pictures: Sequence[SeenPicture]) -> list[dict[str, Any]]:
    return [
        {
            "ref": seen.reference,
            "tag": seen.tag,
            "digest": seen.digest,
            "key": seen.image_key,
            "kind": seen.kind,
            "colour": seen.colour,
            "asked": seen.asked,
        }
        for seen in pictures
    ]


async def note_pictures(session: AsyncSession, number: int, seen: Sequence[SeenPicture]) -> None:
    """Remembers what an import saw of pictures that are shown as before."""
    found = update(products).where(products.c.number == number)
    await session.execute(found.values(pictures=_entries(seen)))


async def write_products(
    session: AsyncSession, feed: str, writes: Sequence[ProductWrite], now: datetime
) -> None:
    """Adds or changes products; those without pictures have to be there already."""
    seen = list({write.product.id: write for write in writes if write.pictures}.values())
    for write in writes:
        if write.pictures is None:
            found = update(products).where(
                products.c.feed == feed, products.c.feed_id == write.product.id
            )
            await session.execute(found.values(**_columns(feed, write, now)))
    if seen:
        numbers = await _upsert(session, [_columns(feed, write, now) for write in seen])
        await _replace_pictures(
            session, {numbers[write.product.id]: write.pictures for write in seen if write.pictures}
        )


def _columns(feed: str, write: ProductWrite, now: datetime) -> dict[str, Any]:
    product, price = write.product, write.product.price
    values: dict[str, Any] = {
        "feed": feed,
        "feed_id": product.id,
        "title": product.title,
        "link": product.link,
        "brand": product.brand,
        "category": product.category,
        "kind": write.kind,
        "colour": product.colour,
        "colour_family": write.colour_family,
        "price": price.amount if price else None,
        "currency": price.currency if price else None,
        "original_price": product.original_price.amount if product.original_price else None,
        "size": product.size,
        "group_key": _group_key(write),
        "in_stock": product.in_stock,
        "row_digest": write.row_digest,
        "checked_at": now,
        "updated_at": now,
    }
    if write.fields is None:
        # A row of a feed takes the place of what the catalogue API was given.
        values |= {"fields": null(), "pending_at": None, "pending_error": ""}
    if write.pictures is not None:
        values["image_key"] = write.pictures.image_key
        values["model"] = write.pictures.model
        values["pictures"] = _entries(write.pictures.pictures)
    return values


def _group_key(write: ProductWrite) -> Any:
    """The garment that the product is a variant of, by its own word or by picture and title."""
    if write.product.group:
        return f"g:{write.product.group}"
    if write.pictures is not None:
        return f"p:{write.pictures.image_key}:{write.likeness_key}"
    return func.concat("p:", products.c.image_key, ":", write.likeness_key)


async def _upsert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The numbers of the products, by id."""
    statement = upsert(products)
    changed: dict[str, Any] = {
        name: statement.excluded[name] for name in rows[0] if name not in ("feed", "feed_id")
    }
    if "fields" in changed:
        # An expression, which many rows cannot have; a new product has none anyway.
        changed["fields"] = null()
        rows = [{name: row[name] for name in row if name != "fields"} for row in rows]
    found = await session.execute(
        statement.on_conflict_do_update(constraint="products_feed_id", set_=changed).returning(
            products.c.feed_id, products.c.number
        ),
        rows,
    )
    return {row.feed_id: row.number for row in found}


async def _replace_pictures(session: AsyncSession, found: Mapping[int, PictureSet]) -> None:
    anew = [number for number, entry in found.items() if not entry.kept]
    for table in (pictures, views):
        await session.execute(delete(table).where(table.c.product.in_(anew)))
        for number, entry in found.items():
            if entry.kept:
                await _keep(session, table, number, entry.kept)
    rows = [
        {"product": number, "ordinal": ordinal, "jpeg": jpeg}
        for number, entry in found.items()
        for ordinal, jpeg in entry.jpegs.items()
    ]
    if rows:
        await session.execute(insert(pictures), rows)
    await insert_views(session, {number: entry.views for number, entry in found.items()})


async def _keep(session: AsyncSession, table: Table, number: int, kept: Mapping[int, int]) -> None:
    """Leaves of one product what is kept, under its new ordinals."""
    mine, ordinal = table.c.product == number, table.c.ordinal
    await session.execute(delete(table).where(mine, ordinal.not_in(kept.values())))
    moved = {old: new for new, old in kept.items() if new != old}
    if moved:
        # By way of negative ones: an ordinal that is still taken cannot be given.
        aside = update(table).where(mine, ordinal.in_(moved))
        await session.execute(aside.values(ordinal=-1 - ordinal))
        there = case({-1 - old: new for old, new in moved.items()}, value=ordinal)
        await session.execute(update(table).where(mine, ordinal < 0).values(ordinal=there))


async def insert_views(session: AsyncSession, found: Mapping[int, Sequence[StoredView]]) -> None:
    """Adds views to products, by number."""
    rows = [_view(number, view) for number, entry in found.items() for view in entry]
    if rows:
        await session.execute(_INSERT_VIEW, rows)


def _view(number: int, view: StoredView) -> dict[str, Any]:
    return {
        "product": number,
        "ordinal": view.ordinal,
        "kind": view.kind,
        "embedding": vector_text(view.embedding),
        "extras": view.extras,
        "detail": view.detail or None,
    }


def vector_text(vector: NDArray[np.float32]) -> str:
    """``vector`` as pgvector reads it."""
    return _vector_text(vector.astype(np.float32, copy=False).tobytes())


@lru_cache(4096)
def _vector_text(vector: bytes) -> str:
    """Variants share their pictures, and with them the vectors."""
    return f"[{','.join(map('{:.6g}'.format, np.frombuffer(vector, np.float32).tolist()))}]"


async def touch(session: AsyncSession, feed: str, ids: Sequence[str], now: datetime) -> None:
    """Notes that the products ``ids`` are still in the feed."""
    if ids:
        found = update(products).where(products.c.feed == feed, products.c.feed_id.in_(ids))
        await session.execute(found.values(checked_at=now))


async def touch_group(session: AsyncSession, *, feed: str, id_: str, now: datetime) -> None:
    """Notes that all variants of a product's garment are as new as the product itself."""
    mine = select(products.c.group_key).where(products.c.feed == feed, products.c.feed_id == id_)
    same = products.c.group_key == mine.scalar_subquery()
    grouped = products.c.group_key.like("g:%")
    found = update(products).where(products.c.feed == feed, same, grouped)
    await session.execute(found.values(checked_at=now))


async def take_off(
    session: AsyncSession, feed: str, ids: Sequence[str], now: datetime
) -> list[str]:
    """Puts products, and the variants of garments, out of stock that their shop does not sell any
    more; which ones were in stock.

    They count as removed from the feed.  Should one come back, its row counts as a changed one.
    """
    if not ids:
        return []
    named = or_(products.c.feed_id.in_(ids), products.c.group_key.in_([f"g:{id_}" for id_ in ids]))
    found = update(products).where(products.c.feed == feed, named, products.c.in_stock)
    values = found.values(in_stock=False, row_digest=b"", updated_at=now)
    return list((await session.scalars(values.returning(products.c.feed_id))).all())


async def remove_absent(session: AsyncSession, feed: str, since: datetime) -> None:
    """Removes the products of ``feed`` that were not seen since then."""
    await session.execute(
        delete(products).where(products.c.feed == feed, products.c.checked_at < since)
    )


@dataclass(frozen=True, slots=True)
class PendingProduct:
    """A product of the catalogue API whose pictures are still to be fetched."""

    number: int
    feed: str
    id: str
    fields: Mapping[str, Any]
    attempts: int


async def write_pending(
    session: AsyncSession, feed: str, write: ProductWrite, now: datetime, *, fetch: bool
) -> None:
    """Adds or changes a product of the catalogue API; its pictures are fetched later if ``fetch``.

    A new one has no picture until then, and no search finds it.
    """
    values = _columns(feed, write, now) | {"fields": write.fields, "pending_error": ""}
    if fetch:
        values |= {"pending_at": now, "pending_attempts": 0}
    new = {"image_key": "", "model": "", "pictures": []}
    own = {} if write.product.group else {"group_key": f"p::{write.likeness_key}"}
    statement = upsert(products).values(values | new | own)
    await session.execute(
        statement.on_conflict_do_update(constraint="products_feed_id", set_=values)
    )


async def claim_pending(
    session: AsyncSession, *, now: datetime, until: datetime, limit: int
) -> list[PendingProduct]:
    """Takes products whose pictures are to be fetched; other workers leave them alone ``until``."""
    columns = products.c
    due = select(columns.number).where(columns.pending_at <= now)
    due = due.order_by(columns.pending_at).limit(limit).with_for_update(skip_locked=True)
    taken = update(products).where(columns.number.in_(due.scalar_subquery()))
    rows = await session.execute(
        taken.values(pending_at=until, pending_attempts=columns.pending_attempts + 1).returning(
            columns.number,
            columns.feed,
            columns.feed_id,
            columns.fields,
            columns.pending_attempts,
        )
    )
    return [PendingProduct(*row) for row in rows]


async def settle_pending(
    session: AsyncSession,
    entry: PendingProduct,
    *,
    error: str = "",
    again_at: datetime | None = None,
) -> bool:
    """Notes how a fetch ended; False if the product was changed or removed meanwhile."""
    same = and_(products.c.number == entry.number, products.c.fields == dict(entry.fields))
    settled = update(products).where(same).values(pending_at=again_at, pending_error=error)
    return (await session.execute(settled.returning(products.c.number))).first() is not None


async def remove_products(session: AsyncSession, feed: str, ids: Sequence[str]) -> list[str]:
    """Removes the products ``ids`` of ``feed``; which ones there were."""
    removed = delete(products).where(products.c.feed == feed, products.c.feed_id.in_(ids))
    return list((await session.scalars(removed.returning(products.c.feed_id))).all())


async def remove_with_picture(
    session: AsyncSession, feed: str, image_keys: Sequence[str]
) -> list[str]:
    """Removes the products of ``feed`` whose main picture is one of these; which ones."""
    removed = delete(products).where(products.c.feed == feed, products.c.image_key.in_(image_keys))
    return list((await session.scalars(removed.returning(products.c.feed_id))).all())


async def remove_feed(session: AsyncSession, feed: str) -> int:
    """Removes everything of ``feed``; how many products that were."""
    removed = await session.execute(
        delete(products).where(products.c.feed == feed).returning(products.c.number)
    )
    return len(removed.all())
