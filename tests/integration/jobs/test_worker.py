"""A whole worker on a real queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from searchapp.domain.phone import parse_phone
from searchapp.domain.search import SmsState, Stage, Status
from searchapp.jobs.actions import retry
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.jobs.worker import run_worker
from searchapp.notify.ports import Answer, Outgoing
from searchapp.notify.sender_loop import run_sender
from tests.support.jobs import (
    count,
    ended,
    job_of,
    new_search,
    queue_is_empty,
    sql,
    until,
    worker_context,
    working,
)
from tests.support.memory_sender import MemorySender


async def test_worker__takes_what_was_stored_before_it_lived(services: Services) -> None:
    jobs = [await start(services, new_search()) for _ in range(3)]
    async with working(worker_context(services)):
        for job in jobs:
            assert (await ended(services, job.id)).status is Status.COMPLETED
    await queue_is_empty(services)
    assert await count(services, "procrastinate_workers") == 0


async def test_worker__a_lost_entry_is_put_back(services: Services) -> None:
    job = await start(services, new_search())
    await sql(services, "DELETE FROM procrastinate_jobs")
    async with working(worker_context(services)):
        assert (await ended(services, job.id)).status is Status.COMPLETED


async def test_worker__waits_for_a_choice_without_an_entry(services: Services) -> None:
    job = await start(services, new_search(choosing=True))
    async with working(worker_context(services)):
        await until(services, job.id, lambda j: j.stage is Stage.CHOOSING)
        await asyncio.sleep(3)
    waiting = await job_of(services, job.id)
    assert (waiting.status, waiting.stage) == (Status.PENDING, Stage.CHOOSING)
    await queue_is_empty(services)


async def test_worker__stop_hands_work_back_uncounted(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.jobs.worker.GRACE_SECONDS", 0.2)
    job = await start(services, new_search())
    async with working(worker_context(services, delay=3)):
        await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    left = await job_of(services, job.id)
    assert (left.status, left.attempt) == (Status.PENDING, 0)
    [(state, worker)] = await sql(services, "SELECT status, worker_id FROM procrastinate_jobs")
    assert (state, worker) == ("todo", None)
    async with working(worker_context(services)):
        assert (await ended(services, job.id)).attempt == 1


class SlowSender(MemorySender):
    """Its calls take a while."""

    async def send(self, message: Outgoing) -> Answer:
        self.called.set()
        await asyncio.sleep(1.5)
        return await super().send(message)


async def test_worker__stop_lets_a_message_arrive_that_is_on_its_way(services: Services) -> None:
    fields = {"phone": parse_phone("010-1234-5678"), "consented": True, "local": True}
    job = await start(services, new_search(**fields))
    sender, stop = SlowSender(services.clock), asyncio.Event()
    sender.called = asyncio.Event()
    context = worker_context(services)
    worker = asyncio.create_task(run_worker(services, stop, context, sender))
    async with asyncio.timeout(60):
        await sender.called.wait()
    stop.set()
    await worker
    assert len(sender.sent) == 1
    assert (await job_of(services, job.id)).sms is SmsState.SENT


async def test_worker__deadline(services: Services) -> None:
    job = await start(services, new_search())
    async with working(worker_context(services, delay=2)):
        await until(services, job.id, lambda j: j.status is Status.PROCESSING)
        await sql(services, "UPDATE search_jobs SET deadline_at = now() - interval '1 second'")
        failed = await ended(services, job.id)
    assert (failed.status, failed.error_code) == (Status.FAILED, "deadline_passed")
    await queue_is_empty(services)


async def test_worker__time_without_workers_moves_the_deadline(services: Services) -> None:
    job = await start(services, new_search())
    await sql(
        services,
        "UPDATE search_jobs SET deadline_at = now() - interval '1 minute', attempt = 1",
    )
    await sql(services, "UPDATE pulse SET at = now() - interval '10 minutes'")
    async with working(worker_context(services)):
        assert (await ended(services, job.id)).status is Status.COMPLETED


async def test_worker__failed_job_is_kept_and_retried(services: Services) -> None:
    job = await start(services, new_search())
    context = worker_context(services, broken=frozenset({"top", "bottom", "shoes"}))
    async with working(context):
        assert (await ended(services, job.id)).error_code == "search_failed"
    await retry(services, job.id)
    async with working(worker_context(services)):
        done = await ended(services, job.id)
    assert done.status is Status.COMPLETED
    assert done.error_code is None
    assert all(len(item.results) == 12 for item in done.items)


async def test_worker__a_sender_that_crashed_is_restarted(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    async def falls_once(*parts: Any) -> None:
        begun.append(parts)
        if len(begun) == 1:
            raise RuntimeError("once")
        await run_sender(*parts)

    monkeypatch.setattr("searchapp.jobs.worker.run_sender", falls_once)
    phone = parse_phone("010-1234-5678")
    job = await start(services, new_search(phone=phone, consented=True, local=True))
    async with working(worker_context(services)):
        await until(services, job.id, lambda j: j.sms is SmsState.SENT)
    assert await count(services, "inbox_messages") == 1


async def test_worker__unforeseen_error_is_tried_again(services: Services) -> None:
    job = await start(services, new_search())
    context = worker_context(services)
    calls = []

    async def regions(image):  # type: ignore[no-untyped-def]
        calls.append(image)
        if len(calls) == 1:
            raise RuntimeError("once")
        return await type(context.vision).regions(context.vision, image)

    context.vision.regions = regions  # type: ignore[method-assign]
    async with working(context):
        done = await ended(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)
