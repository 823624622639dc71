"""The operator's hand on the queue, refused numbers, and keys that are lost."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import pytest

from searchapp.cli import data
from searchapp.db.repositories import phones
from searchapp.db.secrets import Secrets
from searchapp.db.transact import transact
from searchapp.domain.ids import short
from searchapp.domain.message import MessageState
from searchapp.domain.phone import parse_phone
from searchapp.domain.search import Stage, Status, WantedItem
from searchapp.errors import NotFound, OperatorError
from searchapp.jobs import actions, operations
from searchapp.jobs.services import Services
from searchapp.jobs.sms_contact import UNREADABLE, notify
from searchapp.jobs.submit import start
from tests.support.jobs import (
    choice_of,
    count,
    ended,
    for_number,
    job_of,
    new_search,
    sql,
    suggested,
    until,
    worker_context,
    working,
)

PHONE = parse_phone("010-1234-5678")


def _asked(**fields: object) -> dict[str, object]:
    return {"phone": PHONE, "consented": True, "local": True, **fields}


@pytest.fixture
def other_key(services: Services) -> Services:
    """The same database after a restore with another secret key."""
    return replace(services, secrets=Secrets([base64.urlsafe_b64encode(b"n" * 32).decode()]))


async def test_pause__workers_take_nothing_until_resume(services: Services) -> None:
    await operations.set_paused(services, "test", paused=True)
    async with working(worker_context(services)):
        await asyncio.sleep(2)
        job = await start(services, new_search())
        await asyncio.sleep(3)
        assert (await job_of(services, job.id)).status is Status.PENDING
        assert (await operations.status(services))["paused"]
        await operations.set_paused(services, "test", paused=False)
        assert (await ended(services, job.id)).status is Status.COMPLETED
    done = [row.action for row in await sql(services, "SELECT action FROM operator_actions")]
    assert done == ["pause", "resume"]


async def test_retry_and_discard__all_of_one_error(services: Services) -> None:
    broken = worker_context(services, broken=frozenset({"top", "bottom", "shoes"}))
    jobs = [await start(services, new_search()) for _ in range(3)]
    for job in jobs[:2]:
        await broken.run(job.id)
    assert await operations.retry_failed(services, "search_failed", "test") == 2
    await worker_context(services).run(jobs[0].id)
    assert (await job_of(services, jobs[0].id)).status is Status.COMPLETED
    await broken.run(jobs[1].id)
    assert await operations.discard_failed(services, "search_failed", "test") == 1
    assert await count(services, "search_jobs") == 2
    last = (await operations.status(services))["actions"][0]
    assert (last["action"], last["outcome"]) == ("discard", "1 search")


async def test_failed__is_listed_by_pages_and_by_error(services: Services) -> None:
    jobs = [(await start(services, new_search())).id for _ in range(35)]
    await sql(
        services,
        "UPDATE search_jobs SET status = 'failed', error_code = 'search_failed',"
        " finished_at = now() - (random() * interval '1 hour')",
    )
    await sql(
        services,
        "UPDATE search_jobs SET error_code = 'deadline_passed' WHERE job_id = :one",
        one=jobs[0],
    )
    pages = [await operations.failed_searches(services, 30, skip=skip) for skip in (0, 30)]
    seen = [job for page in pages for job in page]
    assert [len(page) for page in pages] == [30, 5]
    assert {job.job_id for job in seen} == set(jobs)
    assert [job.at for job in seen] == sorted((job.at for job in seen), reverse=True)
    late = await operations.failed_searches(services, 30, error_code="deadline_passed")
    assert [job.job_id for job in late] == jobs[:1]
    await operations.retry_one(services, jobs[0], "test")
    assert (await job_of(services, jobs[0])).status is Status.PENDING
    last = (await operations.status(services))["actions"][0]
    assert (last["actor"], last["action"], last["target"]) == ("test", "retry", short(jobs[0]))


async def test_show__state_entries_and_events(services: Services) -> None:
    job = await start(services, new_search())
    report = await operations.report_on(services, job.id)
    assert report.job["status"] == "pending"
    assert [entry["status"] for entry in report.entries] == ["todo"]
    assert report.attempts[0].event == "deferred"
    with pytest.raises(NotFound):
        await operations.report_on(services, "unknown")


async def test_status__lists_workers_with_their_clocks(services: Services) -> None:
    async with working(worker_context(services)):
        async with asyncio.timeout(20):
            while not (found := await operations.status(services))["workers"]:
                await asyncio.sleep(0.1)
    [worker] = found["workers"]
    assert abs(worker["clock_skew"]) < 5
    assert await count(services, "workers") == 0


async def test_refused_number__is_remembered_for_90_days(services: Services) -> None:
    hashes = services.secrets.hashes("phone", PHONE.e164)
    await transact(services.engine, lambda s: phones.remember_refusal(s, hashes[0], "21610"))
    job = await start(services, new_search(**_asked()))
    assert (job.sms_expected, job.sms_reason) == (False, "number_refused")
    await sql(services, "UPDATE refused_numbers SET at = now() - interval '91 days'")
    later = await start(services, new_search(**_asked()))
    assert later.sms_expected


async def test_lost_key__cancel_works(services: Services, other_key: Services) -> None:
    job = await start(services, new_search(**_asked()))
    assert (await actions.cancel(other_key, job.id)).status is Status.CANCELLED


async def test_lost_key__choice_promises_no_message(
    services: Services, other_key: Services
) -> None:
    job_id = await suggested(services, **_asked())
    assert (await job_of(services, job_id)).sms_expected
    [first, *_] = (await job_of(services, job_id)).items
    chosen = await actions.choose(other_key, job_id, choice_of([WantedItem(id=first.id)]))
    assert (chosen.sms_expected, chosen.sms_reason) == (False, UNREADABLE)
    assert chosen.stage is Stage.MATCHING


async def test_lost_key__resend_says_so(services: Services, other_key: Services) -> None:
    job = await start(services, new_search(**_asked()))
    await worker_context(services).run(job.id)
    reported = await notify(other_key, job.id, for_number())
    assert (reported.sms_expected, reported.sms_reason) == (False, UNREADABLE)


async def test_lost_key__erasing_a_number_does_not_look_complete(
    services: Services, other_key: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(services, new_search(**_asked()))
    erased, unknown = await data._erase_phone(other_key, PHONE)
    assert (erased, sum(unknown.values())) == (0, 1)
    monkeypatch.setattr(data, "with_services", lambda _work: (erased, unknown))
    with pytest.raises(OperatorError, match="lacks"):
        data.erase(None, PHONE.e164)


async def test_message_that_is_refused__is_remembered(services: Services) -> None:
    job = await start(services, new_search(**_asked()))
    await worker_context(services).run(job.id)
    from searchapp.db.repositories import messages
    from searchapp.domain.message import MessageEvent
    from searchapp.notify.outbox import record

    async def refuse(session):  # type: ignore[no-untyped-def]
        [row] = await messages.of_job(session, job.id)
        row.state = MessageState.SENDING.value
        values = {"error": "21610", "permanent": True}
        await record(session, services.settings, row, MessageEvent.FAIL, services.clock(), **values)

    await transact(services.engine, refuse)
    assert await count(services, "refused_numbers") == 1
    again = await start(services, new_search(**_asked()))
    assert (again.sms_expected, again.sms_reason) == (False, "number_refused")
    await until(services, job.id, lambda j: j.sms is not None)
