"""Front: who answers what, with which headers, and what the log gets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from searchapp.http.http_metrics import HttpMetrics
from searchapp.settings import Settings
from searchapp.web.middleware.stack import make_front, own_address

SECRET = "q" * 22
SAME = "same-origin"


def page(_: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>")


def asset(_: Request) -> PlainTextResponse:
    return PlainTextResponse("js", media_type="text/javascript")


def unchanged(_: Request) -> Response:
    return Response(status_code=304)


def broken(_: Request) -> PlainTextResponse:
    raise RuntimeError("secret detail")


PAGES = Starlette(
    routes=[
        Route("/", page),
        Route("/results/{id}", page),
        Route("/s/{id}", page),
        Route("/assets/{name}", asset),
        Route("/worker.js", asset),
        Route("/moved/", page),
        Route("/broken", broken),
        Route("/unchanged", unchanged),
        Route("/_upload", page, methods=["GET", "POST"]),
    ]
)


async def api(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("api")(scope, receive, send)


def client(**values: Any) -> httpx.AsyncClient:
    settings = Settings(_env_file=None, **values)
    app = make_front(api, PAGES, settings, metrics=HttpMetrics())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


@pytest.mark.parametrize("path", ["/api", "/api/x", "/healthz", "/readyz", "/metrics"])
async def test_switch__api_paths(path: str) -> None:
    async with client() as http:
        assert (await http.get(path)).text == "api"


@pytest.mark.parametrize(
    "path",
    ["/_upload", "/_upload/", "/_upload/a.jpg", "/_UPLOAD", "/_event/?EIO=4&transport=polling"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_switch__doors_of_reflex_are_closed(path: str, method: str) -> None:
    async with client() as http:
        answer = await http.request(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/", f"/results/{SECRET}", "/assets/app-a1b2C3d4.js", "/nothing"])
async def test_protection__on_every_answer(path: str) -> None:
    async with client() as http:
        headers = (await http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(("key", "opener"), [("", SAME), ("k", f"{SAME}-allow-popups")])
async def test_protection__windows_only_for_kakao(key: str, opener: str) -> None:
    async with client(kakao_key=key) as http:
        assert (await http.get("/")).headers["cross-origin-opener-policy"] == opener
        assert (await http.get("/api/x")).headers["cross-origin-opener-policy"] == SAME


async def test_protection__https_is_pinned_when_public() -> None:
    async with client(public_url="https://chalkak.example") as http:
        assert "max-age" in (await http.get("/")).headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("public_url", "trusted", "proto", "pinned"),
    [
        ("http://localhost:3000", ("127.0.0.1",), "https", True),
        ("http://localhost:3000", ("127.0.0.1",), "http, https", True),
        ("http://localhost:3000", ("10.0.0.0/8",), "https", False),
        ("http://localhost:3000", (), "https", False),
        ("https://chalkak.example", ("127.0.0.1",), "http", False),
        ("https://chalkak.example", (), "http", True),
    ],
)
async def test_protection__https_by_the_word_of_named_proxies_only(
    public_url: str, trusted: tuple[str, ...], proto: str, pinned: bool
) -> None:
    async with client(public_url=public_url, trusted_proxies=trusted) as http:
        headers = (await http.get("/", headers={"x-forwarded-proto": proto})).headers
    assert ("strict-transport-security" in headers) is pinned


@pytest.mark.parametrize(
    ("location", "own"),
    [
        ("http://evil.example/privacy/", "/privacy/"),
        ("https://chalkak.example/privacy/?a=b", "/privacy/?a=b"),
        ("http://localhost//evil.example/../", "/evil.example/../"),
        ("//evil.example/x", "/x"),
        ("/admin?problem=wrong_password&wait=0", "/admin?problem=wrong_password&wait=0"),
        ("http://[::1/x", "/"),
        ("http://localhost/\\\\evil.example", "/evil.example"),
    ],
)
def test_own_address__no_redirect_leads_away(location: str, own: str) -> None:
    assert own_address(location) == own


async def test_protection__a_forged_host_gets_into_no_redirect() -> None:
    async with client() as http:
        answer = await http.get("/moved", headers={"host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/moved/")


@pytest.mark.parametrize("path", [f"/results/{SECRET}", f"/s/{SECRET}", "/api/x", "/api"])
async def test_protection__private_things_are_not_kept(path: str) -> None:
    async with client() as http:
        headers = (await http.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("path", "keeping"),
    [
        ("/assets/app-a1b2C3d4.js", "public, max-age=31536000, immutable"),
        ("/assets/app.js", "public, max-age=86400"),
        ("/", "no-cache"),
        ("/nothing-a1b2C3d4.js", "no-store"),
    ],
)
async def test_protection__how_long_to_keep(path: str, keeping: str) -> None:
    async with client() as http:
        assert (await http.get(path)).headers["cache-control"] == keeping


async def test_protection__an_unchanged_page_keeps_its_policy() -> None:
    async with client() as http:
        headers = (await http.get("/unchanged")).headers
    assert "content-security-policy" not in headers
    assert "cache-control" not in headers


async def test_watching__an_exception_shows_nothing() -> None:
    async with client() as http:
        with capture_logs() as logs:
            answer = await http.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["request_failed"]


async def test_watching__ids_reach_neither_log_nor_metrics() -> None:
    metrics = HttpMetrics()
    app = make_front(api, PAGES, Settings(_env_file=None), metrics=metrics)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        with capture_logs(processors=[merge_contextvars]) as logs:
            for path in (f"/results/{SECRET}", f"/s/{SECRET}?phone=01012345678", f"/x/{SECRET}"):
                await http.get(path)
    assert len(logs) == 3
    reported = repr(logs) + generate_latest(metrics.registry).decode()
    assert SECRET not in reported
    assert "01012345678" not in reported
    assert logs[0]["route"] == "/results/{id}"
    assert len({log["request"] for log in logs}) == 3


async def test_frames__of_named_origins_and_only_the_search() -> None:
    shop = "https://shop.example"
    async with client(embed_origins=(shop,)) as http:
        for path in ("/", f"/results/{SECRET}"):
            headers = (await http.get(path)).headers
            assert f"frame-ancestors {shop}" in headers["content-security-policy"]
            assert "x-frame-options" not in headers
            assert "camera=(self)" in headers["permissions-policy"]
        for path in (f"/s/{SECRET}", "/api/openapi.json", "/moved/"):
            headers = (await http.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"


async def test_frames__none_by_default() -> None:
    async with client() as http:
        headers = (await http.get("/")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


async def test_embed_script__may_be_loaded_by_other_sites() -> None:
    async with client() as http:
        assert (await http.get("/embed.js")).headers["cross-origin-resource-policy"] == (
            "cross-origin"
        )
        assert (await http.get("/")).headers["cross-origin-resource-policy"] == SAME


@pytest.mark.parametrize("host", ["localhost:port", "localhost:99999", "a b"])
async def test_host__that_is_none_is_refused(host: str) -> None:
    async with client() as http:
        answer = await http.get("/", headers={"host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
        twice = await http.get("/", headers=[("host", "localhost"), ("host", "other.example")])
        assert twice.status_code == 400


async def test_service_worker__may_ask_this_server() -> None:
    """Without the right to connect it could not even be installed."""
    async with client() as http:
        reported = (await http.get("/worker.js")).headers["content-security-policy"]
        other = (await http.get("/assets/a.js")).headers["content-security-policy"]
    assert "connect-src 'self'" in reported
    assert "default-src 'none'" in reported
    assert "connect-src" not in other
