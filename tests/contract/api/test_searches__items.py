"""Choosing the items of a search that waits for it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.api.conftest import Start
from tests.support.web import ApiHarness, suggest


def url(job_id: str, tail: str = "") -> str:
    return f"/api/search-job/{job_id}{tail}"


async def test_items__chosen_and_drawn(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(harness, job_id)
    waiting = (await http.get(url(job_id))).json()
    assert (waiting["status"], waiting["stage"]) == ("pending", "choosing")
    body = {"items": [{"id": "i2"}, {"box": [10, 10, 20, 20], "label": "bag"}]}
    answer = await http.post(url(job_id, "/items"), json=body)
    assert answer.status_code == 202
    assert set(answer.json()) == {"jobId", "status", "resultsUrl", "smsExpected"}
    items = (await http.get(url(job_id))).json()["items"]
    assert [(i["label"], i["status"]) for i in items] == [("bottom", "pending"), ("bag", "pending")]


async def test_items__filters_take_the_place_of_the_first_ones(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true", brand="나래", colour="blue"))["jobId"]
    await suggest(harness, job_id)
    body = {"items": [{"id": "i1"}], "priceFrom": 10, "priceTo": 99.9, "currency": "USD"}
    assert (await http.post(url(job_id, "/items"), json=body)).status_code == 202
    document = (await http.get(url(job_id))).json()
    assert document["filters"] == {"priceFrom": 10.0, "priceTo": 99.9, "currency": "USD"}
    assert (await http.post(url(job_id, "/items"), json=body)).status_code == 202
    other = await http.post(url(job_id, "/items"), json={**body, "priceTo": 50})
    assert other.status_code == 409


async def test_items__without_filters_the_first_ones_stay(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true", brand="나래"))["jobId"]
    await suggest(harness, job_id)
    await http.post(url(job_id, "/items"), json={"items": [{"id": "i1"}]})
    assert (await http.get(url(job_id))).json()["filters"] == {"brand": "나래"}


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "hats"},
        {"colour": 5},
        {"brand": "a\u0000"},
        {"priceFrom": "10"},
        {"priceTo": -1},
        {"priceFrom": 2, "priceTo": 1},
        {"currency": "krw"},
        {"inStock": "true"},
    ],
)
async def test_items__a_bad_filter(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, fields: dict[str, Any]
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(harness, job_id)
    answer = await http.post(url(job_id, "/items"), json={"items": [{"id": "i1"}], **fields})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_filter")


async def test_items__with_a_number(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(harness, job_id)
    body = {
        "items": [{"id": "i1"}],
        "phoneNumber": "010-1234-5678",
        "countryCode": 82,
        "smsConsent": True,
        "lang": "en",
    }
    assert (await http.post(url(job_id, "/items"), json=body)).json()["smsExpected"] is True


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 400, "bad_items"),
        ({"items": []}, 400, "bad_items"),
        ({"items": [{"id": "i9"}]}, 400, "bad_items"),
        ({"items": [{"id": "i1"}, {"id": "i1"}]}, 400, "bad_items"),
        ({"items": [{"id": "i1", "box": [0, 0, 9, 9]}]}, 400, "bad_items"),
        ({"items": [{"box": [50, 70, 20, 20]}]}, 400, "bad_items"),
        ({"items": [{"id": "i1"}], "phoneNumber": "12"}, 400, "bad_phone"),
        ({"items": [{"id": "i1"}], "phoneNumber": 1012345678}, 400, "bad_phone"),
        ({"items": [{"id": "i1"}], "countryCode": "x"}, 400, "bad_phone"),
        ({"items": [{"id": "i1"}], "phoneNumber": "010-1234-5678"}, 400, "consent_required"),
        ({"items": [{"id": "i1"}], "smsConsent": "true"}, 400, "consent_required"),
        ({"items": [{"id": "i1"}], "lang": "fr"}, 400, "bad_request"),
        ([], 400, "bad_request"),
        (None, 400, "bad_request"),
    ],
)
async def test_items__refused(
    harness: ApiHarness,
    http: httpx.AsyncClient,
    start: Start,
    body: Any,
    status: int,
    expected: str,
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(harness, job_id)
    answer = await http.post(url(job_id, "/items"), json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, expected)
    assert (await http.get(url(job_id))).json()["stage"] == "choosing"


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[" * 60_000, b'{"items": NaN}', b'{"items":' + b"9" * 9000 + b"}"]
)
async def test_items__no_json(http: httpx.AsyncClient, start: Start, content: bytes) -> None:
    job_id = (await start())["jobId"]
    answer = await http.post(
        url(job_id, "/items"), content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"bad_request", "bad_items"}


async def test_items__a_body_that_is_no_choice(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    answer = await http.post(url(job_id, "/items"), json={"items": ["x" * 70_000]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_items__not_when_nothing_waits(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    answer = await http.post(url(job_id, "/items"), json={"items": [{"box": [0, 0, 9, 9]}]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_allowed_now")
