"""Products by the catalogue API: written at once, their pictures by the workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.ingest.products_api import (
    ATTEMPTS,
    Action,
    Answer,
    AnswerStatus,
    FeedNameError,
    Operation,
    PendingPictures,
    apply,
    read_product,
)
from searchapp.db.engine import transaction
from tests.support.catalogue import FakePictures, FakeVision, HereDecoder, importer, shop, swatch

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PICTURE = "https://s.kr/1.jpg"
SHIRT = {
    "id": "a",
    "title": "리넨 셔츠",
    "link": "https://s.kr/a",
    "image_link": PICTURE,
    "price": "15000 KRW",
    "availability": "in_stock",
}


async def does(engine: AsyncEngine, action: Action, id_: str = "a", **document: Any) -> Answer:
    (answer,) = await apply(engine, "shop", [Operation(action, id_, document)], now=NOW)
    return answer


async def put(engine: AsyncEngine, **changes: Any) -> AnswerStatus:
    return (await does(engine, Action.PUT, **(SHIRT | changes))).status


async def worked(
    engine: AsyncEngine, pictures: FakePictures, *, after: timedelta = timedelta()
) -> int:
    with ThreadPoolExecutor(1) as thread:
        work = PendingPictures(
            engine, FakeVision(), HereDecoder(), pictures, thread, lambda: NOW + after
        )
        return await work.work()


async def status(engine: AsyncEngine) -> str:
    document = await read_product(engine, "shop", "a")
    assert document is not None
    return str(document["status"])


async def test_put__pending_until_a_worker_has_its_picture(engine: AsyncEngine) -> None:
    assert await put(engine) is AnswerStatus.CREATED
    assert await status(engine) == "pending"
    assert await worked(engine, FakePictures({PICTURE: swatch(1)})) == 1
    assert await read_product(engine, "shop", "a") == SHIRT | {
        "status": "ready",
        "updatedAt": NOW,
    }
    async with transaction(engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM product_views")) == 1
    assert await put(engine) is AnswerStatus.UNCHANGED
    assert await worked(engine, FakePictures({})) == 0


async def test_put__another_picture_is_fetched_while_the_old_one_is_shown(
    engine: AsyncEngine,
) -> None:
    await put(engine)
    await worked(engine, FakePictures({PICTURE: swatch(1)}))
    assert await put(engine, image_link="https://s.kr/2.jpg") is AnswerStatus.UPDATED
    async with transaction(engine) as session:
        before = await session.scalar(text("SELECT image_key FROM products"))
    assert before
    assert await worked(engine, FakePictures({"https://s.kr/2.jpg": swatch(2)})) == 1
    async with transaction(engine) as session:
        assert await session.scalar(text("SELECT image_key FROM products")) != before
    assert await status(engine) == "ready"


async def test_put__picture_unavailable_is_tried_again_and_given_up(engine: AsyncEngine) -> None:
    await put(engine)
    after = timedelta()
    for attempt in range(1, ATTEMPTS + 1):
        assert await worked(engine, FakePictures({}), after=after) == 1
        assert await worked(engine, FakePictures({}), after=after) == 0
        assert await status(engine) == ("pending" if attempt < ATTEMPTS else "failed")
        after += timedelta(minutes=2**attempt)
    document = await read_product(engine, "shop", "a")
    assert document is not None
    assert "does not exist" in document["error"]
    assert await put(engine) is AnswerStatus.UPDATED
    assert await status(engine) == "pending"


async def test_patch__price_and_stock(engine: AsyncEngine) -> None:
    await put(engine, sale_price="9000 KRW")
    patched = await does(engine, Action.PATCH, price="12000 KRW", availability="out of stock")
    assert patched.status is AnswerStatus.UPDATED
    async with transaction(engine) as session:
        row = (
            await session.execute(text("SELECT price, original_price, in_stock FROM products"))
        ).one()
    assert (int(row.price), row.original_price, row.in_stock) == (12000, None, False)


async def test_patch__a_row_of_a_feed(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)
    await import_feed(importer(engine), "shop", rows, pictures)
    patched = await does(engine, Action.PATCH, "id1", price="7 USD")
    assert patched.status is AnswerStatus.UPDATED
    document = await read_product(engine, "shop", "id1")
    assert document is not None
    assert (document["price"], document["status"]) == ("7 USD", "ready")
    assert document["title"] == rows[0].product.title


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": "free"}, "is not an amount"),
        ({"title": ""}, "title is missing"),
        ({"image_link": "a.jpg"}, "https address"),
        ({"id": "b"}, "another one"),
        ({"title": {"ko": "x"}}, "neither a text"),
        ({"title": "a\x00b"}, "cannot be kept"),
        ({f"f{n}": n for n in range(50)}, "more than 40"),
    ],
)
async def test_put__refused(engine: AsyncEngine, changes: dict[str, Any], reason: str) -> None:
    answer = await does(engine, Action.PUT, **(SHIRT | changes))
    assert (answer.status, answer.ok) == (AnswerStatus.REFUSED, False)
    assert reason in answer.error
    assert await read_product(engine, "shop", "a") is None


async def test_put__objects_as_in_a_feed(engine: AsyncEngine) -> None:
    document = SHIRT | {
        "price": {"value": "39000", "currency": "KRW"},
        "shipping": [{"country": "KR", "price": "0 KRW"}],
    }
    assert (await does(engine, Action.PUT, **document)).ok
    answer = await does(engine, Action.PUT, **(document | {"custom": [[[[["deep"]]]]]}))
    assert answer.error == "custom has lists or objects in more than 4 levels"


async def test_put__a_reason_of_the_api(engine: AsyncEngine) -> None:
    answer = await does(engine, Action.PUT, **(SHIRT | {"price": 39000}))
    assert answer.error == "price '39000' has no currency: write it like 15000 KRW"
    answer = await does(engine, Action.PUT, **(SHIRT | {"price": None, "sale_price": "9 USD"}))
    assert answer.error == "price is missing"


async def test_batch__answers_in_order_and_one_refusal_stops_no_other(engine: AsyncEngine) -> None:
    operations = [
        Operation(Action.PUT, "b", SHIRT | {"id": "b"}),
        Operation(Action.PATCH, "none", {"price": "1 USD"}),
        Operation(Action.PUT, "a", SHIRT | {"price": "x"}),
        Operation(Action.PATCH, "b", {"brand": "N"}),
        Operation(Action.DELETE, "b", {}),
        Operation(Action.DELETE, "b", {}),
    ]
    answers = await apply(engine, "shop", operations, now=NOW)
    assert [answer.status.value for answer in answers] == [
        "created",
        "missing",
        "refused",
        "refused",
        "deleted",
        "missing",
    ]
    assert [answer.ok for answer in answers] == [True, False, False, False, True, True]


async def test_apply__a_name_that_no_feed_has(engine: AsyncEngine) -> None:
    with pytest.raises(FeedNameError):
        await apply(engine, "a:b", [], now=NOW)


async def test_import__a_feed_takes_the_place_of_what_was_put(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)
    await does(engine, Action.PUT, "id1", **(SHIRT | {"id": "id1"}))
    await import_feed(importer(engine), "shop", rows, pictures)
    document = await read_product(engine, "shop", "id1")
    assert document is not None
    assert (document["title"], document["status"]) == (rows[0].product.title, "ready")
    assert await worked(engine, FakePictures({})) == 0
