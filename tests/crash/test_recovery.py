"""How soon a dead worker's search goes on, and workers whose connections lead nowhere."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from searchapp.db.engine import transaction
from searchapp.db.repositories import searches
from searchapp.domain.search import Status
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.jobs.sweeper import STALE_SECONDS
from tests.crash.conftest import Start
from tests.crash.processes import Child
from tests.support.jobs import ended, job_of, new_search, queue_is_empty, sql, until
from tests.support.relay import SocketRelay

pytestmark = pytest.mark.crash

ROUNDS = 3


async def _watched_long_enough(services: Services) -> None:
    """Waits until the workers' sweepers trust what they see."""
    await asyncio.sleep(STALE_SECONDS + 2)
    async with asyncio.timeout(30):
        while not await sql(services, "SELECT 1 FROM workers WHERE worker_id IS NOT NULL"):
            await asyncio.sleep(0.1)


async def test_killed__its_search_goes_on_before_its_heartbeat_is_stale(
    services: Services, start_worker: Start, tmp_path: Path
) -> None:
    dsn = services.direct_dsn
    seconds = []
    for _ in range(ROUNDS):
        doomed = await start_worker(dsn, "--hang", "top", "--concurrency", "1")
        job = await start(services, new_search())
        await doomed.said("hanging")
        heir = await start_worker(dsn)
        await _watched_long_enough(services)
        began = time.monotonic()
        await doomed.kill()
        done = await ended(services, job.id)
        seconds.append(time.monotonic() - began)
        assert (done.status, done.attempt) == (Status.COMPLETED, 2)
        await heir.kill()
    print(f"recovery after kill -9: {statistics.median(seconds):.1f} s, {seconds}")  # noqa: T201
    # The end of its session shows the death; the heartbeat alone would need STALE_SECONDS.
    assert "session lost" in (tmp_path / "workers.log").read_text()


async def test_orphaned_connections__cost_neither_the_job_nor_an_attempt(
    services: Services, start_worker: Start, tmp_path: Path
) -> None:
    url = make_url(services.direct_dsn)
    with SocketRelay(f"{url.query['host']}/.s.PGSQL.5432") as relay:
        through = url.set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
        worker = await Child.start(
            "tests.crash.worker_main",
            through.render_as_string(hide_password=False),
            tmp_path / "orphan.log",
            "--delay",
            "1.5",
        )
        try:
            job = await start(services, new_search())
            await worker.said("did regions")
            relay.lose()
            began = time.monotonic()
            done = await ended(services, job.id)
            print(f"recovery from orphaned connections: {time.monotonic() - began:.1f} s")  # noqa: T201
            assert (done.status, done.attempt) == (Status.COMPLETED, 1)
            await queue_is_empty(services)
            later = await start(services, new_search())
            assert (await ended(services, later.id)).status is Status.COMPLETED
        finally:
            await worker.kill()


async def test_orphaned_connections__a_second_worker_leaves_the_job_to_the_first(
    services: Services, start_worker: Start, tmp_path: Path
) -> None:
    url = make_url(services.direct_dsn)
    with SocketRelay(f"{url.query['host']}/.s.PGSQL.5432") as relay:
        through = url.set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
        worker = await Child.start(
            "tests.crash.worker_main",
            through.render_as_string(hide_password=False),
            tmp_path / "orphan.log",
            "--delay",
            "3",
        )
        try:
            job = await start(services, new_search())
            await until(services, job.id, lambda j: j.status is Status.PROCESSING)
            await start_worker(services.direct_dsn)
            await _watched_long_enough(services)
            relay.lose()
            done = await ended(services, job.id, 120)
            assert done.status is Status.COMPLETED
            # Taking it over would be safe, and cost an attempt that no death explains.
            assert done.attempt == 1
        finally:
            await worker.kill()


async def test_lock_wait__costs_no_attempt(services: Services, start_worker: Start) -> None:
    await start_worker(services.direct_dsn, "--delay", "0.5")
    job = await start(services, new_search())
    await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    async with transaction(services.engine) as session:
        assert await searches.lock_job(session, job.id) is not None
        await asyncio.sleep(8)
    done = await ended(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 1)
    assert await job_of(services, job.id) == done
