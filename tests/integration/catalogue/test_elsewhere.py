"""A search with an outside source: the crop it may fetch, its results, its trouble."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from searchapp.catalogue.outside.passes import PATH, make_pass
from searchapp.catalogue.outside.searching import OutsideSearch
from searchapp.catalogue.outside.serpapi import SerpApiLens
from searchapp.domain.ids import new_id
from searchapp.domain.search import Box, Match, Result
from searchapp.errors import NotFound
from searchapp.jobs.elsewhere import OutsideShops, lent_crop, may_ask
from searchapp.jobs.ports import Found, Wanted
from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.vision.features import ItemFeatures, ViewFeatures
from searchapp.vision.picture import UprightImage
from tests.support.catalogue import FakePictures, FakeVision, HereDecoder, swatch

OWN = Found(
    Match.SIMILAR, [Result("p", "t", "b", 1.0, "KRW", "https://s.kr", "/i", 0.5, "catalogue")]
)


@pytest.fixture
def services(engine: object, secrets_: object) -> Services:
    return Services(Settings(_env_file=None), engine, secrets_)  # type: ignore[arg-type, call-arg]


async def item() -> ItemFeatures:
    picture = (await HereDecoder().upright(swatch(1))).image
    return FakeVision().describe_query(picture, Box(0, 0, 60, 80), None)


async def add(services: Services, transport: httpx.AsyncBaseTransport) -> Found:
    async def describe(picture: UprightImage) -> Sequence[ViewFeatures]:
        return FakeVision().describe_product(picture)

    async with httpx.AsyncClient(transport=transport) as client:
        lens = SerpApiLens(client, "key", "https://lens.test")
        thumbnails = FakePictures({"https://t.test/1": swatch(1)})
        search = OutsideSearch(lens, thumbnails, HereDecoder(), describe)
        wanted = Wanted(new_id(), Box(0, 0, 10, 10), "ko")
        return await OutsideShops(services, search).add(wanted, await item(), OWN)


async def test_add__together_with_our_own(services: Services) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert PATH in request.url.params["url"]
        match = {"title": "Coat", "link": "https://o.test", "thumbnail": "https://t.test/1"}
        return httpx.Response(200, json={"visual_matches": [match]})

    found = await add(services, httpx.MockTransport(answer))
    assert [result.source for result in found.results] == ["google_lens", "catalogue"]
    assert found.match is Match.SIMILAR


async def test_add__trouble_leaves_our_own(services: Services) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("what nobody foresaw")

    for transport in (
        httpx.MockTransport(lambda _: httpx.Response(429)),
        httpx.MockTransport(broken),
    ):
        assert (await add(services, transport)).results == OWN.results


async def test_lent_crop__none_without_a_picture(services: Services) -> None:
    lent = make_pass(services.secrets, new_id(), Box(0, 0, 10, 10), services.clock())
    with pytest.raises(NotFound):
        await lent_crop(services, lent)
    with pytest.raises(NotFound):
        await lent_crop(services, "no pass")


@pytest.mark.parametrize(
    ("values", "may"),
    [
        ({}, False),
        ({"serpapi_key": "k"}, False),
        ({"serpapi_key": "k", "public_url": "https://me.kr"}, True),
        ({"serpapi_key": "k", "serpapi_url": "http://127.0.0.1:9"}, True),
    ],
)
def test_may_ask__with_a_key_and_a_public_address(values: dict[str, str], may: bool) -> None:
    assert may_ask(Settings(_env_file=None, **values)) is may  # type: ignore[arg-type, call-arg]
