"""Who may do what: each route asked with each right.

A route that is new fails here until it is listed with its right.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.api.app import make_api
from searchapp.db.engine import transaction
from searchapp.db.repositories import photos, searches
from searchapp.db.secrets import Secrets
from searchapp.domain.ids import new_id
from tests.contract.api.test_searches import complete, suggest
from tests.support.web import HEIGHT, WIDTH, ApiHarness, open_harness, picture

PASSWORD = "correct horse battery"
ONE = "/api/search-job/{job_id}"
OWNERS: dict[tuple[str, str], tuple[Any, int]] = {
    ("GET", ONE): (None, 200),
    ("GET", f"{ONE}/photo"): (None, 200),
    ("GET", f"{ONE}/events"): (None, 200),
    ("POST", f"{ONE}/items"): ({"items": [{"id": "i1"}]}, 202),
    ("POST", f"{ONE}/again"): ({"items": [{"box": [0, 0, 30, 40]}]}, 202),
    ("POST", f"{ONE}/cancel"): (None, 200),
    ("POST", f"{ONE}/notify"): ({"phoneNumber": "010-1234-5678", "smsConsent": True}, 202),
    # Its product is in no catalogue here: the vote comes as far as that.
    ("POST", f"{ONE}/feedback"): ({"itemId": "i1", "productId": "p1", "said": "confirmed"}, 400),
    ("POST", f"{ONE}/share"): (None, 200),
    ("DELETE", f"{ONE}/share"): (None, 204),
    ("DELETE", ONE): (None, 204),
}
"""What only the owner's link may: body, and the answer to the owner."""

OTHERS = {
    ("POST", "/api/search-job"): "everyone, within the rates",
    ("POST", "/api/picture"): "everyone, within the rates: public pictures",
    ("GET", "/api/share/{share_id}"): "the holder of the share link",
    ("GET", "/api/products/{image_key}/image"): "everyone: pictures of shops",
    ("GET", "/api/products/{product_id:path}/similar"): "everyone: what the catalogue shows",
    ("GET", "/api/catalogue/{feed}/products/{product_id:path}"): "a key",
    ("PUT", "/api/catalogue/{feed}/products/{product_id:path}"): "a key of scope write",
    ("PATCH", "/api/catalogue/{feed}/products/{product_id:path}"): "a key of scope write",
    ("DELETE", "/api/catalogue/{feed}/products/{product_id:path}"): "a key of scope write",
    ("POST", "/api/catalogue/{feed}/batch"): "a key of scope write",
    ("GET", "/api/outside/{token}"): "the holder of a pass, for five minutes",
    ("POST", "/api/twilio/status"): "Twilio, by its signature",
    ("POST", "/api/solapi/status"): "anyone: it only causes a look-up",
    ("POST", "/api/admin/login"): "everyone with the password",
    ("POST", "/api/admin/logout"): "everyone, for their own session",
    ("GET", "/healthz"): "everyone",
    ("GET", "/readyz"): "everyone: figures only",
    ("GET", "/metrics"): "everyone: figures only; close it at the proxy",
    ("GET", "/api/openapi.json"): "everyone",
    ("GET", "/api/docs"): "everyone",
    ("GET", "/embed.js"): "everyone: loaded by pages of shops",
}


@dataclass
class Held:
    """A person's search, and what others may read of it."""

    harness: ApiHarness
    http: httpx.AsyncClient
    job_id: str
    share_id: str

    async def operators_cookie(self) -> str:
        """That of an operator who has just logged in."""
        answer = await self.http.post("/api/admin/login", json={"password": PASSWORD})
        return answer.headers["set-cookie"].partition(";")[0]

    async def ask(self, action: tuple[str, str], name: str, **headers: str) -> httpx.Response:
        """One action on the search called ``name``."""
        method, path = action
        self.http.cookies.clear()
        return await self.http.request(
            method, path.replace("{job_id}", name), json=OWNERS[action][0], headers=headers
        )


@pytest.fixture
async def harness(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> AsyncIterator[ApiHarness]:
    """One with an operator."""
    async with open_harness(engine, database, secrets_, admin_password=PASSWORD) as opened:
        yield opened


@pytest.fixture(params=OWNERS, ids=lambda action: " ".join(action))
def action(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each of the owner's rights."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
async def held(harness: ApiHarness, http: httpx.AsyncClient, action: tuple[str, str]) -> Held:
    """A search at which the action is possible, and its share link."""
    chooses = action[1].endswith("/items")
    answer = await http.post(
        "/api/search-job",
        files={"image": ("a.jpg", picture())},
        data={"select": "true"} if chooses else {},
    )
    job_id = answer.json()["jobId"]
    await (suggest if chooses else complete)(harness, job_id)
    if not chooses:
        async with transaction(harness.services.engine) as session:
            await photos.store_upright(session, job_id, picture())
            await searches.change(session, job_id, photo_width=WIDTH, photo_height=HEIGHT)
    shared = await http.post(f"/api/search-job/{job_id}/share")
    return Held(harness, http, job_id, shared.json()["shareUrl"].rpartition("/")[2])


def test_routes__each_one_has_a_right(harness: ApiHarness) -> None:
    app = make_api(harness.services, harness.board)
    own = [route for route in app.routes if isinstance(route, APIRoute)]
    included = [
        route
        for router in app.routes
        for route in getattr(getattr(router, "original_router", None), "routes", ())
    ]
    routes = {(method, route.path) for route in own + included for method in route.methods}
    assert routes == set(OWNERS) | set(OTHERS)


async def test_owner__may(held: Held, action: tuple[str, str]) -> None:
    assert (await held.ask(action, held.job_id)).status_code == OWNERS[action][1]


async def test_share__may_not(held: Held, action: tuple[str, str]) -> None:
    """The same answer as for a name that never existed."""
    answer = await held.ask(action, held.share_id)
    unknown = await held.ask(action, new_id())
    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert (await held.http.get(f"/api/search-job/{held.job_id}")).json()["version"] == (
        await held.harness.board.get(held.job_id)
    ).version


async def test_operator__may_not_without_the_link(held: Held, action: tuple[str, str]) -> None:
    cookie = await held.operators_cookie()
    for name in (held.share_id, new_id()):
        answer = await held.ask(action, name, cookie=cookie)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_another_site__may_not_even_with_the_link(
    held: Held, action: tuple[str, str]
) -> None:
    if action[0] == "GET":
        answer = await held.ask(action, held.job_id, origin="https://evil.example")
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        return
    for origin in ("https://evil.example", "null", "http://localhost:3000.evil.example"):
        answer = await held.ask(action, held.job_id, origin=origin)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")


async def test_every_answer__has_its_headers(held: Held, action: tuple[str, str]) -> None:
    for name in (held.job_id, new_id(), "..%2f"):
        headers = (await held.ask(action, name)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("action", [("GET", ONE)])
async def test_owners_name__is_no_other_right(held: Held, action: tuple[str, str]) -> None:
    for path in (f"/api/share/{held.job_id}", f"/api/outside/{held.job_id}"):
        assert (await held.http.get(path)).status_code == 404
    for path in (f"/api/products/{held.job_id}/image", f"/api/products/{held.share_id}/image"):
        assert (await held.http.get(path)).status_code == 404
