"""A Postgres that dies, stops or freezes while searches run."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from searchapp.domain.search import SearchJob, Status
from searchapp.errors import NotStored
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.postgres import EmbeddedPostgres
from tests.crash.conftest import Start
from tests.crash.processes import kill_postgres, signal_postgres
from tests.support.jobs import count, ended, new_search, queue_is_empty

pytestmark = pytest.mark.crash

AWAY_SECONDS = 5.0
"""Longer than a worker may be silent."""


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_postgres_away__workers_keep_what_they_have(
    server: EmbeddedPostgres, own: Services, start_worker: Start, how: str
) -> None:
    await _survive(server, own, start_worker, how, AWAY_SECONDS)


@pytest.mark.long
async def test_postgres_away__for_ten_minutes(
    server: EmbeddedPostgres, own: Services, start_worker: Start
) -> None:
    seconds = float(os.environ.get("SEARCHAPP_CHAOS_AWAY", "600"))
    await _survive(server, own, start_worker, "stopped", seconds)


async def _survive(
    server: EmbeddedPostgres, own: Services, start_worker: Start, how: str, seconds: float
) -> None:
    workers = [await start_worker(server.dsn, "--delay", "0.4") for _ in range(2)]
    jobs = [await start(own, new_search()) for _ in range(4)]
    for worker in workers:
        await worker.said("did top")
    board = JobCache(own)
    watching = asyncio.create_task(board.run())
    seen: list[SearchJob] = []
    watcher = asyncio.create_task(_collect(board, jobs[0].id, seen))
    async with asyncio.timeout(60):
        while not seen:
            await asyncio.sleep(0.02)

    if how == "killed":
        kill_postgres(server)
    else:
        await asyncio.to_thread(server.stop)
    with pytest.raises(NotStored) as refused:
        await start(own, new_search(idempotency_key="k"))
    assert refused.value.retry_after
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.ensure_running)

    for job in jobs:
        done = await ended(own, job.id)
        assert done.status is Status.COMPLETED
        assert done.attempt == 1
        assert all(len(item.results) == 12 for item in done.items)
    # Each item was computed once, whatever the database did meanwhile.
    did = [line for worker in workers for line in worker.lines if line.startswith("did ")]
    assert did.count("did bottom") == did.count("did shoes") == len(jobs)
    await queue_is_empty(own)

    async with asyncio.timeout(60):
        await watcher
    assert seen[-1].status is Status.COMPLETED
    assert [job.progress for job in seen] == sorted(job.progress for job in seen)
    watching.cancel()
    await asyncio.wait({watching})


async def _collect(board: JobCache, job_id: str, seen: list[SearchJob]) -> None:
    async for job in board.watch(job_id):
        seen.append(job)  # noqa: PERF401 (looked at while it grows)


async def test_postgres_absent__workers_wait_for_it_and_stop_without_it(
    server: EmbeddedPostgres, own: Services, start_worker: Start
) -> None:
    job = await start(own, new_search())
    await asyncio.to_thread(server.stop)
    worker = await start_worker(server.dsn)
    impatient = await start_worker(server.dsn)
    impatient.send(signal.SIGTERM)
    assert await impatient.ended(15) == 0
    await asyncio.to_thread(server.ensure_running)
    assert (await ended(own, job.id)).status is Status.COMPLETED
    worker.send(signal.SIGTERM)
    assert await worker.ended(15) == 0


async def test_postgres_frozen__submits_are_refused_and_nothing_is_lost(
    server: EmbeddedPostgres, own: Services, start_worker: Start
) -> None:
    await start_worker(server.dsn, "--delay", "0.2")
    job = await start(own, new_search())
    signal_postgres(server, signal.SIGSTOP)
    try:
        async with asyncio.timeout(9):
            with pytest.raises(NotStored):
                await start(own, new_search(idempotency_key="k"))
    finally:
        signal_postgres(server, signal.SIGCONT)
    again = await start(own, new_search(idempotency_key="k"))
    assert (await ended(own, job.id)).attempt == 1
    assert (await ended(own, again.id)).status is Status.COMPLETED
    assert await count(own, "search_jobs") == 2
