"""The caps: who gets the banner, and who is told why not."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import SmsCounterRow
from searchapp.domain.phone import Phone
from searchapp.jobs.operations import set_sms_switch
from searchapp.notify import policy
from searchapp.notify.policy import purge_phones
from searchapp.settings import Settings
from tests.support.outbox import (
    PHONE,
    START,
    add_job,
    end_job,
    job_row,
    settings,
    twilio_settings,
)

OTHER = Phone("+821087654321")
IP = b"i" * 32


async def admit(
    engine: AsyncEngine,
    secrets: Secrets,
    chosen: Settings,
    phone: Phone = PHONE,
    ip: bytes = IP,
    local: bool = False,
    now: datetime = START,
) -> str | None:
    """The reason for a refusal; None when a message may be expected."""
    async with transaction(engine) as session:
        admission = await policy.admit(
            session, chosen, secrets, phone, ip_hash=ip, local=local, now=now
        )
    assert admission.expected == (admission.reason is None)
    return admission.reason


async def counters(engine: AsyncEngine) -> dict[str, list[int]]:
    """What is counted, by scope."""
    async with transaction(engine) as session:
        rows = list(await session.scalars(select(SmsCounterRow)))
    return {
        scope: sorted(row.n for row in rows if row.scope == scope)
        for scope in ("number", "ip", "site")
    }


@pytest.mark.parametrize(
    ("values", "twilio", "local", "reason"),
    [
        ({}, True, False, None),
        ({}, True, True, None),
        ({}, False, True, None),
        ({}, False, False, "not_configured"),
        ({"env": "production"}, False, True, "not_configured"),
        ({"env": "production"}, True, False, None),
        ({"sms": "off"}, True, False, "sms_off"),
        ({"sms": "off"}, False, True, "sms_off"),
        ({"sms_prefixes": ("+1",)}, True, False, "prefix_not_allowed"),
        ({"sms_prefixes": ("+1", "+8210")}, True, False, None),
    ],
)
async def test_admit(
    engine: AsyncEngine,
    secrets_: Secrets,
    values: dict[str, Any],
    twilio: bool,
    local: bool,
    reason: str | None,
) -> None:
    chosen = twilio_settings("", **values) if twilio else settings(**values)
    assert await admit(engine, secrets_, chosen, local=local) == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sms_per_number_day", "number_cap"),
        ("sms_per_ip_day", "ip_cap"),
        ("sms_per_day", "site_cap"),
    ],
)
async def test_admit__caps(engine: AsyncEngine, secrets_: Secrets, name: str, reason: str) -> None:
    caps = {"sms_per_number_day": 0, "sms_per_ip_day": 0, "sms_per_day": 0, name: 2}
    chosen = twilio_settings("", **caps)
    asked = [await admit(engine, secrets_, chosen) for _ in range(4)]
    assert asked == [None, None, reason, reason]


async def test_admit__caps_are_of_one_number_and_one_address(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    chosen = twilio_settings("", sms_per_number_day=1, sms_per_ip_day=2)
    assert await admit(engine, secrets_, chosen, PHONE) is None
    assert await admit(engine, secrets_, chosen, PHONE) == "number_cap"
    assert await admit(engine, secrets_, chosen, OTHER) is None
    assert await admit(engine, secrets_, chosen, Phone("+821055555555")) == "ip_cap"
    assert await admit(engine, secrets_, chosen, Phone("+821055555555"), b"j" * 32) is None


async def test_admit__a_refusal_counts_nowhere(engine: AsyncEngine, secrets_: Secrets) -> None:
    chosen = twilio_settings("", sms_per_number_day=1)
    for _ in range(3):
        await admit(engine, secrets_, chosen)
    assert await counters(engine) == {"number": [1], "ip": [1], "site": [1]}


async def test_admit__full_again_at_midnight_in_korea(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    chosen = twilio_settings("", sms_per_number_day=1)
    evening = START.replace(hour=14, minute=59)  # 23:59 in Seoul.
    assert await admit(engine, secrets_, chosen, now=evening) is None
    assert await admit(engine, secrets_, chosen, now=evening) == "number_cap"
    midnight = evening + timedelta(minutes=1)
    assert await admit(engine, secrets_, chosen, now=midnight) is None


async def test_admit__many_at_once_never_pass_a_cap(engine: AsyncEngine, secrets_: Secrets) -> None:
    chosen = twilio_settings("", sms_per_number_day=3, sms_per_ip_day=0, sms_per_day=5)
    phones = [Phone(f"+82101111000{n % 4}") for n in range(40)]
    asked = await asyncio.gather(*(admit(engine, secrets_, chosen, p) for p in phones))
    assert asked.count(None) == 5
    assert await counters(engine) == {
        "number": sorted_parts(5, phones, asked),
        "ip": [],
        "site": [5],
    }


def sorted_parts(total: int, phones: list[Phone], asked: list[str | None]) -> list[int]:
    """How the admitted spread over the numbers."""
    admitted = [p.e164 for p, reason in zip(phones, asked, strict=True) if reason is None]
    parts = sorted(admitted.count(p) for p in set(admitted))
    assert sum(parts) == total
    assert max(parts) <= 3
    return parts


async def test_admit__rolled_back_with_its_transaction(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    chosen = twilio_settings("")
    async with AsyncSession(engine) as session:
        await policy.admit(session, chosen, secrets_, PHONE, ip_hash=IP, local=False, now=START)
        await session.rollback()
    assert await counters(engine) == {"number": [], "ip": [], "site": []}


async def test_switch__stops_every_instance(engine: AsyncEngine, secrets_: Secrets) -> None:
    async with transaction(engine) as session:
        await set_sms_switch(session, on=False)
    assert await admit(engine, secrets_, twilio_settings("")) == "sms_off"
    async with transaction(engine) as session:
        await set_sms_switch(session, on=True)
    assert await admit(engine, secrets_, twilio_settings("")) is None


async def admitted_job(engine: AsyncEngine, secrets: Secrets, **columns: Any) -> str:
    await admit(engine, secrets, twilio_settings(""), ip=secrets.hash("ip", "192.0.2.1"))
    return await add_job(engine, secrets, **columns)


async def release(engine: AsyncEngine, secrets: Secrets, job_id: str, now: datetime) -> None:
    row = await job_row(engine, job_id)
    async with transaction(engine) as session:
        await policy.release_unless_sent(session, secrets, row, now)


async def test_release__cancelled_gives_its_place_back(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await admitted_job(engine, secrets_, status="cancelled")
    await release(engine, secrets_, job_id, START)
    assert await counters(engine) == {"number": [0], "ip": [0], "site": [0]}


async def test_release__not_once_it_has_a_message(engine: AsyncEngine, secrets_: Secrets) -> None:
    await admit(engine, secrets_, twilio_settings(""))
    job_id = await end_job(engine, secrets_, status="failed")
    await release(engine, secrets_, job_id, START)
    assert (await counters(engine))["site"] == [1]


async def test_release__not_on_another_day(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await admitted_job(engine, secrets_, status="cancelled")
    await admit(engine, secrets_, twilio_settings(""), now=START + timedelta(days=1))
    await release(engine, secrets_, job_id, START + timedelta(days=1))
    assert (await counters(engine))["site"] == [1, 1]


async def test_counters__hold_no_number_and_go_after_two_days(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    await admit(engine, secrets_, twilio_settings(""))
    async with transaction(engine) as session:
        await purge_phones(session, START + timedelta(days=1))
    assert (await counters(engine))["site"] == [1]
    async with transaction(engine) as session:
        await purge_phones(session, START + timedelta(days=2))
    assert await counters(engine) == {"number": [], "ip": [], "site": []}


async def test_counters__of_two_days_can_not_be_tied_together(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    for days in (0, 1):
        await admit(engine, secrets_, twilio_settings(""), now=START + timedelta(days=days))
    async with transaction(engine) as session:
        rows = list(await session.scalars(select(SmsCounterRow)))
    keys = [row.key for row in rows if row.scope != "site"]
    assert len(set(keys)) == 4
