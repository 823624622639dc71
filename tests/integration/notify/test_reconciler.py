"""Messages of a provider without signed reports: their state is looked up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.notify.callbacks import wake_by_solapi_report
from searchapp.notify.providers.solapi import SolapiSender
from searchapp.notify.reconciler import CHECKS, Reconciler, SenderContext
from searchapp.notify.sender_loop import SenderLoop
from tests.support.outbox import Clock, end_job, job_row, only_message, solapi_settings
from tests.support.solapi_stub import SolapiStub, report
from tests.support.twilio_stub import Behaviour


@dataclass
class Rig:
    """The loops of one process, and the stub of Solapi."""

    context: SenderContext
    clock: Clock
    stub: SolapiStub
    loop: SenderLoop
    reconciler: Reconciler

    async def send(self) -> str:
        """A search whose message was handed to Solapi."""
        job_id = await end_job(self.context.engine, self.context.secrets, now=self.clock.now)
        await self.loop.send_due()
        await self.loop.drain()
        return job_id

    async def after(self, **time: float) -> None:
        self.clock.pass_(**time)
        await self.reconciler.once()

    async def wake(self, body: Any) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        await wake_by_solapi_report(self.context.engine, raw, self.clock())

    async def row(self, job_id: str) -> MessageRow:
        return await only_message(self.context.engine, job_id)


@pytest.fixture
async def rig(engine: AsyncEngine, secrets_: Secrets) -> AsyncIterator[Rig]:
    clock = Clock()
    async with SolapiStub(clock=clock) as stub:
        settings = solapi_settings(stub.url)
        sender = SolapiSender(settings, clock)
        context = SenderContext(engine, secrets_, settings, sender, clock)
        yield Rig(context, clock, stub, SenderLoop(context), Reconciler(context))
        await sender.close()


async def test_sent__is_checked_until_it_is_delivered(rig: Rig) -> None:
    job_id = await rig.send()
    row = await rig.row(job_id)
    assert (row.state, row.provider_id) == ("sent", rig.stub.taken[0].message_id)
    assert row.check_at == row.called_at + CHECKS[0]
    await rig.after(seconds=29)
    assert rig.stub.listings == 0
    await rig.after(seconds=2)
    assert (rig.stub.listings, (await rig.row(job_id)).state) == (1, "sent")
    rig.stub.taken[0].code = "4000"
    await rig.after(minutes=3)
    row = await rig.row(job_id)
    assert (row.state, rig.stub.listings) == ("delivered", 2)
    assert (await job_row(rig.context.engine, job_id)).sms == "delivered"
    await rig.after(minutes=60)
    assert rig.stub.listings == 2


async def test_pass__with_nothing_due_is_one_transaction(rig: Rig) -> None:
    await rig.send()
    begun: list[Any] = []
    event.listen(rig.context.engine.sync_engine, "begin", begun.append)
    await rig.after(seconds=29)
    assert len(begun) == 1


async def test_sent__is_checked_three_times(rig: Rig) -> None:
    job_id = await rig.send()
    for _ in range(60):
        await rig.after(minutes=1)
    assert rig.stub.listings == len(CHECKS)
    assert (await rig.row(job_id)).check_at is None


async def test_sent__undelivered_is_shown_as_failed(rig: Rig) -> None:
    job_id = await rig.send()
    rig.stub.taken[0].kind, rig.stub.taken[0].code = "SMS", "3032"
    await rig.after(seconds=31)
    row = await rig.row(job_id)
    assert (row.state, row.error, row.permanent) == ("undelivered", "3032", True)


async def test_check__a_failed_look_up_asks_again_later(rig: Rig) -> None:
    job_id = await rig.send()
    rig.stub.listing_error = 500
    await rig.after(seconds=31)
    assert (await rig.row(job_id)).state == "sent"
    rig.stub.listing_error, rig.stub.taken[0].code = 0, "4000"
    await rig.after(minutes=3)
    assert (await rig.row(job_id)).state == "delivered"


async def test_report__is_not_believed_but_causes_a_look_up(rig: Rig) -> None:
    job_id = await rig.send()
    forged = report(rig.stub.taken[0])
    forged[0]["data"]["statusCode"] = "4000"
    await rig.wake(forged)
    await rig.after(seconds=3)
    assert (rig.stub.listings, (await rig.row(job_id)).state) == (1, "sent")
    rig.stub.taken[0].code = "4000"
    await rig.wake(report(rig.stub.taken[0]))
    await rig.after(seconds=3)
    assert (rig.stub.listings, (await rig.row(job_id)).state) == (2, "delivered")


async def test_report__repeated_causes_one_look_up(rig: Rig) -> None:
    await rig.send()
    for _ in range(20):
        await rig.wake(report(rig.stub.taken[0]))
    await rig.after(seconds=3)
    assert rig.stub.listings == 1


async def test_report__settles_an_unknown_message_sooner(rig: Rig) -> None:
    rig.stub.behaviours = [Behaviour("drop_after")]
    job_id = await rig.send()
    assert (await rig.row(job_id)).state == "unknown"
    await rig.wake(report(rig.stub.taken[0]))
    await rig.after(seconds=3)
    row = await rig.row(job_id)
    assert (row.state, row.provider_id) == ("sent", rig.stub.taken[0].message_id)
    assert len(rig.stub.taken) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b"null", b"[1]", [{"data": []}], [{"data": {"messageId": 7}}]],
)
async def test_report__malformed_changes_nothing(rig: Rig, body: Any) -> None:
    job_id = await rig.send()
    before = (await rig.row(job_id)).check_at
    await rig.wake(body)
    assert (await rig.row(job_id)).check_at == before


async def test_report__of_an_unknown_message_changes_nothing(rig: Rig) -> None:
    await rig.wake([{"data": {"messageId": "M4V1", "groupId": "G4V1"}}])
    await rig.after(seconds=3)
    assert rig.stub.listings == 0


async def test_kakao__replaced_by_sms_is_delivered_once(rig: Rig) -> None:
    rig.stub.without_kakao = {"01012345678"}
    job_id = await rig.send()
    failed, replacement = rig.stub.taken
    assert (failed.kind, replacement.kind) == ("ATA", "SMS")
    replacement.code = "4000"
    await rig.after(seconds=31)
    row = await rig.row(job_id)
    assert (row.state, row.provider_id) == ("delivered", replacement.message_id)
    assert len(rig.stub.requests) == 1
