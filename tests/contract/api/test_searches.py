"""Reading a search, and what its owner may do with it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from searchapp.db.engine import transaction
from searchapp.db.repositories import queue, searches
from searchapp.jobs import services
from tests.contract.api.conftest import Start
from tests.support.web import ApiHarness, complete, suggest

UNKNOWN = "n51Ea-kopm4e2xZ8hnCg8g"
ACTIONS = [
    ("GET", ""),
    ("GET", "/photo"),
    ("GET", "/events"),
    ("DELETE", ""),
    ("POST", "/items"),
    ("POST", "/again"),
    ("POST", "/cancel"),
    ("POST", "/notify"),
    ("POST", "/feedback"),
    ("POST", "/share"),
    ("DELETE", "/share"),
]


BODIES = {
    "items": {"items": [{"id": "i1"}]},
    "again": {"items": [{"box": [0, 0, 30, 40]}]},
    "feedback": {"itemId": "i1", "productId": "shop:1", "said": "confirmed"},
}


def url(job_id: str, tail: str = "") -> str:
    return f"/api/search-job/{job_id}{tail}"


async def ask(http: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    return await http.request(method, path, json=BODIES.get(path.rpartition("/")[2]))


async def add_worker(harness: ApiHarness, silent: float = 0.0) -> None:
    """A worker whose last heartbeat was ``silent`` seconds ago."""
    statement = (
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - make_interval(secs => :silent))"
    )
    async with transaction(harness.services.engine) as session:
        await session.execute(text(statement), {"silent": silent})


async def test_read__as_the_contract_says(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    answer = await http.get(url(job_id))
    document = answer.json()
    assert answer.status_code == 200
    assert (document["id"], document["status"], document["stage"], document["progress"]) == (
        job_id,
        "pending",
        "queued",
        0,
    )
    assert (document["sms"], document["error"], document["smsExpected"]) == (None, None, False)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


async def test_read__place_in_the_queue(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LINE_SECONDS", 0.0)
    await add_worker(harness)
    jobs = [(await start())["jobId"] for _ in range(3)]
    places = [(await http.get(url(job_id))).json()["queue"] for job_id in jobs]
    assert [place["ahead"] for place in places] == [0, 1, 2]
    etas = [place["etaSeconds"] for place in places]
    assert etas == sorted(etas)
    assert all(isinstance(eta, int) and eta > 0 for eta in etas)
    await http.post(url(jobs[0], "/cancel"))
    left = [(await http.get(url(job_id))).json()["queue"] for job_id in jobs]
    assert [place and place["ahead"] for place in left] == [None, 0, 1]


async def test_read__no_time_while_no_worker_takes_it(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LINE_SECONDS", 0.0)
    job_id = (await start())["jobId"]
    unknown, known = {"ahead": 0, "etaSeconds": None}, {"ahead": 0, "etaSeconds": 1}
    assert (await http.get(url(job_id))).json()["queue"] == unknown, "no worker"
    await add_worker(harness, silent=600)
    assert (await http.get(url(job_id))).json()["queue"] == unknown, "a silent worker"
    await add_worker(harness)
    assert (await http.get(url(job_id))).json()["queue"] == known
    for paused, wanted in ((True, unknown), (False, known)):
        async with transaction(harness.services.engine) as session:
            await queue.set_paused(session, paused=paused)
        assert (await http.get(url(job_id))).json()["queue"] == wanted


async def test_read__place_of_a_search_that_came_after_the_line_was_read(
    http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LINE_SECONDS", 3600.0)
    first = (await start())["jobId"]
    assert (await http.get(url(first))).json()["queue"]["ahead"] == 0
    second = (await start())["jobId"]
    assert (await http.get(url(second))).json()["queue"]["ahead"] == 1


async def test_read__no_place_while_it_waits_for_a_choice(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(harness, job_id)
    assert (await http.get(url(job_id))).json()["queue"] is None


async def test_read__tagged(harness: ApiHarness, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    tag = (await http.get(url(job_id))).headers["etag"]
    same = await http.get(url(job_id), headers={"if-none-match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await http.post(url(job_id, "/cancel"))
    newer = await http.get(url(job_id), headers={"if-none-match": tag})
    assert (newer.status_code, newer.json()["status"]) == (200, "cancelled")


async def test_read__results(harness: ApiHarness, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    await complete(harness, job_id)
    document = (await http.get(url(job_id))).json()
    assert (document["status"], document["stage"], document["progress"]) == (
        "completed",
        "done",
        100,
    )
    assert document["items"][0]["results"] == [
        {
            "productId": "p1",
            "title": "티셔츠",
            "brand": "B",
            "price": 9900.0,
            "currency": "KRW",
            "link": "https://s.example/1",
            "imageUrl": "/x",
            "score": 0.9,
            "source": "demo",
        }
    ]


@pytest.mark.parametrize(
    "job_id", [UNKNOWN, "x", "..", "%00", "%2e%2e%2fadmin", "a" * 3000, "한글", "' OR 1=1 --"]
)
async def test_every_action__needs_an_id_that_exists(http: httpx.AsyncClient, job_id: str) -> None:
    for method, tail in ACTIONS:
        answer = await ask(http, method, url(job_id, tail))
        assert answer.status_code in {404, 405}
        assert answer.json()["error"]["code"] in {"not_found", "method_not_allowed"}


@pytest.mark.parametrize(("method", "tail"), ACTIONS)
async def test_every_action__an_erased_search_says_so(
    http: httpx.AsyncClient, start: Start, method: str, tail: str
) -> None:
    job_id = (await start())["jobId"]
    gone = await http.delete(url(job_id))
    assert (gone.status_code, gone.content) == (204, b"")
    answer = await ask(http, method, url(job_id, tail))
    if (method, tail) == ("DELETE", ""):
        assert answer.status_code == 204
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "erased")


@pytest.mark.parametrize(("method", "tail"), [a for a in ACTIONS if a[0] != "GET"])
async def test_every_change__not_from_another_site(
    http: httpx.AsyncClient, start: Start, method: str, tail: str
) -> None:
    job_id = (await start())["jobId"]
    body = {"items": [{"id": "i1"}]} if tail == "/items" else None
    answer = await http.request(
        method, url(job_id, tail), json=body, headers={"origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    assert (await http.get(url(job_id))).json()["version"] == 1


async def test_delete__a_slash_at_the_end_is_the_same(
    http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    assert (await http.delete(url(job_id, "/"))).status_code == 204


async def test_photo__only_once_it_is_safe(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    before = await http.get(url(job_id, "/photo"))
    assert (before.status_code, before.json()["error"]["code"]) == (404, "not_found")
    await suggest(harness, job_id)
    answer = await http.get(url(job_id, "/photo"))
    assert answer.content == b"\xff\xd8upright"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_photo__small_for_screens(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    assert (await http.get(url(job_id, "/photo?size=screen"))).status_code == 404
    large = io.BytesIO()
    Image.new("RGB", (1200, 1600), "teal").save(large, "JPEG", quality=95)
    await suggest(harness, job_id, large.getvalue())
    answer = await http.get(url(job_id, "/photo?size=screen"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (600, 800)
    assert (await http.get(url(job_id, "/photo?size=full"))).content == large.getvalue()
    assert (await http.get(url(job_id, "/photo?size=9"))).status_code == 400


async def test_cancel__twice_is_once(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    first, second = [await http.post(url(job_id, "/cancel")) for _ in "ab"]
    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert second.json() == first.json()


async def test_share__is_another_right(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    await complete(harness, job_id)
    share_url = (await http.post(url(job_id, "/share"))).json()["shareUrl"]
    assert share_url == (await http.post(url(job_id, "/share"))).json()["shareUrl"]
    base, _, share_id = share_url.rpartition("/")
    assert base == "http://localhost:3000/s"
    assert share_id != job_id
    shared = await http.get(f"/api/share/{share_id}")
    assert shared.status_code == 200
    assert job_id not in shared.text
    assert shared.json()["items"][0]["results"][0]["title"] == "티셔츠"
    assert not {"photo", "sms", "id"} & set(shared.json())
    for method, tail in ACTIONS:
        assert (await ask(http, method, url(share_id, tail))).status_code == 404


async def test_share__taken_back(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    share_id = (await http.post(url(job_id, "/share"))).json()["shareUrl"].rpartition("/")[2]
    assert (await http.delete(url(job_id, "/share"))).status_code == 204
    assert (await http.get(f"/api/share/{share_id}")).status_code == 404
    again = (await http.post(url(job_id, "/share"))).json()["shareUrl"].rpartition("/")[2]
    assert again != share_id


async def test_share__gone_with_the_search(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    share_id = (await http.post(url(job_id, "/share"))).json()["shareUrl"].rpartition("/")[2]
    await http.delete(url(job_id))
    assert (await http.get(f"/api/share/{share_id}")).status_code == 404


async def test_share__the_owners_id_is_no_share(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    assert (await http.get(f"/api/share/{job_id}")).status_code == 404


async def test_notify__a_number_for_a_search_that_runs(
    http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    body = {"phoneNumber": "01012345678", "smsConsent": True}
    answer = await http.post(url(job_id, "/notify"), json=body)
    assert (answer.status_code, answer.json()["smsExpected"]) == (202, True)
    assert (await http.get(url(job_id))).json()["smsExpected"] is True


async def test_notify__one_key_is_one_request(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    headers = {"Idempotency-Key": "k"}
    body = {"phoneNumber": "010-2345-6789", "countryCode": 82, "smsConsent": True}
    for same in (body, {**body, "countryCode": "+82"}, {**body, "phoneNumber": "+821023456789"}):
        answer = await http.post(url(job_id, "/notify"), json=same, headers=headers)
        assert (answer.status_code, answer.json()["smsExpected"]) == (202, True)
    for other in ({}, {**body, "phoneNumber": "010-9876-5432"}):
        answer = await http.post(url(job_id, "/notify"), json=other, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


async def test_notify__a_request_that_is_refused_says_why(
    http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(phoneNumber="010-2345-6789", smsConsent="true"))["jobId"]
    body = {"phoneNumber": "202-555-0123", "countryCode": 1, "smsConsent": True}
    answer = (await http.post(url(job_id, "/notify"), json=body)).json()
    assert (answer["smsExpected"], answer["smsReason"]) == (False, "prefix_not_allowed")
    # The number before it is still promised a message.
    assert (await http.get(url(job_id))).json()["smsExpected"] is True


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"phoneNumber": "010-1234-5678", "smsConsent": True, "countryCode": "kr"}, "bad_phone"),
        ({"phoneNumber": "010-1234-5678", "smsConsent": True, "countryCode": 8.2}, "bad_phone"),
        ({"phoneNumber": "12", "smsConsent": True}, "bad_phone"),
        ({"phoneNumber": "010-1234-5678"}, "consent_required"),
        ({"phoneNumber": "010-1234-5678", "smsConsent": False}, "consent_required"),
    ],
)
async def test_notify__refused(
    http: httpx.AsyncClient, start: Start, body: dict[str, Any], expected: str
) -> None:
    job_id = (await start())["jobId"]
    answer = await http.post(url(job_id, "/notify"), json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, expected)


async def test_numbers__are_in_no_answer(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start(phoneNumber="010-1234-5678", smsConsent="true"))["jobId"]
    for path in (url(job_id), url(job_id, "/share")):
        answer = await http.request("GET" if path == url(job_id) else "POST", path)
        assert "5678" not in answer.text


@pytest.mark.parametrize(("method", "tail"), [one for one in ACTIONS if one != ("DELETE", "")])
async def test_everything__of_a_search_whose_time_is_over(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, method: str, tail: str
) -> None:
    """Also before the next purge removes it."""
    job_id = (await start())["jobId"]
    await http.post(url(job_id, "/cancel"))
    async with transaction(harness.services.engine) as session:
        await searches.change(session, job_id, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = await ask(http, method, url(job_id, tail))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "expired")
