"""What the owner of a search says of its results, by the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.matching.feedback import as_csv
from searchapp.db.engine import transaction
from searchapp.db.repositories import claims
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result
from searchapp.domain.state_machine import Event
from tests.contract.api.conftest import Start
from tests.support.catalogue import importer, shop
from tests.support.web import ApiHarness

_RESULT = Result("shop:id1", "티셔츠", "", 1000.0, "KRW", "https://a.example", "/i", 0.9, "shop")


@pytest.fixture
async def job_id(harness: ApiHarness, start: Start) -> str:
    """A finished search that found one product of a real catalogue."""
    rows, pictures = shop(2)
    await import_feed(importer(harness.services.engine), "shop", rows, pictures)
    name: str = (await start())["jobId"]
    now = datetime.now(UTC)
    gone = replace(_RESULT, product_id="shop:gone")
    found = (_RESULT, gone)
    item = Item("i1", "top", Box(0, 0, 30, 40), ItemStatus.DONE, Match.SIMILAR, found)
    async with transaction(harness.services.engine) as session:
        claim = await claims.claim(session, name, uuid4(), now)
        assert claim is not None
        await claims.store_items(session, claim, (item,), now)
        await claims.finish(
            session, claim, Event.COMPLETE, now=now, expires_at=now + timedelta(days=7)
        )
    return name


async def _say(
    http: httpx.AsyncClient, job_id: str, said: str, item: str = "i1", product: str = "shop:id1"
) -> httpx.Response:
    body = {"itemId": item, "productId": product, "said": said}
    return await http.post(f"/api/search-job/{job_id}/feedback", json=body)


async def _votes(harness: ApiHarness) -> list[str]:
    async with transaction(harness.services.engine) as session:
        return [line.strip() async for line in as_csv(session)][1:]


async def test_feedback__the_last_word_counts(
    harness: ApiHarness, http: httpx.AsyncClient, job_id: str
) -> None:
    for said in ("rejected", "confirmed", "clicked"):
        assert (await _say(http, job_id, said)).status_code == 204

    assert await _votes(harness) == ["shop,id1,티셔츠 1,top,1,0,1"]


@pytest.mark.parametrize(
    ("item", "product"), [("i2", "shop:id1"), ("i1", "shop:id2"), ("i1", "shop:gone")]
)
async def test_feedback__only_on_what_was_found(
    item: str, product: str, harness: ApiHarness, http: httpx.AsyncClient, job_id: str
) -> None:
    answer = await _say(http, job_id, "confirmed", item, product)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_feedback")
    assert await _votes(harness) == []


async def test_feedback__other_words_are_refused(http: httpx.AsyncClient, job_id: str) -> None:
    assert (await _say(http, job_id, "loved")).status_code == 400


async def test_feedback__needs_the_owners_link(http: httpx.AsyncClient, job_id: str) -> None:
    share = (await http.post(f"/api/search-job/{job_id}/share")).json()["shareUrl"]
    answer = await _say(http, share.rpartition("/")[2], "confirmed")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
