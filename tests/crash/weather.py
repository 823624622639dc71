"""Many searches while workers, connections, locks and decoders fail at random."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from PIL import Image
from sqlalchemy import text
from sqlalchemy.engine import make_url

from searchapp.db.engine import psycopg_dsn, transaction
from searchapp.domain.ids import short
from searchapp.errors import NotStored
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.crash.processes import Child
from tests.support.jobs import new_search, sql
from tests.support.relay import SocketRelay

WORKERS = 3
"""The last one reaches the database through a relay that can lose its connections."""

FROZEN_SECONDS = 4.0
"""A worker that stands still for longer counts as dead."""

Strike = Callable[[], Awaitable[None]]


@dataclass
class Weather:
    """One run; ``seed`` decides what fails when.

    :param statement_timeout: at the server, seconds.
    :param lock_seconds: how long another session holds searches that are not finished.
    :param decoder_seconds: after which a decoder that was stopped is given up.
    """

    services: Services
    folder: Path
    jobs: int
    seed: int
    delay: float = 0.05
    pause: tuple[float, float] = (1.0, 3.0)
    stall: tuple[float, float] = (0.5, 8.0)
    statement_timeout: float = 2.0
    lock_seconds: float = 8.0
    decoder_seconds: float = 20.0

    chance: Random = field(init=False)
    strikes: Counter[str] = field(default_factory=Counter)
    excused: set[str] = field(default_factory=set)
    """Searches whose worker was killed or frozen."""
    workers: list[Child] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    """Decoders that were stopped."""

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    async def run(self, seconds: float) -> None:
        """Submits all searches while things fail, and returns when every one has ended."""
        self._limit_statements()
        url = make_url(self.services.direct_dsn)
        with SocketRelay(f"{url.query['host']}/.s.PGSQL.5432") as relay:
            far = url.set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
            dsns = [self.services.direct_dsn] * (WORKERS - 1)
            dsns.append(far.render_as_string(hide_password=False))
            self.workers = list(await asyncio.gather(*map(self._begin, dsns)))
            striking = asyncio.create_task(self._strike(relay, dsns))
            try:
                async with asyncio.timeout(seconds):
                    await self._submit()
                    await self._ended(striking)
            finally:
                striking.cancel()
                await asyncio.wait({striking})
                for worker in self.workers:
                    await worker.kill()
                for decoder in self.stopped:
                    _send(decoder, signal.SIGKILL)

    def _limit_statements(self) -> None:
        name = make_url(self.services.direct_dsn).database
        with psycopg.connect(psycopg_dsn(self.services.direct_dsn), autocommit=True) as admin:
            limit = f"{self.statement_timeout * 1000:.0f}ms"
            admin.execute(f"ALTER DATABASE {name} SET statement_timeout = '{limit}'".encode())

    async def _begin(self, dsn: str) -> Child:
        given = ("--delay", str(self.delay), "--decoder", str(self.decoder_seconds))
        return await Child.start(
            "tests.crash.worker_main", dsn, self.folder / "workers.log", *given
        )

    async def _submit(self) -> None:
        photo = jpeg(600, 800)
        for number in range(self.jobs):
            search = new_search(photo=photo, idempotency_key=f"key-{number}")
            while True:
                try:
                    self.stored.append((await start(self.services, search)).id)
                    break
                except NotStored:
                    await asyncio.sleep(0.2)
            await asyncio.sleep(self.delay)

    async def _ended(self, striking: asyncio.Task[None]) -> None:
        while await sql(self.services, "SELECT FROM search_jobs WHERE finished_at IS NULL LIMIT 1"):
            if striking.done():
                striking.result()
            await asyncio.sleep(0.2)

    async def _strike(self, relay: SocketRelay, dsns: Sequence[str]) -> None:
        strikes: dict[str, Strike] = {
            "decoder killed": lambda: self._hit_decoder(signal.SIGKILL),
            "lock held": self._hold_lock,
            "orphaned connections": lambda: asyncio.to_thread(relay.lose),
            "worker stalled": self._stall,
            "worker killed": lambda: self._kill(dsns),
            "decoder stopped": lambda: self._hit_decoder(signal.SIGSTOP),
        }
        names = list(strikes)
        while True:
            for name in names:  # Each kind once in a round, in another order each time.
                await asyncio.sleep(self.chance.uniform(*self.pause))
                await strikes[name]()
                self.strikes[name] += 1
            self.chance.shuffle(names)

    async def _stall(self) -> None:
        worker, seconds = self.chance.choice(self.workers), self.chance.uniform(*self.stall)
        worker.send(signal.SIGSTOP)
        if seconds > FROZEN_SECONDS / 2:
            await self._excuse(worker)
        await asyncio.sleep(seconds)
        worker.send(signal.SIGCONT)

    async def _kill(self, dsns: Sequence[str]) -> None:
        place = self.chance.randrange(len(self.workers))
        worker = self.workers[place]
        worker.send(signal.SIGSTOP)  # So that what it works on does not change any more.
        await self._excuse(worker)
        await worker.kill()
        self.workers[place] = await self._begin(dsns[place])

    async def _hit_decoder(self, signal_: signal.Signals) -> None:
        """Hits a decoder of a worker, in the middle of a picture or between two."""
        worker = self.chance.choice(self.workers)
        decoders = decoders_of(worker)
        if not decoders:
            return
        victim = self.chance.choice(decoders)
        _send(victim, signal_)
        if signal_ is signal.SIGSTOP:
            self.stopped.add(victim)

    async def _hold_lock(self) -> None:
        dsn = psycopg_dsn(self.services.direct_dsn)
        async with await psycopg.AsyncConnection.connect(dsn) as holder:
            await holder.execute("SET statement_timeout = 0")
            await holder.execute(
                "SELECT FROM searchapp.search_jobs WHERE finished_at IS NULL"
                " ORDER BY created_at LIMIT 5 FOR UPDATE"
            )
            await asyncio.sleep(self.lock_seconds)
            await holder.rollback()

    async def _excuse(self, worker: Child) -> None:
        """Notes the searches that a worker has."""
        rows = await sql(
            self.services,
            "SELECT entry.queueing_lock FROM procrastinate_jobs AS entry"
            " JOIN workers AS worker ON worker.worker_id = entry.worker_id"
            " WHERE entry.status = 'doing' AND worker.pid = :pid",
            pid=worker.pid,
        )
        self.excused |= {row.queueing_lock for row in rows}

    def _without_decoder(self) -> set[str]:
        """Searches that began again because their decoder was killed or stopped.

        Nothing else may have failed.
        """
        log = (self.folder / "workers.log").read_text()
        failed = re.findall(r"attempt failed .* job=(\S+)", log)
        assert len(failed) == log.count("errors.DecoderUnavailable: a picture"), "another error"
        return set(failed)

    async def check(self) -> str:
        """Asserts what must hold; what was seen, in one line."""
        async with transaction(self.services.engine, stall_seconds=60.0) as session:
            query = text("SELECT job_id, status, error_code, attempt, results FROM search_jobs")
            rows = (await session.execute(query)).all()
        assert {row.job_id for row in rows} == set(self.stored)
        assert [(row.status, row.error_code) for row in rows if row.status != "completed"] == []
        assert all(len(item["results"]) == 12 for row in rows for item in row.results)
        again = {row.job_id: row.attempt for row in rows if row.attempt > 1}
        unexplained = {short(job) for job in set(again) - self.excused} - self._without_decoder()
        assert unexplained == set(), "an attempt without a death"
        return (
            f"{len(rows)} completed, {len(again)} of them in more than one attempt, at most"
            f" {max(row.attempt for row in rows)}; struck {dict(self.strikes)}"
        )


def decoders_of(worker: Child) -> list[int]:
    """The decoding children of a worker."""
    found = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    children = [int(pid) for pid in found.read_text().split()] if found.exists() else []
    return [pid for pid in children if b"decode_child" in _command(pid)]


def _send(pid: int, signal_: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal_)


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def jpeg(width: int, height: int) -> bytes:
    """A photo that takes a decoder a while."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()
