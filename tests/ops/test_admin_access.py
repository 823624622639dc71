"""Who may see /admin: the password, the lock-out, sessions, the cookie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.api.app import make_api
from searchapp.db.secrets import Secrets
from searchapp.errors import TooManyRequests
from searchapp.http import operator_access as access
from searchapp.http.operator_access import AdminClosed, WrongPassword, is_operator, log_in, log_out
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from tests.support.jobs import services_on, sql

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(autouse=True)
def _quick_and_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(access, "_slow_lane", access._SlowLane())
    monkeypatch.setattr(access, "_one_at_a_time", asyncio.Semaphore(1))
    monkeypatch.setattr(access, "PasswordHasher", partial(PasswordHasher, 1, 64))
    access._hashed.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets, clock: Clock) -> Services:
    made = services_on(database, engine, secrets_, admin_password=PASSWORD)
    return replace(made, given_clock=clock)


async def _fail(services: Services, ip: str = "192.0.2.1") -> None:
    with pytest.raises(WrongPassword):
        await log_in(services, "guess", ip=ip)


async def test_log_in__opens_a_session(services: Services) -> None:
    token = await log_in(services, PASSWORD, ip="192.0.2.1")
    assert await is_operator(services, token)
    assert not await is_operator(services, "")
    assert not await is_operator(services, token[:-1] + ("a" if token[-1] != "a" else "b"))
    [row] = await sql(services, "SELECT token_hash, password_mark FROM admin_sessions")
    assert token.encode() not in bytes(row[0])
    assert PASSWORD.encode() not in bytes(row[1])


async def test_log_in__a_hash_as_the_setting(services: Services) -> None:
    hashed = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    settings = services.settings.model_copy(update={"admin_password": SecretStr(hashed)})
    services = replace(services, settings=settings)
    assert await is_operator(services, await log_in(services, PASSWORD, ip="192.0.2.1"))
    with pytest.raises(WrongPassword):
        await log_in(services, hashed, ip="192.0.2.1")


async def test_log_in__closed_without_a_password(
    database: str, engine: AsyncEngine, secrets_: Secrets
) -> None:
    closed = services_on(database, engine, secrets_)
    with pytest.raises(AdminClosed):
        await log_in(closed, "", ip="192.0.2.1")
    assert not await is_operator(closed, "anything")


async def test_log_in__blocks_longer_each_time(services: Services, clock: Clock) -> None:
    for _ in range(access.FREE_FAILURES):
        await _fail(services)
    for wait in (30, 60, 120):
        with pytest.raises(TooManyRequests) as caught:
            await log_in(services, "guess", ip="192.0.2.1")
        assert caught.value.retry_after == wait
        clock.pass_by(seconds=wait - 1)
        with pytest.raises(TooManyRequests):
            await log_in(services, "guess", ip="192.0.2.1")
        clock.pass_by(seconds=1)
        await _fail(services)
    assert await log_in(services, PASSWORD, ip="192.0.2.2"), "another address is not blocked"


async def test_log_in__guesses_of_others_do_not_lock_the_operator_out(services: Services) -> None:
    for _ in range(access.FREE_FAILURES):
        await _fail(services)
    given = [*["guess"] * (access.SLOW_WAITING // 2), PASSWORD]
    async with access._slow_lane._lock, asyncio.timeout(60):
        tries = [asyncio.create_task(log_in(services, one, ip="192.0.2.1")) for one in given]
        while access._slow_lane._waiting < len(tries):
            await asyncio.sleep(0.01)
    *refused, token = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(answer, TooManyRequests) for answer in refused)
    assert isinstance(token, str)
    assert await is_operator(services, token)


async def test_log_in__more_guesses_than_may_wait_are_not_looked_at(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(access.FREE_FAILURES):
        await _fail(services)
    looked_at = []
    monkeypatch.setattr(access, "_fits", lambda _wanted, given: looked_at.append(given))
    async with access._slow_lane._lock, asyncio.timeout(60):
        guesses = [
            asyncio.create_task(log_in(services, "guess", ip="192.0.2.1"))
            for _ in range(access.SLOW_WAITING + 5)
        ]
        while sum(guess.done() for guess in guesses) < 5:
            await asyncio.sleep(0.01)
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(answer, TooManyRequests) for answer in answers)
    assert len(looked_at) == access.SLOW_WAITING


async def test_log_in__a_known_browser_is_counted_for_itself(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(access.FREE_FAILURES):
        await _fail(services)
    monkeypatch.setattr(access, "SLOW_WAITING", 0)
    with pytest.raises(TooManyRequests):
        await log_in(services, PASSWORD, ip="192.0.2.1", device="x." + "0" * 64)
    assert await log_in(services, PASSWORD, ip="192.0.2.1", device=access.new_device(services))


async def test_log_in__never_locks_out_for_more_than_an_hour(
    services: Services, clock: Clock
) -> None:
    for _ in range(access.FREE_FAILURES + 12):
        await _fail(services)
        clock.pass_by(hours=1)
    await log_in(services, PASSWORD, ip="192.0.2.1")


async def test_log_in__success_forgives(services: Services) -> None:
    for _ in range(access.FREE_FAILURES - 1):
        await _fail(services)
    await log_in(services, PASSWORD, ip="192.0.2.1")
    for _ in range(access.FREE_FAILURES - 1):
        await _fail(services)


async def test_log_in__many_at_once_get_no_more_guesses(services: Services) -> None:
    guesses = [log_in(services, "guess", ip="192.0.2.1") for _ in range(12)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    looked_at = [answer for answer in answers if isinstance(answer, WrongPassword)]
    assert len(looked_at) == access.FREE_FAILURES


@pytest.mark.parametrize("change", ["idle", "old", "password", "log_out"])
async def test_session__ends(services: Services, clock: Clock, change: str) -> None:
    token = await log_in(services, PASSWORD, ip="192.0.2.1")
    if change == "idle":
        clock.now += access.IDLE_TIME
    elif change == "old":
        while clock.now < Clock.now + access.SESSION_TIME:
            assert await is_operator(services, token)
            clock.pass_by(minutes=30)
    elif change == "password":
        settings = services.settings.model_copy(update={"admin_password": SecretStr("another one")})
        services = replace(services, settings=settings)
    else:
        await log_out(services, token)
    assert not await is_operator(services, token)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_api(services, JobCache(services)), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


FORM = {"password": PASSWORD}


async def test_login__sets_a_cookie_that_scripts_can_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/admin/login", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    attributes = {
        part.strip().lower() for part in answer.headers.get_list("set-cookie")[0].split(";")
    }
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    answer = await client.post("/api/admin/login", json=FORM)
    assert answer.status_code == 204


async def test_login__cookie_of_an_https_site(services: Services) -> None:
    settings = services.settings.model_copy(update={"public_url": "https://chalkak.example.com"})
    secure = replace(services, settings=settings)
    transport = httpx.ASGITransport(make_api(secure, JobCache(secure)))
    async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as client:
        answer = await client.post("/api/admin/login", json=FORM)
    cookie, device = answer.headers.get_list("set-cookie")
    assert device.startswith("__Host-admin-device=")
    assert cookie.startswith("__Host-admin=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_login__wrong(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/admin/login", json={"password": "guess"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wrong_password")
    assert "set-cookie" not in answer.headers
    answer = await client.post("/api/admin/login", data={"password": "guess"})
    assert answer.headers["location"] == "/admin?problem=wrong_password&wait=0"
    for _ in range(access.FREE_FAILURES - 2):
        await client.post("/api/admin/login", data={"password": "guess"})
    answer = await client.post("/api/admin/login", json={"password": "guess"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == access.FIRST_BLOCK
    assert (await client.post("/api/admin/login", json=FORM)).status_code == 204


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b'{"password": 1}', b"{", b"[" * 5000, rb'{"password": "\ud800"}']
)
async def test_login__nonsense(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/admin/login", content=body, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://testserver"}, 303),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["login", "logout"])
async def test_forms__of_other_sites(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(f"/api/admin/{path}", data=FORM, headers=headers)
    assert answer.status_code == status


async def test_logout__ends_the_session(client: httpx.AsyncClient, services: Services) -> None:
    await client.post("/api/admin/login", data=FORM)
    token = client.cookies["admin"]
    assert await is_operator(services, token)
    await client.post("/api/admin/logout")
    assert "admin" not in client.cookies
    assert not await is_operator(services, token)
