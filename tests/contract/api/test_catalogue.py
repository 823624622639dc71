"""The catalogue API: keys, scopes, single products and batches."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from searchapp.db.engine import transaction
from searchapp.db.repositories.admin import add_key, list_keys, remove_key
from searchapp.domain.ids import KeyScope, api_key_hash, new_api_key
from searchapp.http import clients
from tests.support.web import ApiHarness

ONE = "/api/catalogue/shop/products/p-1"
BATCH = "/api/catalogue/shop/batch"
PRODUCT = {
    "title": "오버핏 셔츠",
    "link": "https://shop.example/1",
    "image_link": "https://shop.example/1.jpg",
    "price": "39000 KRW",
    "availability": "in_stock",
}
WRITES = [("PUT", ONE), ("PATCH", ONE), ("DELETE", ONE), ("POST", BATCH)]


async def bearer(harness: ApiHarness, name: str, scope: KeyScope) -> dict[str, str]:
    key = new_api_key()
    async with transaction(harness.services.engine) as session:
        assert await add_key(session, name, scope, api_key_hash(key))
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
async def shop(harness: ApiHarness, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client with a key of scope write."""
    http.headers.update(await bearer(harness, "shop", KeyScope.WRITE))
    return http


@pytest.mark.parametrize(("method", "path"), [("GET", ONE), *WRITES])
@pytest.mark.parametrize(
    "given", ["", "Bearer ", "Bearer wrong", "Basic c2hvcDp4", "Bearer " + "x" * 300]
)
async def test_key__missing_or_unknown(
    http: httpx.AsyncClient, method: str, path: str, given: str
) -> None:
    answer = await http.request(method, path, json={}, headers={"authorization": given})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_key__read_may_not_write(
    harness: ApiHarness, http: httpx.AsyncClient, method: str, path: str
) -> None:
    headers = await bearer(harness, "reader", KeyScope.READ)
    answer = await http.request(method, path, json=PRODUCT, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "scope")
    assert (await http.get(ONE, headers=headers)).status_code == 404


async def test_key__is_listed_with_its_use_and_removed(
    harness: ApiHarness, http: httpx.AsyncClient
) -> None:
    headers = await bearer(harness, "reader", KeyScope.READ)
    engine = harness.services.engine
    async with transaction(engine) as session:
        assert not await add_key(session, "reader", KeyScope.WRITE, b"other")
        [key] = await list_keys(session)
        assert (key.name, key.scope, key.used_at) == ("reader", KeyScope.READ, None)
    await http.get(ONE, headers=headers)
    async with transaction(engine) as session:
        assert (await list_keys(session))[0].used_at is not None
        assert await remove_key(session, "reader")
        assert not await remove_key(session, "reader")
    assert (await http.get(ONE, headers=headers)).status_code == 401


async def test_key__has_its_rate(shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "searchapp.api.catalogue.CATALOGUE", clients.RateLimitItemPerMinute(2, namespace="few")
    )
    statuses = [(await shop.get(ONE)).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]


async def test_product__there_and_back(shop: httpx.AsyncClient) -> None:
    first = await shop.put(ONE, json=PRODUCT)
    assert (first.status_code, first.json()) == (201, {"id": "p-1", "status": "created"})
    document = (await shop.get(ONE)).json()
    assert (document["id"], document["title"], document["price"]) == (
        "p-1",
        "오버핏 셔츠",
        "39000 KRW",
    )
    assert document["status"] == "pending"
    assert document["updatedAt"].endswith("Z")
    again = await shop.put(ONE, json=PRODUCT)
    assert (again.status_code, again.json()["id"]) == (200, "p-1")
    changed = await shop.patch(ONE, json={"price": "29000 KRW", "availability": "out_of_stock"})
    assert (changed.status_code, changed.json()["status"]) == (200, "updated")
    document = (await shop.get(ONE)).json()
    assert (document["price"], document["availability"]) == ("29000 KRW", "out_of_stock")
    for _ in range(2):
        assert (await shop.delete(ONE)).status_code == 204
    assert (await shop.get(ONE)).status_code == 404


async def test_patch__unknown_product(shop: httpx.AsyncClient) -> None:
    answer = await shop.patch(ONE, json={"price": "1 KRW"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        PRODUCT | {"price": "much"},
        PRODUCT | {"id": "p-2"},
        PRODUCT | {"title": "a\x00b"},
        PRODUCT | {"image_link": "/etc/passwd"},
    ],
)
async def test_put__refused_with_the_reason(shop: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await shop.put(ONE, json=body, headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_product")
    assert len(answer.json()["error"]["message"]) > len("The catalogue cannot take this product.")
    assert (await shop.get(ONE)).status_code == 404


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"', b'{"title": {"a": 1}}'])
async def test_put__not_a_product(shop: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await shop.put(ONE, content=body, headers=headers)
    assert answer.status_code == 400


def lines(*entries: Any) -> bytes:
    return b"\n".join(json.dumps(entry).encode() for entry in entries)


async def test_batch__answers_line_by_line(shop: httpx.AsyncClient) -> None:
    body = lines(
        {"op": "put", "product": PRODUCT | {"id": "a"}},
        {"op": "put", "product": PRODUCT | {"id": 7}},
        {"op": "patch", "product": {"id": "a", "price": "1000 KRW"}},
        {"op": "patch", "product": {"id": "none", "price": "1000 KRW"}},
        {"op": "put", "product": {"id": "b"}},
        {"op": "sell", "product": {"id": "a"}},
        {"op": "put"},
        {"op": "delete", "product": {"id": "7"}},
    )
    answer = await shop.post(BATCH, content=body + b"\n{\n\n")
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(entry["id"], entry["ok"]) for entry in results] == [
        ("a", True),
        ("7", True),
        ("a", True),
        ("none", False),
        ("b", False),
        ("a", False),
        ("", False),
        ("7", True),
        ("", False),
    ]
    assert all(("error" in entry) is not entry["ok"] for entry in results)
    assert (await shop.get("/api/catalogue/shop/products/a")).json()["price"] == "1000 KRW"
    assert (await shop.get("/api/catalogue/shop/products/7")).status_code == 404


async def test_batch__lines_that_mean_nothing(shop: httpx.AsyncClient) -> None:
    ids = ["", " x", "x ", "a\nb", "\0", "\ud800", "x" * 201, True, False, None, 1.5, ["x"], {}]
    body = lines(
        *({"op": "put", "product": PRODUCT | {"id": id_}} for id_ in ids),
        *({"op": op, "product": PRODUCT | {"id": "a"}} for op in (["put"], {}, None, 1, "PUT")),
    )
    answer = await shop.post(BATCH, content=body)
    assert answer.status_code == 200
    errors = [entry["error"] for entry in answer.json()["results"]]
    assert all(error.startswith("id takes 1 to 200") for error in errors[: len(ids)])
    assert errors[len(ids) :] == ["op takes put, patch or delete"] * 5


async def test_batch__a_deletion_may_be_sent_again(shop: httpx.AsyncClient) -> None:
    answer = await shop.post(BATCH, content=lines({"op": "delete", "product": {"id": "none"}}))
    assert answer.json() == {"results": [{"id": "none", "ok": True}]}


async def test_product__of_an_id_with_blanks_around(shop: httpx.AsyncClient) -> None:
    answer = await shop.put("/api/catalogue/shop/products/%20x", json=PRODUCT)
    assert answer.status_code == 400


async def test_product__that_is_not_there(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/api/catalogue/shop/products/none", headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert answer.json()["error"]["message"] == "There is no such product."


async def test_batch__a_thousand_and_not_one_more(shop: httpx.AsyncClient) -> None:
    line = json.dumps({"op": "patch", "product": {"id": "x", "price": "1 KRW"}}).encode()
    full = await shop.post(BATCH, content=b"\n".join([line] * 1000))
    assert (full.status_code, len(full.json()["results"])) == (200, 1000)
    more = await shop.post(BATCH, content=b"\n".join([line] * 1001))
    assert (more.status_code, more.json()["error"]["code"]) == (413, "too_large")
    assert "1,000" in more.json()["error"]["message"]


@pytest.mark.parametrize("feed", ["a:b", "x" * 81])
async def test_feed__not_a_name(shop: httpx.AsyncClient, feed: str) -> None:
    answer = await shop.put(f"/api/catalogue/{feed}/products/1", json=PRODUCT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_product")
    assert (await shop.get(f"/api/catalogue/{feed}/products/1")).status_code == 404


@pytest.mark.parametrize("path", ["%00/products/1", "shop/products/%00", "shop/products/a%09"])
async def test_name__that_no_database_keeps(shop: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = await shop.request(method, f"/api/catalogue/{path}", json=PRODUCT)
        assert answer.status_code == 400
