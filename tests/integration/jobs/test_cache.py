"""Two instances on one database, each with its own board: neither ever shows what is no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.engine import make_url

from searchapp.db.engine import make_engine
from searchapp.domain.search import SearchJob, Status
from searchapp.errors import Erased, Expired, NotFound, NotStored
from searchapp.jobs.access import photo
from searchapp.jobs.actions import cancel, erase
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.jobs import new_search, services_on, sql, worker_context

LISTENING = ["working", "silent", "cut"]


@asynccontextmanager
async def instance(services: Services, listening: str = "working") -> AsyncIterator[JobCache]:
    """A second process's board.

    ``silent`` listens in another database: LISTEN succeeds there and nothing ever arrives, as
    behind a transaction pooler.  ``cut`` loses its connection over and over.
    """
    dsn = services.direct_dsn
    engine = make_engine(dsn)
    other = make_url(dsn).set(database="postgres").render_as_string(hide_password=False)
    own = services_on(dsn, engine, services.secrets)
    board = JobCache(own, other if listening == "silent" else dsn)
    tasks = [asyncio.create_task(board.run())]
    if listening == "cut":
        tasks.append(asyncio.create_task(_cut(services)))
    if listening == "working":
        async with asyncio.timeout(60):
            while not board.receiving:
                await asyncio.sleep(0.02)
    try:
        yield board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await engine.dispose()


async def _cut(services: Services) -> None:
    while True:
        await sql(
            services,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        await asyncio.sleep(0.3)


async def collect(board: JobCache, job_id: str, seen: list[SearchJob]) -> None:
    async for job in board.watch(job_id):
        seen.append(job)  # noqa: PERF401 (looked at while it grows)


@pytest.mark.parametrize("listening", LISTENING)
async def test_watch__started_at_a_finished_at_b(services: Services, listening: str) -> None:
    async with instance(services) as a, instance(services, listening) as b:
        job = await start(services, new_search())
        assert (await a.get(job.id)).progress == 0
        at_a: list[SearchJob] = []
        at_b: list[SearchJob] = []
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(collect(a, job.id, at_a))
            group.create_task(collect(b, job.id, at_b))
            while not (at_a and at_b):
                await asyncio.sleep(0.02)
            group.create_task(worker_context(services, delay=0.1).run(job.id))
        for seen in (at_a, at_b):
            assert seen[0].progress == 0
            assert seen[-1].status is Status.COMPLETED
            assert [s.version for s in seen] == sorted({s.version for s in seen})
            assert [s.progress for s in seen] == sorted(s.progress for s in seen)
        assert at_a[-1] == at_b[-1]


@pytest.mark.parametrize("listening", LISTENING)
async def test_get__is_never_the_first_look_for_ever(services: Services, listening: str) -> None:
    """The fault of old: an instance that had seen "pending 0 %" went on serving it."""
    async with instance(services, listening) as board:
        job = await start(services, new_search())
        assert (await board.get(job.id)).progress == 0
        await worker_context(services).run(job.id)
        assert (await board.get(job.id)).status is Status.COMPLETED


@pytest.mark.parametrize("listening", LISTENING)
async def test_watch__begins_with_the_truth(services: Services, listening: str) -> None:
    """A page that is opened later than another one was closed."""
    async with instance(services, listening) as board:
        job = await start(services, new_search())
        async for first in board.watch(job.id):
            assert first.progress == 0
            break
        await worker_context(services).run(job.id)
        seen: list[SearchJob] = []
        async with asyncio.timeout(60):
            await collect(board, job.id, seen)
        assert seen[-1].status is Status.COMPLETED


async def test_watch__hears_after_the_listener_was_cut(services: Services) -> None:
    async with instance(services) as board:
        job = await start(services, new_search())
        seen: list[SearchJob] = []
        watcher = asyncio.create_task(collect(board, job.id, seen))
        while not seen:
            await asyncio.sleep(0.02)
        await sql(
            services,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        await worker_context(services).run(job.id)
        async with asyncio.timeout(60):
            await watcher
            while not board.receiving:
                await asyncio.sleep(0.05)
        assert seen[-1].status is Status.COMPLETED


async def test_receiving__is_false_behind_a_pooler(services: Services) -> None:
    async with instance(services, "silent") as board:
        await asyncio.sleep(3)
        assert not board.receiving


async def test_watch__many_jobs_at_once(services: Services) -> None:
    async with instance(services) as board:
        jobs = [await start(services, new_search()) for _ in range(50)]
        watchers = [asyncio.create_task(collect(board, job.id, [])) for job in jobs]
        await asyncio.sleep(0.2)
        await sql(
            services,
            "UPDATE search_jobs SET status = 'cancelled', version = version + 1, "
            "finished_at = now()",
        )
        async with asyncio.timeout(60):
            await asyncio.gather(*watchers)


async def test_watch__erased_meanwhile(services: Services) -> None:
    async with instance(services) as board:
        job = await start(services, new_search())
        seen: list[SearchJob] = []
        watcher = asyncio.create_task(collect(board, job.id, seen))
        while not seen:
            await asyncio.sleep(0.02)
        await erase(services, job.id)
        with pytest.raises(Erased):
            async with asyncio.timeout(60):
                await watcher
        with pytest.raises(Erased):
            await board.get(job.id)


async def test_get__unknown(services: Services) -> None:
    async with instance(services) as board:
        with pytest.raises(NotFound) as caught:
            await board.get("A" * 22)
        assert caught.value.code == "not_found"


async def test_get__its_time_is_over_though_no_purge_has_run(services: Services) -> None:
    async with instance(services) as board:
        job = await start(services, new_search())
        await sql(services, "UPDATE search_jobs SET expires_at = now() - interval '1 s'")
        assert (await board.get(job.id)).id == job.id, "a job that waits for a worker stays"
        await cancel(services, job.id)
        await board.get(job.id)
        await sql(
            services,
            "UPDATE search_jobs SET expires_at = now() - interval '1 s', version = version + 1",
        )
        with pytest.raises(Expired):
            await board.get(job.id)
        with pytest.raises(Expired):
            await anext(board.watch(job.id))
        for action in (photo(services, job.id), cancel(services, job.id)):
            with pytest.raises(Expired):
                await action
        await erase(services, job.id)
        with pytest.raises(Erased):
            await board.get(job.id)


async def test_get__older_than_seen_is_not_shown(services: Services) -> None:
    async with instance(services) as board:
        job = await start(services, new_search())
        await cancel(services, job.id)
        newer = await board.get(job.id)
        await sql(services, "UPDATE search_jobs SET version = 1, status = 'pending'")
        assert await board.get(job.id) == newer


async def test_get__memory_while_the_database_is_away(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with instance(services) as board:
        job = await start(services, new_search())
        seen = await board.get(job.id)

        async def away(*_: object) -> None:
            raise NotStored

        monkeypatch.setattr(Services, "transact", away)
        assert await board.get(job.id) == seen
        with pytest.raises(NotStored):
            await board.get("A" * 22)
