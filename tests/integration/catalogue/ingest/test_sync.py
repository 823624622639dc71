"""Feeds by address: downloads that go wrong, and runs on a schedule."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest import sync
from searchapp.catalogue.ingest.fetching import SafeClient
from searchapp.catalogue.ingest.sync import (
    Download,
    FeedUnavailable,
    ScheduledFeeds,
    default_name,
    download,
    every,
    without_password,
)
from searchapp.db.engine import LockKind, advisory_lock, transaction
from searchapp.db.repositories import imports
from searchapp.errors import OperatorError
from tests.support.catalogue import importer
from tests.support.shop import FEED, Server, ok, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as shop:
        yield shop


@pytest.fixture
async def client() -> AsyncIterator[SafeClient]:
    client = SafeClient(trusted=["127.0.0.1"], seconds=1.0)
    yield client
    await client.aclose()


async def test_download__with_user_and_etag(
    server: Server, client: SafeClient, tmp_path: Path
) -> None:
    server.answer = ok(b"feed", 'ETag: "1"')
    found = await download(client, server.at(user="me:p%40ss@"), tmp_path)
    assert found == Download(tmp_path / "feed.csv", '"1"')
    assert found.path.read_bytes() == b"feed"
    assert "Authorization: Basic bWU6cEBzcw==" in server.requests[0]
    server.answer = ok(b"", status="304 Not Modified")
    assert await download(client, server.at(), tmp_path, '"1"') is None
    assert 'if-none-match: "1"' in server.requests[1].lower()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ok(b"", status="500 Oops"), "answers 500"),
        (ok(b"feed")[:-2], "in the middle"),
        (ok(b"", "Location: ftp://x/y", status="302 Found"), "not at an https"),
        (ok(b"", "Location: https://10.0.0.1/feed", status="302 Found"), "not on the public"),
        (b"nonsense\r\n\r\n", "in the middle"),
    ],
)
async def test_download__refused(
    server: Server, client: SafeClient, tmp_path: Path, answer: bytes, reason: str
) -> None:
    server.answer = answer
    with pytest.raises(FeedUnavailable, match=reason) as raised:
        await download(client, server.at(user="me:secret@"), tmp_path)
    assert "secret" not in str(raised.value)


async def test_download__a_server_that_hangs(
    server: Server, client: SafeClient, tmp_path: Path
) -> None:
    with pytest.raises(FeedUnavailable, match="does not answer"):
        await download(client, server.at("/hang"), tmp_path)


async def test_download__private_hosts_have_to_be_named(tmp_path: Path) -> None:
    client = SafeClient()
    with pytest.raises(FeedUnavailable, match="not on the public internet"):
        await download(client, "https://127.0.0.1:9/feed.csv", tmp_path)
    await client.aclose()


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        ("shop-2026-11-28.csv", "shop"),
        ("feeds/shop_20261128T0300.csv.gz", "shop"),
        ("shop.v2.csv", "shop"),
        ("2026-11-28.csv", "2026-11-28"),
        ("https://s.kr/feeds/narae%20shop.xml?x=1", "narae shop"),
        ("https://s.kr/", "s.kr"),
        ("shop-100.csv", "shop-100"),
        ("shop (1).csv", "shop"),
        ("shop-2026.11.28 (2).csv", "shop"),
        ("shop-30.11.2026.csv", "shop"),
        ("20261128_shop.csv", "shop"),
        ("2026.11.28 상품.csv", "상품"),
        ("wc-product-export-1-12-2026-1764460800123.csv", "wc-product-export"),
        ("products_Nov-30_10-15-24AM.csv", "products"),
        ("products_export_1.csv", "products_export_1"),
    ],
)
def test_default_name(feed: str, name: str) -> None:
    assert default_name(feed) == name


def test_every__and_addresses_without_passwords() -> None:
    assert every("6h") == timedelta(hours=6)
    for wrong in ("", "6", "1m", "90d", "x"):
        with pytest.raises(OperatorError):
            every(wrong)
    assert without_password("https://me:pw@s.kr:8/a?b") == "https://s.kr:8/a?b"


# --- schedules -------------------------------------------------------------------------------

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class Feeds:
    """Scheduled feeds at a time that the test sets."""

    engine: AsyncEngine
    now: datetime = NOW

    async def add(self, address: str, **options: object) -> None:
        async with transaction(self.engine) as session:
            await imports.save_schedule(
                session,
                "shop",
                address.encode(),
                address,
                every=timedelta(hours=6),
                options=options,
                now=self.now,
            )

    async def work(self) -> int:
        at = replace(importer(self.engine), clock=lambda: self.now)
        return await ScheduledFeeds(at, bytes.decode, ("127.0.0.1",)).work()

    async def stored(self) -> imports.Schedule:
        async with transaction(self.engine) as session:
            (schedule,) = await imports.all_schedules(session)
        return schedule

    async def ids(self) -> list[str]:
        async with transaction(self.engine) as session:
            found = await session.scalars(text("SELECT feed_id FROM products ORDER BY 1"))
            return list(found)


async def test_schedule__runs_when_due_and_again_after_its_interval(
    engine: AsyncEngine, server: Server
) -> None:
    feeds = Feeds(engine)
    await feeds.add(server.at("/feed.csv.gz"), prune=True)
    server.answer = ok(gzip.compress(server.feed("a", "b")), 'ETag: "1"')
    assert await feeds.work() == 1
    assert await feeds.ids() == ["a", "b"]
    schedule = await feeds.stored()
    assert (schedule.etag, schedule.last_success_at) == ('"1"', NOW)
    assert schedule.next_at == NOW + timedelta(hours=6)
    assert await feeds.work() == 0
    feeds.now += timedelta(hours=6)
    server.answer = ok(b"", status="304 Not Modified")
    assert await feeds.work() == 1
    assert (await feeds.stored()).last_success_at == feeds.now
    async with transaction(engine) as session:
        runs = await imports.last_imports(session)
    assert [(run["state"], run["added"]) for run in runs] == [("done", 0), ("done", 2)]


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"<!DOCTYPE html><html>Down</html>"),
        ok(FEED.encode() + b"a,T,https://s.kr/a,x.png,15000 KRW\n")[:-9],
        ok(b"", status="503 Down"),
        ok(b"", "Location: /hang", status="302 Found"),
        ok(b"", "Location: /feed.csv", status="302 Found"),
        ok(FEED.encode()),
    ],
)
async def test_schedule__a_bad_answer_leaves_the_old_catalogue(
    engine: AsyncEngine, server: Server, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "SILENT_SECONDS", 2.0)
    feeds = Feeds(engine)
    await feeds.add(server.at(), prune=True)
    server.answer = ok(server.feed("a", "b"))
    await feeds.work()
    feeds.now += timedelta(hours=6)
    server.answer = answer
    assert await feeds.work() == 1
    assert await feeds.ids() == ["a", "b"]
    schedule = await feeds.stored()
    assert schedule.last_error
    assert schedule.last_success_at == NOW
    assert schedule.next_at == feeds.now + sync.RETRY
    async with transaction(engine) as session:
        (problem,) = await imports.problems(session, feeds.now)
        assert (problem.kind, problem.detail) == ("sync_failed", schedule.last_error)
        (newest, first) = await imports.last_imports(session)
        assert newest["error"] == schedule.last_error
        assert (first["state"], first["added"]) == ("done", 2)


async def test_schedule__an_internal_error_is_not_tried_again_at_once(
    engine: AsyncEngine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    feeds = Feeds(engine)
    await feeds.add(server.at())
    server.answer = ok(server.feed("a"))
    monkeypatch.setattr(sync, "import_feed", broken)
    with pytest.raises(ZeroDivisionError):
        await feeds.work()
    schedule = await feeds.stored()
    assert schedule.last_error == sync.INTERNAL
    assert schedule.next_at == NOW + sync.RETRY
    assert await feeds.work() == 0


async def test_schedule__an_outage_of_the_database_leaves_it_due(
    engine: AsyncEngine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object, **__: object) -> None:
        raise ConnectionError

    feeds = Feeds(engine)
    await feeds.add(server.at())
    server.answer = ok(server.feed("a"))
    with monkeypatch.context() as patched:
        patched.setattr(sync, "import_feed", cut)
        with pytest.raises(ConnectionError):
            await feeds.work()
    assert await feeds.work() == 1
    assert await feeds.ids() == ["a"]


async def test_schedule__held_by_another_process(engine: AsyncEngine, server: Server) -> None:
    feeds = Feeds(engine)
    await feeds.add(server.at())
    server.answer = ok(server.feed("a"))
    async with advisory_lock(engine, LockKind.SCHEDULED_FEED, "shop"):
        await feeds.work()
    assert await feeds.ids() == []
    assert (await feeds.stored()).last_error == ""
    await feeds.work()
    assert await feeds.ids() == ["a"]


async def test_problems__interrupted_and_overdue(engine: AsyncEngine) -> None:
    feeds = Feeds(engine)
    await feeds.add("https://s.kr/feed.csv")
    async with transaction(engine) as session:
        await imports.start_import(session, feed="other", source="", now=NOW)
        assert list(map(str, await imports.problems(session, NOW))) == [
            "the import of other was interrupted: start it again"
        ]
        later = list(map(str, await imports.problems(session, NOW + timedelta(hours=13))))
        assert "the scheduled feed shop is overdue since 2026-05-01 00:00 UTC" in later
        assert await imports.remove_schedule(session, "shop")
        assert not await imports.remove_schedule(session, "shop")
