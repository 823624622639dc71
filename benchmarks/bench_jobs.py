"""Measures the life of a search without its vision: ``make bench-jobs``.

Storing it, the way to a worker's first line, a change on its way to another process's board, and
recovery from a killed worker, on a Postgres of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from searchapp.db.engine import make_engine, transaction
from searchapp.db.repositories import searches
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Status
from searchapp.jobs.cache import JobCache
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.logs import configure_logs
from searchapp.postgres import EmbeddedPostgres
from tests.crash.processes import KEY, Child
from tests.support.fakes import FakeProductIndex, FakeVision
from tests.support.folders import make_server_folder
from tests.support.jobs import ended, job_of, new_search, services_on, sql, until, working

MEGABYTE = 1 << 20


def say(what: str, seconds: Sequence[float], target: str) -> None:
    """Prints one line: median, 95th percentile, target."""
    ordered = sorted(seconds)
    median = statistics.median(ordered) * 1000
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000
    print(f"{what:<52} median {median:8.1f} ms   p95 {high:8.1f} ms   target {target}")


async def storing(services: Services, times: int) -> None:
    """start() with a photo of 1 MB."""
    photo = os.urandom(MEGABYTE)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await start(services, new_search(photo=photo))
        took.append(time.perf_counter() - began)
    say("storing a search with 1 MB", took, "<= 60 ms with HTTP")
    await sql(services, "TRUNCATE search_jobs, procrastinate_jobs CASCADE")


async def to_the_worker(services: Services, times: int) -> None:
    """From the answer of start() to the first line of the run, in the same clock."""
    began_at: dict[str, float] = {}

    class Noting(WorkerContext):
        async def run(self, job_id: str) -> None:
            began_at[job_id] = time.perf_counter()
            await super().run(job_id)

    took = []
    async with working(Noting(services, FakeVision(), FakeProductIndex())):
        await asyncio.sleep(1)
        for _ in range(times):
            job = await start(services, new_search())
            stored = time.perf_counter()
            await ended(services, job.id)
            took.append(max(0.0, began_at[job.id] - stored))
    say("from stored to the worker's first line", took, "<= 30 ms")


async def to_a_board(services: Services, dsn: str, times: int, watchers: int) -> None:
    """From the commit of a change to a watcher at another instance, among many watchers."""
    engine = make_engine(dsn)
    board = JobCache(services_on(dsn, engine, services.secrets))
    running = asyncio.create_task(board.run())
    seen: dict[str, float] = {}

    async def watch(job_id: str) -> None:
        async for job in board.watch(job_id):
            seen[f"{job_id}:{job.version}"] = time.perf_counter()

    jobs = [await start(services, new_search()) for _ in range(watchers)]
    tasks = [asyncio.create_task(watch(job.id)) for job in jobs]
    while len(seen) < watchers or not board.receiving:  # noqa: ASYNC110 (it only measures)
        await asyncio.sleep(0.05)
    took = []
    for nth in range(times):
        job = jobs[nth % watchers]
        async with transaction(services.engine) as session:
            await searches.change(session, job.id)
        changed = time.perf_counter()
        version = 2 + nth // watchers
        while f"{job.id}:{version}" not in seen:  # noqa: ASYNC110 (it only measures)
            await asyncio.sleep(0.0005)
        took.append(max(0.0, seen[f"{job.id}:{version}"] - changed))
    say(f"a change, to a board with {watchers} watchers", took, "<= 150 ms")
    for task in [*tasks, running]:
        task.cancel()
    await asyncio.wait([*tasks, running])
    await engine.dispose()
    await sql(services, "TRUNCATE search_jobs, procrastinate_jobs CASCADE")


async def recovery(services: Services, dsn: str, folder: Path, times: int) -> None:
    """From kill -9 of a worker to the claim of its job by another one."""
    log = folder / "workers.log"
    heir = await Child.start("tests.crash.worker_main", dsn, log, "--concurrency", "1")
    await asyncio.sleep(6)
    took = []
    for _ in range(times):
        hanging = ("--hang", "bottom", "--concurrency", "1")
        dying = await Child.start("tests.crash.worker_main", dsn, log, *hanging)
        job = await start(services, new_search())
        while "hanging" not in dying.lines:
            if (await job_of(services, job.id)).status is Status.COMPLETED:
                job = await start(services, new_search())  # The heir was faster.
            await asyncio.sleep(0.02)
        await dying.kill()
        killed = time.perf_counter()
        await until(services, job.id, lambda j: j.attempt == 2)
        took.append(time.perf_counter() - killed)
        await ended(services, job.id)
    await heir.kill()
    say("from kill -9 of a worker to the next claim", took, "<= 6000 ms")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--kills", type=int, default=5)
    given = parser.parse_args()
    configure_logs(json=False, level=40)
    with tempfile.TemporaryDirectory() as folder:
        data = make_server_folder()
        server = EmbeddedPostgres(data)
        dsn = server.ensure_running()
        try:
            migrate(dsn)
            engine = make_engine(dsn)
            services = services_on(dsn, engine, Secrets([KEY]))
            await storing(services, given.times)
            await to_the_worker(services, given.times)
            for watchers in (1, 500):
                await to_a_board(services, dsn, given.times, watchers)
            await recovery(services, dsn, Path(folder), given.kills)
            await engine.dispose()
        finally:
            server.stop()
            shutil.rmtree(data)


if __name__ == "__main__":
    asyncio.run(main())
