"""The outside source against a stub on the loopback: answers, trouble, and pictures kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from searchapp.catalogue.external import providers
from searchapp.catalogue.external.external_search import ExternalAnswer, ExternalSearch
from searchapp.catalogue.external.providers import SerpApiLens, SourceProblem
from searchapp.db.engine import transaction
from searchapp.db.repositories.products import keep_pictures, purge_pictures, read_image
from searchapp.domain.search import Box
from searchapp.imaging.picture import UprightImage
from searchapp.vision.features.item_arrays import ItemFeatures, ViewFeatures
from tests.support.catalogue import FakePictures, FakeVision, HereDecoder, swatch

PICTURE = "https://me.test/api/outside/pass"


class Stub:
    """Answers every request with ``status`` and ``body``, after ``delay`` seconds."""

    def __init__(self) -> None:
        self.status, self.body, self.delay = 200, b"{}", 0.0
        self.asked: dict[str, list[str]] = {}
        self.serving: set[asyncio.Task[None] | None] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked = parse_qs(urlsplit(head.split()[1]).query)
        await asyncio.sleep(self.delay)
        length = len(self.body)
        lead = f"HTTP/1.1 {self.status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        writer.write(lead.encode() + self.body)
        writer.close()

    async def end(self) -> None:
        """Waits for what is being served."""
        await asyncio.gather(*filter(None, self.serving), return_exceptions=True)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    stub = Stub()
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    yield stub
    server.close()
    await stub.end()


def match(number: int, thumbnail: str) -> dict[str, object]:
    return {
        "title": f"Coat {number}",
        "link": f"https://shop.test/{number}",
        "source": "Shop",
        "thumbnail": f"https://thumbs.test/{thumbnail}",
    }


async def item() -> ItemFeatures:
    picture = (await HereDecoder().upright(swatch(1))).image
    return FakeVision().describe_query(picture, Box(0, 0, 60, 80), None)


async def ask(stub: Stub) -> ExternalAnswer:
    vision = FakeVision()

    async def describe(picture: UprightImage) -> Sequence[ViewFeatures]:
        return vision.describe_product(picture)

    thumbnails = FakePictures(
        {
            "https://thumbs.test/same": swatch(1),
            "https://thumbs.test/other": swatch(2),
            "https://thumbs.test/broken": b"no picture",
        }
    )
    async with httpx.AsyncClient() as client:
        lens = SerpApiLens(client, "key", f"http://127.0.0.1:{stub.port}/")
        search = ExternalSearch(lens, thumbnails, HereDecoder(), describe)
        return await search.find(await item(), PICTURE, "ko")


async def test_find__ranked_by_our_own_measure(stub: Stub) -> None:
    names = ("other", "broken", "gone", "same")
    found = [match(number, name) for number, name in enumerate(names)]
    stub.body = json.dumps({"visual_matches": found}).encode()
    answer = await ask(stub)
    assert answer.trouble is None
    assert answer.results[0].link == "https://shop.test/3"
    assert answer.results[0].source == "google_lens"
    assert answer.results[0].image_url.startswith("/api/products/")
    # Those whose pictures cannot be had are not ranked.
    assert [result.link[-1] for result in answer.unseen] == ["1", "2"]
    assert {f"/api/products/{key}/image" for key, _ in answer.pictures} == {
        result.image_url for result in [*answer.results, *answer.unseen]
    }
    assert stub.asked["url"] == [PICTURE]
    assert stub.asked["api_key"] == ["key"]


async def test_find__one_address_is_one_result(stub: Stub) -> None:
    twice = {**match(7, "gone"), "title": "again"}
    found = [match(7, "gone"), match(1, "same"), twice, match(2, "gone"), match(1, "same")]
    stub.body = json.dumps({"visual_matches": found}).encode()
    answer = await ask(stub)
    shown = [*answer.results, *answer.unseen]
    assert sorted(result.link[-1] for result in shown) == ["1", "2", "7"]
    assert len({result.product_id for result in shown}) == 3
    assert [result.title for result in answer.unseen] == ["Coat 7", "Coat 2"]


async def test_find__a_look_that_breaks_is_told_and_leaves_its_offer_unseen(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: FakeVision, picture: UprightImage) -> Sequence[ViewFeatures]:
        raise ZeroDivisionError("https://thumbs.test/same")

    monkeypatch.setattr(FakeVision, "describe_product", broken)
    stub.body = json.dumps({"visual_matches": [match(1, "same")]}).encode()
    with capture_logs() as logs:
        answer = await ask(stub)
    assert [result.link[-1] for result in answer.unseen] == ["1"]
    (reported,) = [line for line in logs if line["log_level"] == "error"]
    assert reported["error"] == "ZeroDivisionError"
    assert "thumbs" not in str(reported)


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, b"", SourceProblem.REFUSED),
        (429, b"", SourceProblem.QUOTA),
        (500, b"", SourceProblem.UNAVAILABLE),
        (200, b"<html>", SourceProblem.MALFORMED),
        (200, b"x" * (3 << 20), SourceProblem.MALFORMED),
    ],
)
async def test_find__trouble_is_part_of_the_answer(
    stub: Stub, status: int, body: bytes, trouble: SourceProblem
) -> None:
    stub.status, stub.body = status, body
    assert await ask(stub) == ExternalAnswer(trouble=trouble)


async def test_find__too_slow(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "SECONDS", 0.05)
    stub.delay = 0.5
    assert await ask(stub) == ExternalAnswer(trouble=SourceProblem.SLOW)


async def test_find__slower_than_the_client_would_wait(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.delay = 0.3
    kept = httpx.AsyncClient.__init__
    monkeypatch.setattr(
        httpx.AsyncClient, "__init__", lambda self, **kw: kept(self, timeout=0.1, **kw)
    )
    assert await ask(stub) == ExternalAnswer()


async def test_find__no_person_there(stub: Stub) -> None:
    stub.port = 1
    assert await ask(stub) == ExternalAnswer(trouble=SourceProblem.UNAVAILABLE)


async def test_pictures__kept_as_long_as_the_search(engine: AsyncEngine) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    async with transaction(engine) as session:
        await keep_pictures(session, [("key", b"jpeg")], now + timedelta(days=7))
        assert await read_image(session, "key") == b"jpeg"
        await purge_pictures(session, now + timedelta(days=6))
        assert await read_image(session, "key") == b"jpeg"
        await purge_pictures(session, now + timedelta(days=8))
        assert await read_image(session, "key") is None
