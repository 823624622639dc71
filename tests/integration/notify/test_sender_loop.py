"""The outbox against a stand-in of Twilio, with a clock that the tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.secrets import Secrets
from searchapp.jobs.operations import set_sms_switch, spending
from searchapp.notify.providers.twilio import TwilioSender
from searchapp.notify.reconciler import Reconciler, SenderContext
from searchapp.notify.sender_loop import SenderLoop
from searchapp.settings import Settings
from tests.support.outbox import (
    PHONE,
    Clock,
    end_job,
    item,
    job_row,
    messages_of,
    only_message,
    twilio_settings,
)
from tests.support.twilio_stub import Behaviour, TwilioStub


@dataclass
class Office:
    """Everything that sends, and the stand-in it sends to."""

    engine: AsyncEngine
    secrets: Secrets
    settings: Settings
    clock: Clock
    stub: TwilioStub
    loop: SenderLoop
    look_ups: Reconciler

    async def work(self) -> None:
        """One pass of everything."""
        await self.loop.send_due()
        await self.loop.drain()
        await self.look_ups.once()

    async def work_for(self, seconds: int) -> None:
        """Passes as the loops make them, less often to save time."""
        step = 5 if seconds > 10 else 1
        for _ in range(0, seconds, step):
            self.clock.pass_(seconds=step)
            await self.work()

    async def end_job(self, **columns: object) -> str:
        return await end_job(self.engine, self.secrets, now=self.clock.now, **columns)

    async def state(self, job_id: str) -> str:
        return (await only_message(self.engine, job_id)).state


@pytest.fixture
async def office(
    engine: AsyncEngine, secrets_: Secrets, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    monkeypatch.setattr("searchapp.notify.providers.twilio.TOTAL_SECONDS", 0.3)
    clock = Clock()
    async with TwilioStub(clock=clock) as stub:
        settings = twilio_settings(stub.url)
        sender = TwilioSender(settings, clock)
        context = SenderContext(engine, secrets_, settings, sender, clock)
        parts = SenderLoop(context), Reconciler(context)
        yield Office(engine, secrets_, settings, clock, stub, *parts)
        await sender.close()


async def test_send__accepted(office: Office) -> None:
    job_id = await office.end_job(results=[item("same"), item("none")])
    await office.work()
    row = await only_message(office.engine, job_id)
    assert (row.state, row.provider_id) == ("sent", office.stub.taken[0].sid)
    made = office.stub.taken[0]
    assert made.to == PHONE.e164
    assert made.body == f"[찰칵] 옷 1가지 결과 https://chalkak.example/results/{job_id}"
    assert made.fields["ValidityPeriod"] == "14400"
    assert made.fields["StatusCallback"].endswith(f"/api/twilio/status?m={row.message_id}")
    assert (await job_row(office.engine, job_id)).sms == "sent"


async def test_send__each_change_is_a_new_version(office: Office) -> None:
    job_id = await office.end_job()
    before = (await job_row(office.engine, job_id)).version
    await office.work()
    assert (await job_row(office.engine, job_id)).version == before + 2  # sending, sent


@pytest.mark.parametrize(("code", "permanent"), [(21610, True), (21614, True), (21606, False)])
async def test_send__refused(office: Office, code: int, permanent: bool) -> None:
    office.stub.behaviours = [Behaviour("refuse", code)]
    job_id = await office.end_job()
    await office.work_for(200)
    row = await only_message(office.engine, job_id)
    assert (row.state, row.error, row.permanent) == ("failed", str(code), permanent)
    assert len(office.stub.requests) == 1
    assert (await job_row(office.engine, job_id)).sms == "failed"


@pytest.mark.parametrize("behaviour", [Behaviour("throttle"), Behaviour("refuse", 21611)])
async def test_send__throttled_waits_and_goes_once(office: Office, behaviour: Behaviour) -> None:
    office.stub.behaviours = [behaviour]
    job_id = await office.end_job()
    await office.work()
    assert await office.state(job_id) == "pending"
    await office.work_for(2)
    assert len(office.stub.requests) == 1
    await office.work_for(60)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.taken) == 1


async def test_send__throttled_for_ages_goes_within_minutes(office: Office) -> None:
    office.stub.behaviours = [Behaviour("throttle", 10**15)]
    job_id = await office.end_job()
    await office.work()
    assert await office.state(job_id) == "pending"
    await office.work_for(300)
    assert await office.state(job_id) == "sent"


@pytest.mark.parametrize("name", ["error_after", "hang_after", "drop_after", "garble_after"])
async def test_unclear__found_in_the_list(office: Office, name: str) -> None:
    office.stub.behaviours = [Behaviour(name, 503)]
    job_id = await office.end_job()
    await office.work()
    assert await office.state(job_id) == "unknown"
    await office.work_for(25)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.requests) == 1


async def test_unclear__found_in_a_slow_list(office: Office) -> None:
    office.stub.behaviours = [Behaviour("drop_after")]
    office.stub.listing_delay = timedelta(seconds=60)
    job_id = await office.end_job()
    await office.work_for(200)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.taken) == 1


@pytest.mark.parametrize("name", ["error", "hang", "drop"])
async def test_unclear__absent_twice_goes_again(office: Office, name: str) -> None:
    office.stub.behaviours = [Behaviour(name, 500)]
    job_id = await office.end_job()
    await office.work_for(75)
    assert (await office.state(job_id), len(office.stub.requests)) == ("unknown", 1)
    await office.work_for(105)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.taken) == 1


async def test_unclear__never_listed_fails_after_three_more_tries(office: Office) -> None:
    office.stub.behaviours = [Behaviour("drop")] * 10
    job_id = await office.end_job()
    await office.work_for(400)
    row = await only_message(office.engine, job_id)
    assert (row.state, row.error, row.requeues) == ("failed", "lost", 3)
    assert len(office.stub.requests) == 4


async def test_unclear__list_unavailable_fails_within_three_minutes(office: Office) -> None:
    office.stub.behaviours = [Behaviour("error", 503)]
    office.stub.listing_error = 503
    job_id = await office.end_job()
    await office.work_for(180)
    row = await only_message(office.engine, job_id)
    assert (row.state, row.error) == ("failed", "unclear")
    assert len(office.stub.requests) == 1


async def test_unclear__list_back_in_time(office: Office) -> None:
    office.stub.behaviours = [Behaviour("error_after", 503)]
    office.stub.listing_error = 503
    job_id = await office.end_job()
    await office.work_for(100)
    assert await office.state(job_id) == "unknown"
    office.stub.listing_error = 0
    await office.work_for(20)
    assert await office.state(job_id) == "sent"


async def test_unclear__all_workers_away_for_an_hour(office: Office) -> None:
    office.stub.behaviours = [Behaviour("drop_after")]
    job_id = await office.end_job()
    await office.work()
    office.clock.pass_(hours=1)
    office.stub.listing_error = 503
    await office.work_for(5)
    assert await office.state(job_id) == "unknown"
    office.stub.listing_error = 0
    await office.work_for(15)
    assert await office.state(job_id) == "sent"


async def test_no_connection__waits_without_looking(office: Office) -> None:
    job_id = await office.end_job()
    port = office.stub.port
    await office.stub.__aexit__()
    await office.work()
    row = await only_message(office.engine, job_id)
    assert (row.state, row.error) == ("pending", "no_connection")
    office.stub.port = port
    await office.stub.__aenter__()
    await office.work_for(10)
    assert await office.state(job_id) == "sent"


async def test_pending__too_old_fails_in_sight(office: Office) -> None:
    office.stub.behaviours = [Behaviour("throttle")] * 1000
    job_id = await office.end_job()
    for _ in range(60):
        office.clock.pass_(minutes=5)
        await office.work()
    assert await office.state(job_id) == "failed"


async def test_claim__frozen_sender_does_not_call(office: Office) -> None:
    job_id = await office.end_job()
    (claimed,) = await office.loop._claim(1)
    office.clock.pass_(seconds=25)
    await office.loop._deliver(claimed)
    assert office.stub.requests == []
    assert await office.state(job_id) == "pending"


async def test_claim__sender_frozen_past_its_lease_changes_nothing(office: Office) -> None:
    job_id = await office.end_job()
    (claimed,) = await office.loop._claim(1)
    await office.work_for(100)
    assert await office.state(job_id) == "sent"
    await office.loop._deliver(claimed)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.taken) == 1


async def test_claim__late_acceptance_counts(office: Office) -> None:
    job_id = await office.end_job()
    (claimed,) = await office.loop._claim(1)
    answer = await office.loop._answer(claimed)
    office.stub.taken.clear()
    await office.work_for(40)
    assert await office.state(job_id) == "unknown"
    await office.loop._settle(claimed, answer)
    assert await office.state(job_id) == "sent"
    await office.work_for(100)
    assert len(office.stub.requests) == 1


async def test_lease__ended_is_looked_up(office: Office) -> None:
    job_id = await office.end_job()
    (claimed,) = await office.loop._claim(1)
    await office.loop._answer(claimed)  # The call was made, and its sender died.
    await office.work_for(25)
    assert await office.state(job_id) == "sending"
    await office.work_for(15)
    assert await office.state(job_id) == "sent"
    assert len(office.stub.taken) == 1


async def test_erased__while_it_is_sent(office: Office) -> None:
    job_id = await office.end_job()
    (claimed,) = await office.loop._claim(1)
    async with transaction(office.engine) as session:
        await session.delete(await session.merge(await job_row(office.engine, job_id)))
    await office.loop._deliver(claimed)
    assert await messages_of(office.engine, job_id) == []


async def test_switch__nothing_goes_until_it_is_on_again(office: Office) -> None:
    async with transaction(office.engine) as session:
        await set_sms_switch(session, on=False)
    job_id = await office.end_job()
    await office.work_for(10)
    assert office.stub.requests == []
    async with transaction(office.engine) as session:
        await set_sms_switch(session, on=True)
    await office.work()
    assert await office.state(job_id) == "sent"


async def test_spending__counts_what_was_accepted(office: Office) -> None:
    office.stub.behaviours = [Behaviour("refuse", 21614), Behaviour("drop_after"), Behaviour()]
    for _ in range(3):
        await office.end_job()
        await office.work()
    await office.work_for(30)
    async with transaction(office.engine) as session:
        today, yesterday = await spending(session, 2, office.clock.now)
    assert (today.accepted, today.segments, today.failed) == (2, 2, 1)
    assert (yesterday.accepted, yesterday.failed) == (0, 0)


async def test_no_number__fails(office: Office) -> None:
    job_id = await office.end_job()
    async with transaction(office.engine) as session:
        row = (await messages_of(office.engine, job_id))[0]
        (await session.merge(row)).phone_cipher = None
    await office.work()
    row = await only_message(office.engine, job_id)
    assert (row.state, row.error) == ("failed", "no_number")
