"""What a feed takes out of the shop, and what a broken one must not take."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import FeedOptions, read_feed
from searchapp.catalogue.ingest.importer import ImportOptions, import_feed
from searchapp.catalogue.ingest.row_work import Note, Report
from searchapp.db.engine import transaction
from searchapp.db.repositories.imports import Counts
from searchapp.db.tables.products import products
from tests.support.catalogue import FakePictures, importer, swatch

PRUNE = ImportOptions(prune=True)
HEADER = "Handle,Title,Published,Variant Price,Image Src,Status\n"


def line(name: str, published: str = "true", status: str = "active") -> str:
    return f"{name},T {name},{published},19000,p.jpg,{status}\n"


ALL = HEADER + line("a") + line("b") + line("c")


async def imported(
    engine: AsyncEngine, folder: Path, text: str, options: ImportOptions | None = None
) -> Report:
    feed = folder / "shop.csv"
    feed.write_text(text, encoding="utf-8")
    pictures = FakePictures({"p.jpg": swatch(1)})
    rows = read_feed(feed, FeedOptions(shop_url="https://s.kr"))
    return await import_feed(importer(engine), "shop", rows, pictures, options=options)


async def stock(engine: AsyncEngine) -> dict[str, bool]:
    async with transaction(engine) as session:
        columns = select(products.c.feed_id, products.c.in_stock).order_by(products.c.feed_id)
        return {row.feed_id: row.in_stock for row in await session.execute(columns)}


@pytest.mark.parametrize(
    ("published", "status"), [("true", "archived"), ("true", "Draft"), ("FALSE", "active")]
)
async def test_off_sale__out_of_stock_and_removed_by_prune(
    engine: AsyncEngine, tmp_path: Path, published: str, status: str
) -> None:
    await imported(engine, tmp_path, ALL)
    hidden = HEADER + line("a") + line("b", published, status) + line("c")
    report = await imported(engine, tmp_path, hidden)
    assert report.counts == Counts(unchanged=2, refused=1)
    assert report.notes == [Note(3, "b", "was in stock, is taken off sale")]
    assert await stock(engine) == {"a": True, "b": False, "c": True}
    report = await imported(engine, tmp_path, hidden, PRUNE)
    assert report.counts == Counts(unchanged=2, refused=1, removed=1)
    assert await stock(engine) == {"a": True, "c": True}


async def test_off_sale__comes_back(engine: AsyncEngine, tmp_path: Path) -> None:
    await imported(engine, tmp_path, ALL)
    await imported(engine, tmp_path, ALL.replace("active", "draft"))
    assert set((await stock(engine)).values()) == {False}
    report = await imported(engine, tmp_path, ALL)
    assert report.counts == Counts(changed=3)
    assert set((await stock(engine)).values()) == {True}


async def test_off_sale__more_than_half_is_not_removed(engine: AsyncEngine, tmp_path: Path) -> None:
    await imported(engine, tmp_path, ALL)
    hidden = HEADER + line("a") + line("b", status="draft") + line("c", status="draft")
    report = await imported(engine, tmp_path, hidden, PRUNE)
    assert "2 of 3" in report.not_pruned
    assert await stock(engine) == {"a": True, "b": False, "c": False}


GOOGLE = "id,title,link,image_link,price\n" + "".join(
    f"{n},T{n},https://s.kr/{n},p.jpg,1000 KRW\n" for n in range(10, 22)
)


@pytest.mark.parametrize(
    "broken",
    [
        GOOGLE[: GOOGLE.index("19,T19") + 20],
        GOOGLE.replace("17,T17", '17,"T17'),
        GOOGLE.replace("17,T17", '17,"T17').replace("21,T21", '21,"T21"'),
    ],
)
async def test_prune__not_after_a_table_that_lost_rows(
    engine: AsyncEngine, tmp_path: Path, broken: str
) -> None:
    await imported(engine, tmp_path, GOOGLE)
    report = await imported(engine, tmp_path, broken, PRUNE)
    assert "rows of it were lost" in report.not_pruned
    assert len(await stock(engine)) == 12
    (refusal,) = report.refusals
    assert refusal.broken_off


async def test_unknown_word_for_stock__is_one_note_with_its_count(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    text = GOOGLE.replace("price", "price,availability", 1).replace("KRW", "KRW,문의")
    report = await imported(engine, tmp_path, text)
    assert report.counts == Counts(added=12)
    (reason,) = report.noted
    assert reason.text == "availability '문의' is not known: taken as in stock"
    assert (reason.count, reason.examples[0]) == (12, "row 2 (10)")
    assert len(reason.examples) == 3
