"""A disk that is really full: a small file system of the test's own, filled to the last byte."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from searchapp.db.engine import keep_alive, make_engine
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Status
from searchapp.errors import NotStored
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError
from searchapp.settings import Settings
from tests.crash.conftest import Start
from tests.crash.processes import KEY
from tests.support.folders import make_server_folder
from tests.support.jobs import count, ended, new_search, services_on

pytestmark = pytest.mark.crash

SIZE = "256m"
"""A fresh cluster takes 50 MB of it, and the programs as much where they are copied beside it."""

LARGE = bytes(300_000)
AWAY_SECONDS = 6.0
"""Longer than a worker may be silent."""


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of SIZE."""
    folder = make_server_folder()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        folder.rmdir()
        pytest.skip("this user may not mount a small file system to fill")
    yield folder
    with suppress(EmbeddedPostgresError):
        EmbeddedPostgres(folder / "data").stop()
    subprocess.run(["umount", str(folder)], check=True)
    shutil.rmtree(folder)


def fill(disk: Path) -> Path:
    """Takes every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(65536)):
            pass
    assert os.statvfs(disk).f_bavail == 0
    return ballast


def use_up_log(server: EmbeddedPostgres) -> None:
    """Writes into the server's log of changes until it finds no room for the next one."""
    write = "SELECT pg_logical_emit_message(false, '', repeat('x', 1000000))"
    with suppress(psycopg.OperationalError):
        for _ in range(100):
            with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
                connection.execute(write)
        raise AssertionError("there is room left")


async def refused(services: Services) -> None:
    with pytest.raises(NotStored) as answer:
        await start(services, new_search(idempotency_key="k", photo=LARGE))
    assert answer.value.retry_after


@pytest.mark.parametrize("gives_up", [False, True])
async def test_full_disk__nothing_acknowledged_is_lost(
    disk: Path, start_worker: Start, gives_up: bool
) -> None:
    """The server refuses what takes room; in the end it gives up, and comes back with the room."""
    server = EmbeddedPostgres(disk / "data")
    migrate(server.ensure_running())
    engine, stop = make_engine(server.dsn), asyncio.Event()
    services = services_on(server.dsn, engine, Secrets([KEY]))
    harness = Settings(_env_file=None, data_dir=disk / "data")
    keeping = asyncio.create_task(keep_alive(harness, stop))
    workers = [await start_worker(server.dsn, "--delay", "0.5") for _ in range(2)]
    jobs = [await start(services, new_search()) for _ in range(4)]
    for worker in workers:
        await worker.said("did top")

    ballast = await asyncio.to_thread(fill, disk)
    await refused(services)
    if gives_up:
        await asyncio.to_thread(use_up_log, server)
        async with asyncio.timeout(30):
            while server.server_pid is not None:
                await asyncio.sleep(0.1)
    await asyncio.sleep(AWAY_SECONDS)
    await refused(services)
    ballast.unlink()

    async with asyncio.timeout(30):
        while not await stored_now(services):
            await asyncio.sleep(0.2)
    for job in jobs:
        done = await ended(services, job.id)
        assert (done.status, done.attempt) == (Status.COMPLETED, 1)
    did = [line for worker in workers for line in worker.lines if line.startswith("did ")]
    assert await count(services, "search_jobs") == len(jobs) + 1
    # Each item was computed once, whatever the disk did meanwhile.
    assert did.count("did shoes") == len(jobs) + 1
    stop.set()
    await keeping
    await engine.dispose()


async def stored_now(services: Services) -> bool:
    try:
        job = await start(services, new_search(idempotency_key="k", photo=LARGE))
    except NotStored:
        return False
    return (await ended(services, job.id)).status is Status.COMPLETED
