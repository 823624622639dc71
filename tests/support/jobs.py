"""Searches for tests: services on a test's database, photos, and waiting for a state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories import searches
from searchapp.db.secrets import Secrets
from searchapp.domain.hosts import Client
from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, WantedItem
from searchapp.imaging.decoding import PictureHeader
from searchapp.imaging.headers import PictureKind
from searchapp.jobs.actions import Choice, NotifyRequest
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.submit import NewSearch, start
from searchapp.jobs.worker import run_worker
from searchapp.settings import Settings
from tests.support.fakes import FakeProductIndex, FakeVision

LOCAL = Client("192.0.2.1", local=True)
PHOTO = b"\xff\xd8\xff a photo"


def services_on(dsn: str, engine: AsyncEngine, secrets: Secrets, **settings: Any) -> Services:
    """Services on one database; ``settings`` by their names."""
    made = Settings(_env_file=None, database_url=dsn, **settings)
    return Services(made, engine, secrets)


def new_search(**fields: Any) -> NewSearch:
    """A plain request; ``fields`` replace its own."""
    values: dict[str, Any] = {
        "photo": PHOTO,
        "header": PictureHeader(PictureKind.JPEG, 600, 800),
        "lang": "ko",
    }
    client = Client(fields.pop("ip", "192.0.2.1"), local=fields.pop("local", False))
    return NewSearch(**{**values, "client": client, **fields})


def for_number(phone: Phone | None = None, key: str | None = None) -> NotifyRequest:
    """A request for the message from this machine; without a number to the stored one."""
    consented = phone is not None
    return NotifyRequest(client=LOCAL, phone=phone, consented=consented, idempotency_key=key)


def choice_of(wanted: Sequence[WantedItem], phone: Phone | None = None, **fields: Any) -> Choice:
    """A choice made on this machine."""
    values: dict[str, Any] = {"client": LOCAL, "lang": "ko", "consented": phone is not None}
    return Choice(wanted=wanted, phone=phone, **{**values, **fields})


def worker_context(services: Services, **sight: Any) -> WorkerContext:
    """A worker context with a fake vision and index."""
    return WorkerContext(services, FakeVision(**sight), FakeProductIndex())


@asynccontextmanager
async def working(context: WorkerContext) -> AsyncIterator[asyncio.Event]:
    """A worker in this process, stopped at the end; setting the event stops it earlier."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(context.services, stop, context))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def job_of(services: Services, job_id: str) -> SearchJob:
    """The job as the database has it."""
    async with transaction(services.engine) as session:
        job = await searches.read_job(session, job_id)
    assert job is not None
    return job


async def until(
    services: Services, job_id: str, wanted: Callable[[SearchJob], bool], seconds: float = 60
) -> SearchJob:
    """The job once it is as ``wanted``."""
    async with asyncio.timeout(seconds):
        while not wanted(job := await job_of(services, job_id)):
            await asyncio.sleep(0.02)
    return job


async def ended(services: Services, job_id: str, seconds: float = 60) -> SearchJob:
    """The job once it has ended."""
    return await until(services, job_id, lambda job: job.status.final, seconds)


async def count(services: Services, table: str) -> int:
    """Rows of a table of the schema."""
    async with transaction(services.engine) as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608


async def sql(services: Services, statement: str, **values: Any) -> list[Any]:
    """Runs one statement; the rows that it returns."""
    async with transaction(services.engine) as session:
        result = await session.execute(text(statement), values)
        return list(result.all()) if result.returns_rows else []


async def suggested(services: Services, **fields: Any) -> str:
    """A search that waits for a choice; its id."""
    job = await start(services, new_search(choosing=True, **fields))
    await worker_context(services).run(job.id)
    await sql(services, "DELETE FROM procrastinate_jobs")
    return job.id


async def queue_is_empty(services: Services) -> None:
    """Waits for the queue's last entry, which goes a moment after its job has ended.

    :raises TimeoutError: one stays.
    """
    async with asyncio.timeout(10):
        while await count(services, "procrastinate_jobs"):
            await asyncio.sleep(0.05)
