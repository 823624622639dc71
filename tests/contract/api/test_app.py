"""What operators and programs ask: health, metrics, the reference, and addresses that are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from searchapp.db.engine import make_engine, transaction
from searchapp.db.secrets import Secrets
from tests.contract.api.conftest import Start
from tests.support.web import ApiHarness, open_harness, picture

NOWHERE = "postgresql://none@127.0.0.1:4549/none"
"""Nothing listens there."""


@pytest.fixture
async def stranded(secrets_: Secrets) -> AsyncIterator[ApiHarness]:
    """A harness whose database is unavailable."""
    engine = make_engine(NOWHERE)
    async with open_harness(engine, NOWHERE, secrets_) as opened:
        yield opened
    await engine.dispose()


async def test_healthz__alive(http: httpx.AsyncClient) -> None:
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/docs"])
async def test_head__like_get_without_a_body(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_readyz__without_a_worker(http: httpx.AsyncClient, start: Start) -> None:
    await start()
    document = (await http.get("/readyz")).json()
    assert document["ready"] is True
    assert document["workers"] == 0
    assert (document["queue"]["waiting"], document["queue"]["running"]) == (1, 0)
    assert all(isinstance(there, bool) for there in document["models"].values())


async def test_readyz__leaves_nothing_behind(harness: ApiHarness, http: httpx.AsyncClient) -> None:
    await http.get("/readyz")
    async with transaction(harness.services.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM tombstones")) == 0


async def test_readyz__not_when_nothing_can_be_written(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    name = make_url(database).database
    async with transaction(engine) as session:
        await session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    await engine.dispose()
    async with open_harness(engine, database, secrets_) as harness, harness.client() as http:
        ready = await http.get("/readyz")
        posted = await http.post("/api/search-job", files={"image": ("a.jpg", picture())})
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "unavailable")
    assert (posted.status_code, posted.json()["error"]["code"]) == (503, "not_stored")


async def test_readyz__not_before_the_schema_is_there(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with transaction(engine) as session:
        await session.execute(text("DROP TABLE searchapp.tombstones"))
        await session.execute(text("DROP TABLE searchapp.search_jobs CASCADE"))
    async with open_harness(engine, database, secrets_) as harness, harness.client() as http:
        assert (await http.get("/readyz")).status_code == 503
        posted = await http.post("/api/search-job", files={"image": ("a.jpg", picture())})
        assert (posted.status_code, posted.json()["error"]["code"]) == (503, "not_stored")
        assert (await http.get("/healthz")).status_code == 200


async def test_metrics__documented_names(http: httpx.AsyncClient, start: Start) -> None:
    job_id = (await start())["jobId"]
    await http.get(f"/api/search-job/{job_id}")
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for line in (
        'searchapp_http_requests_total{method="POST",route="/api/search-job",status="202"} 1.0',
        'searchapp_jobs{state="waiting"} 1.0',
        "searchapp_workers_alive 0.0",
        "searchapp_database_up 1.0",
        "searchapp_upload_bytes_held 0.0",
        "searchapp_event_streams 0.0",
    ):
        assert line in answer.text
    assert job_id not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/healthz", None),
        ("GET", "/metrics", None),
        ("GET", "/readyz", "unavailable"),
        ("GET", f"/api/search-job/{'x' * 22}", "unavailable"),
        ("GET", f"/api/search-job/{'x' * 22}/events", "unavailable"),
        ("GET", f"/api/search-job/{'x' * 22}/photo", "unavailable"),
        ("GET", f"/api/share/{'x' * 22}", "unavailable"),
        ("POST", "/api/search-job", "not_stored"),
        ("POST", f"/api/search-job/{'x' * 22}/cancel", "not_stored"),
        ("POST", f"/api/search-job/{'x' * 22}/share", "not_stored"),
        ("DELETE", f"/api/search-job/{'x' * 22}", "not_stored"),
    ],
)
async def test_outage__said_plainly(
    stranded: ApiHarness, method: str, path: str, code: str | None
) -> None:
    files = {"image": ("a.jpg", picture())} if path == "/api/search-job" else None
    async with stranded.client() as http:
        answer = await http.request(method, path, files=files)
    if code is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)
        assert int(answer.headers["retry-after"]) >= 1


async def test_openapi__complete(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/openapi.json")
    document = answer.json()
    assert set(document["paths"]) >= {
        "/api/search-job",
        "/api/search-job/{job_id}",
        "/api/search-job/{job_id}/events",
        "/api/search-job/{job_id}/photo",
        "/api/search-job/{job_id}/items",
        "/api/search-job/{job_id}/cancel",
        "/api/search-job/{job_id}/notify",
        "/api/search-job/{job_id}/share",
        "/api/share/{share_id}",
        "/api/twilio/status",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert "HTTPValidationError" not in answer.text


async def test_docs__load_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "/api/search-job/{job_id}/events" in answer.text
    for loading in ("<script", "<link", "<img", "<iframe", "http://", "https://", "@import"):
        assert loading not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/none",
        "/api/search-job/a/b/c",
        "/api/%2e%2e/%2e%2e/etc/passwd",
        "/api//search-job",
        "/api/search-job%00",
        "/api/\u202e",
        "/docs",
        "/_upload",
    ],
)
async def test_unknown_paths__in_one_form(http: httpx.AsyncClient, path: str) -> None:
    for lang in ("ko", "en"):
        answer = await http.get(path, headers={"accept-language": lang})
        assert answer.status_code == 404
        if path != "/docs":
            assert answer.json()["error"]["code"] == "not_found"
            assert answer.json()["error"]["message"].isascii() == (lang == "en")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/search-job", "POST"),
        ("PUT", f"/api/search-job/{'x' * 22}", "DELETE, GET"),
        ("OPTIONS", f"/api/search-job/{'x' * 22}/share/", "DELETE, POST"),
        ("OPTIONS", "/api/search-job", "POST"),
        ("TRACE", "/healthz", "GET"),
        ("BREW", "/healthz", "GET"),
    ],
)
async def test_other_methods__are_refused(
    http: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("signature", ["", "forged", "x" * 5000, "\u00e9"])
async def test_twilio_status__forged(http: httpx.AsyncClient, signature: str) -> None:
    answer = await http.post(
        "/api/twilio/status",
        data={"MessageSid": "SM1", "MessageStatus": "delivered"},
        headers={"x-twilio-signature": signature.encode("latin-1")},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_signature")


async def test_twilio_status__signed_for_the_public_address(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    public = "https://chalkak.example"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    signature = RequestValidator("token").compute_signature(f"{public}/api/twilio/status", form)
    async with (
        open_harness(
            engine,
            database,
            secrets_,
            public_url=public,
            TWILIO_ACCOUNT_SID="AC1",
            TWILIO_AUTH_TOKEN="token",
            TWILIO_FROM="+15005550006",
        ) as harness,
        harness.client() as http,
    ):
        answer = await http.post(
            "/api/twilio/status", data=form, headers={"x-twilio-signature": signature}
        )
        changed = await http.post(
            "/api/twilio/status",
            data=form | {"MessageStatus": "failed"},
            headers={"x-twilio-signature": signature},
        )
    assert (answer.status_code, changed.status_code) == (204, 403)


async def test_twilio_status__a_thousand_fields(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/twilio/status", data={f"f{n}": "x" for n in range(1000)})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 5000,
        b'[{"data": {"messageId": "M4V1"}}]',
        rb'[{"data": {"messageId": "M4V\u0000"}}]',
        rb'[{"data": {"groupId": "G4V\ud800"}}]',
    ],
    ids=["empty", "html", "deep", "known", "nul", "half-pair"],
)
async def test_solapi_status__is_a_wake_up_whatever_it_says(
    http: httpx.AsyncClient, body: bytes
) -> None:
    answer = await http.post("/api/solapi/status", content=body)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_error_of_ours__shows_no_trace(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(harness.board, "get", broken)
    with capture_logs() as logs:
        answer = await http.get(f"/api/search-job/{'x' * 22}")
    assert [log["event"] for log in logs] == ["request_failed", "request"]
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_streams__are_counted(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    following = asyncio.create_task(http.get(f"/api/search-job/{job_id}/events"))
    async with asyncio.timeout(60):
        while "searchapp_event_streams 1.0" not in (await http.get("/metrics")).text:
            await asyncio.sleep(0.02)
    await http.post(f"/api/search-job/{job_id}/cancel")
    async with asyncio.timeout(60):
        await following
    assert "searchapp_event_streams 0.0" in (await http.get("/metrics")).text
