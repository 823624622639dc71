"""How much one address may start, over processes and besides them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.secrets import Secrets
from searchapp.http import clients
from tests.support.web import ApiHarness, open_harness, picture


async def post(http: httpx.AsyncClient, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post("/api/search-job", files={"image": ("a.jpg", picture())}, headers=named)


async def test_uploads__an_hour_has_its_share(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(
            engine, database, secrets_, uploads_per_ip_hour=2, trusted_proxies=("127.0.0.1",)
        ) as harness,
        harness.client() as http,
    ):
        statuses = [(await post(http, x_forwarded_for="203.0.113.9")).status_code for _ in "ab"]
        refused = await post(http, x_forwarded_for="203.0.113.9")
        other = await post(http, x_forwarded_for="203.0.113.10")
    assert statuses == [202, 202]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert other.status_code == 202


async def test_uploads__another_process_counts_too(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=1) as one,
        open_harness(engine, database, secrets_, uploads_per_ip_hour=1) as two,
        one.client() as first,
        two.client() as second,
    ):
        assert (await post(first)).status_code == 202
        refused = await post(second)
        assert refused.status_code == 429
        assert 3000 < int(refused.headers["retry-after"]) <= 3600


async def test_uploads__a_stored_search_is_answered_at_the_limit(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=1) as harness,
        harness.client() as http,
    ):
        http.headers["idempotency-key"] = "one"
        first = await post(http)
        again = await post(http)
        assert (again.status_code, again.json()["jobId"]) == (202, first.json()["jobId"])
        http.headers["idempotency-key"] = "two"
        assert (await post(http)).status_code == 429


async def test_uploads__bodies_of_a_known_key_are_refused_unread_in_the_end(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"not a form"

    async with (
        open_harness(
            engine, database, secrets_, uploads_per_ip_hour=1, trusted_proxies=("127.0.0.1",)
        ) as harness,
        harness.client() as http,
    ):
        http.headers.update({"idempotency-key": "one", "x-forwarded-for": "203.0.113.9"})
        assert (await post(http)).status_code == 202
        for _ in range(clients.RESENDS.amount):
            assert (await post(http)).status_code == 202
        headers = {"content-type": "multipart/form-data; boundary=b"}
        refused = await http.post("/api/search-job", content=body(), headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) > 0


async def test_uploads__erasing_wins_nothing(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=1) as harness,
        harness.client() as http,
    ):
        job_id = (await post(http)).json()["jobId"]
        assert (await http.delete(f"/api/search-job/{job_id}")).status_code == 204
        assert (await post(http)).status_code == 429


async def test_uploads__zero_is_no_limit(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=0) as harness,
        harness.client() as http,
    ):
        assert {(await post(http)).status_code for _ in range(5)} == {202}


async def test_uploads__an_hour_later(harness: ApiHarness, http: httpx.AsyncClient) -> None:
    await post(http)
    async with transaction(harness.services.engine) as session:
        await session.execute(text("UPDATE search_jobs SET created_at = now() - interval '61 min'"))
    assert (await post(http)).status_code == 202


async def test_uploads__trying_through_an_outage_costs_nothing(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=2) as harness,
        harness.client() as http,
    ):
        async with transaction(engine) as session:
            await session.execute(text("ALTER TABLE search_jobs RENAME TO elsewhere"))
        assert {(await post(http)).status_code for _ in range(5)} == {503}
        async with transaction(engine) as session:
            await session.execute(text("ALTER TABLE elsewhere RENAME TO search_jobs"))
        assert (await post(http)).status_code == 202


async def test_uploads__broken_ones_count(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> None:
    async with (
        open_harness(engine, database, secrets_, uploads_per_ip_hour=2) as harness,
        harness.client() as http,
    ):
        broken = {"image": ("a.jpg", b"no picture")}
        statuses = [(await http.post("/api/search-job", files=broken)).status_code for _ in "abc"]
    assert statuses == [415, 415, 429]


async def test_reads__others_are_slowed_down(
    harness: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.api.context.READS", clients.RateLimitItemPerMinute(3))
    async with harness.client(ip="203.0.113.9") as http:
        path = f"/api/search-job/{'x' * 22}"
        statuses = [(await http.get(path)).status_code for _ in range(4)]
        refused = await http.get(path)
    assert statuses == [404, 404, 404, 429]
    assert int(refused.headers["retry-after"]) >= 1


async def test_streams__one_address_can_not_take_them_all(
    harness: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.api.events.MAX_PER_ADDRESS", 1)
    async with harness.client(ip="203.0.113.9") as http, harness.client(ip="203.0.113.10") as other:
        paths = [f"/api/search-job/{(await post(http)).json()['jobId']}" for _ in "ab"]
        following = asyncio.create_task(http.get(f"{paths[0]}/events"))
        async with asyncio.timeout(60):
            while not harness.board._watched():
                await asyncio.sleep(0.01)
        refused = await http.get(f"{paths[1]}/events")
        await http.post(f"{paths[1]}/cancel")
        elsewhere = await other.get(f"{paths[1]}/events")
        await http.post(f"{paths[0]}/cancel")
        async with asyncio.timeout(60):
            await following
        later = await http.get(f"{paths[1]}/events")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert [elsewhere.status_code, later.status_code] == [200, 200]


async def test_address__is_kept_as_a_keyed_hash_only(harness: ApiHarness) -> None:
    async with harness.client(ip="203.0.113.77") as http:
        await post(http)
    async with transaction(harness.services.engine) as session:
        row = (await session.execute(text("SELECT * FROM search_jobs"))).one()
    assert row.ip_hash is not None
    assert "203.0.113.77" not in repr(row)
