"""How soon a dead worker's search goes on, and workers whose connections lead nowhere."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from searchapp.db.engine import transaction
from searchapp.db.repositories import searches
from searchapp.domain.search import Status
from searchapp.jobs.liveness import STUCK_EXIT
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.jobs.sweeper import STALE_SECONDS
from tests.crash.conftest import Start
from tests.crash.weather import decoders_of, jpeg
from tests.support.jobs import PHOTO, ended, job_of, new_search, queue_is_empty, sql, until
from tests.support.relay import SocketRelay

pytestmark = pytest.mark.crash


@pytest.fixture
def relay(services: Services) -> Iterator[SocketRelay]:
    """A relay in front of the database, which can lose its connections."""
    folder = make_url(services.direct_dsn).query["host"]
    with SocketRelay(f"{folder}/.s.PGSQL.5432") as running:
        yield running


def _through(relay: SocketRelay, services: Services) -> str:
    """The DSN of the database behind ``relay``."""
    url = make_url(services.direct_dsn)
    far = url.set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
    return far.render_as_string(hide_password=False)


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
    doomed = await start_worker(dsn, "--hang", "top", "--concurrency", "1")
    job = await start(services, new_search())
    await doomed.said("hanging")
    await start_worker(dsn)
    await _watched_long_enough(services)
    began = time.monotonic()
    await doomed.kill()
    done = await ended(services, job.id)
    print(f"recovery after kill -9: {time.monotonic() - began:.1f} s")  # noqa: T201
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)
    # The end of its session shows the death; the heartbeat alone would need STALE_SECONDS.
    assert "session lost" in (tmp_path / "workers.log").read_text()


async def test_orphaned_connections__cost_neither_the_job_nor_an_attempt(
    services: Services, start_worker: Start, relay: SocketRelay
) -> None:
    worker = await start_worker(_through(relay, services), "--delay", "1.5")
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


async def test_orphaned_connections__a_second_worker_leaves_the_job_to_the_first(
    services: Services, start_worker: Start, relay: SocketRelay
) -> None:
    await start_worker(_through(relay, services), "--delay", "3")
    job = await start(services, new_search())
    await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    await start_worker(services.direct_dsn)
    await _watched_long_enough(services)
    relay.lose()
    done = await ended(services, job.id, 120)
    assert done.status is Status.COMPLETED
    # Taking it over would be safe, and cost an attempt that no death explains.
    assert done.attempt == 1


async def test_orphaned_in_the_middle_of_a_large_write__its_locks_are_freed(
    services: Services, start_worker: Start, relay: SocketRelay, tmp_path: Path
) -> None:
    """The server waits for the rest of the photo, with the search locked, and no timeout of its
    own ends that."""
    limits = ("--set=db.transact.ATTEMPT_SECONDS=3", "--set=jobs.sweeper.ORPHANED_SECONDS=4")
    await start_worker(_through(relay, services), "--delay", "1", *limits)
    relay.lose_after(1_000_000)
    job = await start(services, new_search(photo=PHOTO + bytes(4_000_000)))
    await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    began = time.monotonic()
    done = await ended(services, job.id)
    print(f"recovery from a write cut in two: {time.monotonic() - began:.1f} s")  # noqa: T201
    assert (done.status, done.attempt) == (Status.COMPLETED, 1)
    assert "orphaned sessions ended" in (tmp_path / "workers.log").read_text()


async def test_no_progress__a_worker_that_beats_and_reaches_nothing_loses_its_search(
    services: Services, start_worker: Start, relay: SocketRelay, tmp_path: Path
) -> None:
    """Its heartbeats arrive over connections of their own; those of its work lead nowhere."""
    direct = {"DATABASE_DIRECT_URL": services.direct_dsn}
    slow = ("--delay", "1.5", "--concurrency", "1")
    await start_worker(_through(relay, services), *slow, **direct)
    job = await start(services, new_search())
    await until(services, job.id, lambda j: j.status is Status.PROCESSING)
    relay.go_dark()
    await start_worker(services.direct_dsn, "--set", "jobs.sweeper.STUCK_SECONDS=6")
    done = await ended(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)
    alive = "SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '4 s'"
    assert len(await sql(services, alive)) == 2, "the first one is dead"
    assert "no progress" in (tmp_path / "workers.log").read_text()


@pytest.mark.parametrize("how", ["--hang", "--block"])
async def test_no_step__the_worker_ends_itself(
    services: Services, start_worker: Start, how: str
) -> None:
    """A step that hangs, or an event loop that stands still: another worker goes on."""
    limits = [f"--set=jobs.liveness.{name}_SECONDS=3" for name in ("STEP", "LOOP")]
    hanging = ("--hang", "top", "--concurrency", "1", *limits)
    stuck = await start_worker(services.direct_dsn, *hanging, *([how] if how == "--block" else []))
    job = await start(services, new_search())
    await stuck.said("hanging")
    assert await stuck.ended(30) == STUCK_EXIT
    await start_worker(services.direct_dsn)
    done = await ended(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)


@pytest.mark.parametrize("hit", [signal.SIGKILL, signal.SIGSTOP])
async def test_decoder__that_is_killed_or_stopped_blames_no_photo(
    services: Services, start_worker: Start, hit: signal.Signals
) -> None:
    worker = await start_worker(services.direct_dsn, "--decoder", "8")
    job = await start(services, new_search(photo=jpeg(600, 800)))
    async with asyncio.timeout(30):
        while not (decoders := decoders_of(worker)):
            await asyncio.sleep(0.01)
    os.kill(decoders[0], hit)
    done = await ended(services, job.id)
    assert (done.status, done.error_code) == (Status.COMPLETED, None)
    assert done.attempt >= 2  # On a busy machine the next one may take too long as well.


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
