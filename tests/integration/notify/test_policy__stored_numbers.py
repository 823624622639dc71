"""Stored numbers: when they go, how they move to another key, and that none lies about."""

from __future__ import annotations

import base64
import logging
import re
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from searchapp.db.engine import psycopg_dsn, transaction
from searchapp.db.repositories import messages, searches
from searchapp.db.secrets import Secrets
from searchapp.domain.phone import Phone
from searchapp.jobs.services import utc_now
from searchapp.jobs.worker import PURGE_SECONDS
from searchapp.notify import outbox, policy
from searchapp.notify.callbacks import TwilioReport, apply_twilio_report
from searchapp.notify.policy import KEPT_FOR, hashes_of, purge_phones, rotate
from searchapp.notify.providers.inbox import InboxSender, inbox
from searchapp.notify.providers.twilio import TwilioSender
from searchapp.notify.reconciler import Reconciler, SenderContext
from searchapp.notify.sender_loop import SenderLoop
from searchapp.notify.texts import draft
from tests.support.outbox import (
    PHONE,
    START,
    Clock,
    add_job,
    end_job,
    job_row,
    messages_of,
    only_message,
    settings,
    twilio_settings,
)
from tests.support.twilio_stub import Behaviour, TwilioStub

OTHER = Phone("+821087654321")
SOON = timedelta(seconds=1)


async def has_number(engine: AsyncEngine, job_id: str) -> tuple[bool, bool]:
    """Whether the search, and whether any of its messages, still has its number."""
    rows = await messages_of(engine, job_id)
    own = (await job_row(engine, job_id)).phone_cipher
    return own is not None, any(row.phone_cipher is not None for row in rows)


async def purge(engine: AsyncEngine, after: timedelta) -> int:
    async with transaction(engine) as session:
        return await purge_phones(session, START + after)


async def set_state(engine: AsyncEngine, job_id: str, state: str, after: timedelta) -> None:
    async with transaction(engine) as session:
        row = await messages.lock(session, (await messages_of(engine, job_id))[-1].message_id)
        assert row is not None
        row.state, row.changed_at = state, START + after


def test_purge__keeps_the_promise_of_24_hours() -> None:
    missed = 2 * timedelta(seconds=PURGE_SECONDS)
    assert timedelta(hours=12) < KEPT_FOR <= timedelta(hours=24) - missed


@pytest.mark.parametrize("state", ["sent", "delivered", "undelivered", "failed"])
async def test_purge__some_time_after_the_last_state(
    engine: AsyncEngine, secrets_: Secrets, state: str
) -> None:
    job_id = await end_job(engine, secrets_)
    await set_state(engine, job_id, state, timedelta(hours=1))
    assert await purge(engine, KEPT_FOR + timedelta(hours=1)) == 0
    assert await has_number(engine, job_id) == (True, True)
    assert await purge(engine, KEPT_FOR + timedelta(hours=1) + SOON) == 1
    assert await has_number(engine, job_id) == (False, False)


@pytest.mark.parametrize("state", ["pending", "sending", "unknown"])
async def test_purge__not_while_it_is_needed(
    engine: AsyncEngine, secrets_: Secrets, state: str
) -> None:
    job_id = await end_job(engine, secrets_)
    await set_state(engine, job_id, state, timedelta(0))
    await purge(engine, 3 * KEPT_FOR)
    assert await has_number(engine, job_id) == (True, True)


@pytest.mark.parametrize(("status", "goes"), [("cancelled", True), ("pending", False)])
async def test_purge__of_a_search_without_a_message(
    engine: AsyncEngine, secrets_: Secrets, status: str, goes: bool
) -> None:
    job_id = await add_job(engine, secrets_, status=status)
    await purge(engine, KEPT_FOR + SOON)
    assert await has_number(engine, job_id) == (not goes, False)


async def test_purge__keeps_the_hash_for_erasing_by_number(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await add_job(engine, secrets_, status="cancelled")
    await purge(engine, KEPT_FOR + SOON)
    async with transaction(engine) as session:
        assert await searches.with_phone(session, hashes_of(secrets_, PHONE)) == [job_id]


def key(number: int) -> str:
    return base64.urlsafe_b64encode(bytes([number] * 32)).decode()


async def test_rotate__everything_under_the_newest_key(engine: AsyncEngine) -> None:
    old, both, new = Secrets([key(1)]), Secrets([key(2), key(1)]), Secrets([key(2)])
    jobs = [await end_job(engine, old, phone=phone) for phone in (PHONE, OTHER)]
    assert await rotate(engine, both) == 4
    assert await rotate(engine, both) == 0
    for job_id, phone in zip(jobs, (PHONE, OTHER), strict=True):
        row, message = await job_row(engine, job_id), await only_message(engine, job_id)
        for holder in (row, message):
            assert new.decrypt(holder.phone_cipher or b"") == phone.e164
            assert holder.phone_hash in hashes_of(new, phone)


async def test_rotate__one_under_a_lost_key_holds_up_no_other(engine: AsyncEngine) -> None:
    lost, old = Secrets([key(3)]), Secrets([key(1)])
    await end_job(engine, lost)
    job_id = await end_job(engine, old, phone=OTHER)
    with capture_logs() as lines:
        assert await rotate(engine, Secrets([key(2), key(1)])) == 2
    assert Secrets([key(2)]).decrypt((await job_row(engine, job_id)).phone_cipher or b"")
    assert [line["rows"] for line in lines] == [2]


async def test_rotate__looked_up_and_sent_before_it_ran(engine: AsyncEngine) -> None:
    old, both = Secrets([key(1)]), Secrets([key(2), key(1)])
    job_id = await end_job(engine, old)
    async with transaction(engine) as session:
        assert await searches.with_phone(session, hashes_of(both, PHONE)) == [job_id]
    async with TwilioStub() as stub:
        own = twilio_settings(stub.url)
        sender = TwilioSender(own, utc_now)
        box = SenderLoop(SenderContext(engine, both, own, sender, Clock()))
        await box.send_due()
        await box.drain()
        await sender.close()
    assert [made.to for made in stub.taken] == [PHONE.e164]


async def test_send__key_lost_fails_in_sight(engine: AsyncEngine) -> None:
    job_id = await end_job(engine, Secrets([key(1)]))
    sender = InboxSender(engine, Clock())
    box = SenderLoop(SenderContext(engine, Secrets([key(2)]), settings(), sender, Clock()))
    await box.send_due()
    await box.drain()
    row = await only_message(engine, job_id)
    assert (row.state, row.error, row.permanent) == ("failed", "no_key", False)


async def test_inbox__shows_the_message_and_goes_with_its_search(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_)
    own = settings(public_url="http://localhost:3000")
    box = SenderLoop(SenderContext(engine, secrets_, own, InboxSender(engine, Clock()), Clock()))
    await box.send_due()
    await box.drain()
    async with transaction(engine) as session:
        (shown,) = await inbox(session)
    assert (shown.to, shown.link) == ("010-****-5678", f"http://localhost:3000/results/{job_id}")
    assert shown.body.endswith(shown.link)
    assert (await only_message(engine, job_id)).state == "sent"
    async with transaction(engine) as session:
        await searches.remove(session, [job_id])
        assert await inbox(session) == []


def dump(dsn: str) -> str:
    """Every row of every table of the database, as Postgres writes them into a dump."""
    parts = []
    with psycopg.connect(psycopg_dsn(dsn)) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
            with connection.cursor().copy(statement) as copy:
                rows = b"".join(bytes(chunk) for chunk in copy).decode()
            parts.append(f"{schema}.{table}\n{rows}")
    return "\n".join(parts)


def sightings(text: str, phone: Phone) -> list[str]:
    """Where ``phone`` stands in ``text`` as people, programs or byte columns would write it."""
    digits = phone.e164.removeprefix("+82")
    forms = [phone.e164[1:], f"0{digits}", digits, phone.national, phone.e164]
    encoded = [f.encode().hex() for f in forms] + [
        base64.b64encode(f.encode()).decode().rstrip("=")[:-1] for f in forms
    ]
    plain = re.sub(r"(?<=\d)[ .-](?=\d)", "", text)
    return [form for form in (*forms, *encoded) if form in text or form in plain]


def test_sightings__finds_each_way_of_writing() -> None:
    ways = ["+821012345678", "010-1234-5678", "01012345678", "010 1234 5678"]
    ways += [way.encode().hex() for way in ways[:1]]
    assert all(sightings(f"to: {way};", PHONE) for way in ways)
    assert sightings("010-****-5678", PHONE) == []


async def every_path(engine: AsyncEngine, secrets: Secrets, stub: TwilioStub) -> None:
    """Numbers on every way through: admitted, sent, refused, unclear, resent, changed, local."""
    clock, own = Clock(), twilio_settings(stub.url)
    sender = TwilioSender(own, utc_now)
    context = SenderContext(engine, secrets, own, sender, clock)
    box, look_ups = SenderLoop(context), Reconciler(context)

    async def report(_url: str, form: dict[str, str], signature: str) -> None:
        for given in (signature, "forged"):
            sent = TwilioReport(form, given, f"m={form['m']}")
            await apply_twilio_report(engine, own, secrets, sent, clock())

    stub.report = report
    stub.behaviours = [
        Behaviour("accept"),
        Behaviour("refuse", 21614),
        Behaviour("drop_after"),
        Behaviour("throttle"),
        Behaviour("error", 503),
    ]
    async with transaction(engine) as session:
        await policy.admit(session, own, secrets, PHONE, ip_hash=b"i" * 32, local=False, now=START)
    jobs = [await end_job(engine, secrets) for _ in range(5)]
    async with transaction(engine) as session:
        row = await searches.lock_job(session, jobs[0])
        assert row is not None
        await outbox.write_resend(session, secrets, row, OTHER, "key", START)
    running = await add_job(engine, secrets, status="processing")
    async with transaction(engine) as session:
        row = await searches.lock_job(session, running)
        assert row is not None
        await outbox.change_number(session, secrets, row, OTHER, START)
    for _ in range(8):
        await box.send_due()
        await box.drain()
        clock.pass_(seconds=12)
        await look_ups.once()
    local = draft(settings(), secrets, (await messages_of(engine, jobs[0]))[0])
    await InboxSender(engine, clock).send(local)
    await sender.close()


async def test_privacy__no_number_in_a_dump_or_a_log(
    engine: AsyncEngine,
    database: str,
    secrets_: Secrets,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Before the filter that takes numbers out of log lines: nothing may rely on it.
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        async with TwilioStub() as stub:
            await every_path(engine, secrets_, stub)
    assert {m.to for m in stub.taken} == {PHONE.e164, OTHER.e164}
    dumped, logged = dump(database), f"{events}\n{caplog.text}"
    assert "010-****-5678" in dumped
    assert "'state': 'sent'" in logged
    for text in (dumped, logged):
        assert sightings(text, PHONE) == []
        assert sightings(text, OTHER) == []
