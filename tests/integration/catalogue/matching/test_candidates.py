"""Finding products by features, with and without filters, and after a change of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.ingest.reindex import BATCH, reindex
from searchapp.catalogue.matching import candidates
from searchapp.catalogue.matching.candidates import nearest, similar_products
from searchapp.catalogue.matching.scores import SMALL_POOL, Scored, VerdictNumbers
from searchapp.db.engine import transaction
from searchapp.db.repositories import vector_index
from searchapp.db.repositories.vector_index import Candidate, views_of
from searchapp.db.tables.products import products
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import Box, Match, Result
from searchapp.errors import OperatorError
from searchapp.vision.features.item_arrays import ItemFeatures
from tests.support.catalogue import (
    FakePictures,
    FakeVision,
    HereDecoder,
    importer,
    row,
    shop,
    swatch,
)

COUNT = 30
WHOLE = Box(0, 0, 60, 80)


@pytest.fixture
async def stocked(engine: AsyncEngine) -> AsyncEngine:
    rows, pictures = shop(COUNT)
    await import_feed(importer(engine), "shop", rows, pictures)
    return engine


async def stock_sizes(engine: AsyncEngine, sizes: int) -> None:
    """COUNT garments, a row and a product for each size, with one picture."""
    _, pictures = shop(COUNT)
    rows = [row(n, id=f"id{n}-{size}") for n in range(1, COUNT + 1) for size in range(sizes)]
    await import_feed(importer(engine), "shop", rows, pictures)


async def find(
    engine: AsyncEngine,
    seed: int,
    filters: Filters = NO_FILTERS,
    vision: FakeVision | None = None,
    *,
    use_feedback: bool = False,
) -> tuple[Sequence[Result], Match]:
    vision = vision or FakeVision()
    picture = (await HereDecoder().upright(swatch(seed))).image
    item = vision.describe_query(picture, Box(0, 0, picture.width, picture.height), None)
    async with transaction(engine) as session:
        return await nearest(
            session, item, vision.embedding_name, filters=filters, use_feedback=use_feedback
        )


async def test_nearest__the_product_itself_comes_first(stocked: AsyncEngine) -> None:
    results, match = await find(stocked, 7)
    assert match is Match.SAME
    assert len(results) == 24
    best = results[0]
    assert (best.product_id, best.title, best.price) == ("shop:id7", "티셔츠 7", 17000.0)
    assert (best.currency, best.link, best.source) == ("KRW", "https://shop.kr/7", "catalogue")
    assert {result.colour for result in results} == {"black", "blue"}
    assert best.image_url.startswith("/api/products/")
    assert [r.score for r in results] == sorted((r.score for r in results), reverse=True)


async def test_nearest__stored_keypoints_decide_between_look_alikes(stocked: AsyncEngine) -> None:
    vision = FakeVision()
    alike = vision.describe_query((await HereDecoder().upright(swatch(7))).image, WHOLE, None)
    other = vision.describe_query((await HereDecoder().upright(swatch(9))).image, WHOLE, None)
    between = (alike.vectors + other.vectors) / np.sqrt(2, dtype=np.float32)
    async with transaction(stocked) as session:
        for wanted, expected in ((alike, "shop:id7"), (other, "shop:id9")):
            item = replace(wanted, lookup=between, vectors=between, colour=alike.colour * 0)
            results, _ = await nearest(session, item, vision.embedding_name)
            assert results[0].product_id == expected


async def test_nearest__empty_catalogue(engine: AsyncEngine) -> None:
    assert await find(engine, 7) == ([], Match.NONE)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (Filters(brand="maru"), [n for n in range(1, COUNT + 1) if n % 2 == 0]),
        (Filters(colour="blue"), [n for n in range(1, COUNT + 1) if n % 3 == 0]),
        (Filters(in_stock=True), [n for n in range(1, COUNT + 1) if n % 4]),
        (Filters(kind="shoes"), []),
        (Filters(price_from=Decimal(15000), price_to=Decimal(20000)), list(range(5, 11))),
        (Filters(price_to=Decimal(15000), currency="USD"), []),
        (Filters(kind="top", brand="나래", price_to=Decimal(13000)), [1, 3]),
    ],
)
async def test_nearest__filters(stocked: AsyncEngine, filters: Filters, numbers: list[int]) -> None:
    results, _ = await find(stocked, 7, filters)
    found = {result.product_id for result in results}
    wanted = {f"shop:id{n}" for n in numbers}
    assert found == wanted if len(wanted) <= 24 else found < wanted


async def test_nearest__what_the_index_gave_up_on_is_compared_one_by_one(
    stocked: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = vector_index.nearest_views

    async def gives_up(*given: Any, exact: bool = False, **more: Any) -> Candidate:
        """As the index among millions of views, when what passes is far from the item."""
        return await near(*given, exact=exact, **more) if exact else Candidate({})

    monkeypatch.setattr(vector_index, "nearest_views", gives_up)
    results, _ = await find(stocked, 7, Filters(brand="maru"))
    assert len(results) == COUNT // 2
    assert [result.score for result in results] == sorted((r.score for r in results), reverse=True)
    assert await find(stocked, 7) == ([], Match.NONE)


async def test_nearest__a_result_tells_its_kind_and_whether_it_is_sold_out(
    stocked: AsyncEngine,
) -> None:
    results, _ = await find(stocked, 7)
    assert {result.kind for result in results} == {"top"}
    reported = {result.product_id: result.in_stock for result in results}
    assert reported == {name: int(name.removeprefix("shop:id")) % 4 != 0 for name in reported}


async def test_nearest__vectors_of_another_model_are_left_out(stocked: AsyncEngine) -> None:
    results, match = await find(stocked, 7, vision=FakeVision("fake-2"))
    assert (results, match) == ([], Match.NONE)


async def test_nearest__the_verdict_sees_enough_to_tell_a_large_catalogue(
    stocked: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index's first answer is of products enough to show, and too few to judge by."""
    monkeypatch.setattr(candidates, "EACH", SMALL_POOL - 4)
    judged: list[int] = []

    def judge(_item: ItemFeatures, scored: Sequence[Scored], _numbers: VerdictNumbers) -> Match:
        judged.append(len(scored))
        return Match.SIMILAR

    monkeypatch.setattr(candidates, "verdict", judge)
    await find(stocked, 7)
    assert judged == [SMALL_POOL]


async def test_nearest__many_photos_a_product_still_leave_ten(engine: AsyncEngine) -> None:
    pictures = FakePictures({f"{n}-{i}": swatch(n) for n in range(30) for i in range(8)})
    rows = [row(n, images=tuple(f"{n}-{i}" for i in range(8))) for n in range(30)]
    await import_feed(importer(engine), "shop", rows, pictures)
    results, _ = await find(engine, 7)
    assert len({result.product_id for result in results}) == 24


async def test_nearest__sizes_of_a_garment_are_one_result_and_no_look_alikes(
    engine: AsyncEngine,
) -> None:
    rows, pictures = shop(COUNT)
    sizes = [row(7, id=f"size{n}") for n in range(5)]
    await import_feed(importer(engine), "shop", [*rows, *sizes], pictures)
    results, match = await find(engine, 7)
    assert match is Match.SAME
    assert len(results) == 24
    assert len({result.title for result in results}) == 24


@pytest.mark.parametrize("use_feedback", [False, True])
async def test_nearest__eight_sizes_of_each_garment_leave_as_many_garments(
    engine: AsyncEngine, use_feedback: bool
) -> None:
    await stock_sizes(engine, 8)
    results, match = await find(engine, 7, use_feedback=use_feedback)
    assert match is Match.SAME
    assert len(results) == 24
    assert len({result.title for result in results}) == 24


async def test_near__views_that_are_the_same_count_once(engine: AsyncEngine) -> None:
    await stock_sizes(engine, 8)
    vision = FakeVision()
    item = vision.describe_query((await HereDecoder().upright(swatch(7))).image, WHOLE, None)
    async with transaction(engine) as session:
        near = await vector_index.nearest_views(
            session, item.lookup, vision.embedding_name, each=5, ef_search=40, filters=Filters()
        )
    assert (len(near.pictures), near.distinct) == (40, 5)


async def test_nearest__sizes_that_pass_a_filter_are_not_compared_one_by_one(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index did not give up; in a large catalogue, comparing all takes seconds."""
    await stock_sizes(engine, 8)
    near = vector_index.nearest_views

    async def by_the_index(*given: Any, exact: bool = False, **more: Any) -> Candidate:
        assert not exact
        return await near(*given, exact=exact, **more)

    monkeypatch.setattr(vector_index, "nearest_views", by_the_index)
    results, _ = await find(engine, 7, Filters(kind="top"))
    assert len({result.title for result in results}) == 24


async def test_nearest__keypoints_are_compared_of_thirty_pictures_not_of_their_sizes(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stock_sizes(engine, 4)
    asked: list[Sequence[int]] = []
    details_of = vector_index.details_of

    async def noted(session: AsyncSession, numbers: Sequence[int], model: str) -> Any:
        asked.append(numbers)
        return await details_of(session, numbers, model)

    monkeypatch.setattr(vector_index, "details_of", noted)
    await find(engine, 7)
    (numbers,) = asked
    keys = select(products.c.image_key).where(products.c.number.in_(numbers))
    async with transaction(engine) as session:
        assert len(set(await session.scalars(keys))) == len(numbers) == COUNT


async def test_nearest__the_twin_with_the_photo_that_matters_is_looked_at(
    engine: AsyncEngine,
) -> None:
    """Two feeds show one garment, and one of them from behind, too."""
    rows, pictures = shop(COUNT)
    await import_feed(importer(engine), "shop", rows, pictures)
    pictures.pictures["behind"] = swatch(99)
    both = row(7, images=("p7", "behind"))
    await import_feed(importer(engine), "other", [both], pictures)
    results, match = await find(engine, 99)
    assert results[0].product_id in ("shop:id7", "other:id7")
    assert (results[0].score > 0.9, match) == (True, Match.SAME)


async def test_nearest__half_embedded_again(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where there are more views of the other model than are ever looked up.
    monkeypatch.setattr(candidates, "MOST", candidates.EACH)
    rows, pictures = shop(6 * BATCH)
    await import_feed(importer(engine), "shop", rows, pictures)
    other = FakeVision("fake-2")

    def broken_off(_done: int, _total: int) -> None:
        raise OperatorError("the cable is pulled")

    with pytest.raises(OperatorError):
        await reindex(importer(engine, other), progress=broken_off)
    results, match = await find(engine, 7, vision=other)
    assert {result.product_id for result in results} == {f"shop:id{n + 1}" for n in range(BATCH)}
    assert (results[0].product_id, match) == ("shop:id7", Match.SAME)
    results, _ = await find(engine, 90)
    assert (results[0].product_id, len(results)) == ("shop:id90", 24)


async def test_nearest__a_model_of_another_dimension_finds_nothing(stocked: AsyncEngine) -> None:
    small = FakeVision("fake-2", dimension=64)
    assert await find(stocked, 7, vision=small) == ([], Match.NONE)
    assert await find(stocked, 7, Filters(brand="maru"), small) == ([], Match.NONE)
    await reindex(importer(stocked, small))
    assert await find(stocked, 7) == ([], Match.NONE)
    results, _ = await find(stocked, 7, vision=small)
    assert results[0].product_id == "shop:id7"


async def test_views_of__those_of_the_main_picture_come_first(engine: AsyncEngine) -> None:
    pictures = FakePictures({name: swatch(n) for n, name in enumerate(("one", "two", "three"))})
    model = FakeVision().embedding_name
    for images in (("one", "two"), ("three", "one", "two"), ("two", "three")):
        await import_feed(importer(engine), "shop", [row(1, images=images)], pictures)
        async with transaction(engine) as session:
            (number,) = await session.scalars(select(products.c.number))
            stored = await views_of(session, [number], model)
        main = (await HereDecoder().upright(pictures.pictures[images[0]])).image
        (seen,) = FakeVision().describe_product(main)
        assert len(stored) == len(images)
        assert float(stored[0].embedding @ seen.embedding) > 0.99


async def test_similar_products__of_its_family_without_itself(stocked: AsyncEngine) -> None:
    async with transaction(stocked) as session:
        found = await similar_products(session, "shop:id7")
        unknown = await similar_products(session, "shop:id99")
        elsewhere = await similar_products(session, "other:id7")
    assert found is not None
    assert 10 <= len(found) <= 24
    assert "shop:id7" not in [result.product_id for result in found]
    scores = [result.score for result in found]
    assert scores == sorted(scores, reverse=True)
    assert unknown is elsewhere is None


async def test_similar_products__not_its_own_sizes(engine: AsyncEngine) -> None:
    await stock_sizes(engine, sizes=3)
    async with transaction(engine) as session:
        found = await similar_products(session, "shop:id7-0")
    assert found
    assert not [result.product_id for result in found if result.product_id.startswith("shop:id7-")]
