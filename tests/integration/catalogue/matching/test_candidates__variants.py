"""Variants of one garment are one result: the one that can be bought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.matching.candidates import nearest
from searchapp.db.engine import transaction
from searchapp.domain.product import NO_FILTERS, Filters, Money
from searchapp.domain.search import Box, Result
from searchapp.imaging.picture import make_upright
from tests.support.catalogue import FakePictures, FakeVision, importer, row, swatch

PICTURES = FakePictures({f"p{n}": swatch(n) for n in range(20)})


def size(number: int, price: int, *, picture: str = "p1", stock: bool = True, **more: Any) -> Any:
    values = {
        "id": f"s{number}",
        "title": f"가디건 {number}",
        "link": f"https://shop.kr/s{number}",
        "images": (picture,),
        "price": Money(Decimal(price), "KRW"),
        "in_stock": stock,
    }
    return row(number, **(values | more))


async def found(
    engine: AsyncEngine, picture: str = "p1", filters: Filters = NO_FILTERS
) -> list[Result]:
    upright = make_upright(PICTURES.pictures[picture]).image
    item = FakeVision().describe_query(upright, Box(0, 0, upright.width, upright.height), None)
    async with transaction(engine) as session:
        results, _ = await nearest(session, item, "fake-1", filters=filters)
    return results


async def imported(engine: AsyncEngine, *rows: Any, feed: str = "shop") -> None:
    await import_feed(importer(engine), feed, rows, PICTURES)


async def test_sizes__in_stock_first(engine: AsyncEngine) -> None:
    await imported(engine, size(1, 30000, stock=False), size(2, 30000))
    (result,) = await found(engine)
    assert (result.product_id, result.in_stock) == ("shop:s2", True)
    assert (result.link, result.price, result.price_to) == ("https://shop.kr/s2", 30000, None)


async def test_sizes__lowest_price_and_range(engine: AsyncEngine) -> None:
    await imported(
        engine, size(1, 32000), size(2, 30000), size(3, 39000), size(4, 9000, stock=False)
    )
    (result,) = await found(engine)
    assert (result.product_id, result.price, result.price_to) == ("shop:s2", 30000, 39000)


async def test_sizes__newest_row_first(engine: AsyncEngine) -> None:
    await imported(engine, size(1, 10000), size(2, 20000))
    await imported(engine, size(2, 20000))
    (result,) = await found(engine)
    assert (result.product_id, result.price, result.price_to) == ("shop:s2", 10000, 20000)


async def test_group__colours_with_pictures_of_their_own(engine: AsyncEngine) -> None:
    white = size(1, 49000, picture="p1", stock=False, group="linen", colour="화이트")
    navy = size(2, 39000, picture="p2", group="linen", colour="네이비")
    other = size(3, 10000, picture="p3", group="other", colour="레드")
    await imported(engine, white, navy, other)
    assert [result.product_id for result in await found(engine)] == ["shop:s2", "shop:s3"]
    blue = Filters(colour="blue", price_to=Decimal(39000), in_stock=True)
    assert [result.product_id for result in await found(engine, filters=blue)] == ["shop:s2"]
    white_ones = await found(engine, filters=Filters(colour="white"))
    assert [result.product_id for result in white_ones] == ["shop:s1"]


async def test_one_picture__unlike_titles_are_two_garments(engine: AsyncEngine) -> None:
    rows = [size(n, 30000, title=title) for n, title in enumerate(("가디건", "스니커즈"))]
    await imported(engine, *rows)
    assert len(await found(engine)) == 2


async def test_sale__the_original_price_is_shown(engine: AsyncEngine) -> None:
    await imported(engine, size(1, 15000, original_price=Money(Decimal(20000), "KRW")))
    (result,) = await found(engine)
    assert (result.price, result.original_price) == (15000, 20000)
