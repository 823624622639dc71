"""A search with an outside source: the crop it may fetch, its results, its trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from searchapp.catalogue.external.external_search import ExternalSearch
from searchapp.catalogue.external.providers import PATH, SerpApiLens, sign_crop
from searchapp.db.repositories import products
from searchapp.domain.ids import new_id
from searchapp.domain.search import Box, Match, Result
from searchapp.errors import NotFound
from searchapp.imaging.picture import UprightImage
from searchapp.jobs.external import ExternalShops, may_ask, signed_crop
from searchapp.jobs.ports import ExternalQuery, MergedResults, RankedResults
from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.vision.features.item_arrays import ItemFeatures, ViewFeatures
from tests.support.catalogue import FakePictures, FakeVision, HereDecoder, swatch

OWN = RankedResults(
    Match.SIMILAR, [Result("p", "t", "b", 1.0, "KRW", "https://s.kr", "/i", 0.5, "catalogue")]
)


@pytest.fixture
def services(engine: object, secrets_: object) -> Services:
    return Services(Settings(_env_file=None), engine, secrets_)  # type: ignore[arg-type, call-arg]


async def item() -> ItemFeatures:
    picture = (await HereDecoder().upright(swatch(1))).image
    return FakeVision().describe_query(picture, Box(0, 0, 60, 80), None)


async def add(services: Services, transport: httpx.AsyncBaseTransport) -> MergedResults:
    async def describe(picture: UprightImage) -> Sequence[ViewFeatures]:
        return FakeVision().describe_product(picture)

    async with httpx.AsyncClient(transport=transport) as client:
        lens = SerpApiLens(client, "key", "https://lens.test")
        thumbnails = FakePictures({"https://t.test/1": swatch(1)})
        search = ExternalSearch(lens, thumbnails, HereDecoder(), describe)
        wanted = ExternalQuery(new_id(), Box(0, 0, 10, 10), "ko")
        return await ExternalShops(services, search).add(wanted, await item(), OWN)


async def test_add__together_with_our_own(services: Services) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert PATH in request.url.params["url"]
        match = {"title": "Coat", "link": "https://o.test", "thumbnail": "https://t.test/1"}
        return httpx.Response(200, json={"visual_matches": [match]})

    joined = await add(services, httpx.MockTransport(answer))
    found = joined.found
    assert joined.reason is None
    assert [result.source for result in found.results] == ["google_lens", "catalogue"]
    assert found.match is Match.SIMILAR


async def test_add__trouble_leaves_our_own(services: Services) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("unexpected")

    for answer, reason, lasting in (
        (lambda _: httpx.Response(429), "quota", True),
        (lambda _: httpx.Response(401), "refused", True),
        (lambda _: httpx.Response(500), "away", False),
        (broken, "away", False),
    ):
        assert await add(services, httpx.MockTransport(answer)) == MergedResults(
            OWN, reason, lasting
        )


async def test_add__an_outage_is_waited_for_and_costs_the_search_no_attempt(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    outages = {name: iter([ConnectionError("gone")]) for name in ("reserve_query", "keep_pictures")}

    def away_at_first(name: str) -> None:
        original = getattr(products, name)

        async def asked(*arguments: object) -> object:
            for error in outages[name]:
                raise error
            return await original(*arguments)

        monkeypatch.setattr(products, name, asked)

    for name in outages:
        away_at_first(name)
    empty = httpx.MockTransport(lambda _: httpx.Response(200, json={"visual_matches": []}))
    assert (await add(services, empty)).reason is None


async def test_add__no_more_queries_than_the_cap_of_a_day(services: Services) -> None:
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json={"visual_matches": []})

    settings = services.settings.model_copy(update={"outside_per_day": 2})
    capped = replace(services, settings=settings)
    reasons = [(await add(capped, httpx.MockTransport(answer))).reason for _ in range(3)]
    assert (reasons, asked) == ([None, None, "quota"], 2)
    unlimited = replace(
        services, settings=services.settings.model_copy(update={"outside_per_day": 0})
    )
    assert (await add(unlimited, httpx.MockTransport(answer))).reason is None


async def test_lent_crop__none_without_a_picture(services: Services) -> None:
    token = sign_crop(services.secrets, new_id(), Box(0, 0, 10, 10), services.clock())
    with pytest.raises(NotFound):
        await signed_crop(services, token)
    with pytest.raises(NotFound):
        await signed_crop(services, "no token")


@pytest.mark.parametrize(
    ("values", "may"),
    [
        ({}, False),
        ({"serpapi_key": "k"}, False),
        ({"serpapi_key": "k", "public_url": "https://me.kr"}, True),
        ({"serpapi_key": "k", "public_url": "http://me.kr"}, False),
        ({"serpapi_key": "k", "public_url": "https://localhost"}, False),
        ({"serpapi_key": "k", "public_url": "https://192.168.0.7"}, False),
        ({"serpapi_key": "k", "serpapi_url": "http://127.0.0.1:9"}, True),
    ],
)
def test_may_ask__with_a_key_and_a_public_address(values: dict[str, str], may: bool) -> None:
    assert may_ask(Settings(_env_file=None, **values)) is may  # type: ignore[arg-type, call-arg]
