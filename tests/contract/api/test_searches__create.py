"""POST /api/search-job: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from PIL import PngImagePlugin
from sqlalchemy import text

from searchapp.db.engine import transaction
from tests.support.web import ApiHarness, picture

PHONE = {"phoneNumber": "010-1234-5678", "smsConsent": "true"}


async def post(
    http: httpx.AsyncClient, image: bytes | None = None, **options: Any
) -> httpx.Response:
    files = {"image": ("a.jpg", picture() if image is None else image, "image/jpeg")}
    return await http.post("/api/search-job", files=files, **options)


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    return answer.status_code, body["error"]["code"]


async def count(harness: ApiHarness, table: str) -> int:
    async with transaction(harness.services.engine) as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608


async def test_create__stored(harness: ApiHarness, http: httpx.AsyncClient) -> None:
    answer = await post(http)
    assert answer.status_code == 202
    body = answer.json()
    assert body == {
        "jobId": body["jobId"],
        "status": "pending",
        "resultsUrl": f"http://localhost:3000/results/{body['jobId']}",
        "smsExpected": False,
    }
    assert [await count(harness, t) for t in ("search_jobs", "photos", "procrastinate_jobs")] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_create__each_kind_by_content(http: httpx.AsyncClient, kind: str) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    assert (await post(http, picture(kind))).status_code == 202


async def test_create__a_number_with_consent_here_at_home(http: httpx.AsyncClient) -> None:
    body = (await post(http, data=PHONE)).json()
    assert body["smsExpected"] is True
    assert "smsReason" not in body


async def test_create__no_promise_through_a_proxy(http: httpx.AsyncClient) -> None:
    answer = await post(http, data=PHONE, headers={"x-forwarded-for": "203.0.113.9"})
    body = answer.json()
    assert (answer.status_code, body["smsExpected"], body["smsReason"]) == (
        202,
        False,
        "not_configured",
    )


async def test_create__boxes(http: httpx.AsyncClient) -> None:
    items = json.dumps([{"box": [0, 0, 30, 40], "label": "top"}, {"box": [5, 5, 20, 20]}])
    job_id = (await post(http, data={"items": items})).json()["jobId"]
    documents = (await http.get(f"/api/search-job/{job_id}")).json()["items"]
    assert [(item["label"], item["box"]) for item in documents] == [
        ("top", [0, 0, 30, 40]),
        ("whole", [5, 5, 20, 20]),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"phoneNumber": "12", "smsConsent": "true"}, "bad_phone"),
        ({"phoneNumber": "02-123-4567", "smsConsent": "true"}, "bad_phone"),
        ({"phoneNumber": "x" * 5000, "smsConsent": "true"}, "bad_phone"),
        ({"phoneNumber": "010-1234-5678", "countryCode": "korea"}, "bad_phone"),
        ({"phoneNumber": "010-1234-5678"}, "consent_required"),
        ({"phoneNumber": "010-1234-5678", "smsConsent": "false"}, "consent_required"),
        ({"phoneNumber": "010-1234-5678", "smsConsent": "yes"}, "consent_required"),
        ({"items": "[]"}, "bad_items"),
        ({"items": '[{"box":[50,0,20,20]}]'}, "bad_items"),
        ({"items": '[{"box":[0,0,20,20]}]', "select": "true"}, "bad_items"),
        ({"select": "perhaps"}, "bad_request"),
        ({"outsideConsent": "1"}, "bad_request"),
        ({"lang": "fr"}, "bad_request"),
    ],
)
async def test_create__bad_fields(
    harness: ApiHarness, http: httpx.AsyncClient, fields: dict[str, str], expected: str
) -> None:
    assert code(await post(http, data=fields)) == (400, expected)
    assert await count(harness, "search_jobs") == 0


async def test_create__no_photo(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/search-job", files={"lang": (None, "en")})
    assert code(answer) == (400, "image_required")
    assert "photo" in answer.json()["error"]["message"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
async def test_create__no_form(http: httpx.AsyncClient, kind: str) -> None:
    answer = await http.post("/api/search-job", content=b"{}", headers={"content-type": kind})
    assert code(answer) == (400, "bad_request")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + b"\0" * 50,
        b"%PDF-1.7",
        b"BM" + b"\0" * 60,
    ],
)
async def test_create__not_a_picture_we_take(http: httpx.AsyncClient, data: bytes) -> None:
    assert code(await post(http, data)) == (415, "unsupported_picture")


@pytest.mark.parametrize("data", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"\0" * 9])
async def test_create__a_header_that_can_not_be_read(http: httpx.AsyncClient, data: bytes) -> None:
    assert code(await post(http, data)) == (422, "unreadable_header")


async def test_create__a_cut_picture_is_taken(http: httpx.AsyncClient) -> None:
    whole = picture(width=600, height=600)
    assert (await post(http, whole[: len(whole) * 3 // 4])).status_code == 202


async def test_create__pixels_are_counted_and_not_decoded(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = picture("PNG", 8000, 7500)

    def decoded(_: object) -> None:
        raise AssertionError("decoded in the web process")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decoded)
    assert code(await post(http, bomb)) == (422, "too_many_pixels")
    assert (await post(http, picture("PNG"))).status_code == 202


async def test_create__too_large(http: httpx.AsyncClient) -> None:
    assert code(await post(http, picture() + b"\0" * (15 << 20))) == (413, "too_large")


async def test_create__language_of_errors(http: httpx.AsyncClient) -> None:
    english = {"accept-language": "en-US,en;q=0.9"}
    by_field = await post(http, data={"lang": "ko", "items": "x"}, headers=english)
    by_header = await post(http, data={"items": "x"}, headers=english)
    by_default = await post(http, data={"items": "x"})
    messages = [a.json()["error"]["message"] for a in (by_field, by_header, by_default)]
    assert messages[0] == messages[2] != messages[1]
    assert messages[1].isascii()


async def test_create__same_key_same_request_is_one_search(
    harness: ApiHarness, http: httpx.AsyncClient
) -> None:
    key = {"idempotency-key": "tap-1"}
    first, second = await post(http, headers=key), await post(http, headers=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert await count(harness, "search_jobs") == 1


async def test_create__same_key_other_request(http: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "tap-1"}
    await post(http, headers=key)
    assert code(await post(http, picture("PNG"), headers=key)) == (409, "conflict")


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb"])
async def test_create__keys_that_are_none(http: httpx.AsyncClient, key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    assert code(await post(http, headers=headers)) == (400, "bad_request")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:4000"])
async def test_create__not_from_another_site(http: httpx.AsyncClient, origin: str) -> None:
    answer = await post(http, headers={"origin": origin})
    assert code(answer) == (403, "foreign_origin")
    assert "access-control-allow-origin" not in answer.headers


async def test_create__from_our_own_page(http: httpx.AsyncClient) -> None:
    assert (await post(http, headers={"origin": "http://localhost:3000"})).status_code == 202


async def test_create__a_forged_host_gets_into_no_link(harness: ApiHarness) -> None:
    async with harness.client(base_url="http://evil.example") as http:
        assert (await post(http)).json()["resultsUrl"].startswith("http://localhost:3000/")


FILTERS = {"category": "top", "brand": "나래", "priceFrom": "1000", "inStock": "true"}
TOLD = {
    "category": "top",
    "brand": "나래",
    "priceFrom": 1000.0,
    "currency": "KRW",
    "inStock": True,
}


async def test_create__filters_are_stored_and_told(http: httpx.AsyncClient) -> None:
    name = (await post(http, data=FILTERS)).json()["jobId"]
    assert (await http.get(f"/api/search-job/{name}")).json()["filters"] == TOLD
    await http.post(f"/api/search-job/{name}/cancel")
    [data] = [
        line.removeprefix("data:")
        for line in (await http.get(f"/api/search-job/{name}/events")).text.splitlines()
        if line.startswith("data:")
    ]
    assert json.loads(data)["filters"] == TOLD


async def test_create__no_filters_no_key(http: httpx.AsyncClient) -> None:
    name = (await post(http, data={"category": "whole", "inStock": "false"})).json()["jobId"]
    assert "filters" not in (await http.get(f"/api/search-job/{name}")).json()


@pytest.mark.parametrize(("lang", "word"), [("ko", "검색 조건"), ("en", "filters")])
async def test_create__a_bad_filter(http: httpx.AsyncClient, lang: str, word: str) -> None:
    answer = await post(http, data={"colour": "blurple", "lang": lang})
    assert code(answer) == (400, "bad_filter")
    assert word in answer.json()["error"]["message"]


async def test_create__filters_are_part_of_the_request(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "with-filters"}
    first = await post(http, data={"brand": "나래"}, headers=headers)
    again = await post(http, data={"brand": " 나래", "currency": "USD"}, headers=headers)
    other = await post(http, data={"brand": "다래"}, headers=headers)
    assert again.json()["jobId"] == first.json()["jobId"]
    assert code(other) == (409, "conflict")
