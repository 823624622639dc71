"""Workers that are killed, frozen and stopped."""

from __future__ import annotations

import asyncio
import signal

import pytest

from searchapp.domain.search import ItemStatus, Status
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.crash.conftest import Start
from tests.support.jobs import ended, job_of, new_search, queue_is_empty, sql, until

pytestmark = pytest.mark.crash

STEPS = ["upright", "regions", "top", "bottom", "shoes", "finish"]


async def test_killed_at_any_step__another_goes_on(services: Services, start_worker: Start) -> None:
    dsn = services.direct_dsn
    # Each of them takes one job, and stays in the middle of its step.
    dying = await asyncio.gather(
        *(start_worker(dsn, "--hang", step, "--concurrency", "1") for step in STEPS)
    )
    jobs = [await start(services, new_search()) for _ in STEPS]
    for worker in dying:
        await worker.said("hanging")
    before = [await job_of(services, job.id) for job in jobs]
    assert {job.progress for job in before} == {5, 15, 30, 51, 73, 95}
    for worker in dying:
        await worker.kill()
    # Only now: while they live, a machine too busy for their heartbeats must not feed it.
    heir = await start_worker(dsn)
    for old in before:
        done = await ended(services, old.id)
        assert done.status is Status.COMPLETED
        assert done.attempt == 2
        assert all(len(item.results) == 12 for item in done.items)
        for item, later in zip(old.items, done.items, strict=False):
            if item.status is ItemStatus.DONE:
                assert later == item
    # What was stored already is not done again.
    did = [line.removeprefix("did ") for line in heir.lines if line.startswith("did ")]
    assert {name: did.count(name) for name in STEPS[:5]} == {
        "upright": 5,
        "regions": 2,
        "top": 3,
        "bottom": 4,
        "shoes": 5,
    }
    await queue_is_empty(services)


async def test_frozen__writes_nothing_when_it_wakes(
    services: Services, start_worker: Start
) -> None:
    dsn = services.direct_dsn
    job = await start(services, new_search())
    sleeper = await start_worker(dsn, "--delay", "0.5")
    await sleeper.said("did bottom")
    sleeper.send(signal.SIGSTOP)
    heir = await start_worker(dsn)
    done = await ended(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)

    sleeper.send(signal.SIGCONT)
    await asyncio.sleep(2.5)
    assert await job_of(services, job.id) == done
    await queue_is_empty(services)

    await heir.kill()
    later = await start(services, new_search())
    assert (await ended(services, later.id)).status is Status.COMPLETED


async def test_told_to_stop__hands_back_in_time(services: Services, start_worker: Start) -> None:
    dsn = services.direct_dsn
    job = await start(services, new_search())
    worker = await start_worker(dsn, "--delay", "60")
    await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    worker.send(signal.SIGTERM)
    assert await worker.ended(15) == 0
    left = await job_of(services, job.id)
    assert (left.status, left.attempt) == (Status.PENDING, 0)
    [(state,)] = await sql(services, "SELECT status FROM procrastinate_jobs")
    assert state == "todo"


async def test_told_to_stop__finishes_what_is_nearly_done(
    services: Services, start_worker: Start
) -> None:
    dsn = services.direct_dsn
    job = await start(services, new_search())
    worker = await start_worker(dsn, "--delay", "0.3")
    await worker.said("did top")
    worker.send(signal.SIGTERM)
    assert await worker.ended(15) == 0
    assert (await job_of(services, job.id)).status is Status.COMPLETED
