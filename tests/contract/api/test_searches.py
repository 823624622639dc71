"""Reading a search, and what its owner may do with it."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from searchapp.db.engine import transaction
from searchapp.db.repositories import claims, photos
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result, Stage, Status
from searchapp.jobs import services
from tests.contract.api.conftest import Start
from tests.support.web import House

UNKNOWN = "n51Ea-kopm4e2xZ8hnCg8g"
RESULT = Result("p1", "티셔츠", "B", 9900.0, "KRW", "https://s.example/1", "/x", 0.9, "demo")
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


async def suggest(house: House, job_id: str, upright: bytes = b"\xff\xd8upright") -> None:
    """What a worker does to a search with ``select=true``."""
    now = datetime.now(UTC)
    items = (
        Item("i1", "top", Box(0, 0, 30, 40), ItemStatus.SUGGESTED),
        Item("i2", "bottom", Box(0, 40, 30, 40), ItemStatus.SUGGESTED),
    )
    async with transaction(house.services.engine) as session:
        claim = await claims.claim(session, job_id, uuid4(), now)
        assert claim is not None
        await photos.store_upright(session, job_id, upright)
        await claims.enter(session, claim, Stage.REGIONS, now, photo_width=60, photo_height=80)
        await claims.suggest(session, claim, items, now, now + timedelta(hours=24))


async def complete(house: House, job_id: str) -> None:
    """What a worker does to any other."""
    now = datetime.now(UTC)
    item = Item("i1", "top", Box(0, 0, 30, 40), ItemStatus.DONE, Match.SIMILAR, (RESULT,))
    async with transaction(house.services.engine) as session:
        claim = await claims.claim(session, job_id, uuid4(), now)
        assert claim is not None
        await claims.store_items(session, claim, (item,), now)
        await claims.finish(session, claim, Status.COMPLETED, now, now + timedelta(days=7))


async def test_read__as_the_contract_says(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    answer = await http.get(url(job_id))
    told = answer.json()
    assert answer.status_code == 200
    assert (told["id"], told["status"], told["stage"], told["progress"]) == (
        job_id,
        "pending",
        "queued",
        0,
    )
    assert (told["sms"], told["error"], told["smsExpected"]) == (None, None, False)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


async def test_read__place_in_the_queue(
    house: House, http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LINE_SECONDS", 0.0)
    jobs = [(await start())["jobId"] for _ in range(3)]
    told = [(await http.get(url(job_id))).json()["queue"] for job_id in jobs]
    assert [place["ahead"] for place in told] == [0, 1, 2]
    etas = [place["etaSeconds"] for place in told]
    assert etas == sorted(etas)
    assert all(isinstance(eta, int) and eta > 0 for eta in etas)
    await http.post(url(jobs[0], "/cancel"))
    left = [(await http.get(url(job_id))).json()["queue"] for job_id in jobs]
    assert [place and place["ahead"] for place in left] == [None, 0, 1]


async def test_read__place_of_a_search_that_came_after_the_line_was_read(
    http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LINE_SECONDS", 3600.0)
    first = (await start())["jobId"]
    assert (await http.get(url(first))).json()["queue"]["ahead"] == 0
    second = (await start())["jobId"]
    assert (await http.get(url(second))).json()["queue"]["ahead"] == 1


async def test_read__no_place_while_it_waits_for_a_choice(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(house, job_id)
    assert (await http.get(url(job_id))).json()["queue"] is None


async def test_read__tagged(house: House, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    tag = (await http.get(url(job_id))).headers["etag"]
    same = await http.get(url(job_id), headers={"if-none-match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await http.post(url(job_id, "/cancel"))
    newer = await http.get(url(job_id), headers={"if-none-match": tag})
    assert (newer.status_code, newer.json()["status"]) == (200, "cancelled")


async def test_read__results(house: House, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    await complete(house, job_id)
    told = (await http.get(url(job_id))).json()
    assert (told["status"], told["stage"], told["progress"]) == ("completed", "done", 100)
    assert told["items"][0]["results"] == [
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
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    before = await http.get(url(job_id, "/photo"))
    assert (before.status_code, before.json()["error"]["code"]) == (404, "not_found")
    await suggest(house, job_id)
    answer = await http.get(url(job_id, "/photo"))
    assert answer.content == b"\xff\xd8upright"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_photo__small_for_screens(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    assert (await http.get(url(job_id, "/photo?size=screen"))).status_code == 404
    large = io.BytesIO()
    Image.new("RGB", (1200, 1600), "teal").save(large, "JPEG", quality=95)
    await suggest(house, job_id, large.getvalue())
    answer = await http.get(url(job_id, "/photo?size=screen"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (600, 800)
    assert (await http.get(url(job_id, "/photo?size=full"))).content == large.getvalue()
    assert (await http.get(url(job_id, "/photo?size=9"))).status_code == 400


async def test_items__chosen_and_drawn(house: House, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(house, job_id)
    waiting = (await http.get(url(job_id))).json()
    assert (waiting["status"], waiting["stage"]) == ("pending", "choosing")
    body = {"items": [{"id": "i2"}, {"box": [10, 10, 20, 20], "label": "bag"}]}
    answer = await http.post(url(job_id, "/items"), json=body)
    assert answer.status_code == 202
    assert set(answer.json()) == {"jobId", "status", "resultsUrl", "smsExpected"}
    told = (await http.get(url(job_id))).json()["items"]
    assert [(i["label"], i["status"]) for i in told] == [("bottom", "pending"), ("bag", "pending")]


async def test_items__filters_take_the_place_of_the_first_ones(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true", brand="나래", colour="blue"))["jobId"]
    await suggest(house, job_id)
    body = {"items": [{"id": "i1"}], "priceFrom": 10, "priceTo": 99.9, "currency": "USD"}
    assert (await http.post(url(job_id, "/items"), json=body)).status_code == 202
    told = (await http.get(url(job_id))).json()
    assert told["filters"] == {"priceFrom": 10.0, "priceTo": 99.9, "currency": "USD"}
    assert (await http.post(url(job_id, "/items"), json=body)).status_code == 202
    other = await http.post(url(job_id, "/items"), json={**body, "priceTo": 50})
    assert other.status_code == 409


async def test_items__without_filters_the_first_ones_stay(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true", brand="나래"))["jobId"]
    await suggest(house, job_id)
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
    house: House, http: httpx.AsyncClient, start: Start, fields: dict[str, Any]
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(house, job_id)
    answer = await http.post(url(job_id, "/items"), json={"items": [{"id": "i1"}], **fields})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_filter")


async def test_items__with_a_number(house: House, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(house, job_id)
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
    house: House, http: httpx.AsyncClient, start: Start, body: Any, status: int, expected: str
) -> None:
    job_id = (await start(select="true"))["jobId"]
    await suggest(house, job_id)
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


async def test_cancel__twice_is_once(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    first, second = [await http.post(url(job_id, "/cancel")) for _ in "ab"]
    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert second.json() == first.json()


async def test_share__is_another_right(house: House, http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    await complete(house, job_id)
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


async def test_share__taken_back(house: House, http: httpx.AsyncClient, start: Start) -> None:
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


def events_of(text: str) -> list[dict[str, str]]:
    """The events of a stream, comments left out."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            found.append(dict(line.split(": ", 1) for line in lines))
    return found


async def test_events__at_once_at_each_change_and_no_longer(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    following = asyncio.create_task(http.get(url(job_id, "/events")))
    await wait_for_watcher(house, job_id)
    await suggest(house, job_id)
    await wait_for_stage(house, job_id, Stage.CHOOSING)
    await http.post(url(job_id, "/cancel"))
    async with asyncio.timeout(60):
        answer = await following
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    events = events_of(answer.text)
    documents = [json.loads(event["data"]) for event in events]
    versions = [document["version"] for document in documents]
    assert versions == sorted(set(versions))
    assert [event["id"] for event in events] == [str(version) for version in versions]
    assert [documents[0]["stage"], documents[-1]["status"]] == ["queued", "cancelled"]
    assert "choosing" in [document["stage"] for document in documents]
    assert documents[-1] == (await http.get(url(job_id))).json()


async def wait_for_stage(house: House, job_id: str, stage: Stage) -> None:
    """Until those who watch were handed the search at ``stage``."""
    async with asyncio.timeout(60):
        async for job in house.board.watch(job_id):
            if job.stage is stage:
                break
    await asyncio.sleep(0)


async def wait_for_watcher(house: House, job_id: str) -> None:
    async with asyncio.timeout(60):
        while job_id not in house.board._watched():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("last", ["1", "2", "99999", "nonsense", ""])
async def test_events__the_newest_comes_whatever_was_seen(
    http: httpx.AsyncClient, start: Start, last: str
) -> None:
    job_id = (await start())["jobId"]
    await http.post(url(job_id, "/cancel"))
    answer = await http.get(url(job_id, "/events"), headers={"last-event-id": last})
    events = events_of(answer.text)
    assert [event["id"] for event in events] == ["2"]
    assert int(events[0]["retry"]) > 60_000


async def test_events__end_when_it_is_erased(
    house: House, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    following = asyncio.create_task(http.get(url(job_id, "/events")))
    await wait_for_watcher(house, job_id)
    await http.delete(url(job_id))
    async with asyncio.timeout(60):
        assert len(events_of((await following).text)) == 1


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
