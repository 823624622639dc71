"""Imports on the real database: what is written, what is left alone, what goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import FeedRow, RefusedRow
from searchapp.catalogue.ingest import row_work
from searchapp.catalogue.ingest.importer import BATCH, ImportOptions, import_feed, remove_feed
from searchapp.db.engine import LockKind, advisory_lock, transaction
from searchapp.db.repositories import imports, products
from searchapp.db.repositories.imports import Counts
from searchapp.errors import OperatorError
from tests.support.catalogue import FakePictures, FakeVision, importer, row, shop, swatch

PRUNE = ImportOptions(prune=True)


async def stored(engine: AsyncEngine, column: str = "feed_id") -> list[object]:
    async with transaction(engine) as session:
        found = await session.scalars(
            select(products.products.c[column]).order_by(products.products.c.feed_id)
        )
        return list(found)


async def test_import__new_products_with_pictures_and_views(engine: AsyncEngine) -> None:
    rows, pictures = shop(3)
    report = await import_feed(importer(engine), "shop", rows, pictures)
    assert report.counts == Counts(added=3)
    assert await stored(engine) == ["id1", "id2", "id3"]
    async with transaction(engine) as session:
        (key,) = (await session.scalars(text("SELECT image_key FROM products LIMIT 1"))).all()
        jpeg = await products.read_image(session, key)
        views = await session.scalar(text("SELECT count(*) FROM product_views"))
    assert jpeg is not None
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert views == 3


async def test_import__again_does_nothing(engine: AsyncEngine) -> None:
    rows, pictures = shop(3)
    await import_feed(importer(engine), "shop", rows, pictures)
    vision = FakeVision()
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert report.counts == Counts(unchanged=3)
    assert vision.seen == 0


async def test_import__changed_row_keeps_its_picture(engine: AsyncEngine) -> None:
    rows, pictures = shop(3)
    await import_feed(importer(engine), "shop", rows, pictures)
    vision = FakeVision()
    changed = [rows[0], row(2, title="새 이름"), rows[2]]
    report = await import_feed(importer(engine, vision), "shop", changed, pictures)
    assert report.counts == Counts(changed=1, unchanged=2)
    assert vision.seen == 0
    assert await stored(engine, "title") == ["티셔츠 1", "새 이름", "티셔츠 3"]


async def test_import__words_that_mean_something_else_now(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version may know another kind by the same words."""
    rows, pictures = shop(2)
    await import_feed(importer(engine), "shop", rows, pictures)
    monkeypatch.setattr(
        row_work,
        "kind_of",
        lambda _category, title: "hat" if title == "티셔츠 1" else "whole",
    )
    vision = FakeVision()
    report = await import_feed(importer(engine, vision), "shop", rows[:1], pictures)
    assert report.counts == Counts(changed=1)
    assert vision.seen == 0
    assert await stored(engine, "kind") == ["hat", "top"]


async def test_import__changed_picture_is_seen_again(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    await import_feed(importer(engine), "shop", rows, pictures)
    before = await stored(engine, "image_key")
    pictures.pictures["p2"] = swatch(99)
    vision = FakeVision()
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert report.counts == Counts(changed=1, unchanged=1)
    assert vision.seen == 1
    after = await stored(engine, "image_key")
    assert after[0] == before[0]
    assert after[1] != before[1]


async def test_import__several_pictures_a_product(engine: AsyncEngine) -> None:
    pictures = FakePictures({name: swatch(i) for i, name in enumerate(("a", "b", "c"))})
    rows = [row(1, images=("a", "none", "b"))]
    await import_feed(importer(engine), "shop", rows, pictures)
    async with transaction(engine) as session:
        kept = await session.scalar(text("SELECT count(*) FROM product_pictures"))
    assert kept == 2
    vision = FakeVision()
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert report.counts == Counts(unchanged=1)
    rows = [row(1, images=("a", "b", "c"))]
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert report.counts == Counts(changed=1)


async def test_import__refused_rows_with_reasons(engine: AsyncEngine) -> None:
    broken = FakePictures({"p1": swatch(1), "p2": b"not a picture"})
    rows: list[FeedRow] = [row(1), row(2), row(3), RefusedRow(9, "x", "price is missing")]
    report = await import_feed(importer(engine), "shop", rows, broken)
    assert report.counts == Counts(added=1, refused=3)
    reasons = {refusal.id: refusal.reason for refusal in report.refusals}
    assert reasons == {
        "id2": "picture p2 cannot be read: it is not a JPEG, PNG, WEBP, HEIC, AVIF or GIF",
        "id3": "picture p3 does not exist",
        "x": "price is missing",
    }
    async with transaction(engine) as session:
        (last,) = await imports.last_imports(session)
    assert (last["state"], last["error"]) == (
        "failed",
        "3 of 4 rows were refused, more than 50 %",
    )
    assert {entry["id"] for entry in last["refusals"]} == {"id2", "id3", "x"}


async def test_import__a_shop_that_is_away_loses_nothing(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    await import_feed(importer(engine), "shop", rows, pictures)
    force = ImportOptions(prune=True, force=True)
    report = await import_feed(importer(engine), "shop", rows, FakePictures({}), options=force)
    assert report.counts == Counts(unchanged=2)
    assert await stored(engine) == ["id1", "id2"]


async def test_import__feeds_do_not_meet(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    await import_feed(importer(engine), "one", rows, pictures)
    await import_feed(importer(engine), "two", rows[:1], pictures, options=PRUNE)
    assert await remove_feed(engine, "two") == 1
    async with transaction(engine) as session:
        assert [feed.products for feed in await imports.feed_stats(session)] == [2]


async def test_prune__removes_what_is_gone(engine: AsyncEngine) -> None:
    rows, pictures = shop(4)
    await import_feed(importer(engine), "shop", rows, pictures)
    report = await import_feed(importer(engine), "shop", rows[:3], pictures, options=PRUNE)
    assert report.counts == Counts(unchanged=3, removed=1)
    assert await stored(engine) == ["id1", "id2", "id3"]


async def test_prune__never_more_than_half_without_force(engine: AsyncEngine) -> None:
    rows, pictures = shop(4)
    await import_feed(importer(engine), "shop", rows, pictures)
    report = await import_feed(importer(engine), "shop", rows[:1], pictures, options=PRUNE)
    assert "3 of 4" in report.not_pruned
    assert len(await stored(engine)) == 4
    force = ImportOptions(prune=True, force=True)
    report = await import_feed(importer(engine), "shop", rows[:1], pictures, options=force)
    assert report.counts.removed == 3


async def test_prune__refused_rows_are_not_gone(engine: AsyncEngine) -> None:
    rows, pictures = shop(3)
    await import_feed(importer(engine), "shop", rows, pictures)
    later: list[FeedRow] = [*rows[:2], RefusedRow(4, "id3", "price is missing")]
    report = await import_feed(importer(engine), "shop", later, pictures, options=PRUNE)
    assert report.counts == Counts(unchanged=2, refused=1)
    assert report.not_pruned == ""
    assert await stored(engine) == ["id1", "id2", "id3"]


async def test_prune__not_after_a_feed_that_breaks_off(engine: AsyncEngine) -> None:
    rows, pictures = shop(3)
    await import_feed(importer(engine), "shop", rows, pictures)
    later: list[FeedRow] = [*rows[:2], RefusedRow(3, "", "not XML", broken_off=True)]
    report = await import_feed(importer(engine), "shop", later, pictures, options=PRUNE)
    assert "breaks off" in report.not_pruned
    assert len(await stored(engine)) == 3


async def test_import__broken_off_goes_on_where_it_was(engine: AsyncEngine) -> None:
    rows, pictures = shop(BATCH + 5)

    def until_the_cable_is_pulled() -> Iterator[FeedRow]:
        yield from rows[:BATCH]
        raise OperatorError("the disk is gone")

    with pytest.raises(OperatorError):
        await import_feed(importer(engine), "shop", until_the_cable_is_pulled(), pictures)
    assert len(await stored(engine)) == BATCH
    pictures.asked.clear()
    report = await import_feed(importer(engine), "shop", rows, pictures)
    assert report.counts == Counts(added=5, unchanged=BATCH)
    assert len(pictures.asked) == 5


async def test_import__cancelled_is_noted_as_failed(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)

    def stopped() -> Iterator[FeedRow]:
        yield from rows
        raise asyncio.CancelledError

    with pytest.raises(BaseException):  # noqa: B017, PT011 - a generator may not raise it plainly.
        await import_feed(importer(engine), "shop", stopped(), pictures)
    async with transaction(engine) as session:
        (last,) = await imports.last_imports(session)
    assert last["state"] == "failed"
    assert "start it again" in last["error"]


async def test_import__an_internal_error_is_noted_with_what_to_do(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)

    def broken() -> Iterator[FeedRow]:
        yield from rows
        raise KeyError("column")

    with pytest.raises(KeyError):
        await import_feed(importer(engine), "shop", broken(), pictures)
    async with transaction(engine) as session:
        (last,) = await imports.last_imports(session)
    assert last["error"] == "an internal error ended it: start it again; its log has the details"


async def test_import__index_of_another_dimension_is_one_line(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)
    with pytest.raises(OperatorError, match="reindex"):
        await import_feed(importer(engine, FakeVision(dimension=64)), "shop", rows, pictures)


async def test_import__one_at_a_time_of_a_feed(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    async with advisory_lock(engine, LockKind.IMPORT, "shop") as alone:
        assert alone
        with pytest.raises(OperatorError, match="shop is being imported already"):
            await import_feed(importer(engine), "shop", rows, pictures)
        await import_feed(importer(engine), "other", rows, pictures)
    assert (await import_feed(importer(engine), "shop", rows, pictures)).counts.added == 2


async def test_remove__not_while_it_is_being_imported(engine: AsyncEngine) -> None:
    rows, pictures = shop(BATCH + 1)

    def removed_in_between() -> Iterator[FeedRow]:
        yield from rows
        with pytest.raises(OperatorError, match="shop is being imported already"):
            asyncio.run_coroutine_threadsafe(remove_feed(engine, "shop"), loop).result(10)

    loop = asyncio.get_running_loop()
    report = await import_feed(importer(engine), "shop", removed_in_between(), pictures)
    assert report.counts.added == BATCH + 1
    assert len(await stored(engine)) == BATCH + 1
    assert await remove_feed(engine, "other") == 0
    assert await remove_feed(engine, "shop") == BATCH + 1


async def test_import__dead_ones_are_told_from_running_ones(engine: AsyncEngine) -> None:
    clock = importer(engine).clock
    async with transaction(engine) as session:
        for feed in ("shop", "shop", "other"):
            await imports.start_import(session, feed=feed, source="", now=clock())

    async def states() -> list[tuple[str, str]]:
        async with transaction(engine) as session:
            return [(run["feed"], run["state"]) for run in await imports.last_imports(session)]

    dead, before = ("shop", "interrupted"), ("other", "interrupted")
    assert await states() == [before, dead, dead]
    async with transaction(engine) as session:
        (newest, older) = await imports.last_imports(session, 1)
    assert (newest["feed"], older["feed"], older["state"]) == ("other", "shop", "interrupted")
    async with advisory_lock(engine, LockKind.IMPORT, "shop"):
        assert await states() == [before, ("shop", "running"), dead]
    assert await states() == [before, dead, dead]


async def test_feed_health__age_refusals_and_failures(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    clock = importer(engine).clock
    await import_feed(importer(engine), "good", [rows[0], RefusedRow(9, "x", "no")], pictures)
    worse: list[FeedRow] = [rows[0], *(RefusedRow(n, f"x{n}", "no") for n in range(3))]
    report = await import_feed(importer(engine), "bad", worse, pictures)
    assert report.failure == "3 of 4 rows were refused, more than 50 %"
    async with transaction(engine) as session:
        bad, good = await imports.feed_health(session, clock())
    assert (bad.feed, bad.age_seconds, bad.refused, bad.failed) == ("bad", None, 3, True)
    assert (good.feed, good.refused, good.failed) == ("good", 1, False)
    assert good.age_seconds is not None
    assert good.age_seconds > 0


async def test_import__a_file_that_breaks_is_a_failure_and_what_was_taken_stays(
    engine: AsyncEngine,
) -> None:
    rows, pictures = shop(2)
    cut: list[FeedRow] = [*rows, RefusedRow(4, "", "not XML", broken_off=True, cut=True)]
    report = await import_feed(importer(engine), "shop", cut, pictures)
    assert "breaks off before its end" in report.failure
    assert await stored(engine) == ["id1", "id2"]


async def test_import__a_placeholder_is_refused(engine: AsyncEngine) -> None:
    kinds = ("셔츠", "치마", "신발")
    rows = [
        row(n, images=("p1",), title=f"{name} {kinds[n % 3]}", category="")
        for n, name in enumerate("가나다라마바")
    ]
    report = await import_feed(importer(engine), "shop", rows, FakePictures({"p1": swatch(1)}))
    assert report.counts == Counts(refused=6)
    (reason,) = report.refused
    assert (reason.count, "placeholder" in reason.text) == (6, True)
    assert await stored(engine) == []
