"""Hosts whose clocks are wrong: the database's clock decides, so nothing comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from searchapp.api.health import read_system_stats
from searchapp.cli import doctor
from searchapp.domain.phone import Phone
from searchapp.domain.search import Status
from searchapp.jobs import operations
from searchapp.jobs.services import Services
from searchapp.jobs.sms_contact import notify
from searchapp.jobs.submit import start
from tests.crash.conftest import Start
from tests.support.jobs import ended, for_number, new_search, until
from tests.support.outbox import PHONE, twilio_settings
from tests.support.skew import clock_apart
from tests.support.twilio_stub import ACCOUNT, TOKEN, TwilioStub

pytestmark = pytest.mark.crash

AHEAD, FAR_AHEAD, BEHIND = 2, 20, -10
"""Minutes."""


@pytest.fixture
async def stub() -> AsyncIterator[TwilioStub]:
    async with TwilioStub() as served:
        yield served


@pytest.fixture
def services(services: Services, stub: TwilioStub) -> Services:
    """Services that promise messages."""
    settings = twilio_settings(stub.url, database_url=services.direct_dsn)
    return Services(settings, services.engine, services.secrets)


def _texting(stub: TwilioStub) -> dict[str, str]:
    """The environment of a worker that sends through ``stub``."""
    return {
        "SEARCHAPP_PUBLIC_URL": "https://chalkak.example",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "+15005550006",
        "TWILIO_API_URL": stub.url,
    }


async def _search(services: Services, phone: Phone = PHONE) -> str:
    asked: dict[str, Any] = {"phone": phone, "consented": True, "local": True}
    return (await start(services, new_search(**asked))).id


async def _when(happened: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.05)


async def test_one_host_two_minutes_ahead__one_message(
    services: Services, start_worker: Start, stub: TwilioStub
) -> None:
    """Its leases and look-ups are not due two minutes early: a slow call is not made twice."""
    seconds = 6.0

    async def slow(_form: dict[str, str]) -> None:
        await asyncio.sleep(seconds)

    stub.on_request = slow
    await start_worker(services.direct_dsn, **_texting(stub))
    await start_worker(services.direct_dsn, **_texting(stub), **clock_apart(AHEAD))
    jobs = [await _search(services, Phone(f"+8210{n:08}")) for n in range(4)]
    await _when(lambda: len(stub.taken) >= len(jobs), 40)
    await asyncio.sleep(3)
    assert len(stub.requests) == len(jobs)
    assert stub.listings == 0, "a message was taken for lost while it was being sent"
    for job in jobs:
        assert (await until(services, job, lambda j: j.sms == "sent")).attempt == 1


async def test_one_host_twenty_minutes_ahead__passes_no_deadline(
    services: Services, start_worker: Start
) -> None:
    await start_worker(services.direct_dsn, "--delay", "1.5")
    jobs = [(await start(services, new_search())).id for _ in range(2)]
    for job in jobs:
        await until(services, job, lambda j: j.status is Status.PROCESSING)
    wrong = await start_worker(services.direct_dsn, **clock_apart(FAR_AHEAD))
    for job in jobs:
        done = await ended(services, job)
        assert (done.status, done.attempt, done.error_code) == (Status.COMPLETED, 1, None)
    jobs = [(await start(services, new_search())).id for _ in range(6)]
    for job in jobs:
        assert (await ended(services, job)).attempt == 1
    assert any(line.startswith("did ") for line in wrong.lines), "it worked on none of them"


async def test_one_host_ten_minutes_behind__sends_again_at_once(
    services: Services, start_worker: Start, stub: TwilioStub
) -> None:
    await start_worker(services.direct_dsn, **_texting(stub), **clock_apart(BEHIND))
    job = await _search(services)
    await _when(lambda: len(stub.taken) == 1, 30)
    await until(services, job, lambda j: j.sms == "sent")
    began = time.monotonic()
    await notify(services, job, for_number())
    await _when(lambda: len(stub.taken) == 2, 15)
    assert time.monotonic() - began < 15


async def test_skew__is_told(services: Services, start_worker: Start) -> None:
    """By ``status``, ``/metrics`` (whose alert is in deploy/monitoring) and ``doctor``."""
    await start_worker(services.direct_dsn, **clock_apart(BEHIND))
    async with asyncio.timeout(30):
        while not (workers := (await operations.status(services))["workers"]):
            await asyncio.sleep(0.1)
    assert -601 < workers[0]["clock_skew"] < -598
    assert 598 < (await read_system_stats(services)).clock_skew < 601
    found = await asyncio.to_thread(lambda: list(doctor.findings(services.settings)))
    findings = {finding.name: finding for finding in found}
    assert "; -600." in findings["clock"].found or "; -599." in findings["clock"].found
    assert "NTP" in findings["clock"].advice
