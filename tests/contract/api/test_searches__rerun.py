"""Searching a stored photo in other places."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from searchapp.db.engine import transaction
from searchapp.db.repositories import photos, searches
from tests.contract.api.conftest import Start
from tests.contract.api.test_searches import suggest, url
from tests.support.web import ApiHarness, picture

PHONE = {"phoneNumber": "010-2345-6789", "smsConsent": "true"}
BOX = {"box": [5, 6, 20, 30]}


@pytest.fixture
async def job_id(harness: ApiHarness, start: Start) -> str:
    """A search with an upright photo, which knows a number."""
    name: str = (await start(lang="en", **PHONE))["jobId"]
    await suggest(harness, name)
    async with transaction(harness.services.engine) as session:
        await photos.store_upright(session, name, picture())
    return name


async def _again(
    http: httpx.AsyncClient, job_id: str, *items: dict[str, Any], key: str = "k"
) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await http.post(url(job_id, "/again"), json={"items": items}, headers=headers)


async def test_again__a_new_search_of_the_same_photo(
    harness: ApiHarness, http: httpx.AsyncClient, job_id: str
) -> None:
    answer = await _again(http, job_id, {**BOX, "label": "top"})
    created = answer.json()

    assert answer.status_code == 202
    assert created["jobId"] != job_id
    assert created["resultsUrl"].endswith(f"/results/{created['jobId']}")
    assert not created["smsExpected"]
    document = (await http.get(url(created["jobId"]))).json()
    assert [(item["box"], item["label"]) for item in document["items"]] == [([5, 6, 20, 30], "top")]
    async with transaction(harness.services.engine) as session:
        stored = await photos.read_photo(session, created["jobId"])
    assert stored is not None
    assert stored.original == picture()


async def test_again__does_not_touch_the_first_search(http: httpx.AsyncClient, job_id: str) -> None:
    before = (await http.get(url(job_id))).json()
    created = (await _again(http, job_id, BOX)).json()
    await http.delete(url(created["jobId"]))

    assert (await http.get(url(job_id))).json() == before
    assert (await http.get(url(job_id, "/photo"))).status_code == 200


async def test_again__one_key_is_one_search(http: httpx.AsyncClient, job_id: str) -> None:
    first, second = [(await _again(http, job_id, BOX)).json()["jobId"] for _ in range(2)]
    other = await _again(http, job_id, {"box": [0, 0, 9, 9]})

    assert first == second
    assert other.status_code == 409


async def test_again__with_filters_of_its_own(http: httpx.AsyncClient, job_id: str) -> None:
    body = {"items": [BOX], "category": "top", "priceTo": 20000}
    first = await http.post(url(job_id, "/again"), json=body, headers={"Idempotency-Key": "k"})
    document = (await http.get(url(first.json()["jobId"]))).json()
    assert document["filters"] == {"category": "top", "priceTo": 20000.0, "currency": "KRW"}
    assert "filters" not in (await http.get(url(job_id))).json()

    without = await _again(http, job_id, BOX, key="k")
    assert without.status_code == 409

    further = await _again(http, first.json()["jobId"], BOX, key="l")
    assert further.status_code == 409, "it has no upright photo yet"


@pytest.mark.parametrize("items", [(), ({"box": [0, 0, 9999, 9]},), ({"id": "i1"},)])
async def test_again__boxes_inside_the_picture_only(
    items: tuple[dict[str, Any], ...], http: httpx.AsyncClient, job_id: str
) -> None:
    assert (await _again(http, job_id, *items)).status_code == 400


async def test_again__not_before_the_photo_is_upright(
    http: httpx.AsyncClient, start: Start
) -> None:
    answer = await _again(http, (await start())["jobId"], BOX)

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "not_allowed_now"


@pytest.mark.parametrize("given", [None, False, True])
async def test_again__consent_to_outside_sources_is_asked_again(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, given: bool | None
) -> None:
    first: str = (await start(outsideConsent="true"))["jobId"]
    await suggest(harness, first)
    async with transaction(harness.services.engine) as session:
        await photos.store_upright(session, first, picture())
    body = {"items": [BOX]} if given is None else {"items": [BOX], "outsideConsent": given}
    created = (await http.post(url(first, "/again"), json=body)).json()
    async with transaction(harness.services.engine) as session:
        job = await searches.read_job(session, created["jobId"])
    assert job is not None
    assert job.outside_consent is bool(given)
