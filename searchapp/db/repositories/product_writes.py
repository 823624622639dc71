"""The catalogue's rows as imports write and remove them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import among, vector_text
from searchapp.db.repositories.products import SeenPicture
from searchapp.db.tables.products import pictures, product_pictures, products, views
from searchapp.domain.product import FeedProduct
from searchapp.errors import OperatorError

_INSERT_VIEW = text(
    "INSERT INTO product_views (image_key, kind, embedding, extras, detail)"
    " VALUES (:image_key, :kind, CAST(:embedding AS halfvec), :extras, :detail)"
)


@dataclass(frozen=True, slots=True)
class StoredView:
    """One view as it is written: ``embedding`` is float32 of unit length."""

    kind: str
    embedding: NDArray[np.float32]
    extras: bytes
    detail: bytes = b""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture as it is written, with what one model saw of it."""

    jpeg: bytes
    views: Sequence[StoredView]


@dataclass(frozen=True, slots=True)
class PictureSet:
    """All pictures of a product, seen by one model.

    ``described`` has those, by key, that may not be stored yet.
    """

    pictures: Sequence[SeenPicture]
    described: Mapping[str, StoredPicture]
    model: str

    @property
    def shown(self) -> list[str]:
        """The keys of those that are shown, the main one first."""
        return [seen.image_key for seen in self.pictures if seen.image_key]

    @property
    def image_key(self) -> str:
        """Of the main picture."""
        return self.shown[0]


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


async def note_pictures(session: AsyncSession, seen: Mapping[int, Sequence[SeenPicture]]) -> None:
    """Remembers what an import saw of pictures, by product, that are shown as before."""
    if seen:
        rows = [{"of": number, "entries": _entries(some)} for number, some in seen.items()]
        entries = bindparam("entries", type_=products.c.pictures.type)
        noted = update(products).where(products.c.number == bindparam("of"))
        connection = await session.connection()
        await connection.execute(noted.values(pictures=entries), rows)


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
        sets = {write.product.id: write.pictures for write in seen if write.pictures}
        described = {key: one for entry in sets.values() for key, one in entry.described.items()}
        shown = {key for entry in sets.values() for key in entry.shown}
        await store_pictures(session, described, next(iter(sets.values())).model, shown)
        numbers = await _upsert(session, [_columns(feed, write, now) for write in seen])
        await _show(session, {numbers[id_]: entry.shown for id_, entry in sets.items()})


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
    """Adds or changes products of one feed; their numbers, by id."""
    statement = upsert(products)
    changed: dict[str, Any] = {
        name: statement.excluded[name] for name in rows[0] if name not in ("feed", "feed_id")
    }
    if "fields" in changed:
        # An expression, which many rows cannot have; a new product has none anyway.
        changed["fields"] = null()
        rows = [{name: row[name] for name in row if name != "fields"} for row in rows]
    statement = statement.on_conflict_do_update(constraint="products_feed_id", set_=changed)
    await session.execute(statement, rows)
    written = select(products.c.feed_id, products.c.number).where(
        products.c.feed == rows[0]["feed"],
        among(products.c.feed_id, [row["feed_id"] for row in rows]),
    )
    return {row.feed_id: row.number for row in await session.execute(written)}


async def store_pictures(
    session: AsyncSession,
    found: Mapping[str, StoredPicture],
    model: str,
    shown: Collection[str] = (),
) -> None:
    """Stores the pictures that are new, or that another model described, with their views.

    Those that are there stay until the transaction ends.

    :param shown: keys of pictures that have to be there then.
    :raises OperatorError: one of those is neither there nor among ``found``.
    """
    columns = pictures.c
    there = select(columns.image_key, columns.model)
    there = there.where(among(columns.image_key, {*found, *shown})).order_by(columns.image_key)
    rows = await session.execute(there.with_for_update(read=True, key_share=True))
    models = {row.image_key: row.model for row in rows}
    if not models.keys() >= set(shown) - found.keys():
        raise OperatorError("a picture was removed meanwhile. Start it again.")
    # In one order, so that two imports do not wait for each other.
    new = {key: found[key] for key in sorted(found) if models.get(key) != model}
    if new:
        await _replace_views(session, new, model)


async def _replace_views(
    session: AsyncSession, new: Mapping[str, StoredPicture], model: str
) -> None:
    """Stores pictures with the views that ``model`` made, in the place of those they have."""
    statement = upsert(pictures).on_conflict_do_update(
        index_elements=["image_key"], set_={"model": model}
    )
    rows = [{"image_key": k, "model": model, "jpeg": picture.jpeg} for k, picture in new.items()]
    await session.execute(statement, rows)
    await session.execute(delete(views).where(among(views.c.image_key, new)))
    if made := [_view(key, view) for key, picture in new.items() for view in picture.views]:
        await session.execute(_INSERT_VIEW, made)


async def _show(session: AsyncSession, shown: Mapping[int, Sequence[str]]) -> None:
    """Makes products, by number, show the pictures with these keys."""
    await session.execute(
        delete(product_pictures).where(among(product_pictures.c.product, shown.keys()))
    )
    rows = [
        {"product": number, "ordinal": ordinal, "image_key": key}
        for number, keys in shown.items()
        for ordinal, key in enumerate(keys)
    ]
    await session.execute(insert(product_pictures), rows)


async def remove_unused_pictures(session: AsyncSession) -> None:
    """Removes the pictures that no product shows any more, with their views.

    They are locked first: an import that is about to show one of them keeps it.
    """
    unused = ~exists().where(product_pictures.c.image_key == pictures.c.image_key)
    locked = select(pictures.c.image_key).where(unused).order_by(pictures.c.image_key)
    keys = (await session.scalars(locked.with_for_update(skip_locked=True))).all()
    if keys:
        await session.execute(delete(pictures).where(among(pictures.c.image_key, keys), unused))


def _view(image_key: str, view: StoredView) -> dict[str, Any]:
    return {
        "image_key": image_key,
        "kind": view.kind,
        "embedding": vector_text(view.embedding, places=6),
        "extras": view.extras,
        "detail": view.detail or None,
    }


async def touch(session: AsyncSession, feed: str, ids: Sequence[str], now: datetime) -> None:
    """Notes that the products ``ids`` are still in the feed."""
    if ids:
        found = update(products).where(products.c.feed == feed, among(products.c.feed_id, ids))
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
    named = or_(
        among(products.c.feed_id, ids), among(products.c.group_key, [f"g:{id_}" for id_ in ids])
    )
    found = update(products).where(products.c.feed == feed, named, products.c.in_stock)
    values = found.values(in_stock=False, row_digest=b"", updated_at=now)
    return list((await session.scalars(values.returning(products.c.feed_id))).all())


async def remove_absent(session: AsyncSession, feed: str, since: datetime) -> None:
    """Removes the products of ``feed`` that were not seen since then."""
    await _remove(session, feed, products.c.checked_at < since)


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
    return await _remove(session, feed, among(products.c.feed_id, ids))


async def remove_with_picture(
    session: AsyncSession, feed: str, image_keys: Sequence[str]
) -> list[str]:
    """Removes the products of ``feed`` whose main picture is one of these; which ones."""
    return await _remove(session, feed, among(products.c.image_key, image_keys))


async def _remove(session: AsyncSession, feed: str, which: ColumnElement[bool]) -> list[str]:
    removed = delete(products).where(products.c.feed == feed, which)
    return list((await session.scalars(removed.returning(products.c.feed_id))).all())


async def remove_feed(session: AsyncSession, feed: str) -> int:
    """Removes everything of ``feed``; how many products that were."""
    return len(await _remove(session, feed, true()))
