"""Behind PgBouncer in transaction mode, as with Supabase's port 6543."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.cli import doctor
from searchapp.db import notifier
from searchapp.db.engine import Dsns, LockKind, advisory_lock, psycopg_dsn, transaction
from searchapp.db.repositories import imports
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Status
from searchapp.errors import OperatorError
from searchapp.jobs import actions
from searchapp.jobs import submit as starting
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.crash.processes import KEY
from tests.ops.conftest import SERVER_CONNECTIONS
from tests.support import catalogue
from tests.support.commands import run
from tests.support.jobs import count, ended, new_search, services_on, worker_context, working


@pytest.fixture
def services(pooled: str, database: str, pooled_engine: AsyncEngine, secrets_: Secrets) -> Services:
    """As an operator sets it: DATABASE_URL the pooler, DATABASE_DIRECT_URL the server."""
    return services_on(pooled, pooled_engine, secrets_, database_direct_url=database)


@pytest.fixture
def only_pooled(pooled: str, pooled_engine: AsyncEngine, secrets_: Secrets) -> Services:
    """As an operator forgets it: DATABASE_URL alone."""
    return services_on(pooled, pooled_engine, secrets_)


@pytest.fixture
def frequent_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that notices silence soon."""
    monkeypatch.setattr(notifier, "PING_SECONDS", 0.2)
    monkeypatch.setattr(notifier, "PING_TIMEOUT", 1.0)


async def test_transactions__share_server_connections(pooled_engine: AsyncEngine) -> None:
    async def one(number: int) -> tuple[int, int]:
        async with transaction(pooled_engine) as session:
            statement = text("INSERT INTO switches (name, value) VALUES (:name, 'on')")
            await session.execute(statement, {"name": f"s{number}"})
            await asyncio.sleep(0.01)
            backend = await session.scalar(text("SELECT pg_backend_pid()"))
            seen = await session.scalar(text("SELECT count(*) FROM switches"))
        return int(backend or 0), int(seen or 0)

    answers = await asyncio.gather(*(one(n) for n in range(24)))
    assert 1 <= len({backend for backend, _ in answers}) <= SERVER_CONNECTIONS
    assert all(seen for _, seen in answers)
    async with transaction(pooled_engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM switches")) == 24


async def test_transactions__leave_nothing_on_a_connection(
    pooled: str, pooled_engine: AsyncEngine
) -> None:
    async with transaction(pooled_engine) as session:
        assert "searchapp" in str(await session.scalar(text("SHOW search_path")))
    # Whoever gets the same server connection next.
    with psycopg.connect(psycopg_dsn(pooled)) as stranger:
        row = stranger.execute("SHOW search_path").fetchone()
    assert row is not None
    assert "searchapp" not in row[0]


async def test_start__stores_job_and_entry_at_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = starting.enqueue_new
    seen_before: list[int] = []

    async def watched(session: AsyncSession, job_id: str) -> None:
        await enqueue(session, job_id)
        seen_before.append(await count(services, "procrastinate_jobs"))

    monkeypatch.setattr(starting, "enqueue_new", watched)
    await start(services, new_search())
    assert seen_before == [0]
    assert await count(services, "search_jobs") == 1
    assert await count(services, "procrastinate_jobs") == 1


async def test_start__nothing_stays_after_a_failure(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = starting.enqueue_new

    async def broken(session: AsyncSession, job_id: str) -> None:
        await enqueue(session, job_id)
        raise RuntimeError

    monkeypatch.setattr(starting, "enqueue_new", broken)
    with pytest.raises(RuntimeError):
        await start(services, new_search())
    for table in ("search_jobs", "photos", "procrastinate_jobs"):
        assert await count(services, table) == 0


async def test_import__alone_while_it_runs(pooled_engine: AsyncEngine) -> None:
    rows, pictures = catalogue.shop(2)
    work = catalogue.importer(pooled_engine)
    async with advisory_lock(pooled_engine, LockKind.IMPORT, "shop") as alone:
        assert alone
        with pytest.raises(OperatorError, match="being imported already"):
            await import_feed(work, "shop", rows, pictures)
    report = await import_feed(work, "shop", rows, pictures)
    assert report.counts == imports.Counts(added=2)


async def test_start__many_at_once(services: Services) -> None:
    same = [start(services, new_search(idempotency_key="k")) for _ in range(4)]
    others = [start(services, new_search(ip=f"192.0.2.{n}")) for n in range(12)]
    jobs = await asyncio.gather(*same, *others)
    assert len({job.id for job in jobs}) == 13
    assert await count(services, "procrastinate_jobs") == 13


async def test_worker__direct_dsn(services: Services) -> None:
    job = await start(services, new_search())
    async with working(worker_context(services)):
        done = await ended(services, job.id)
    assert done.status is Status.COMPLETED
    assert await count(services, "procrastinate_jobs") == 0


async def test_cache__direct_dsn_receives(services: Services, frequent_pings: None) -> None:
    async with _running(JobCache(services)) as board:
        await _until_receiving(board)
        job = await start(services, new_search())
        watched = board.watch(job.id)
        assert (await anext(watched)).status is Status.PENDING
        await actions.cancel(services, job.id)
        assert (await anext(watched)).status is Status.CANCELLED
        await watched.aclose()
        await _until_receiving(board)


async def test_cache__pooler_alone_is_silent_and_polled(
    only_pooled: Services, frequent_pings: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with _running(JobCache(only_pooled)) as board:
        job = await start(only_pooled, new_search())
        watched = board.watch(job.id)
        assert (await anext(watched)).status is Status.PENDING
        await _until_said(capsys, "set DATABASE_DIRECT_URL")
        assert not board.receiving
        await actions.cancel(only_pooled, job.id)
        async with asyncio.timeout(60):
            assert (await anext(watched)).status is Status.CANCELLED
        await watched.aclose()


async def test_doctor__tells_a_pooler_from_a_server(pooled: str, database: str) -> None:
    silent = await asyncio.to_thread(doctor._listen, Dsns(pooled, pooled))
    assert "DATABASE_DIRECT_URL" in silent.advice
    heard = await asyncio.to_thread(doctor._listen, Dsns(pooled, database))
    assert (heard.name, heard.advice) == ("LISTEN/NOTIFY", "")


@pytest.mark.parametrize("command", ["worker", "migrate"])
def test_command__pooler_alone_is_one_line(pooled: str, tmp_path: Path, command: str) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATABASE_URL": pooled,
        "SEARCHAPP_SECRET_KEY": KEY,
    }
    done = run(command, env=env)
    lines = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == 1
    assert len(lines) == 1, done.stderr[-2000:]
    assert "set DATABASE_DIRECT_URL" in lines[0]


@asynccontextmanager
async def _running(board: JobCache) -> AsyncIterator[JobCache]:
    task = asyncio.create_task(board.run())
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _until_receiving(board: JobCache) -> None:
    async with asyncio.timeout(60):
        while not board.receiving:
            await asyncio.sleep(0.02)


async def _until_said(capsys: pytest.CaptureFixture[str], words: str) -> None:
    said = ""
    async with asyncio.timeout(60):
        while words not in said:
            await asyncio.sleep(0.05)
            captured = capsys.readouterr()
            said += captured.out + captured.err
