"""Signed reports: what they settle, and what they cannot change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.jobs.operations import spending
from searchapp.notify.callbacks import TwilioReport, apply_twilio_report
from searchapp.notify.providers.twilio import TwilioSender
from searchapp.notify.reconciler import Reconciler, SenderContext
from searchapp.notify.sender_loop import SenderLoop
from searchapp.settings import Settings
from tests.support.outbox import Clock, end_job, job_row, only_message, twilio_settings
from tests.support.twilio_stub import Behaviour, Taken, TwilioStub, report_form


@dataclass
class Desk:
    """A sender, its stand-in, and the taker of reports."""

    engine: AsyncEngine
    secrets: Secrets
    settings: Settings
    clock: Clock
    stub: TwilioStub
    loop: SenderLoop
    look_ups: Reconciler

    async def sent(self) -> tuple[str, Taken]:
        """A search whose message was accepted."""
        job_id = await end_job(self.engine, self.secrets)
        await self.send()
        return job_id, self.stub.taken[-1]

    async def send(self) -> None:
        await self.loop.send_due()
        await self.loop.drain()

    async def take(self, url: str, form: dict[str, str], signature: str) -> None:
        """Hands a report to the product as the route does."""
        report = TwilioReport(form, signature, urlsplit(url).query)
        self.taken = await apply_twilio_report(
            self.engine, self.settings, self.secrets, report, self.clock()
        )

    async def row(self, job_id: str) -> MessageRow:
        return await only_message(self.engine, job_id)


@pytest.fixture
async def desk(engine: AsyncEngine, secrets_: Secrets) -> AsyncIterator[Desk]:
    clock = Clock()
    async with TwilioStub(clock=clock) as stub:
        settings = twilio_settings(stub.url)
        sender = TwilioSender(settings, clock)
        context = SenderContext(engine, secrets_, settings, sender, clock)
        parts = SenderLoop(context), Reconciler(context)
        made = Desk(engine, secrets_, settings, clock, stub, *parts)
        stub.report = made.take
        yield made
        await sender.close()


@pytest.mark.parametrize(
    ("status", "state", "shown"),
    [
        ("sent", "sent", "sent"),
        ("delivered", "delivered", "delivered"),
        ("undelivered", "undelivered", "failed"),
        ("failed", "failed", "failed"),
    ],
)
async def test_report__settles(desk: Desk, status: str, state: str, shown: str) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, status)
    assert desk.taken
    assert (await desk.row(job_id)).state == state
    assert (await job_row(desk.engine, job_id)).sms == shown


async def test_report__error_code_is_kept(desk: Desk) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, "undelivered", ErrorCode="30005")
    row = await desk.row(job_id)
    assert (row.error, row.permanent) == ("30005", True)


async def test_report__error_code_that_no_column_takes_is_left_out(desk: Desk) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, "undelivered", ErrorCode="30005\0")
    row = await desk.row(job_id)
    assert (row.state, row.error) == ("undelivered", None)


async def test_report__delivered_never_goes_back(desk: Desk) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, "delivered")
    version = (await job_row(desk.engine, job_id)).version
    for status in ("queued", "sent", "delivered", "undelivered", "failed"):
        await desk.stub.send_report(made, status)
    assert (await desk.row(job_id)).state == "delivered"
    assert (await job_row(desk.engine, job_id)).version == version


async def test_report__repeated_ones_count_once(desk: Desk) -> None:
    _, made = await desk.sent()
    for status in ("sent", "delivered", "delivered", "undelivered"):
        await desk.stub.send_report(made, status)
    async with transaction(desk.engine) as session:
        (today,) = await spending(session, 1, desk.clock.now)
    assert (today.accepted, today.failed) == (1, 0)


@pytest.mark.parametrize("status", ["delivered", "failed"])
async def test_report__forged_changes_nothing(desk: Desk, status: str) -> None:
    job_id, made = await desk.sent()
    version = (await job_row(desk.engine, job_id)).version
    await desk.stub.send_report(made, status, token="another-token")
    assert not desk.taken
    assert (await desk.row(job_id)).state == "sent"
    assert (await job_row(desk.engine, job_id)).version == version


async def test_report__signature_of_another_body_changes_nothing(desk: Desk) -> None:
    job_id, made = await desk.sent()
    kept: list[str] = []

    async def keep(_url: str, _form: dict[str, str], signature: str) -> None:
        kept.append(signature)

    desk.stub.report = keep
    await desk.stub.send_report(made, "sent")
    assert made.callback is not None
    await desk.take(made.callback, report_form(made, "failed"), kept[0])
    assert not desk.taken
    assert (await desk.row(job_id)).state == "sent"


async def test_report__before_the_answer_settles(desk: Desk) -> None:
    desk.stub.behaviours, desk.stub.statuses = [Behaviour("report_first")], ("queued", "delivered")
    job_id, made = await desk.sent()
    row = await desk.row(job_id)
    assert (row.state, row.provider_id) == ("delivered", made.sid)
    await desk.look_ups.once()
    assert len(desk.stub.taken) == 1


async def test_report__settles_an_unclear_one_without_a_look_up(desk: Desk) -> None:
    desk.stub.behaviours = [Behaviour("drop_after")]
    job_id, made = await desk.sent()
    assert (await desk.row(job_id)).state == "unknown"
    await desk.stub.send_report(made, "sent")
    assert (await desk.row(job_id)).state == "sent"
    desk.clock.pass_(minutes=5)
    await desk.look_ups.once()
    assert desk.stub.listings == 0


async def test_report__late_one_keeps_it_from_going_again(desk: Desk) -> None:
    desk.stub.behaviours = [Behaviour("drop_after")]
    job_id, _ = await desk.sent()
    kept, desk.stub.taken = desk.stub.taken, []
    for _ in range(2):  # Its list never shows it.
        desk.clock.pass_(seconds=80)
        await desk.look_ups.once()
    assert (await desk.row(job_id)).state == "pending"
    await desk.stub.send_report(kept[0], "sent")
    await desk.send()
    assert (await desk.row(job_id)).state == "sent"
    assert desk.stub.taken == []


async def test_report__about_an_earlier_sending_changes_nothing(desk: Desk) -> None:
    job_id, made = await desk.sent()
    earlier = Taken("SM" + "f" * 32, made.to, made.body, made.created, made.callback, {})
    await desk.stub.send_report(earlier, "failed")
    assert desk.taken
    assert (await desk.row(job_id)).state == "sent"


async def test_report__to_another_number_changes_nothing(desk: Desk) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, "failed", To="+821099999999")
    assert (await desk.row(job_id)).state == "sent"


async def test_report__before_any_claim_changes_nothing(desk: Desk) -> None:
    _, made = await desk.sent()
    waiting = await end_job(desk.engine, desk.secrets)
    name = (await desk.row(waiting)).message_id
    url = f"{desk.settings.base_url}/api/twilio/status?m={name}"
    early = Taken("SM" + "f" * 32, made.to, made.body, made.created, url, {})
    await desk.stub.send_report(early, "delivered")
    assert (await desk.row(waiting)).state == "pending"


async def test_report__without_our_name_is_found_by_theirs(desk: Desk) -> None:
    job_id, made = await desk.sent()
    made.callback = f"{desk.settings.base_url}/api/twilio/status"
    await desk.stub.send_report(made, "delivered")
    assert (await desk.row(job_id)).state == "delivered"


@pytest.mark.parametrize("status", ["", "unheard-of", "receiving"])
async def test_report__unknown_status_is_read_and_left(desk: Desk, status: str) -> None:
    job_id, made = await desk.sent()
    await desk.stub.send_report(made, status)
    assert desk.taken
    assert (await desk.row(job_id)).state == "sent"


async def test_report__id_that_no_column_takes_is_read_and_left(desk: Desk) -> None:
    job_id, taken = await desk.sent()
    taken.sid, taken.callback = "SM\0", str(taken.callback).partition("?")[0]
    await desk.stub.send_report(taken, "delivered")
    assert desk.taken
    assert (await desk.row(job_id)).state == "sent"


async def test_report__of_an_erased_search(desk: Desk) -> None:
    job_id, made = await desk.sent()
    async with transaction(desk.engine) as session:
        await session.delete(await session.merge(await job_row(desk.engine, job_id)))
    await desk.stub.send_report(made, "delivered")
    assert desk.taken
