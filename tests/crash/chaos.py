"""Searches while web processes, workers and Postgres are killed at random, and what must hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from searchapp.domain.search import SearchJob
from searchapp.errors import NotStored
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.postgres import EmbeddedPostgres
from tests.crash.processes import Child, kill_postgres
from tests.support.jobs import sql

WEBS, WORKERS = 2, 2
BATCH = 4
"""Searches that are sent at a time."""

DELAY = "0.1"
"""Seconds that each step of a search takes."""

ENDINGS = """
CREATE TABLE endings (job_id text, version integer);
CREATE FUNCTION note_ending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO searchapp.endings VALUES (NEW.job_id, NEW.version);
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_ending AFTER UPDATE ON search_jobs FOR EACH ROW
WHEN (NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL)
EXECUTE FUNCTION note_ending();
"""
"""Notes each end of a job, so that one that ended twice is seen."""


@dataclass
class Chaos:
    """One run.  ``seed`` decides who is killed when."""

    server: EmbeddedPostgres
    services: Services
    folder: Path
    jobs: int
    seed: int
    pause: tuple[float, float] = (0.5, 2.0)
    """Seconds between two kills, at least and at most."""
    least_kills: int = 8
    most_kills: int = 8
    """A process costs much to start: a slow machine must not drown in them."""

    stored: dict[str, str] = field(default_factory=dict)
    """Key -> job id, as acknowledged."""
    seen: dict[str, list[SearchJob]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    webs: list[Child] = field(default_factory=list)
    workers: list[Child] = field(default_factory=list)
    over: bool = False
    restarting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, seconds: float) -> None:
        """Submits all jobs, kills meanwhile, and returns when every watcher saw an end."""
        await self._note_endings()
        random = Random(self.seed)
        board = JobCache(self.services)
        listening = asyncio.create_task(board.run())
        self.webs = [await self._web() for _ in range(WEBS)]
        self.workers = [await self._worker() for _ in range(WORKERS)]
        killing = asyncio.create_task(self._kill(random))
        try:
            async with asyncio.timeout(seconds):
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._submit(random, board, group))
                self.over = True
                await killing
                await self._drained()
        finally:
            killing.cancel()
            listening.cancel()
            await asyncio.wait({killing, listening})
            for child in [*self.webs, *self.workers]:
                await child.kill()

    async def _note_endings(self) -> None:
        async with self.services.engine.begin() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.execute(ENDINGS)

    async def _web(self) -> Child:
        return await self._begin("tests.crash.web_main")

    async def _worker(self) -> Child:
        return await self._begin("tests.crash.worker_main", "--delay", DELAY)

    async def _begin(self, module: str, *arguments: str) -> Child:
        log = self.folder / f"{module.rpartition('.')[2]}.log"
        return await Child.start(module, self.server.dsn, log, *arguments)

    async def _submit(self, random: Random, board: JobCache, group: asyncio.TaskGroup) -> None:
        """Sends each key, as often as it takes, to any web process; watches what is stored."""
        waiting = [f"key-{n}" for n in range(self.jobs)]
        while waiting:
            # The last ones wait until enough has been killed, so that no run is a calm one.
            held_back = 8 if self.kills.total() < self.least_kills else 0
            for key in waiting[: min(BATCH, len(waiting) - held_back)]:
                random.choice(self.webs).tell(key)
            await asyncio.sleep(0.3)
            for key, job_id in self._answers():
                if key not in self.stored:
                    self.stored[key] = job_id
                    self.seen[job_id] = []
                    group.create_task(self._watch(board, job_id))
                assert self.stored[key] == job_id, "one key made two jobs"
            waiting = [key for key in waiting if key not in self.stored]
            random.shuffle(waiting)

    def _answers(self) -> list[tuple[str, str]]:
        words = [line.split() for web in self.webs for line in web.lines]
        return [(word[1], word[2]) for word in words if word[0] == "stored"]

    async def _watch(self, board: JobCache, job_id: str) -> None:
        """A watcher at another instance; it comes again when the database was away."""
        while True:
            try:
                async for job in board.watch(job_id):
                    self.seen[job_id].append(job)
                return
            except NotStored:
                await asyncio.sleep(0.2)

    async def _kill(self, random: Random) -> None:
        """Kills a process again and again, and restarts it."""
        victims: list[tuple[str, Callable[[], Coroutine[None, None, None]]]] = [
            ("web", lambda: self._replace(self.webs, random, self._web)),
            ("worker", lambda: self._replace(self.workers, random, self._worker)),
            ("worker", lambda: self._replace(self.workers, random, self._worker)),
            ("postgres", lambda: self._restart_postgres(random)),
        ]
        async with asyncio.TaskGroup() as strikes:
            while not self.over and self.kills.total() < self.most_kills:
                await asyncio.sleep(random.uniform(*self.pause))
                # Each kind once, then as it comes.
                nth = self.kills.total()
                name, strike = victims[nth] if nth < len(victims) else random.choice(victims)
                self.kills[name] += 1
                strikes.create_task(strike())

    async def _replace(
        self, children: list[Child], random: Random, begin: Callable[[], Awaitable[Child]]
    ) -> None:
        place = random.randrange(len(children))
        victim = children[place]
        if not victim.alive:
            return
        await victim.kill()
        heir = await begin()
        # What was said before the death stays said.
        heir.lines[:0] = victim.lines
        children[place] = heir

    async def _restart_postgres(self, random: Random) -> None:
        away = random.uniform(0.1, 1.5)
        async with self.restarting:
            kill_postgres(self.server)
            await asyncio.sleep(away)
            await asyncio.to_thread(self.server.ensure_running)

    async def _drained(self) -> None:
        while await sql(self.services, "SELECT FROM procrastinate_jobs LIMIT 1"):
            await asyncio.sleep(0.2)

    async def check(self) -> Counter[str]:
        """Asserts what must hold; how the jobs ended."""
        assert len(self.stored) == self.jobs
        rows = {
            row.job_id: row
            for row in await sql(
                self.services, "SELECT job_id, status, error_code, results FROM search_jobs"
            )
        }
        assert set(rows) == set(self.stored.values()), "lost, or stored twice"
        for row in rows.values():
            assert row.status == "completed" or (row.status, row.error_code) == (
                "failed",
                "too_many_attempts",
            )
            if row.status == "completed":
                assert [len(item["results"]) for item in row.results] == [12, 12, 12]
        twice = "SELECT job_id FROM endings GROUP BY job_id HAVING count(*) <> 1"
        assert await sql(self.services, twice) == [], "ended twice"
        await self._check_leftovers()
        for watched in self.seen.values():
            shown = [(job.version, job.progress) for job in watched]
            assert shown == sorted(shown), "went back"
            assert watched[-1].status.final
        return Counter(row.status for row in rows.values())

    async def _check_leftovers(self) -> None:
        for leftover in (
            "SELECT FROM procrastinate_jobs",
            "SELECT FROM photos WHERE job_id NOT IN (SELECT job_id FROM search_jobs)",
            "SELECT FROM search_jobs WHERE job_id NOT IN (SELECT job_id FROM photos)",
            "SELECT FROM photos WHERE original IS NOT NULL AND upright IS NOT NULL",
        ):
            assert await sql(self.services, leftover) == [], leftover
