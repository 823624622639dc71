"""Embedding the catalogue again: what is done, what is left alone, and who may do it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest.importer import Importer, import_feed, remove_feed
from searchapp.catalogue.ingest.reindex import BATCH, Reindexed, reindex
from searchapp.db.engine import LockKind, advisory_lock, transaction
from searchapp.errors import DecoderUnavailable, OperatorError, UnreadablePicture
from searchapp.imaging.picture import UprightPicture, make_upright
from tests.support.catalogue import FakePictures, FakeVision, importer, shop, swatch

COUNT = BATCH + 4


@pytest.fixture
async def stock(engine: AsyncEngine) -> tuple[Sequence[TakenRow], FakePictures]:
    """Products that ``fake-1`` described."""
    rows, pictures = shop(COUNT)
    await import_feed(importer(engine), "shop", rows, pictures)
    return rows, pictures


async def models(engine: AsyncEngine) -> dict[str, str]:
    async with transaction(engine) as session:
        found = await session.execute(text("SELECT feed_id, model FROM products"))
        return {row.feed_id: row.model for row in found}


async def view_of(engine: AsyncEngine, product: str) -> np.ndarray:
    """The vector of the only view of a product."""
    statement = text(
        "SELECT v.embedding::text FROM product_views v JOIN product_pictures s USING (image_key)"
        " JOIN products p ON p.number = s.product WHERE p.feed_id = :product"
    )
    async with transaction(engine) as session:
        (found,) = await session.scalars(statement, {"product": product})
    return np.array(found.strip("[]").split(","), np.float32)


async def jpeg_of(engine: AsyncEngine, product: str) -> bytes:
    """The only picture that is kept of a product."""
    statement = text(
        "SELECT jpeg FROM catalogue_pictures JOIN product_pictures s USING (image_key)"
        " JOIN products ON number = s.product WHERE feed_id = :product"
    )
    async with transaction(engine) as session:
        (found,) = await session.scalars(statement, {"product": product})
    return bytes(found)


async def is_seen_by(engine: AsyncEngine, vision: FakeVision, product: str) -> bool:
    """Whether the view of a product is what ``vision`` sees in its picture."""
    image = make_upright(await jpeg_of(engine, product), None).image
    (view,) = vision.describe_product(image)
    return bool((await view_of(engine, product)) @ view.embedding > 0.99)


class Hooked:
    """A decoder that does something before it decodes any picture."""

    def __init__(self, before: Callable[[], Awaitable[object]]) -> None:
        self._before: Callable[[], Awaitable[object]] | None = before
        self._turn = asyncio.Lock()

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        async with self._turn:
            before, self._before = self._before, None
            if before is not None:
                await before()
        return make_upright(data, longest)


def hooked(
    engine: AsyncEngine, vision: FakeVision, before: Callable[[], Awaitable[object]]
) -> Importer:
    return replace(importer(engine, vision), decoder=Hooked(before))


@pytest.mark.usefixtures("stock")
async def test_reindex__another_model_of_another_dimension(engine: AsyncEngine) -> None:
    other = FakeVision("fake-2", dimension=64)
    done: list[int] = []
    work = importer(engine, other)
    assert await reindex(work, progress=lambda now, total: done.append(total - now)) == Reindexed(
        COUNT
    )
    assert done == [COUNT - BATCH, 0]
    assert set((await models(engine)).values()) == {"fake-2"}
    assert await is_seen_by(engine, other, "id7")
    assert await reindex(work) == Reindexed()
    assert await reindex(work, everything=True) == Reindexed(COUNT)


@pytest.mark.usefixtures("stock")
async def test_reindex__no_decoder_just_now_keeps_what_is_done(engine: AsyncEngine) -> None:
    async def fail() -> None:
        raise DecoderUnavailable("no picture can be decoded now: Cannot allocate memory")

    other = FakeVision("fake-2")
    with pytest.raises(
        OperatorError, match=r"allocate memory\. What is done is kept: reindex without"
    ):
        await reindex(hooked(engine, other, fail))
    kept = list((await models(engine)).values()).count("fake-2")
    assert kept == BATCH - 1
    assert await reindex(importer(engine, other)) == Reindexed(COUNT - kept)


@pytest.mark.usefixtures("stock")
async def test_reindex__a_picture_that_cannot_be_read_stops_nothing(engine: AsyncEngine) -> None:
    class OneIsBroken:
        async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
            if data == broken:
                raise UnreadablePicture("it is broken")
            return make_upright(data, longest)

    broken = await jpeg_of(engine, "id2")
    work = replace(importer(engine, FakeVision("fake-2")), decoder=OneIsBroken())
    assert await reindex(work) == Reindexed(COUNT - 1, unreadable=1)
    assert {name for name, model in (await models(engine)).items() if model == "fake-1"} == {"id2"}
    assert await reindex(importer(engine, FakeVision("fake-2"))) == Reindexed(1)


async def test_reindex__what_an_import_described_meanwhile_is_left_alone(
    engine: AsyncEngine, stock: tuple[Sequence[TakenRow], FakePictures]
) -> None:
    rows, pictures = stock
    vision = FakeVision("fake-2")
    pictures.pictures["p3"] = swatch(99)
    work = hooked(
        engine, vision, lambda: import_feed(importer(engine, vision), "shop", rows, pictures)
    )
    assert await reindex(work) == Reindexed()
    (view,) = vision.describe_product(make_upright(swatch(99)).image)
    assert (await view_of(engine, "id3")) @ view.embedding > 0.99


async def test_reindex__pictures_that_changed_meanwhile_are_looked_at_again(
    engine: AsyncEngine, stock: tuple[Sequence[TakenRow], FakePictures]
) -> None:
    rows, pictures = stock
    vision = FakeVision("fake-2")
    before = await jpeg_of(engine, "id3")
    pictures.pictures["p3"] = swatch(99)
    # An import that was started before the model changed.
    work = hooked(engine, vision, lambda: import_feed(importer(engine), "shop", rows, pictures))
    assert await reindex(work) == Reindexed(COUNT)
    assert set((await models(engine)).values()) == {"fake-2"}
    assert await jpeg_of(engine, "id3") != before
    assert await is_seen_by(engine, vision, "id3")


@pytest.mark.usefixtures("stock")
async def test_reindex__products_that_are_gone_meanwhile(engine: AsyncEngine) -> None:
    work = hooked(engine, FakeVision("fake-2"), lambda: remove_feed(engine, "shop"))
    assert await reindex(work) == Reindexed()


@pytest.mark.usefixtures("stock")
async def test_reindex__one_at_a_time(engine: AsyncEngine) -> None:
    async with advisory_lock(engine, LockKind.REINDEX, "") as alone:
        assert alone
        with pytest.raises(OperatorError, match="being reindexed already"):
            await reindex(importer(engine, FakeVision("fake-2")), everything=True)
        assert set((await models(engine)).values()) == {"fake-1"}
    assert await reindex(importer(engine, FakeVision("fake-2"))) == Reindexed(COUNT)


@pytest.mark.usefixtures("stock")
async def test_reindex__all_after_a_break(engine: AsyncEngine) -> None:
    """Without ``--all`` it goes on; ``--all`` would begin anew."""
    vision = FakeVision()

    def broken_off(done: int, _total: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await reindex(importer(engine, vision), everything=True, progress=broken_off)
    assert vision.seen == BATCH
    assert await reindex(importer(engine, vision)) == Reindexed(COUNT - BATCH)
    assert await reindex(importer(engine, vision), everything=True) == Reindexed(COUNT)
